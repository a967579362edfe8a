//! Subscriptions: a task per line that reads the gateway's stream and feeds the sink.
//!
//! `run` is the one loop, with what opens a line again and what ends it; `fate` is the table of
//! errors; `quotes`, `depth`, `trades` and `bars` say what is asked for and what a message means.

mod bars;
mod depth;
mod fate;
mod quotes;
mod run;
mod trades;

use std::sync::Arc;

use broker_core::{
    Error, Result,
    feed::{FeedLine, FeedSink},
    model::Subscription,
};
use tokio::task::JoinHandle;

use crate::{instrument::Book, session::link::Link};

#[cfg(test)]
pub(super) use fate::{Fate, fate};

/// Ends the line's task, which gives the line back to the gateway.
struct Guard(JoinHandle<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        // Never blocks: the client writes the cancel on its own, if there still is a connection.
        self.0.abort();
    }
}

/// Opens a line.
///
/// # Errors
/// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a book without levels,
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) for bars of a day or longer, and what
/// looking up the instrument or asking fails with; nothing is left open then.
pub(super) async fn open(
    link: &Arc<Link>,
    book: &Book,
    subscription: &Subscription,
    sink: FeedSink,
) -> Result<FeedLine> {
    if let Subscription::Depth { levels: 0, .. } = subscription {
        return Err(Error::invalid("levels", "a book has at least one level"));
    }
    let builder = match subscription {
        Subscription::Bars { interval, .. } => Some(bars::builder(*interval)?),
        _ => None,
    };
    let listing = book.listing(link, subscription.instrument()).await?;
    let link = Arc::clone(link);
    let task = match subscription {
        Subscription::Quotes { .. } => {
            let feed = quotes::Quotes::new(listing, &link);
            run::start(feed, link, sink).await?
        }
        Subscription::Depth { levels, .. } => {
            let feed = depth::Rows::new(listing, *levels, &link);
            run::start(feed, link, sink).await?
        }
        Subscription::Trades { .. } => trades::start(listing, link, sink).await?,
        Subscription::Bars { .. } => {
            let builder = builder.ok_or_else(|| Error::unsupported("bars without a length"))?;
            run::start(bars::Bars::new(listing, builder), link, sink).await?
        }
        other => {
            let message = format!("{} have no form in this adapter", other.kind());
            return Err(Error::unsupported(message));
        }
    };
    Ok(FeedLine::new(Guard(task)))
}
