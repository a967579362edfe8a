use std::{process::Stdio, sync::Arc, time::Duration};

use async_trait::async_trait;
use broker_core::{Error, ErrorKind, Result};
use secrecy::SecretString;
use tokio::{
    io::{AsyncRead, BufReader},
    process::{Child, Command},
    sync::Mutex,
    time::{Instant, timeout, timeout_at},
};

use super::{
    Fact, GatewayControl, GatewayStatus, Readiness,
    group::Group,
    keeper::{Keeper, Machine, late},
    output::{Output, next_line},
    probe::Probe,
};

/// How long a probe of the port may take.
const PROBE: Duration = Duration::from_secs(2);
/// How long a stop may take before the process is killed.
const STOP: Duration = Duration::from_secs(30);

/// The programs that start and stop a gateway, each with its arguments.
#[derive(Clone)]
pub struct GatewayCommands {
    /// Starts the gateway and runs as long as it does. Whatever it has started ends with it.
    ///
    /// Everybody on the machine can read the arguments of a process: a password belongs in a file that
    /// only the program reads.
    pub start: Vec<String>,
    /// Asks it to stop; without it the process is killed.
    pub stop: Option<Vec<String>>,
    /// Where its interface listens, such as `127.0.0.1:4002`.
    pub address: String,
    /// Texts that must not be kept, such as the password that the program is given.
    pub secrets: Vec<SecretString>,
}

impl core::fmt::Debug for GatewayCommands {
    /// Arguments may be secrets, so only the programs are named.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("GatewayCommands")
            .field("start", &self.start.first())
            .field("stop", &self.stop.as_ref().and_then(|stop| stop.first()))
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// A gateway that runs as a process on this machine; it is killed when this value is dropped, with all
/// that it has started.
///
/// An interrupt at the terminal reaches this program and not the gateway; one that it does not live to
/// clean up after leaves the gateway running, which the next start finds by its port.
#[derive(Debug)]
pub struct ProcessGateway(Keeper<Process>);

impl ProcessGateway {
    /// A gateway that is not started yet.
    #[must_use]
    pub fn new(commands: GatewayCommands) -> Self {
        let probe = Probe {
            address: commands.address.clone(),
            within: PROBE,
        };
        let process = Process {
            commands,
            child: Mutex::default(),
            output: Arc::default(),
        };
        Self(Keeper::new(process, probe))
    }

    /// The newest lines that it has written, oldest first, without the secrets.
    #[must_use]
    pub fn output(&self) -> Vec<String> {
        self.0.machine().output.lines()
    }
}

#[async_trait]
impl GatewayControl for ProcessGateway {
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
struct Process {
    commands: GatewayCommands,
    child: Mutex<Option<Running>>,
    output: Arc<Output>,
}

/// A start script that was started, with all that it starts.
#[derive(Debug)]
struct Running {
    child: Child,
    group: Group,
}

impl Process {
    fn is_running(&self, child: &mut Option<Running>) -> bool {
        match child.as_mut().map(|running| running.child.try_wait()) {
            Some(Ok(None)) => true,
            Some(Ok(Some(status))) => {
                self.output
                    .keep(&format!("the process ended: {status}"), &[]);
                *child = None;
                false
            }
            Some(Err(_)) | None => false,
        }
    }

    fn follow(&self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let (output, secrets) = (Arc::clone(&self.output), self.commands.secrets.clone());
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream);
            while let Ok(Some(line)) = next_line(&mut reader).await {
                output.keep(&line, &secrets);
            }
        });
    }
}

#[async_trait]
impl Machine for Process {
    async fn running(&self) -> Result<Fact> {
        // A stop holds it for as long as the process takes to end.
        let Ok(mut child) = self.child.try_lock() else {
            return Ok(Fact::now(true, "its process is being started or stopped"));
        };
        let running = self.is_running(&mut child);
        let reason = if running {
            "its process runs"
        } else {
            "no process of ours runs"
        };
        Ok(Fact::now(running, reason))
    }

    async fn start(&self) -> Result<()> {
        let mut place = self.child.lock().await;
        if self.is_running(&mut place) {
            return Ok(());
        }
        let mut command = command(&self.commands.start)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Group::lead(&mut command);
        let mut child = command
            .spawn()
            .map_err(|error| io("the gateway could not be started", error))?;
        if let Some(stdout) = child.stdout.take() {
            self.follow(stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            self.follow(stderr);
        }
        let group = Group::of(&child);
        *place = Some(Running { child, group });
        Ok(())
    }

    async fn stop(&self) -> Result<()> {
        let deadline = Instant::now() + STOP;
        if let Some(words) = &self.commands.stop {
            let status = command(words)?
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            // Whatever the program says, the process itself is what is looked at below.
            if let Ok(Err(error)) = timeout_at(deadline, status).await {
                return Err(io("the gateway could not be stopped", error));
            }
        }
        let mut child = self.child.lock().await;
        let Some(running) = child.as_mut() else {
            return Ok(());
        };
        if self.commands.stop.is_none() || timeout_at(deadline, running.child.wait()).await.is_err()
        {
            running.group.kill();
            let killed = timeout(STOP, running.child.kill()).await;
            let killed = killed.map_err(|_| late("the gateway would not stop"))?;
            killed.map_err(|error| io("the gateway could not be killed", error))?;
        }
        *child = None;
        Ok(())
    }

    async fn restart(&self) -> Result<()> {
        self.stop().await?;
        self.start().await
    }

    fn last_words(&self) -> Option<String> {
        self.output.last()
    }
}

fn command(words: &[String]) -> Result<Command> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| Error::invalid("start", "a command without a program"))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

fn io(what: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what}: {error}")).with_source(error)
}

#[cfg(test)]
impl ProcessGateway {
    pub(super) fn commands_for_tests(&self) -> GatewayCommands {
        self.0.machine().commands.clone()
    }
}
