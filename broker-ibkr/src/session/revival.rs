//! Asking for a new gateway when the old one does not answer.

use core::time::Duration;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use broker_core::{Error, ErrorKind};
use tokio::time::Instant;

use crate::{config::Deadlines, gateway::GatewayControl};

/// The right to restart a gateway, shared by all connections that are built with it.
#[derive(Debug)]
pub(crate) struct Revival {
    control: Arc<dyn GatewayControl>,
    /// Connections that are served: the gateway is not taken away from them.
    serving: AtomicUsize,
    asked_at: Mutex<Option<Instant>>,
}

/// A connection that is served, as long as it is held.
#[derive(Debug)]
pub(super) struct Serving<'a>(&'a Revival);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.serving.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Revival {
    pub(crate) fn new(control: Arc<dyn GatewayControl>) -> Self {
        Self {
            control,
            serving: AtomicUsize::new(0),
            asked_at: Mutex::default(),
        }
    }

    pub(super) fn serving(&self) -> Serving<'_> {
        self.serving.fetch_add(1, Ordering::SeqCst);
        Serving(self)
    }

    /// Restarts the gateway if connecting has failed for long enough; whether it did.
    ///
    /// A gateway that greets a probe is left alone: what is wrong then is between it and a person,
    /// such as a dialog, and a restart would throw the log-in away.
    pub(super) async fn consider(
        &self,
        error: &Error,
        down_for: Duration,
        deadlines: &Deadlines,
    ) -> bool {
        let silent = matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::Timeout);
        if !silent || down_for < deadlines.gateway_after || !self.is_due(deadlines) {
            return false;
        }
        match self.control.status().await {
            Ok(status) if status.answering.holds => return false,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the state of the gateway is not known");
                return false;
            }
        }
        // Asked again, because another connection may have come first meanwhile.
        if !self.take_turn(deadlines) {
            return false;
        }
        tracing::warn!(
            ?down_for,
            "the gateway does not answer and is being restarted"
        );
        // By itself, so that a session that is closed meanwhile does not leave it stopped halfway.
        let control = Arc::clone(&self.control);
        let restart = tokio::spawn(async move { control.reconnect().await });
        match restart.await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the gateway was not restarted");
                false
            }
            Err(error) => {
                tracing::warn!(%error, "the restart of the gateway did not end");
                false
            }
        }
    }

    fn is_due(&self, deadlines: &Deadlines) -> bool {
        self.may(deadlines, *self.lock())
    }

    fn take_turn(&self, deadlines: &Deadlines) -> bool {
        let mut asked_at = self.lock();
        let due = self.may(deadlines, *asked_at);
        if due {
            *asked_at = Some(Instant::now());
        }
        due
    }

    fn may(&self, deadlines: &Deadlines, asked_at: Option<Instant>) -> bool {
        self.serving.load(Ordering::SeqCst) == 0
            && asked_at.is_none_or(|at| at.elapsed() >= deadlines.gateway_every)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.asked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
