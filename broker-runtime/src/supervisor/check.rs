//! What a look at a session says.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result, SessionState};
use tokio::time::timeout;

use super::{slot::Slot, timing::Timing};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The broker has answered.
    Alive,
    /// It has not, though it should have.
    Dead(Arc<str>),
    /// There is nothing to be proven now: neither a success nor a failure.
    Waits(Arc<str>),
    /// Nothing helps but a person.
    Person(ErrorKind, Arc<str>),
}

/// Looks at the session, and asks the broker if it says that it works.
pub(super) async fn check(slot: &Slot, timing: &Timing) -> Verdict {
    let record = slot.record();
    match &record.session {
        SessionState::Ready | SessionState::Degraded { .. } => {}
        SessionState::Connecting => {
            // The adapter is at work. Two who reconnect one session are worse than one.
            let been = record.connecting_for().unwrap_or_default();
            return if been < timing.patience {
                Verdict::Waits("the adapter is connecting".into())
            } else {
                Verdict::Dead(format!("the adapter has been connecting for {been:?}").into())
            };
        }
        SessionState::Maintenance { until: None } => {
            return Verdict::Waits("the broker is in maintenance".into());
        }
        SessionState::Maintenance { until: Some(until) } => {
            return Verdict::Waits(format!("the broker is in maintenance until {until}").into());
        }
        SessionState::Displaced { by } => {
            let reason = format!("another session has taken the login: {by}");
            return Verdict::Person(ErrorKind::SessionConflict, reason.into());
        }
        SessionState::AuthRequired { instructions } => {
            return Verdict::Person(ErrorKind::Authentication, Arc::clone(instructions));
        }
        SessionState::Closed => return Verdict::Dead("the session is closed".into()),
        other => return Verdict::Waits(format!("the session is in the state {other:?}").into()),
    }
    let asked = timeout(
        timing.answer_within,
        (slot.probe)(slot.connection().adapter),
    );
    verdict(
        asked
            .await
            .unwrap_or_else(|_| Err(silent(timing.answer_within))),
    )
}

fn silent(within: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no answer within {within:?}"))
}

fn verdict(answer: Result<()>) -> Verdict {
    let Err(error) = answer else {
        return Verdict::Alive;
    };
    let reason: Arc<str> = error.to_string().into();
    match error.kind() {
        kind if error.is_connection() || kind == ErrorKind::Protocol => Verdict::Dead(reason),
        kind @ (ErrorKind::Authentication
        | ErrorKind::TokenExpired
        | ErrorKind::SessionConflict) => Verdict::Person(kind, reason),
        // Refused by whoever is asked, so there is somebody.
        ErrorKind::Rejected
        | ErrorKind::InsufficientFunds
        | ErrorKind::MarketClosed
        | ErrorKind::PermissionDenied
        | ErrorKind::NotFound
        | ErrorKind::Ambiguous
        | ErrorKind::Duplicate
        | ErrorKind::TooLate => Verdict::Alive,
        // Never sent, or not to be understood: no proof of either.
        _ => Verdict::Waits(reason),
    }
}
