//! The task that watches one session.

use core::{future::pending, time::Duration};
use std::{collections::BTreeSet, sync::Arc};

use broker_core::{Broker, Error, ErrorKind, Result, SessionState, model::AccountId};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Connection,
    check::{Verdict, check},
    lag::follow,
    slot::Slot,
    timing::{Timing, draw, jittered},
};
use crate::{measure, registry::Registry};

/// Watches a session for as long as it runs.
pub(super) struct Vigil {
    pub(super) slot: Arc<Slot>,
    pub(super) timing: Timing,
    pub(super) registry: Option<Registry>,
}

/// The session state of the present connection.
struct State {
    receiver: watch::Receiver<SessionState>,
    gone: bool,
}

impl State {
    fn of(connection: &Connection) -> Self {
        Self {
            receiver: connection.broker.session(),
            gone: false,
        }
    }

    async fn changed(&mut self) {
        if self.gone {
            pending::<()>().await;
        }
        self.gone = self.receiver.changed().await.is_err();
    }

    fn now(&mut self) -> SessionState {
        // An adapter that is gone without a word is as closed as one that said so.
        if self.gone {
            return SessionState::Closed;
        }
        self.receiver.borrow_and_update().clone()
    }
}

/// Follows the events of every account of a connection.
#[derive(Default)]
struct Followers {
    accounts: BTreeSet<AccountId>,
    tasks: JoinSet<()>,
}

impl Followers {
    fn meet(&mut self, slot: &Slot, broker: &dyn Broker) {
        let desk = broker.desk();
        for ledger in desk.ledgers() {
            if self.accounts.insert(ledger.account().clone()) {
                let (clock, lag) = (Arc::clone(desk.clock()), Arc::clone(&slot.lag));
                let name = slot.name.to_string();
                self.tasks
                    .spawn(follow(ledger.subscribe(), clock, lag, name));
            }
        }
    }
}

impl Vigil {
    /// Runs until it is dropped. `first` is when the first check is due.
    pub(super) async fn run(self, first: Instant) {
        let mut grid = first;
        let mut due = first;
        // For those who wait for the session.
        let mut soon = None;
        let connection = self.slot.connection();
        let mut state = State::of(&connection);
        let mut followers = Followers::default();
        followers.meet(&self.slot, &*connection.broker);
        loop {
            let looks = tokio::select! {
                biased;
                () = state.changed() => false,
                () = self.slot.asked() => self.slot.is_waited_for(),
                () = sleep_until(soon.map_or(due, |soon| due.min(soon))) => {
                    due <= Instant::now() || self.slot.is_waited_for()
                }
            };
            self.slot.enter(state.now());
            if !looks {
                // Whoever waits for the session wants to know at once that it is there.
                soon = self.slot.is_waited_for().then(Instant::now);
                continue;
            }
            let verdict = check(&self.slot, &self.timing).await;
            let dead = matches!(verdict, Verdict::Dead(_));
            self.slot.enter(state.now());
            // Whoever has asked by now is answered by this check.
            self.slot.answer_asked();
            self.slot.take(verdict);
            self.token_left();
            let now = Instant::now();
            while grid <= now {
                grid += self.timing.check_every.max(Duration::from_secs(1));
            }
            due = grid;
            if dead && let Some(then) = self.may_restart(now) {
                if then > now {
                    due = due.min(then);
                } else {
                    match self.restart().await {
                        Some(connection) => {
                            state = State::of(&connection);
                            self.slot.enter(state.now());
                            followers = Followers::default();
                            due = Instant::now();
                        }
                        None => due = self.slot.record().not_before.unwrap_or(grid),
                    }
                }
            }
            soon = self
                .slot
                .is_waited_for()
                .then(|| Instant::now() + self.timing.recheck_every);
            followers.meet(&self.slot, &*self.slot.connection().broker);
        }
    }

    fn token_left(&self) {
        if let Some(left) = self.slot.token.as_ref().and_then(|token| (token.left)()) {
            measure::token_seconds_left(self.slot.name.as_str(), left);
        }
    }

    /// When a session that has just failed may be restarted, if at all.
    fn may_restart(&self, now: Instant) -> Option<Instant> {
        self.slot.rebuild.as_ref()?;
        // What is behind a gateway that is being restarted comes back with it.
        if self
            .slot
            .gateway
            .as_ref()
            .is_some_and(super::Gateway::is_restarting)
        {
            return None;
        }
        let record = self.slot.record();
        if record.failures < self.timing.failures.max(1) {
            return None;
        }
        Some(record.not_before.unwrap_or(now))
    }

    async fn restart(&self) -> Option<Connection> {
        tracing::warn!(broker = %self.slot.name, "the session is being restarted");
        self.slot.change(|record| record.restarting = true);
        let made = self.rebuild().await;
        let failed = made
            .as_ref()
            .err()
            .map(|error| Arc::from(error.to_string()));
        if let Some(reason) = &failed {
            tracing::warn!(broker = %self.slot.name, %reason, "the session was not restarted");
        }
        measure::restarted(self.slot.name.as_str(), failed.is_none());
        self.slot.change(|record| {
            record.restarting = false;
            record.restarts += 1;
            record.attempts = record.attempts.saturating_add(1);
            let pause = jittered(self.timing.pause_after(record.attempts), draw());
            record.not_before = Some(Instant::now() + pause);
            record.restart_failed = failed;
        });
        made.ok()
    }

    /// Ends the old session, makes a new one and puts it into its place.
    async fn rebuild(&self) -> Result<Connection> {
        let Some(make) = &self.slot.rebuild else {
            return Err(Error::unsupported("nobody said how a new session is made"));
        };
        let connection = self.slot.connection();
        connection.may_be_replaced()?;
        let old = connection.broker;
        // First, because most brokers allow one session per login. What it came to does not matter: a
        // session that is dead may not even be able to end.
        close(&*old, self.timing.close_within).await;
        let made = timeout(self.timing.rebuild_within, make()).await;
        let made = made.unwrap_or_else(|_| {
            let message = format!("no new session within {:?}", self.timing.rebuild_within);
            Err(Error::new(ErrorKind::Timeout, message))
        })?;
        let taken = self.admit(&*made.broker).and_then(|()| {
            let Some(registry) = &self.registry else {
                return Ok(());
            };
            registry.replace(&made.broker).map(drop)
        });
        match taken {
            Ok(()) => {
                self.slot.set_connection(made.clone());
                Ok(made)
            }
            Err(error) => {
                close(&*made.broker, self.timing.close_within).await;
                Err(error)
            }
        }
    }

    /// Orders must not land somewhere else because a session was restarted.
    fn admit(&self, made: &dyn Broker) -> Result<()> {
        let slot = &self.slot;
        let message = if *made.id() != slot.name {
            format!("the new session is {} and not {}", made.id(), slot.name)
        } else if made.environment() != slot.environment {
            let (new, old) = (made.environment(), slot.environment);
            format!("the new session is {new} and the old one was {old}")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Internal, message))
    }
}

async fn close(broker: &dyn Broker, within: Duration) {
    match timeout(within, broker.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a session did not end cleanly"),
        Err(_) => tracing::warn!(?within, "a session did not end in time and is left behind"),
    }
}
