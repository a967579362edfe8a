//! Says in the log what becomes of a token, in the words that watchers of logs know from the server for
//! Tiger Brokers. What fails is said by the adapter, which knows why.

use core::time::Duration;

use broker_tiger::{TokenRhythm, TokenState};
use tokio::sync::watch;

/// Goes on until the session is dropped.
pub(super) async fn tell(
    mut state: watch::Receiver<TokenState>,
    accounts: Vec<String>,
    every: Option<Duration>,
) {
    let mut before = state.borrow_and_update().clone();
    if before == TokenState::NotNeeded {
        return;
    }
    tracing::info!("Background token refresh scheduler started");
    next(every);
    while state.changed().await.is_ok() {
        let now = state.borrow_and_update().clone();
        if is_renewed(&before, &now) {
            for account in &accounts {
                tracing::info!("Token refresh successful for account {account}");
            }
            next(every);
        }
        before = now;
    }
}

/// How old a token gets before it is renewed, unless it says otherwise.
pub(super) fn every(said: Option<Duration>) -> Option<Duration> {
    said.map_or_else(TokenRhythm::default, TokenRhythm::every)
        .every
}

fn next(every: Option<Duration>) {
    match every {
        Some(every) => {
            let minutes = every.as_secs() / 60;
            // Twelve hours and a half are 12.5.
            let (hours, tenths) = (minutes / 60, minutes % 60 / 6);
            tracing::info!("Next token refresh in {hours}.{tenths}h");
        }
        None => tracing::info!("Next token refresh ahead of the end of the token"),
    }
}

/// Whether a token is a new one, or counts again.
fn is_renewed(before: &TokenState, now: &TokenState) -> bool {
    matches!(now, TokenState::Good { .. }) && before != now
}

/// What stands for an account in a log: its last three letters.
pub(super) fn ending(account: &str) -> String {
    let letters = account.chars().count();
    let shown: String = account.chars().skip(letters.saturating_sub(3)).collect();
    format!("…{shown}")
}
