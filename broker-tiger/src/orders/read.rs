//! What a reading brings, and when it comes to its end.

use std::collections::BTreeSet;

use broker_core::{Covered, Error, ErrorKind, Result, Retry, model::ExecutionReport};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::journal::SentOrder;

/// What a reading of an account has brought.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// How each listed order stands.
    pub(crate) standings: Vec<ExecutionReport>,
    /// What the ledger was told, fills before the states that they lead to.
    #[cfg(test)]
    pub(crate) news: Vec<ExecutionReport>,
    /// What could not be read, in words.
    pub(crate) unread: Vec<String>,
    /// Asking again may bring what is missing.
    pub(crate) again: bool,
    /// Something was missed that only the same lists tell again.
    pub(super) reread: bool,
    /// When to stop asking about single orders, and why that was done earlier.
    pub(super) until: Option<Instant>,
    pub(super) stopped: Option<Error>,
    /// The orders whose executions were asked for.
    pub(super) asked: BTreeSet<i64>,
    /// What is to be written down about orders that have ended.
    pub(super) ended: Vec<SentOrder>,
    /// When the newest of the listed orders changed, by Tiger's clock.
    pub(super) newest: Option<DateTime<Utc>>,
}

/// Of which orders the executions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Of those where something has changed.
    Changes,
    /// And of those of the last day, once in each reading of everything: a correction that leaves sum
    /// and average as they are shows in nothing else.
    Recent,
    /// Of all.
    All,
}

impl Read {
    pub(super) fn miss(&mut self, what: &str, error: &Error) {
        tracing::warn!(%error, what, "a line of a list cannot be read");
        self.unread.push(format!("{what}: {error}"));
        self.again |= matches!(error.retry(), Retry::Safe { .. });
    }

    /// # Errors
    /// When the reading has to come to its end, or Tiger does not answer.
    pub(super) fn goes_on(&self) -> Result<()> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            let message = "the reading took too long; the rest is read next time";
            return Err(Error::new(ErrorKind::RateLimited, message));
        }
        let lost = self.stopped.as_ref().filter(|error| error.is_connection());
        lost.map_or(Ok(()), |error| Err(error.clone()))
    }

    /// # Errors
    /// When no more executions are to be asked for in this reading.
    pub(super) fn may_ask(&self) -> Result<()> {
        self.goes_on()?;
        self.stopped.clone().map_or(Ok(()), Err)
    }

    /// Whatever keeps Tiger from answering keeps it from answering the rest.
    pub(super) fn heed(&mut self, error: &Error) {
        if self.stopped.is_none()
            && (error.is_connection() || error.kind() == ErrorKind::RateLimited)
        {
            self.stopped = Some(error.clone());
        }
    }

    /// Whether everything that has changed was told about, so that only what comes later need be asked
    /// for from here on.
    pub(super) fn is_through(&self) -> bool {
        !self.again && !self.reread
    }

    /// A value with how much of the truth it covers.
    pub(crate) fn covers<T>(&self, value: T) -> Covered<T> {
        if self.unread.is_empty() {
            Covered::Complete(value)
        } else {
            Covered::Partial {
                value,
                missing: self.unread.join("; ").into(),
            }
        }
    }
}
