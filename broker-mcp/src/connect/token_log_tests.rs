use core::time::Duration;
use std::{
    io,
    sync::{Arc, Mutex},
};

use broker_tiger::TokenState;
use chrono::{DateTime, TimeDelta};
use tokio::sync::watch;
use tracing::{Dispatch, subscriber::NoSubscriber};

use super::token_log::{ending, every, tell};

/// What was written to the log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_says_what_becomes_of_a_token_in_the_words_that_are_known() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    // While there is one subscriber alone, a place in the code is off for good if a thread that has
    // none comes by first, as the threads of other tests do (tokio-rs/tracing#2874).
    let _second = Dispatch::new(NoSubscriber::new());
    let _here = tracing::subscriber::set_default(subscriber);
    let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let good = |days| TokenState::Good {
        expires_at: Some(start + TimeDelta::days(days)),
    };
    let (sender, receiver) = watch::channel(good(15));
    let half = every(Some(Duration::from_secs(12 * 3600 + 1800)));
    let told = tell(receiver, vec!["A1".to_owned(), "A2".to_owned()], half);
    let renewed = async {
        // One at a time: of two states at once only the last is seen.
        for state in [good(15), good(16)] {
            sender.send_replace(state);
            tokio::task::yield_now().await;
        }
        drop(sender);
    };
    tokio::join!(told, renewed);
    let said = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let count = |words: &str| said.matches(words).count();
    assert_eq!(
        count("Background token refresh scheduler started"),
        1,
        "{said}"
    );
    assert_eq!(
        count("Token refresh successful for account A1"),
        1,
        "{said}"
    );
    assert_eq!(
        count("Token refresh successful for account A2"),
        1,
        "{said}"
    );
    assert_eq!(count("Next token refresh in 12.5h"), 2, "{said}");
}

#[tokio::test]
async fn a_licence_without_a_token_says_nothing() {
    let (_sender, receiver) = watch::channel(TokenState::NotNeeded);
    // It comes back at once, although nothing has ended.
    tell(receiver, vec!["A1".to_owned()], every(None)).await;
    assert_eq!(every(None), Some(Duration::from_secs(12 * 3600)));
    assert_eq!(every(Some(Duration::ZERO)), None);
    assert_eq!(ending("20240101123456789"), "…789");
}
