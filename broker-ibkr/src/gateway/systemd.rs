use std::{process::Stdio, time::Duration};

use async_trait::async_trait;
use broker_core::{Error, ErrorKind, Result};
use tokio::{process::Command, time::timeout};

use super::{
    Fact, GatewayControl, GatewayStatus, Readiness,
    keeper::{Keeper, Machine},
    probe::Probe,
};

/// How long a start or a stop may take.
const WITHIN: Duration = Duration::from_secs(60);
/// How long a probe of the port may take.
const PROBE: Duration = Duration::from_secs(2);

/// A gateway that is a unit of systemd, started and stopped with `systemctl`.
///
/// The user of this program has to be allowed to do that: either it is a unit of that user, or a rule of
/// polkit names unit and user.
#[derive(Debug)]
pub struct SystemdGateway(Keeper<Unit>);

impl SystemdGateway {
    /// The unit of this name, whose interface listens at `address`; of the user when `user` says so.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for a name that no unit can have.
    pub fn new(name: impl Into<String>, user: bool, address: impl Into<String>) -> Result<Self> {
        Self::with_program("systemctl", name.into(), user, address.into())
    }

    pub(super) fn with_program(
        program: &str,
        name: String,
        user: bool,
        address: String,
    ) -> Result<Self> {
        let mut letters = name.chars();
        let first = letters
            .next()
            .is_some_and(|letter| letter.is_ascii_alphanumeric());
        // It is an argument, and must not look like an option.
        if !first
            || !letters.all(|letter| letter.is_ascii_alphanumeric() || ":_.@\\-".contains(letter))
        {
            return Err(Error::invalid("unit", "this cannot be the name of a unit"));
        }
        let unit = Unit {
            program: program.to_owned(),
            name,
            user,
        };
        let probe = Probe {
            address,
            within: PROBE,
        };
        Ok(Self(Keeper::new(unit, probe)))
    }
}

#[async_trait]
impl GatewayControl for SystemdGateway {
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

#[derive(Debug)]
struct Unit {
    program: String,
    name: String,
    user: bool,
}

impl Unit {
    /// Runs `systemctl`: whether it was content, and what it wrote.
    async fn ask(&self, verb: &str) -> Result<(bool, String)> {
        let mut command = Command::new(&self.program);
        if self.user {
            command.arg("--user");
        }
        command
            .args(["--no-ask-password", verb, &self.name])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let late = || {
            let message = format!("`systemctl {verb}` has not ended within {WITHIN:?}");
            Error::new(ErrorKind::Timeout, message)
        };
        let ran = timeout(WITHIN, command.output())
            .await
            .map_err(|_| late())?;
        let ran = ran.map_err(|error| {
            let message = format!("systemctl could not be started: {error}");
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        let text = if ran.stdout.is_empty() {
            ran.stderr
        } else {
            ran.stdout
        };
        let text = String::from_utf8_lossy(&text);
        Ok((ran.status.success(), text.trim().to_owned()))
    }

    async fn order(&self, verb: &str) -> Result<()> {
        match self.ask(verb).await? {
            (true, _) => Ok(()),
            (false, said) => {
                let message = format!("`systemctl {verb} {}` failed: {said}", self.name);
                Err(Error::new(ErrorKind::Disconnected, message))
            }
        }
    }
}

#[async_trait]
impl Machine for Unit {
    async fn running(&self) -> Result<Fact> {
        let (_, said) = self.ask("is-active").await?;
        let running = matches!(said.as_str(), "active" | "activating" | "reloading");
        Ok(Fact::now(
            running,
            format!("the unit {} is {said}", self.name),
        ))
    }

    async fn start(&self) -> Result<()> {
        self.order("start").await
    }

    async fn stop(&self) -> Result<()> {
        self.order("stop").await
    }

    async fn restart(&self) -> Result<()> {
        self.order("restart").await
    }

    fn last_words(&self) -> Option<String> {
        None
    }
}
