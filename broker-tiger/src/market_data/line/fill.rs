use std::sync::Weak;

use tokio::sync::mpsc;

use crate::{
    market_data::Quotes,
    push::{Feed, Lines, Topic},
};

/// Lines that are filled in with one question.
const AT_ONCE: usize = 50;

/// Fills in the quote lines that are opened, until the lines are gone.
pub(crate) async fn fill_in(
    mut opened: mpsc::UnboundedReceiver<Topic>,
    lines: Weak<Lines>,
    quotes: Quotes,
) {
    let mut topics = Vec::new();
    while opened.recv_many(&mut topics, AT_ONCE).await > 0 {
        topics.retain(|topic| topic.feed == Feed::Quotes);
        let instruments: Vec<_> = topics
            .iter()
            .map(|topic| topic.instrument.clone())
            .collect();
        // A question that is refused leaves the lines with what is pushed, which is no loss.
        let answers = quotes.ask_quotes(&instruments).await.unwrap_or_default();
        let Some(lines) = lines.upgrade() else {
            return;
        };
        for (topic, answer) in topics.drain(..).zip(answers) {
            match answer {
                Ok(quote) => lines.fill_in(&topic, &quote),
                Err(error) => {
                    tracing::debug!(instrument = %topic.instrument, %error, "no first quote");
                }
            }
        }
        topics.clear();
    }
}
