//! When changed figures are told: TWS tells one key at a time, and a change is many of them.

use core::time::Duration;

use futures_util::{Stream, StreamExt as _};
use ibapi::accounts::{AccountMultiValue, AccountUpdateMulti};
use tokio::time::Instant;

use super::figures::Figures;

/// How long nothing may have changed before figures are told.
pub(super) const QUIET: Duration = Duration::from_millis(100);
/// After how long they are told although they keep changing.
pub(super) const AT_MOST: Duration = Duration::from_secs(2);

/// The figures that a stream has told, and since when they have not been passed on.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    figures: Figures,
    changed: Option<Instant>,
}

impl Gathered {
    pub(super) fn take(&mut self, told: &AccountMultiValue) {
        if self.figures.take(&told.key, &told.value, &told.currency) && self.changed.is_none() {
            self.changed = Some(Instant::now());
        }
    }

    /// Waits until changes are due to be told; `None` when the stream has ended.
    pub(super) async fn next<S>(&mut self, items: &mut S) -> Option<Result<(), ibapi::Error>>
    where
        S: Stream<Item = Result<AccountUpdateMulti, ibapi::Error>> + Unpin,
    {
        loop {
            let item = if let Some(first) = self.changed {
                let due = (Instant::now() + QUIET).min(first + AT_MOST);
                match tokio::time::timeout_at(due, items.next()).await {
                    Ok(item) => item?,
                    Err(_) => {
                        self.changed = None;
                        return Some(Ok(()));
                    }
                }
            } else {
                items.next().await?
            };
            match item {
                Ok(AccountUpdateMulti::AccountMultiValue(told)) => self.take(&told),
                Ok(AccountUpdateMulti::End) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
