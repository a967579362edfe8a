//! The connection as the services see it.

use core::{fmt, future::Future, time::Duration};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use broker_core::{Desk, Error, ErrorKind, Result, SessionState};
use tokio::{sync::watch, time::Instant};

use super::{
    lease::{Lease, Returns},
    tws_clock::{Today, TwsClock},
};
use crate::{
    config::Deadlines,
    convert,
    error::from_ibapi,
    pacing::{Pacer, Urgency},
};

/// One connection to a gateway, whichever client carries it at the moment.
pub(crate) struct Link {
    desk: Arc<Desk>,
    pacer: Arc<Pacer>,
    returns: Returns,
    deadlines: Deadlines,
    session: watch::Sender<SessionState>,
    client: RwLock<Option<Arc<ibapi::Client>>>,
    generations: watch::Sender<u64>,
    /// Messages of TWS to nobody in particular: each is a sign of life.
    signs: AtomicU64,
    clock: Mutex<TwsClock>,
    /// Whether the accounts' ledgers are told; a connection for market data tells nobody.
    tells_ledgers: bool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("session", &*self.session.borrow())
            .field("generation", &*self.generations.borrow())
            .finish_non_exhaustive()
    }
}

impl Link {
    pub(crate) fn new(
        desk: Arc<Desk>,
        pacer: Arc<Pacer>,
        deadlines: Deadlines,
        tells_ledgers: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            desk,
            returns: Returns::open(Arc::clone(&pacer)),
            pacer,
            deadlines,
            session: watch::Sender::new(SessionState::Connecting),
            client: RwLock::new(None),
            generations: watch::Sender::new(0),
            signs: AtomicU64::new(0),
            clock: Mutex::default(),
            tells_ledgers,
        })
    }

    /// A link over a client that is connected, with the hand that renews it.
    #[cfg(test)]
    pub(crate) fn over(
        client: Arc<ibapi::Client>,
        desk: Arc<Desk>,
        deadlines: Deadlines,
    ) -> (Arc<Self>, watch::Sender<u64>) {
        let link = Self::new(desk, Pacer::new(crate::Pacing::default()), deadlines, false);
        link.install(client);
        link.announce(&SessionState::Ready);
        let generations = link.generations.clone();
        (link, generations)
    }

    /// The live client, or why there is none.
    pub(crate) fn client(&self) -> Result<Arc<ibapi::Client>> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.clone().ok_or_else(|| self.absence())
    }

    /// The live client, if commands may be sent through it.
    pub(crate) fn commander(&self) -> Result<Arc<ibapi::Client>> {
        if self.session.borrow().accepts_commands() {
            self.client()
        } else {
            Err(self.absence())
        }
    }

    /// Why nothing can be sent now.
    fn absence(&self) -> Error {
        match &*self.session.borrow() {
            SessionState::Closed => Error::new(ErrorKind::Disconnected, "the session is closed")
                .with_retry(broker_core::Retry::Never),
            SessionState::AuthRequired { instructions } => {
                Error::new(ErrorKind::Authentication, &**instructions)
            }
            SessionState::Displaced { by } => Error::new(
                ErrorKind::SessionConflict,
                format!("another session has the login: {by}"),
            ),
            SessionState::Maintenance { .. } => Error::new(
                ErrorKind::Disconnected,
                "TWS has no link to the broker's servers; it comes back by itself",
            ),
            _ => Error::new(
                ErrorKind::Disconnected,
                "there is no connection to TWS; it comes back by itself",
            ),
        }
    }

    /// Asks a question: waits for the message budget, bounds the answer in time and names the
    /// operation in errors.
    pub(crate) async fn ask<T, F, Fut>(&self, operation: &'static str, ask: F) -> Result<T>
    where
        F: FnOnce(Arc<ibapi::Client>) -> Fut + Send,
        Fut: Future<Output = Result<T, ibapi::Error>> + Send,
    {
        let until = Instant::now() + self.deadlines.request;
        self.ask_until(until, 1, operation, ask).await
    }

    /// Asks a question whose stream is canceled as soon as the answer has come: two messages.
    pub(crate) async fn ask_once<T, F, Fut>(&self, operation: &'static str, ask: F) -> Result<T>
    where
        F: FnOnce(Arc<ibapi::Client>) -> Fut + Send,
        Fut: Future<Output = Result<T, ibapi::Error>> + Send,
    {
        let until = Instant::now() + self.deadlines.request;
        self.ask_until(until, 2, operation, ask).await
    }

    /// Asks a question of so many messages that has a deadline of its own.
    pub(crate) async fn ask_until<T, F, Fut>(
        &self,
        until: Instant,
        messages: u32,
        operation: &'static str,
        ask: F,
    ) -> Result<T>
    where
        F: FnOnce(Arc<ibapi::Client>) -> Fut + Send,
        Fut: Future<Output = Result<T, ibapi::Error>> + Send,
    {
        self.client()
            .map_err(|error| error.in_operation(operation))?;
        for _ in 0..messages {
            self.permit(Urgency::Request, until)
                .await
                .map_err(|error| error.in_operation(operation))?;
        }
        // The wait may have outlived the client.
        let client = self
            .client()
            .map_err(|error| error.in_operation(operation))?;
        match tokio::time::timeout_at(until, ask(client)).await {
            Ok(answer) => answer.map_err(|error| from_ibapi(operation, &error)),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "TWS did not answer in time")
                .in_operation(operation)),
        }
    }

    /// Asks for a sign of life, ahead of all questions that wait for the budget: how many of them there
    /// are says nothing about the connection. `within` begins when it is written.
    pub(crate) async fn sign_of_life(&self, within: Duration) -> Result<()> {
        let named = |error: Error| error.in_operation("heartbeat");
        let until = Instant::now() + self.deadlines.request;
        self.permit(Urgency::Reserve, until).await.map_err(named)?;
        let client = self.client().map_err(named)?;
        let asked = self.now();
        match tokio::time::timeout(within, client.server_time()).await {
            Ok(Ok(told)) => {
                if let Ok(told) = convert::utc(told) {
                    self.clock().measure(told, asked, self.now());
                }
                Ok(())
            }
            Ok(Err(error)) => Err(from_ibapi("heartbeat", &error)),
            Err(_) => Err(named(Error::new(
                ErrorKind::Timeout,
                "TWS did not answer in time",
            ))),
        }
    }

    /// Opens a stream as [`ask`](Self::ask) asks a question; its cancel is paid for when it is dropped.
    pub(crate) async fn stream<S, F, Fut>(
        &self,
        operation: &'static str,
        open: F,
    ) -> Result<Lease<S>>
    where
        S: Send + 'static,
        F: FnOnce(Arc<ibapi::Client>) -> Fut + Send,
        Fut: Future<Output = Result<S, ibapi::Error>> + Send,
    {
        let returns = self.returns.clone();
        let opening = self.ask(operation, move |client| {
            let stream = open(Arc::clone(&client));
            async move { Ok(returns.lease(&client, stream.await?)) }
        });
        opening.await
    }

    /// Waits for the right to send one message.
    pub(crate) async fn permit(&self, urgency: Urgency, until: Instant) -> Result<()> {
        self.pacer.permit(urgency, until).await
    }

    /// Rises when lines have to be opened again.
    pub(crate) fn generations(&self) -> watch::Receiver<u64> {
        self.generations.subscribe()
    }

    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    pub(crate) fn pacer(&self) -> &Arc<Pacer> {
        &self.pacer
    }

    pub(crate) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.desk.clock().now()
    }

    fn clock(&self) -> MutexGuard<'_, TwsClock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The day that TWS lists now.
    pub(crate) fn today(&self) -> Today {
        self.clock().today(self.now())
    }

    pub(crate) fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }

    pub(crate) fn state(&self) -> SessionState {
        self.session.borrow().clone()
    }

    /// How many messages to nobody in particular have come so far.
    pub(crate) fn signs(&self) -> u64 {
        self.signs.load(Ordering::Relaxed)
    }

    // ---- for the supervisor -------------------------------------------------------------------

    pub(crate) fn note_sign(&self) {
        self.signs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn install(&self, client: Arc<ibapi::Client>) {
        *self.clock() = TwsClock::at_handshake(client.connection_time(), self.now());
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = Some(client);
        self.lines_lost();
    }

    pub(crate) fn remove(&self) -> Option<Arc<ibapi::Client>> {
        self.client
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Says that every market data line is gone.
    pub(crate) fn lines_lost(&self) {
        self.generations.send_modify(|generation| *generation += 1);
    }

    /// Tells everybody the state of the session. `Ready` is told to ledgers by their snapshots.
    pub(crate) fn announce(&self, state: &SessionState) {
        if *self.session.borrow() == SessionState::Closed {
            return;
        }
        if self.tells_ledgers {
            for ledger in self.desk.ledgers() {
                ledger.session(state.clone());
            }
        }
        let changed = self.session.send_if_modified(|old| {
            let changed = *old != *state;
            old.clone_from(state);
            changed
        });
        if changed {
            tracing::info!(?state, "the session with TWS");
        }
    }
}
