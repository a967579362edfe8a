use core::future::Future;

use broker_core::{Error, Result};
use futures_util::{StreamExt as _, stream};

use super::{Permission, Registry, Seat, SeatKey};

/// Accounts that are asked at the same time, when nothing else is said.
pub const DEFAULT_BOUND: usize = 10;

/// What several accounts answered: each answer and each error apart, by name.
#[derive(Debug, Clone)]
#[must_use]
pub struct Aggregate<T> {
    /// The accounts that answered.
    pub answers: Vec<(SeatKey, T)>,
    /// The accounts that did not, and why.
    pub failures: Vec<(SeatKey, Error)>,
}

impl<T> Aggregate<T> {
    /// Whether every account answered.
    pub const fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Every answer, if every account answered.
    ///
    /// # Errors
    /// The first account's error, naming the account.
    pub fn complete(self) -> Result<Vec<(SeatKey, T)>> {
        match self.failures.into_iter().next() {
            None => Ok(self.answers),
            Some((key, error)) => {
                let message = format!("account {key}: {}", error.message());
                Err(Error::new(error.kind(), message)
                    .with_retry(error.retry())
                    .with_source(error))
            }
        }
    }
}

impl Registry {
    /// Asks several accounts the same, at most `bound` of them at the same time.
    ///
    /// An account that is disabled or may not be read is a failure of its own.
    pub async fn aggregate<T, F, A>(&self, seats: &[Seat], bound: usize, ask: F) -> Aggregate<T>
    where
        F: Fn(Seat) -> A,
        A: Future<Output = Result<T>>,
    {
        let ask = &ask;
        let asks = seats.iter().map(|seat| async move {
            let answer = match seat.permitting(Permission::Read) {
                Ok(seat) => ask(seat.clone()).await,
                Err(error) => Err(error),
            };
            (seat.key.clone(), answer)
        });
        let mut ended: Vec<_> = stream::iter(asks)
            .buffer_unordered(bound.max(1))
            .collect()
            .await;
        ended.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut all = Aggregate {
            answers: Vec::new(),
            failures: Vec::new(),
        };
        for (key, answer) in ended {
            match answer {
                Ok(answer) => all.answers.push((key, answer)),
                Err(error) => all.failures.push((key, error)),
            }
        }
        all
    }
}
