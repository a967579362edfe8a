//! What a supervisor knows of one session.

use core::{
    fmt::{self, Debug, Formatter},
    time::Duration,
};
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use broker_core::{
    SessionState,
    model::{BrokerId, Environment},
};
use futures_util::FutureExt as _;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{Connection, Gateway, Session, check::Verdict, connection::Token, lag::Lag};
use crate::measure;

/// How a session stands and what was done for it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) session: SessionState,
    /// Since when it has been connecting without a break.
    connecting_since: Option<Instant>,
    /// Since when nothing can be sent, or nothing has been answered.
    pub(super) down_since: Option<Instant>,
    /// Checks that have ended.
    pub(super) checks: u64,
    /// What the last one found.
    pub(super) last: Option<Verdict>,
    /// When the broker last answered.
    pub(super) answered_at: Option<Instant>,
    /// Failed checks since it last answered.
    pub(super) failures: u32,
    /// Restarts since it last answered.
    pub(super) attempts: u32,
    /// Why the last of them failed.
    pub(super) restart_failed: Option<Arc<str>>,
    /// No restart before this.
    pub(super) not_before: Option<Instant>,
    pub(super) restarting: bool,
    /// Restarts since the beginning.
    pub(super) restarts: u64,
    /// Times that the session became usable again.
    pub(super) reconnects: u64,
}

impl Record {
    fn new(session: SessionState) -> Self {
        let mut record = Self {
            session: SessionState::Ready,
            connecting_since: None,
            down_since: None,
            checks: 0,
            last: None,
            answered_at: None,
            failures: 0,
            attempts: 0,
            restart_failed: None,
            not_before: None,
            restarting: false,
            restarts: 0,
            reconnects: 0,
        };
        record.enter(session);
        record
    }

    pub(super) fn connecting_for(&self) -> Option<Duration> {
        self.connecting_since.map(|since| since.elapsed())
    }

    /// Takes in a new state; whether the session became usable again.
    fn enter(&mut self, session: SessionState) -> bool {
        let now = Instant::now();
        let could = self.session.accepts_commands();
        let can = session.accepts_commands();
        match session {
            SessionState::Connecting => {
                self.connecting_since.get_or_insert(now);
                self.down_since.get_or_insert(now);
            }
            SessionState::Closed => {
                self.connecting_since = None;
                self.down_since.get_or_insert(now);
            }
            // Silence between two usable states is silence still.
            SessionState::Ready | SessionState::Degraded { .. } if could => {}
            // Down by plan, waiting for a person, or there again.
            _ => {
                self.connecting_since = None;
                self.down_since = None;
            }
        }
        self.session = session;
        let again = can && !could;
        self.reconnects += u64::from(again);
        again
    }

    fn take(&mut self, verdict: Verdict) {
        self.checks += 1;
        match &verdict {
            Verdict::Alive => {
                self.answered_at = Some(Instant::now());
                self.down_since = None;
                self.failures = 0;
                self.attempts = 0;
                self.restart_failed = None;
                self.not_before = None;
            }
            Verdict::Dead(_) => {
                self.failures = self.failures.saturating_add(1);
                self.down_since.get_or_insert_with(Instant::now);
            }
            Verdict::Waits(_) | Verdict::Person(..) => {}
        }
        self.last = Some(verdict);
    }
}

/// One session that is watched.
pub(super) struct Slot {
    pub(super) name: BrokerId,
    pub(super) environment: Environment,
    /// The turn of its checks among all sessions.
    pub(super) turn: u32,
    pub(super) gateway: Option<Gateway>,
    pub(super) rebuild: Option<super::connection::Make>,
    pub(super) probe: super::connection::Probe,
    pub(super) token: Option<Token>,
    pub(super) lag: Arc<Lag>,
    /// Callers that wait for it to be ready.
    waiting: AtomicUsize,
    asked: Notify,
    connection: RwLock<Connection>,
    record: watch::Sender<Record>,
}

impl Debug for Slot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("name", &self.name)
            .field("record", &*self.record.borrow())
            .finish_non_exhaustive()
    }
}

/// Somebody who waits for the session, until it is dropped.
pub(super) struct Waiting<'a>(&'a Slot);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Slot {
    pub(super) fn new(session: Session, turn: u32) -> Self {
        let broker = &session.connection.broker;
        let state = broker.session().borrow().clone();
        measure::session_state(broker.id().as_str(), &state);
        Self {
            name: broker.id().clone(),
            environment: broker.environment(),
            turn,
            gateway: session.gateway,
            rebuild: session.rebuild,
            probe: session.probe,
            token: session.token,
            lag: Arc::default(),
            waiting: AtomicUsize::new(0),
            asked: Notify::new(),
            record: watch::Sender::new(Record::new(state)),
            connection: RwLock::new(session.connection),
        }
    }

    pub(super) fn connection(&self) -> Connection {
        self.connection
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set_connection(&self, connection: Connection) {
        *self
            .connection
            .write()
            .unwrap_or_else(PoisonError::into_inner) = connection;
    }

    pub(super) fn record(&self) -> Record {
        self.record.borrow().clone()
    }

    pub(super) fn records(&self) -> watch::Receiver<Record> {
        self.record.subscribe()
    }

    /// Changes what is known, and wakes whoever waits for it.
    pub(super) fn change(&self, change: impl FnOnce(&mut Record)) {
        self.record.send_modify(change);
        if let Some(gateway) = &self.gateway {
            gateway.look();
        }
    }

    pub(super) fn enter(&self, session: SessionState) {
        if self.record.borrow().session == session {
            return;
        }
        measure::session_state(self.name.as_str(), &session);
        tracing::info!(broker = %self.name, state = ?session, "session");
        self.change(|record| {
            if record.enter(session) {
                measure::reconnected(self.name.as_str());
            }
        });
    }

    pub(super) fn take(&self, verdict: Verdict) {
        if let Verdict::Dead(reason) = &verdict {
            tracing::warn!(broker = %self.name, %reason, "a check of the session failed");
        }
        self.change(|record| record.take(verdict));
    }

    /// Asks for checks at once, until what is given back is dropped.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.asked.notify_one();
        Waiting(self)
    }

    pub(super) fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Forgets who has begun to wait so far.
    pub(super) fn answer_asked(&self) {
        let _forgotten = self.asked.notified().now_or_never();
    }

    /// Comes back when somebody begins to wait.
    pub(super) async fn asked(&self) {
        self.asked.notified().await;
    }
}
