use core::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use broker_core::{Broker, Error, Result, Retry, SessionState};
use std::sync::{Arc, OnceLock};
use tokio::{sync::watch, time::Instant};

use super::{Answer, Ask, Layer, Query};
use crate::measure;

/// Asks again when a question failed in a way that may pass; never sends a command again.
///
/// Delays grow exponentially with jitter, and are never shorter than what the error asks for
/// ([`Retry::Safe`]). Market data lines are not retried here: the desk opens them anew.
/// An error that asks for more than the longest delay comes back at once: the caller can do better with
/// the time. A session that the caller has closed answers nothing any more, so nothing is asked again.
#[derive(Debug, Clone)]
pub struct RetryReads {
    session: Arc<OnceLock<watch::Receiver<SessionState>>>,
    attempts: usize,
    first_delay: Duration,
    longest_delay: Duration,
    within: Duration,
}

impl Default for RetryReads {
    /// Three attempts, 200 ms and then 400 ms apart with jitter, no new one after a minute.
    fn default() -> Self {
        Self {
            session: Arc::default(),
            attempts: 3,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(10),
            within: Duration::from_secs(60),
        }
    }
}

impl RetryReads {
    /// At most so many attempts, the first included.
    #[must_use]
    pub fn attempts(mut self, attempts: usize) -> Self {
        self.attempts = attempts;
        self
    }

    /// The first delay, and the longest that it may grow to.
    #[must_use]
    pub fn delays(mut self, first: Duration, longest: Duration) -> Self {
        self.first_delay = first;
        self.longest_delay = longest;
        self
    }

    /// Begins no attempt later than this after the first.
    #[must_use]
    pub fn within(mut self, span: Duration) -> Self {
        self.within = span;
        self
    }

    fn is_closed(&self) -> bool {
        let session = self.session.get();
        session.is_some_and(|session| *session.borrow() == SessionState::Closed)
    }
}

fn wait_asked_for(error: &Error) -> Option<Duration> {
    match error.retry() {
        Retry::Safe { after } => Some(after),
        _ => None,
    }
}

impl Layer for RetryReads {
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        let _first = self.session.set(below.session());
        Ok(())
    }

    async fn read<A: Answer>(&self, query: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let began = Instant::now();
        let delays = ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter();
        let may_pass = |error: &Error| {
            !self.is_closed()
                && wait_asked_for(error).is_some_and(|after| {
                    after <= self.longest_delay && began.elapsed() + after < self.within
                })
        };
        (|| ask.ask())
            .retry(delays)
            .when(may_pass)
            .adjust(|error, delay| {
                Some(delay?.max(wait_asked_for(error)?))
                    .filter(|delay| began.elapsed() + *delay < self.within)
            })
            .notify(|error, delay| {
                measure::retried(query.operation());
                tracing::debug!(operation = query.operation(), %error, ?delay, "asking again");
            })
            .await
    }
}
