use core::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use broker_core::Result;

/// How far a gateway is, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayState {
    /// It runs, its port is open and it answers.
    Connected,
    /// It runs and its port is open; whether anybody is logged in is not known.
    ApiReady,
    /// It runs, its port is not open yet.
    Starting,
    /// It does not run.
    Disconnected,
}

/// Three facts about a gateway that do not follow from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatewayStatus {
    /// Its process or container runs.
    pub running: bool,
    /// Something listens on its port.
    pub port_open: bool,
    /// It has greeted a client.
    pub answering: bool,
}

impl GatewayStatus {
    /// The facts as one word. A gateway that somebody else started is not ours to call running, but
    /// it answers all the same.
    #[must_use]
    pub const fn state(self) -> GatewayState {
        match self {
            Self {
                answering: true, ..
            } => GatewayState::Connected,
            Self {
                port_open: true, ..
            } => GatewayState::ApiReady,
            Self { running: true, .. } => GatewayState::Starting,
            Self { running: false, .. } => GatewayState::Disconnected,
        }
    }
}

/// Starts, stops and watches a gateway. Every call is bounded in time.
#[async_trait]
pub trait GatewayControl: Send + Sync + Debug {
    /// How far it is.
    ///
    /// # Errors
    /// When it cannot be found out.
    async fn status(&self) -> Result<GatewayStatus>;

    /// Starts it, unless it runs, and allows it to be started again on its own.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when it cannot be started.
    async fn login(&self) -> Result<()>;

    /// Stops it and keeps it stopped: nothing starts it again until [`login`](Self::login).
    ///
    /// # Errors
    /// [`Timeout`](broker_core::ErrorKind::Timeout) when it would not stop.
    async fn logout(&self) -> Result<()>;

    /// Stops it and starts it again.
    ///
    /// # Errors
    /// As [`login`](Self::login) and [`logout`](Self::logout).
    async fn reconnect(&self) -> Result<()>;

    /// Starts it if it has to be and waits until it answers. Callers at the same time share one
    /// attempt.
    ///
    /// # Errors
    /// [`Timeout`](broker_core::ErrorKind::Timeout) when it does not answer in time, and
    /// [`Authentication`](broker_core::ErrorKind::Authentication) after a [`logout`](Self::logout).
    async fn ensure_ready(&self, timeout: Duration) -> Result<GatewayStatus>;
}
