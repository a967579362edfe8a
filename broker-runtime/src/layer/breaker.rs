use core::time::Duration;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use broker_core::{
    Acknowledgement, Broker, Error, ErrorKind, Result, Retry, SessionState, UnconfirmedCause,
    feed::FeedLine, model::Subscription,
};
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::sync::Arc;
use tokio::{sync::watch, time::Instant};

use super::{Answer, Ask, Confirmation, Heard, Layer, Next, Outgoing, Query};
use crate::measure::{self, seconds};

/// Stops asking a broker that does not answer.
///
/// After three failures in a row (no answer in time, no connection, an unreadable answer) it opens:
/// calls fail at once with [`Disconnected`](ErrorKind::Disconnected), before anything is sent. After
/// sixty seconds, or as soon as the session has become ready anew, one call is let through to see; if
/// it is answered, the breaker closes. Cancels always pass.
///
/// Only what the broker itself has said is an answer, a refusal or a part of one included. That nobody
/// could be asked ([`Covered::Unavailable`](broker_core::Covered::Unavailable),
/// [`Lookup::Inconclusive`](broker_core::Lookup::Inconclusive)) is no failure either, because some
/// questions a broker never answers: failures stay counted, and an open breaker stays open until the
/// next probe. Quotes that have all failed are one failure of their kind.
///
/// Keep a handle in an `Arc` to watch it with [`status`](Self::status).
#[derive(Debug)]
pub struct CircuitBreaker {
    threshold: u32,
    open_for: Duration,
    inner: Mutex<Inner>,
    session: OnceLock<Mutex<watch::Receiver<SessionState>>>,
    broker: OnceLock<String>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    failures: u32,
    last_failure: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Open { until: Instant },
    Probing,
}

/// What a breaker does with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls fail at once.
    Open,
    /// One call is let through to see, or the next one will be.
    HalfOpen,
}

/// How a breaker stands. Written as JSON, spans of time are seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BreakerStatus {
    /// What it does with calls.
    pub state: BreakerState,
    /// Failures since the last answer.
    pub failures: u32,
    /// How long ago the last failure was.
    #[serde(serialize_with = "seconds")]
    pub last_failure_age: Option<Duration>,
    /// How long calls will still fail at once.
    #[serde(serialize_with = "seconds")]
    pub recovers_in: Option<Duration>,
}

/// What a call says about the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It answers.
    Alive,
    /// It does not.
    Dead,
    /// Nothing: the call did not get as far.
    None,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self::new(3, Duration::from_secs(60))
    }
}

impl CircuitBreaker {
    /// Opens after so many failures in a row, for so long.
    #[must_use]
    pub fn new(threshold: u32, open_for: Duration) -> Self {
        Self {
            threshold: threshold.max(1),
            open_for,
            inner: Mutex::new(Inner {
                phase: Phase::Closed,
                failures: 0,
                last_failure: None,
            }),
            session: OnceLock::new(),
            broker: OnceLock::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it stands now.
    #[must_use]
    pub fn status(&self) -> BreakerStatus {
        let inner = self.lock();
        let now = Instant::now();
        let (state, recovers_in) = match inner.phase {
            Phase::Closed => (BreakerState::Closed, None),
            Phase::Probing => (BreakerState::HalfOpen, None),
            Phase::Open { until } if until <= now => (BreakerState::HalfOpen, None),
            Phase::Open { until } => (BreakerState::Open, Some(until - now)),
        };
        BreakerStatus {
            state,
            failures: inner.failures,
            last_failure_age: inner
                .last_failure
                .map(|at| now.saturating_duration_since(at)),
            recovers_in,
        }
    }

    /// Whether the session has become ready since this was last asked.
    fn session_is_new(&self) -> bool {
        let Some(session) = self.session.get() else {
            return false;
        };
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = session.has_changed().unwrap_or(false);
        changed && *session.borrow_and_update() == SessionState::Ready
    }

    fn forget_session_changes(&self) {
        if let Some(session) = self.session.get() {
            let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
            session.mark_unchanged();
        }
    }

    /// Lets a call through or refuses it.
    fn admit(&self) -> Result<Trial<'_>> {
        let mut inner = self.lock();
        let refused = |after: Duration, why: &str| {
            let message = format!("the broker did not answer {} times: {why}", inner.failures);
            let error = Error::new(ErrorKind::Disconnected, message);
            Err(error.with_retry(Retry::Safe { after }))
        };
        match inner.phase {
            Phase::Closed => Ok(Trial {
                breaker: self,
                probe: false,
                done: false,
            }),
            Phase::Probing => refused(
                Duration::ZERO,
                "another call is finding out whether it does now",
            ),
            Phase::Open { until } => {
                let now = Instant::now();
                if now < until && !self.session_is_new() {
                    let left = until - now;
                    return refused(left, &format!("it is left alone for another {left:?}"));
                }
                inner.phase = Phase::Probing;
                Ok(Trial {
                    breaker: self,
                    probe: true,
                    done: false,
                })
            }
        }
    }

    fn record(&self, sign: Sign, probe: bool) {
        let mut inner = self.lock();
        let before = inner.phase;
        match sign {
            Sign::Alive => {
                inner.failures = 0;
                inner.phase = Phase::Closed;
            }
            Sign::Dead => {
                let now = Instant::now();
                inner.failures = inner.failures.saturating_add(1);
                inner.last_failure = Some(now);
                let opens = match before {
                    Phase::Closed => inner.failures >= self.threshold,
                    Phase::Probing => probe,
                    Phase::Open { .. } => false,
                };
                if opens {
                    inner.phase = Phase::Open {
                        until: now + self.open_for,
                    };
                    self.forget_session_changes();
                }
            }
            // The next call may be the probe.
            Sign::None if probe => {
                inner.phase = Phase::Open {
                    until: Instant::now(),
                };
            }
            Sign::None => {}
        }
        if before != inner.phase {
            let state = match inner.phase {
                Phase::Closed => 0,
                Phase::Probing => 1,
                Phase::Open { .. } => 2,
            };
            let broker = self.broker.get().map_or("", String::as_str);
            measure::breaker_state(broker, state);
            tracing::warn!(broker, phase = ?inner.phase, failures = inner.failures, "circuit breaker");
        }
    }
}

/// A call that was let through; without a word about its end it says nothing about the broker.
struct Trial<'a> {
    breaker: &'a CircuitBreaker,
    probe: bool,
    done: bool,
}

