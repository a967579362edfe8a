//! A program through which a broker is reached, such as a gateway that a person logs in to, and what
//! may start and stop it.

use core::fmt::{self, Debug, Display, Formatter};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{Clock as _, Result, SystemClock};

/// How far a gateway is, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayState {
    /// It answers clients.
    Connected,
    /// Its port is open and it does not answer: it is still starting, or a dialog is in the way.
    ApiReady,
    /// It runs, its port is not open yet.
    Starting,
    /// It does not run.
    Disconnected,
}

impl GatewayState {
    /// `connected`, `api_ready`, `starting` or `disconnected`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::ApiReady => "api_ready",
            Self::Starting => "starting",
            Self::Disconnected => "disconnected",
        }
    }
}

impl Display for GatewayState {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that was looked at: whether it is so, what that rests on, and when it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Whether it is so.
    pub holds: bool,
    /// What was seen, in words for people.
    pub reason: String,
    /// When it was seen.
    pub as_of: DateTime<Utc>,
}

impl Fact {
    /// Seen just now, by the clock of this machine.
    #[must_use]
    pub fn now(holds: bool, reason: impl Into<String>) -> Self {
        Self {
            holds,
            reason: reason.into(),
            as_of: SystemClock.now(),
        }
    }
}

/// Three facts about a gateway that do not follow from each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayStatus {
    /// Its process or container runs.
    pub running: Fact,
    /// Something listens on its port.
    pub port_open: Fact,
    /// It has answered the greeting of a client. A gateway that shows a dialog may do so, too: whether
    /// somebody is logged in is known only to a session.
    pub answering: Fact,
}

impl GatewayStatus {
    /// The facts as one word. A gateway that somebody else started is not ours to call running, but
    /// it answers all the same.
    #[must_use]
    pub const fn state(&self) -> GatewayState {
        if self.answering.holds {
            GatewayState::Connected
        } else if self.port_open.holds {
            GatewayState::ApiReady
        } else if self.running.holds {
            GatewayState::Starting
        } else {
            GatewayState::Disconnected
        }
    }
}

impl Display for GatewayStatus {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (running, port, api) = (&self.running, &self.port_open, &self.answering);
        write!(
            f,
            "{}: {}; {}; {}",
            self.state(),
            running.reason,
            port.reason,
            api.reason
        )
    }
}

/// A gateway that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// What was seen last.
    pub status: GatewayStatus,
    /// How long this caller has waited for it.
    pub waited: Duration,
}

/// Starts, stops and watches a gateway. Every call is bounded in time.
#[async_trait]
pub trait GatewayControl: Send + Sync + Debug {
    /// How far it is.
    ///
    /// # Errors
    /// When it cannot be found out whether it runs.
    async fn status(&self) -> Result<GatewayStatus>;

    /// Starts it, unless it runs, and allows it to be started again on its own.
    ///
    /// # Errors
    /// What kept it from starting; [`Timeout`](crate::ErrorKind::Timeout) when that is not known
    /// in time.
    async fn login(&self) -> Result<()>;

    /// Stops it and keeps it stopped: nothing starts it again until [`login`](Self::login). The latch
    /// is in memory, so it ends with this value.
    ///
    /// # Errors
    /// What kept it from stopping; [`Timeout`](crate::ErrorKind::Timeout) when it would not stop.
    /// It stays logged out all the same.
    async fn logout(&self) -> Result<()>;

    /// Stops it and starts it again.
    ///
    /// # Errors
    /// As [`login`](Self::login) and [`logout`](Self::logout);
    /// [`Authentication`](crate::ErrorKind::Authentication) after a [`logout`](Self::logout).
    async fn reconnect(&self) -> Result<()>;

    /// Starts it if it has to be and waits until it answers. Callers at the same time share one
    /// attempt, and each waits as long as it wants to.
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) when it does not answer in time,
    /// [`Disconnected`](crate::ErrorKind::Disconnected) when it was started and ended by itself,
    /// [`Authentication`](crate::ErrorKind::Authentication) after a [`logout`](Self::logout), and
    /// whatever keeps it from starting.
    async fn ensure_ready(&self, timeout: Duration) -> Result<Readiness>;
}
