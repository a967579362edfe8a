use core::time::Duration;
use std::sync::Arc;

use broker_core::{Broker, Error, ErrorKind, Result, SessionState, model::BrokerId};
use tokio::time::{Instant, timeout_at};

use super::{Supervisor, check::Verdict, slot::Slot};

/// A session that has answered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Ready {
    /// The broker as it is now; a restart may have made a new one.
    pub broker: Arc<dyn Broker>,
    /// How long this caller has waited.
    pub waited: Duration,
}

impl Supervisor {
    /// Waits until a session answers. Its checks are made at once and follow each other quickly as long
    /// as somebody waits, and its gateway is started if it has to be; restarts keep to their rules.
    ///
    /// Callers at the same time share the checks, and each waits as long as it wants to;
    /// [`READY_WITHIN`](super::READY_WITHIN) is usual.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) with what was found last;
    /// [`Authentication`](ErrorKind::Authentication), [`TokenExpired`](ErrorKind::TokenExpired) and
    /// [`SessionConflict`](ErrorKind::SessionConflict) at once, because only a person can help;
    /// [`Disconnected`](ErrorKind::Disconnected) when the supervisor is shut down meanwhile;
    /// [`NotFound`](ErrorKind::NotFound) for a session that is not watched; and whatever keeps the gateway
    /// from starting.
    pub async fn ensure_ready(&self, broker: &BrokerId, within: Duration) -> Result<Ready> {
        let operation = |error: Error| error.in_operation("ensure_ready");
        let began = Instant::now();
        let slot = self.slot(broker).map_err(operation)?;
        let deadline = began + within;
        let stopped = async {
            let mut stopping = self.stopping();
            let _ended = stopping.wait_for(|stopping| *stopping).await;
            let message = "the supervisor is shut down";
            Error::new(ErrorKind::Disconnected, message)
        };
        let wait = async {
            tokio::select! {
                biased;
                error = stopped => Err(error),
                answered = answer(&slot) => answered,
                error = gateway(&slot, within) => Err(error),
            }
        };
        timeout_at(deadline, wait)
            .await
            .unwrap_or_else(|_| Err(late(&slot, within)))
            .map_err(operation)?;
        Ok(Ready {
            broker: slot.connection().broker,
            waited: began.elapsed(),
        })
    }
}

/// Waits for a check that ends after this began.
async fn answer(slot: &Slot) -> Result<()> {
    let mut records = slot.records();
    let before = records.borrow_and_update().checks;
    let _waiting = slot.wait();
    loop {
        // The slot is held, and with it the sender.
        let Ok(()) = records.changed().await else {
            return Err(Error::new(ErrorKind::Internal, "the session is gone"));
        };
        let record = records.borrow_and_update();
        if record.checks == before {
            continue;
        }
        match &record.last {
            Some(Verdict::Alive) => return Ok(()),
            Some(Verdict::Person(kind, reason)) => return Err(Error::new(*kind, &**reason)),
            Some(Verdict::Dead(_) | Verdict::Waits(_)) | None => {}
        }
    }
}

/// Starts the gateway of a session that is not there; comes back only with what keeps it from starting.
async fn gateway(slot: &Slot, within: Duration) -> Error {
    if let Some(gateway) = &slot.gateway
        && matches!(
            slot.record().session,
            SessionState::Connecting | SessionState::Closed
        )
        && let Err(error) = gateway.control().ensure_ready(within).await
        && error.kind() != ErrorKind::Timeout
    {
        return error;
    }
    // The session has the last word, in its own time.
    core::future::pending().await
}

fn late(slot: &Slot, within: Duration) -> Error {
    let record = slot.record();
    let why = match record.last {
        Some(Verdict::Dead(reason) | Verdict::Waits(reason) | Verdict::Person(_, reason)) => reason,
        Some(Verdict::Alive) | None => "it has not been checked in time".into(),
    };
    let message = format!("{} has not answered within {within:?}: {why}", slot.name);
    Error::new(ErrorKind::Timeout, message)
}