impl Trial<'_> {
    fn end(mut self, sign: Sign) {
        self.done = true;
        self.breaker.record(sign, self.probe);
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.breaker.record(Sign::None, self.probe);
        }
    }
}

fn sign_of(error: &Error) -> Sign {
    match error.kind() {
        kind if error.is_connection() || kind == ErrorKind::Protocol => Sign::Dead,
        ErrorKind::Rejected
        | ErrorKind::InsufficientFunds
        | ErrorKind::MarketClosed
        | ErrorKind::PermissionDenied
        | ErrorKind::NotFound
        | ErrorKind::Ambiguous
        | ErrorKind::Duplicate
        | ErrorKind::TooLate => Sign::Alive,
        // Refused before sending, or a state of the session that has its own way out.
        _ => Sign::None,
    }
}

fn sign_of_acknowledgement(acknowledgement: &Acknowledgement) -> Sign {
    match acknowledgement {
        Acknowledgement::Accepted { .. } => Sign::Alive,
        Acknowledgement::Unconfirmed {
            cause: UnconfirmedCause::Dropped,
            ..
        } => Sign::None,
        _ => Sign::Dead,
    }
}

fn sign<A: Answer>(answer: &Result<A>) -> Sign {
    match answer.as_ref().map(Answer::heard) {
        Ok(Heard::Broker) => Sign::Alive,
        Ok(Heard::Nobody) => Sign::None,
        Ok(Heard::Failure(error)) | Err(error) => sign_of(error),
    }
}

impl Layer for CircuitBreaker {
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        if self.session.set(Mutex::new(below.session())).is_err() {
            let message = "a circuit breaker stands in one stack only";
            return Err(Error::invalid("breaker", message));
        }
        let _first = self.broker.set(below.id().to_string());
        Ok(())
    }

    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let trial = if request.command().is_cancel() {
            Trial {
                breaker: self,
                probe: false,
                done: false,
            }
        } else {
            self.admit()?
        };
        let answer = next.send(request).await;
        trial.end(match &answer {
            Ok(answer) => answer
                .each()
                .iter()
                .map(sign_of_acknowledgement)
                .find(|sign| *sign != Sign::Alive)
                .unwrap_or(Sign::Alive),
            Err(error) => sign_of(error),
        });
        answer
    }

    async fn read<A: Answer>(&self, _: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let trial = self.admit()?;
        let answer = ask.ask().await;
        trial.end(sign(&answer));
        answer
    }

    async fn open_line(
        &self,
        _: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        let trial = self.admit()?;
        let answer = open.await;
        trial.end(answer.as_ref().map_or_else(sign_of, |_| Sign::Alive));
        answer
    }
}
