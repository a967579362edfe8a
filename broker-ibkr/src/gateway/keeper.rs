use core::fmt::{self, Debug, Formatter};
use std::{
    sync::{
        Arc, Mutex as SyncMutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use broker_core::{Error, ErrorKind, Result};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, sleep, timeout},
};

use super::{Fact, GatewayStatus, Readiness, probe::Probe};

/// Between two looks at a gateway that is starting.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a start or stop waits for the one before it.
const TURN: Duration = Duration::from_secs(120);

/// What a gateway runs in: a process or a container. Each call is bounded in time.
#[async_trait]
pub(super) trait Machine: Send + Sync + Debug + 'static {
    async fn running(&self) -> Result<Fact>;
    /// Does nothing when it runs.
    async fn start(&self) -> Result<()>;
    /// Does nothing when it does not run.
    async fn stop(&self) -> Result<()>;
    async fn restart(&self) -> Result<()>;
    /// What it said last, without secrets.
    fn last_words(&self) -> Option<String>;
}

type Attempt = BoxFuture<'static, Result<GatewayStatus>>;

/// What every gateway has in common: one start or stop at a time, the latch of a logout, and one
/// attempt for all who wait.
pub(super) struct Keeper<M> {
    care: Arc<Care<M>>,
    /// Held by those who wait for it, so that it ends with the last of them.
    attempt: SyncMutex<Option<WeakShared<Attempt>>>,
}

struct Care<M> {
    machine: M,
    probe: Probe,
    turn: Mutex<()>,
    logged_out: AtomicBool,
    seen: SyncMutex<Option<GatewayStatus>>,
}

impl<M: Machine> Keeper<M> {
    pub(super) fn new(machine: M, probe: Probe) -> Self {
        Self {
            care: Arc::new(Care {
                machine,
                probe,
                turn: Mutex::default(),
                logged_out: AtomicBool::new(false),
                seen: SyncMutex::default(),
            }),
            attempt: SyncMutex::default(),
        }
    }

    pub(super) fn machine(&self) -> &M {
        &self.care.machine
    }

    pub(super) async fn status(&self) -> Result<GatewayStatus> {
        self.care.look().await
    }

    pub(super) async fn login(&self) -> Result<()> {
        self.care.logged_out.store(false, Ordering::SeqCst);
        let _turn = self.care.turn().await?;
        self.care.machine.start().await
    }

    pub(super) async fn logout(&self) -> Result<()> {
        // Before its turn, so that an attempt under way starts nothing any more.
        self.care.logged_out.store(true, Ordering::SeqCst);
        let _turn = self.care.turn().await?;
        self.care.machine.stop().await
    }

    pub(super) async fn reconnect(&self) -> Result<()> {
        let _turn = self.care.turn().await?;
        self.care.refuse_after_logout()?;
        self.care.machine.restart().await
    }

    pub(super) async fn ensure_ready(&self, within: Duration) -> Result<Readiness> {
        let since = Instant::now();
        let attempt = self.share_attempt();
        let Ok(outcome) = timeout(within, attempt).await else {
            return Err(self.care.not_ready(within));
        };
        Ok(Readiness {
            status: outcome?,
            waited: since.elapsed(),
        })
    }

    fn share_attempt(&self) -> Shared<Attempt> {
        let mut attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = attempt.as_ref().and_then(WeakShared::upgrade);
        if let Some(shared) = under_way.filter(|shared| shared.peek().is_none()) {
            return shared;
        }
        let shared = Arc::clone(&self.care).bring_up().boxed().shared();
        *attempt = shared.downgrade();
        shared
    }
}

impl<M: Machine> Care<M> {
    async fn turn(&self) -> Result<MutexGuard<'_, ()>> {
        let turn = timeout(TURN, self.turn.lock()).await;
        turn.map_err(|_| {
            late("another start or stop of the gateway is still under way; nothing was done")
        })
    }

    fn refuse_after_logout(&self) -> Result<()> {
        if self.logged_out.load(Ordering::SeqCst) {
            let message = "the gateway was logged out on purpose; log in first";
            return Err(Error::new(ErrorKind::Authentication, message));
        }
        Ok(())
    }

    async fn look(&self) -> Result<GatewayStatus> {
        let (running, (port_open, answering)) =
            tokio::join!(self.machine.running(), self.probe.look());
        let status = GatewayStatus {
            running: running?,
            port_open,
            answering,
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(status.clone());
        Ok(status)
    }

    async fn bring_up(self: Arc<Self>) -> Result<GatewayStatus> {
        let mut started = false;
        loop {
            let status = self.look().await?;
            if status.answering.holds {
                return Ok(status);
            }
            self.refuse_after_logout()?;
            if !status.running.holds && !status.port_open.holds {
                // Once only: a gateway that ends because of a wrong password, started again and
                // again, gets the login locked.
                if started {
                    return Err(self.ended(&status));
                }
                let _turn = self.turn().await?;
                self.refuse_after_logout()?;
                self.machine.start().await?;
                started = true;
            }
            sleep(PAUSE).await;
        }
    }

    fn ended(&self, status: &GatewayStatus) -> Error {
        let message = format!(
            "the gateway was started and ended before it answered ({status}){}",
            self.words()
        );
        Error::new(ErrorKind::Disconnected, message)
    }

    fn not_ready(&self, within: Duration) -> Error {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let status = seen
            .as_ref()
            .map_or_else(|| "nothing is known of it".to_owned(), ToString::to_string);
        late(&format!(
            "the gateway is not ready after {within:?} ({status}){}",
            self.words()
        ))
    }

    fn words(&self) -> String {
        let words = self.machine.last_words();
        words
            .map(|words| format!("; it said last: {words:?}"))
            .unwrap_or_default()
    }
}

impl<M: Debug> Debug for Keeper<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("machine", &self.care.machine)
            .field("address", &self.care.probe.address)
            .field("logged_out", &self.care.logged_out)
            .finish_non_exhaustive()
    }
}

pub(super) fn late(what: &str) -> Error {
    Error::new(ErrorKind::Timeout, what)
}
