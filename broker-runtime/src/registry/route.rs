use core::{future::Future, ops::Deref};
use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::atomic::Ordering,
};

use broker_core::{Error, ErrorKind, Result, model::AccountId};

use super::{
    Permission, Registry, Seat, SeatKey,
    table::{Namesakes, unknown},
};

tokio::task_local! {
    static CONTEXT: SeatKey;
}

/// Makes the calls of a future use an account where they name none.
pub async fn within<F: Future>(key: SeatKey, future: F) -> F::Output {
    CONTEXT.scope(key, future).await
}

/// Which of several accounts answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy<'a> {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest calls under way.
    LeastLoaded,
    /// Any.
    Random,
    /// The first that is ready, in the order of the names.
    Failover,
    /// Always the same for the same word, as long as it is ready.
    Sticky(&'a str),
}

/// An account that counts as loaded until this is dropped.
#[derive(Debug)]
#[must_use = "dropping it at once makes the load invisible"]
pub struct Lease(Seat);

impl Deref for Lease {
    type Target = Seat;
    fn deref(&self) -> &Seat {
        &self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Registry {
    /// The account of a call: the one that it names, otherwise that of its [context](within), otherwise
    /// the default.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is none;
    /// [`Ambiguous`](ErrorKind::Ambiguous) when several brokers have an account of that name;
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) when it is disabled or not for this.
    pub fn route(&self, explicit: Option<&AccountId>, need: Permission) -> Result<Seat> {
        let table = self.table();
        if let Some(account) = explicit {
            return match table.seats.get(account).map(Namesakes::as_slice) {
                Some([seat]) => seat.permitting(need).cloned(),
                Some([]) | None => {
                    let message = format!("there is no account {account}");
                    Err(Error::new(ErrorKind::NotFound, message).at_field("account"))
                }
                Some(several) => {
                    let names = several.iter().map(|seat| seat.key.broker.as_str());
                    let names: Vec<&str> = names.collect();
                    let message = format!("account {account} is at {}: name one", names.join(", "));
                    Err(Error::new(ErrorKind::Ambiguous, message).at_field("account"))
                }
            };
        }
        let context = CONTEXT.try_with(Clone::clone).ok();
        let Some(key) = context.or_else(|| table.default.clone()) else {
            let message = "name an account: there is no default";
            return Err(Error::new(ErrorKind::NotFound, message).at_field("account"));
        };
        let seat = table.get(&key).ok_or_else(|| unknown(&key))?;
        seat.permitting(need).cloned()
    }

    /// One account of one broker.
    ///
    /// # Errors
    /// As [`route`](Self::route).
    pub fn seat(&self, key: &SeatKey, need: Permission) -> Result<Seat> {
        let table = self.table();
        let seat = table.get(key).ok_or_else(|| unknown(key))?;
        seat.permitting(need).cloned()
    }

    /// One of several accounts to ask, disabled ones and those without a session left out.
    ///
    /// # Errors
    /// [`Disconnected`](ErrorKind::Disconnected) when none of them can be asked now.
    pub fn pick(&self, seats: &[Seat], strategy: Strategy<'_>) -> Result<Lease> {
        let ready: Vec<&Seat> = seats
            .iter()
            .filter(|seat| seat.enabled && seat.is_ready())
            .collect();
        let turn = |step: usize| step.checked_rem(ready.len()).unwrap_or_default();
        let chosen = match strategy {
            Strategy::RoundRobin => ready.get(turn(self.turn.fetch_add(1, Ordering::Relaxed))),
            Strategy::LeastLoaded => ready.iter().min_by_key(|seat| seat.load()),
            Strategy::Random => ready.get(turn(random())),
            Strategy::Failover => ready.first(),
            // The highest weight of word and account: when one goes, only its words move.
            Strategy::Sticky(word) => ready.iter().max_by_key(|seat| {
                let mut hasher = DefaultHasher::new();
                (word, &seat.key).hash(&mut hasher);
                hasher.finish()
            }),
        };
        let seat = chosen.ok_or_else(|| {
            let message = format!("none of {} accounts can be asked now", seats.len());
            Error::new(ErrorKind::Disconnected, message)
        })?;
        seat.in_flight.fetch_add(1, Ordering::Relaxed);
        Ok(Lease((*seat).clone()))
    }
}

/// Not for secrets: the standard library seeds every hasher of this kind anew.
fn random() -> usize {
    use std::hash::{BuildHasher as _, RandomState};
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    let bits = RandomState::new().hash_one(()) as usize;
    bits
}
