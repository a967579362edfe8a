use std::time::Duration;

use async_trait::async_trait;
use broker_core::{Error, Result};

use super::engine::{Container, Endpoint};
use crate::gateway::{GatewayControl, GatewayStatus, Readiness, keeper::Keeper, probe::Probe};

/// A gateway that runs in a container.
///
/// The container has to exist; it is started, stopped and restarted, never made or removed. Its
/// environment, where images of IB Gateway take the password, is never asked for: whether the
/// container runs is read from the engine's list of containers, which holds no environment.
///
/// **Whoever may write to the engine's socket is root on the host**, because a container can be told to
/// mount the whole disk. Give a trading program a filtering proxy instead that lets through
/// `GET /version`, `GET /containers/json` and `POST /containers/{name}/start`, `stop` and `restart`, and
/// name it in [`socket`](DockerGatewayBuilder::socket).
#[derive(Debug)]
pub struct DockerGateway(Keeper<Container>);

impl DockerGateway {
    /// Puts one together for the container of this name.
    pub fn builder(container_name: impl Into<String>) -> DockerGatewayBuilder {
        DockerGatewayBuilder {
            name: container_name.into(),
            socket: "/var/run/docker.sock".to_owned(),
            address: "127.0.0.1:4002".to_owned(),
            engine_within: Duration::from_secs(10),
            stop_grace: Duration::from_secs(30),
            probe_within: Duration::from_secs(2),
        }
    }
}

/// Puts a [`DockerGateway`] together.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct DockerGatewayBuilder {
    name: String,
    socket: String,
    address: String,
    engine_within: Duration,
    stop_grace: Duration,
    probe_within: Duration,
}

impl DockerGatewayBuilder {
    /// Where the engine listens: the path of its socket, or `tcp://host:port` of a proxy in front of
    /// it, without TLS; `/var/run/docker.sock` unless said otherwise.
    pub fn socket(mut self, socket: impl Into<String>) -> Self {
        self.socket = socket.into();
        self
    }

    /// Where the gateway's interface listens as seen from here; `127.0.0.1:4002` unless said otherwise.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// How long an answer of the engine may take; 10 s.
    pub fn engine_within(mut self, within: Duration) -> Self {
        self.engine_within = within;
        self
    }

    /// How long the gateway may take to end before the engine kills it, in whole seconds; 30 s.
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace;
        self
    }

    /// How long its port may take to open a connection, and then to answer; 2 s.
    pub fn probe_within(mut self, within: Duration) -> Self {
        self.probe_within = within;
        self
    }

    /// The gateway. Nothing is asked yet.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a name that no container can have
    /// and for an address of the engine that is none.
    pub fn build(self) -> Result<DockerGateway> {
        let mut letters = self.name.chars();
        let first = letters
            .next()
            .is_some_and(|letter| letter.is_ascii_alphanumeric());
        // It becomes a part of the path that the engine is asked for.
        if !first || !letters.all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
        {
            return Err(Error::invalid(
                "container_name",
                "a container's name begins with a letter or digit and goes on with these, `_`, `.` or `-`",
            ));
        }
        let container = Container {
            name: self.name,
            endpoint: Endpoint::parse(&self.socket)?,
            within: self.engine_within,
            grace: self.stop_grace,
        };
        let probe = Probe {
            address: self.address,
            within: self.probe_within,
        };
        Ok(DockerGateway(Keeper::new(container, probe)))
    }
}

#[async_trait]
impl GatewayControl for DockerGateway {
    async fn status(&self) -> Result<GatewayStatus> {
        self.0.status().await
    }

    async fn login(&self) -> Result<()> {
        self.0.login().await
    }

    async fn logout(&self) -> Result<()> {
        self.0.logout().await
    }

    async fn reconnect(&self) -> Result<()> {
        self.0.reconnect().await
    }

    async fn ensure_ready(&self, timeout: Duration) -> Result<Readiness> {
        self.0.ensure_ready(timeout).await
    }
}
