use core::fmt::{self, Display, Formatter};
use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use bollard::{
    API_DEFAULT_VERSION, Docker,
    errors::Error as EngineError,
    models::{ContainerSummary, ContainerSummaryStateEnum as State},
    query_parameters::{ListContainersOptions, RestartContainerOptions, StopContainerOptions},
};
use broker_core::{Error, Result};
use tokio::time::timeout;

use super::refusal::{Asked, hung, missing, refusal};
use crate::gateway::{Fact, keeper::Machine};

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The path of a socket.
    Socket(String),
    /// Host and port, without TLS.
    Proxy(String),
}

impl Endpoint {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("unix", text));
        match scheme {
            "unix" if !rest.is_empty() => Ok(Self::Socket(rest.to_owned())),
            // Whoever writes a password here would read it again in every error.
            "tcp" | "http" if !rest.is_empty() && !rest.contains('@') => {
                Ok(Self::Proxy(rest.trim_end_matches('/').to_owned()))
            }
            _ => Err(Error::invalid(
                "socket",
                "the path of the engine's socket, or `tcp://host:port` of a proxy without TLS and password",
            )),
        }
    }

    /// Seconds are a backstop: the real deadlines lie around it.
    fn open(&self, seconds: u64) -> Result<Docker, EngineError> {
        match self {
            Self::Socket(path) => Docker::connect_with_socket(path, seconds, API_DEFAULT_VERSION),
            Self::Proxy(host) => {
                Docker::connect_with_http(&format!("tcp://{host}"), seconds, API_DEFAULT_VERSION)
            }
        }
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => f.write_str(path),
            Self::Proxy(host) => write!(f, "tcp://{host}"),
        }
    }
}

/// One container of one engine. The engine is asked anew each time, its version included, because it
/// may have been replaced meanwhile.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) endpoint: Endpoint,
    pub(super) within: Duration,
    pub(super) grace: Duration,
}

impl Container {
    async fn ask<T, Asking>(
        &self,
        asked: Asked,
        within: Duration,
        ask: impl FnOnce(Docker) -> Asking + Send,
    ) -> Result<T>
    where
        Asking: Future<Output = Result<T, EngineError>> + Send,
    {
        let seconds = within.as_secs().saturating_add(1);
        let docker = async { self.endpoint.open(seconds)?.negotiate_version().await };
        let docker = timeout(self.within, docker)
            .await
            .map_err(|_| hung(self, Asked::Version, self.within))?
            .map_err(|error| refusal(self, Asked::Version, &error))?;
        timeout(within, ask(docker))
            .await
            .map_err(|_| hung(self, asked, within))?
            .map_err(|error| refusal(self, asked, &error))
    }

    fn grace_seconds(&self) -> i32 {
        i32::try_from(self.grace.as_secs()).unwrap_or(i32::MAX)
    }
}

#[async_trait]
impl Machine for Container {
    /// Read from the list, not by inspecting: an inspection tells the environment, passwords
    /// included, and the library writes every answer into its debug log.
    async fn running(&self) -> Result<Fact> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([(
                "name".to_owned(),
                vec![self.name.clone()],
            )])),
            ..Default::default()
        };
        let list = self
            .ask(Asked::List, self.within, |docker| async move {
                docker.list_containers(Some(options)).await
            })
            .await?;
        // The filter finds names that only contain this one, too.
        let ours = list.into_iter().find(|container| {
            let mut names = container.names.iter().flatten();
            names.any(|name| name.trim_start_matches('/') == self.name)
        });
        seen(self, ours)
    }

    async fn start(&self) -> Result<()> {
        let name = self.name.clone();
        self.ask(Asked::Start, self.within, |docker| async move {
            docker.start_container(&name, None).await
        })
        .await
    }

    async fn stop(&self) -> Result<()> {
        let name = self.name.clone();
        let options = StopContainerOptions {
            t: Some(self.grace_seconds()),
            ..Default::default()
        };
        self.ask(Asked::Stop, self.grace + self.within, |docker| async move {
            docker.stop_container(&name, Some(options)).await
        })
        .await
    }

    async fn restart(&self) -> Result<()> {
        let name = self.name.clone();
        let options = RestartContainerOptions {
            t: Some(self.grace_seconds()),
            ..Default::default()
        };
        let within = self.grace + self.within;
        self.ask(Asked::Restart, within, |docker| async move {
            docker.restart_container(&name, Some(options)).await
        })
        .await
    }

    /// Its output is not read: nobody knows which words of it are secret.
    fn last_words(&self) -> Option<String> {
        None
    }
}

fn seen(container: &Container, ours: Option<ContainerSummary>) -> Result<Fact> {
    let ours = ours.ok_or_else(|| missing(container))?;
    let state = ours
        .state
        .ok_or_else(|| super::refusal::nonsense(container, Asked::List))?;
    let runs = match state {
        // A container that the engine is starting again counts: it comes up without being told to.
        State::RUNNING | State::RESTARTING | State::STOPPING => true,
        State::CREATED | State::PAUSED | State::EXITED | State::REMOVING | State::DEAD => false,
        State::EMPTY => return Err(super::refusal::nonsense(container, Asked::List)),
    };
    let since = ours
        .status
        .map(|status| format!(" ({})", super::refusal::without_values(&status)));
    let reason = format!(
        "the engine says that its container `{}` is {state}{}",
        container.name,
        since.unwrap_or_default()
    );
    Ok(Fact::now(runs, reason))
}
