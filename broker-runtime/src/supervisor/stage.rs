//! What the tests of this folder share: sessions that answer or not, and when they were asked.

use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::sync::{Arc, Mutex};

use broker_core::{Broker as _, Error, ErrorKind, SessionState, model::BrokerId};
use tokio::time::Instant;

use super::{Connection, Session, Supervisor, Timing};
use crate::test_support::{Stub, failure, lock};

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// A session that answers its checks as long as it is alive.
#[derive(Clone)]
pub(super) struct Act {
    pub(super) stub: Arc<Stub>,
    began: Instant,
    alive: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Duration>>>,
    /// What a dead one says.
    pub(super) trouble: Arc<Mutex<Error>>,
}

impl Act {
    pub(super) fn new(name: &str) -> Self {
        Self {
            stub: Stub::named(name),
            began: Instant::now(),
            alive: Arc::new(AtomicBool::new(true)),
            asked: Arc::default(),
            trouble: Arc::new(Mutex::new(failure(ErrorKind::Timeout))),
        }
    }

    pub(super) fn name(&self) -> BrokerId {
        self.stub.id().clone()
    }

    pub(super) fn lives(&self, alive: bool) {
        self.alive.store(alive, Ordering::SeqCst);
    }

    pub(super) fn is(&self, state: SessionState) {
        self.stub.session.send_replace(state);
    }

    pub(super) fn connection(&self) -> Connection {
        Connection::over(self.stub.dynamic()).unwrap()
    }

    /// The session, with a probe that writes down when it was asked.
    pub(super) fn session(&self) -> Session {
        self.session_over(self.connection())
    }

    pub(super) fn session_over(&self, connection: Connection) -> Session {
        let act = self.clone();
        Session::of(connection).probed_by(move |_| {
            lock(&act.asked).push(act.began.elapsed());
            let answer = if act.alive.load(Ordering::SeqCst) {
                Ok(())
            } else {
                Err(lock(&act.trouble).clone())
            };
            async move { answer }
        })
    }

    /// When it was asked, in whole seconds.
    pub(super) fn asked(&self) -> Vec<u64> {
        let asked = lock(&self.asked);
        asked
            .iter()
            .map(|at| (*at + Duration::from_millis(999)).as_secs())
            .collect()
    }
}

pub(super) fn supervisor() -> Supervisor {
    Supervisor::new(Timing::default())
}

/// Lets everything happen that happens within so many seconds, in steps small enough to see it.
pub(super) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    settle().await;
}

/// Lets everything happen that happens now.
pub(super) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
