use core::{fmt, time::Duration};
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{
    Clock, Error, ErrorKind, Result, async_trait,
    gateway::{GatewayControl, GatewayState, GatewayStatus, Readiness},
};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::time::{Instant, timeout};

use crate::store::{Latch, Store};

/// The longest that anybody waits for a gateway.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);

type Attempt = Shared<BoxFuture<'static, Result<Readiness>>>;

/// A gateway whose log-out is a latch: kept in the server's file, so that neither a supervisor nor a
/// restart of this program starts it again before somebody logs in.
///
/// Give this value, and not the control below it, to the adapter and to the supervisor.
pub struct Gateway {
    name: String,
    control: Arc<dyn GatewayControl>,
    store: Store,
    clock: Arc<dyn Clock>,
    attempt: Mutex<Option<Attempt>>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gateway").field(&self.name).finish()
    }
}

impl Gateway {
    /// A gateway by the name that it has in the server's file.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        control: Arc<dyn GatewayControl>,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            control,
            store,
            clock,
            attempt: Mutex::default(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who has logged it out, if somebody has.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when that cannot be read.
    pub async fn latch(&self) -> Result<Option<Latch>> {
        self.store.latch(&self.name).await
    }

    /// Stops it, and remembers who wanted that.
    ///
    /// # Errors
    /// As [`logout`](GatewayControl::logout).
    pub async fn logout_by(&self, by: &str) -> Result<()> {
        let latch = Latch {
            by: by.to_owned(),
            at: self.clock.now(),
        };
        // First, so that nothing starts it while it stops; and it is stopped even if that cannot be
        // written down.
        let kept = self.store.set_latch(&self.name, Some(latch)).await;
        self.control.logout().await?;
        kept
    }

    /// Nothing is started that somebody has logged out.
    async fn allowed(&self) -> Result<()> {
        let Some(latch) = self.latch().await? else {
            return Ok(());
        };
        let (by, at) = (latch.by, latch.at.to_rfc3339());
        let message = format!(
            "{by} has logged the gateway {} out at {at}; log in first",
            self.name
        );
        Err(Error::new(ErrorKind::Authentication, message))
    }

    /// The attempt that is under way, or a new one.
    fn attempt(&self) -> Attempt {
        let mut here = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempt) = here.as_ref().filter(|attempt| attempt.peek().is_none()) {
            return attempt.clone();
        }
        let control = Arc::clone(&self.control);
        // By itself: it goes on for the others when one gives up.
        let task = tokio::spawn(async move {
            timeout(LONGEST_WAIT, control.ensure_ready(LONGEST_WAIT))
                .await
                .unwrap_or_else(|_| Err(late(LONGEST_WAIT)))
        });
        let ended = |error: tokio::task::JoinError| {
            Error::new(
                ErrorKind::Internal,
                format!("the attempt did not end: {error}"),
            )
        };
        let attempt = async move { task.await.map_err(ended)? }.boxed().shared();
        *here = Some(attempt.clone());
        attempt
    }
}

fn late(waited: Duration) -> Error {
    let seconds = waited.as_secs();
    let message = format!("the gateway is not ready after {seconds} s");
    Error::new(ErrorKind::Timeout, message)
}

#[async_trait]
impl GatewayControl for Gateway {
    async fn status(&self) -> Result<GatewayStatus> {
        self.control.status().await
    }

    async fn login(&self) -> Result<()> {
        self.store.set_latch(&self.name, None).await?;
        self.control.login().await
    }

    async fn logout(&self) -> Result<()> {
        self.logout_by("a program").await
    }

    async fn reconnect(&self) -> Result<()> {
        self.allowed().await?;
        self.control.reconnect().await
    }

    /// As [`GatewayControl::ensure_ready`], at most [`LONGEST_WAIT`].
    async fn ensure_ready(&self, longest: Duration) -> Result<Readiness> {
        let began = Instant::now();
        let longest = longest.min(LONGEST_WAIT);
        let status = self.status().await?;
        if status.state() == GatewayState::Connected {
            return Ok(Readiness {
                status,
                waited: began.elapsed(),
            });
        }
        self.allowed().await?;
        let attempt = self.attempt();
        let left = longest.saturating_sub(began.elapsed());
        let ready = timeout(left, attempt).await.map_err(|_| late(longest))??;
        Ok(Readiness {
            waited: began.elapsed(),
            ..ready
        })
    }
}
