use std::{
    collections::VecDeque,
    process::Stdio,
    sync::{
        Arc, Mutex as SyncMutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use broker_core::{Error, ErrorKind, Result};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    sync::Mutex,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::control::{GatewayControl, GatewayStatus};

/// How long a probe of the port may take.
const PROBE: Duration = Duration::from_secs(2);
/// How long a stop may take before the process is killed.
const STOP: Duration = Duration::from_secs(30);
/// Between two looks at a gateway that is starting.
const PAUSE: Duration = Duration::from_millis(500);
/// Lines of output that are kept, and how much of each.
const LINES: usize = 200;
const WIDTH: usize = 400;
/// The greeting of a client that speaks any version; whoever answers it is a gateway.
const GREETING: &[u8] = b"API\0\0\0\0\x09v100..226";

/// The programs that start and stop a gateway, each with its arguments.
#[derive(Clone)]
pub struct GatewayCommands {
    /// Starts the gateway and runs as long as it does.
    pub start: Vec<String>,
    /// Asks it to stop; without it the process is killed.
    pub stop: Option<Vec<String>>,
    /// Where its interface listens, such as `127.0.0.1:4002`.
    pub address: String,
    /// Texts that must not be kept, such as the password that the program is given.
    pub secrets: Vec<String>,
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

/// The newest lines of a gateway's output, without secrets.
#[derive(Debug, Default)]
struct Output(SyncMutex<VecDeque<String>>);

impl Output {
    fn keep(&self, line: &str, secrets: &[String]) {
        let mut line: String = line.chars().take(WIDTH).collect();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            line = line.replace(secret.as_str(), "***");
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// A gateway that runs as a process on this machine.
#[derive(Debug)]
pub struct ProcessGateway {
    commands: GatewayCommands,
    child: Mutex<Option<Child>>,
    /// One start or stop at a time; those who come later find it done.
    attempt: Mutex<()>,
    logged_out: AtomicBool,
    output: Arc<Output>,
}

impl ProcessGateway {
    /// A gateway that is not started yet.
    #[must_use]
    pub fn new(commands: GatewayCommands) -> Self {
        Self {
            commands,
            child: Mutex::default(),
            attempt: Mutex::default(),
            logged_out: AtomicBool::new(false),
            output: Arc::default(),
        }
    }

    /// The newest lines that it has written, oldest first, without the secrets.
    #[must_use]
    pub fn output(&self) -> Vec<String> {
        let lines = self.output.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    async fn is_running(&self) -> bool {
        let mut child = self.child.lock().await;
        match child.as_mut().map(Child::try_wait) {
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

    async fn start(&self) -> Result<()> {
        if self.is_running().await {
            return Ok(());
        }
        let mut command = command(&self.commands.start)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| io("the gateway could not be started", error))?;
        if let Some(stdout) = child.stdout.take() {
            self.follow(stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            self.follow(stderr);
        }
        *self.child.lock().await = Some(child);
        Ok(())
    }

    fn follow(&self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let (output, secrets) = (Arc::clone(&self.output), self.commands.secrets.clone());
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                output.keep(&line, &secrets);
            }
        });
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
        if self.commands.stop.is_none() || timeout_at(deadline, running.wait()).await.is_err() {
            let killed = timeout(STOP, running.kill()).await;
            let killed = killed.map_err(|_| late("the gateway would not stop"))?;
            killed.map_err(|error| io("the gateway could not be killed", error))?;
        }
        *child = None;
        Ok(())
    }

    /// Whether something listens, and whether it answers like a gateway.
    async fn probe(&self) -> (bool, bool) {
        let Ok(Ok(mut socket)) = timeout(PROBE, TcpStream::connect(&self.commands.address)).await
        else {
            return (false, false);
        };
        let greeting = async {
            socket.write_all(GREETING).await?;
            let mut length = [0; 4];
            socket.read_exact(&mut length).await
        };
        (true, matches!(timeout(PROBE, greeting).await, Ok(Ok(_))))
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

fn late(what: &str) -> Error {
    Error::new(ErrorKind::Timeout, what)
}

#[async_trait]
impl GatewayControl for ProcessGateway {
    async fn status(&self) -> Result<GatewayStatus> {
        let running = self.is_running().await;
        let (port_open, answering) = self.probe().await;
        Ok(GatewayStatus {
            running,
            port_open,
            answering,
        })
    }

    async fn login(&self) -> Result<()> {
        self.logged_out.store(false, Ordering::SeqCst);
        let _attempt = self.attempt.lock().await;
        self.start().await
    }

    async fn logout(&self) -> Result<()> {
        self.logged_out.store(true, Ordering::SeqCst);
        let _attempt = self.attempt.lock().await;
        self.stop().await
    }

    async fn reconnect(&self) -> Result<()> {
        self.logged_out.store(false, Ordering::SeqCst);
        let _attempt = self.attempt.lock().await;
        self.stop().await?;
        self.start().await
    }

    async fn ensure_ready(&self, timeout: Duration) -> Result<GatewayStatus> {
        let deadline = Instant::now() + timeout;
        let not_ready = |status: Option<GatewayStatus>| {
            let last = self.output().pop().unwrap_or_default();
            let message = format!("the gateway is not ready ({status:?}); it said last: {last:?}");
            late(&message)
        };
        let attempt = timeout_at(deadline, self.attempt.lock()).await;
        let _attempt = attempt.map_err(|_| not_ready(None))?;
        loop {
            let status = timeout_at(deadline, self.status()).await;
            let status = status.map_err(|_| not_ready(None))??;
            if status.answering {
                return Ok(status);
            }
            if self.logged_out.load(Ordering::SeqCst) {
                let message = "the gateway was logged out on purpose; log in first";
                return Err(Error::new(ErrorKind::Authentication, message));
            }
            if !status.running && !status.port_open {
                self.start().await?;
            }
            if Instant::now() + PAUSE >= deadline {
                return Err(not_ready(Some(status)));
            }
            sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
impl ProcessGateway {
    pub(super) fn commands_for_tests(&self) -> GatewayCommands {
        self.commands.clone()
    }
}
