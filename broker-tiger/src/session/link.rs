//! The connection as the services see it.

use core::fmt;
use std::sync::Arc;

use broker_core::{Desk, Error, ErrorKind, Result, Retry, SessionState};
use tokio::sync::{mpsc, watch};

use crate::{config::Deadlines, transport::Gateway};

/// What the parts of a session tell their supervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Something happened to orders: the lists have to be read.
    Orders,
    /// A question about prices was refused for want of a permission.
    NoQuotePermission,
}

/// The gateway with the state of the session.
pub(crate) struct Link {
    desk: Arc<Desk>,
    gateway: Gateway,
    deadlines: Deadlines,
    session: watch::Sender<SessionState>,
    signals: mpsc::UnboundedSender<Signal>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("session", &*self.session.borrow())
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(crate) fn new(
        desk: Arc<Desk>,
        gateway: Gateway,
        deadlines: Deadlines,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Signal>) {
        let (signals, heard) = mpsc::unbounded_channel();
        let link = Arc::new(Self {
            desk,
            gateway,
            deadlines,
            session: watch::Sender::new(SessionState::Connecting),
            signals,
        });
        (link, heard)
    }

    /// The gateway, for questions: they may be asked in every state but the last.
    ///
    /// # Errors
    /// [`Disconnected`](ErrorKind::Disconnected) once the session is closed.
    pub(crate) fn gateway(&self) -> Result<&Gateway> {
        if *self.session.borrow() == SessionState::Closed {
            return Err(self.absence());
        }
        Ok(&self.gateway)
    }

    /// The gateway, for cancels: trouble with reading or with the pushes must not keep anybody from
    /// getting out, and a cancel that Tiger refuses does no harm.
    ///
    /// # Errors
    /// [`Disconnected`](ErrorKind::Disconnected) once the session is closed.
    pub(crate) fn canceller(&self) -> Result<&Gateway> {
        self.gateway()
    }

    /// The gateway, if commands may be sent.
    ///
    /// # Errors
    /// Why nothing can be sent now.
    pub(crate) fn commander(&self) -> Result<&Gateway> {
        if self.session.borrow().accepts_commands() {
            Ok(&self.gateway)
        } else {
            Err(self.absence())
        }
    }

    fn absence(&self) -> Error {
        match &*self.session.borrow() {
            SessionState::Closed => Error::new(ErrorKind::Disconnected, "the session is closed")
                .with_retry(Retry::Never),
            SessionState::AuthRequired { instructions } => {
                Error::new(ErrorKind::Authentication, &**instructions)
            }
            SessionState::Displaced { by } => Error::new(
                ErrorKind::SessionConflict,
                format!(
                    "another program has the pushes of this login, and nothing but cancels is sent: end it, or \
                     take them back with `take_over`: {by}"
                ),
            ),
            _ => Error::new(
                ErrorKind::Disconnected,
                "Tiger cannot be reached at the moment; the session comes back by itself",
            ),
        }
    }

    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    pub(crate) const fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.desk.clock().now()
    }

    pub(crate) fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }

    pub(crate) fn state(&self) -> SessionState {
        self.session.borrow().clone()
    }

    /// Tells the supervisor something.
    pub(crate) fn signal(&self, signal: Signal) {
        // Without a supervisor the session is closed.
        let _closed = self.signals.send(signal);
    }

    /// Tells everybody the state of the session. `Ready` is told to ledgers by their snapshots.
    pub(crate) fn announce(&self, state: &SessionState) {
        if *self.session.borrow() == SessionState::Closed {
            return;
        }
        for ledger in self.desk.ledgers() {
            ledger.session(state.clone());
        }
        let changed = self.session.send_if_modified(|old| {
            let changed = *old != *state;
            old.clone_from(state);
            changed
        });
        if changed {
            tracing::info!(?state, "the session with Tiger");
        }
    }
}
