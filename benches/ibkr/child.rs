use std::{
    io::{BufRead as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{Outcome, adapter, raw, socket};

/// The first argument of a client's process.
pub(super) const MARK: &str = "--client";

/// How long a client may take for one thing.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Adapter,
    Raw,
    /// Raw, with the streams that the adapter has for its account.
    RawFollowing,
    IbAsync,
}

impl Who {
    pub(super) const ALL: [Self; 3] = [Self::Adapter, Self::Raw, Self::IbAsync];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Adapter => "adapter",
            Self::Raw => "ibapi",
            Self::RawFollowing => "ibapi-following",
            Self::IbAsync => "ib_async",
        }
    }
}

/// A client in a process of its own.
pub(super) struct Client {
    process: Child,
    words: Lines<BufReader<ChildStdout>>,
    ready: Vec<u64>,
}

/// The Python that has `ib_async`: `IB_ASYNC_PYTHON`, or the one that the interop tests install.
fn python() -> Option<PathBuf> {
    let path = std::env::var_os("IB_ASYNC_PYTHON").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../interop/ib_async/.venv/bin/python"),
        PathBuf::from,
    );
    path.exists().then_some(path)
}

impl Client {
    /// Starts one and waits until it is ready; `None` when there is no `ib_async` here.
    pub(super) async fn start(
        who: Who,
        what: &str,
        server: SocketAddr,
        more: &[String],
    ) -> Outcome<Option<Self>> {
        let command = match who {
            Who::IbAsync => {
                let Some(python) = python() else {
                    return Ok(None);
                };
                let mut command = Command::new(python);
                command.arg(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/ibkr/ib_async_client.py"
                ));
                command
            }
            Who::Adapter | Who::Raw | Who::RawFollowing => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args([MARK, who.name()]);
                command
            }
        };
        Self::spawn(command, what, server, more).await.map(Some)
    }

    /// Starts connections that only count.
    pub(super) async fn counting(what: &str, server: SocketAddr, more: &[String]) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([MARK, "socket"]);
        Self::spawn(command, what, server, more).await
    }

    async fn spawn(
        mut command: Command,
        what: &str,
        server: SocketAddr,
        more: &[String],
    ) -> Outcome<Self> {
        command.arg(what).arg(server.to_string()).args(more);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn()?;
        let output = process.stdout.take().ok_or("a client without output")?;
        let mut client = Self {
            process,
            words: BufReader::new(output).lines(),
            ready: Vec::new(),
        };
        client.ready = client.expect("ready").await?;
        Ok(client)
    }

    /// What it had when it was ready.
    pub(super) fn had(&self) -> u64 {
        self.ready.first().copied().unwrap_or_default()
    }

    /// The numbers after a word that the client is to say next.
    pub(super) async fn expect(&mut self, word: &str) -> Outcome<Vec<u64>> {
        let line = timeout(PATIENCE, self.words.next_line()).await??;
        let line = line.ok_or_else(|| format!("a client ended before it was {word}"))?;
        let mut parts = line.split_whitespace();
        if parts.next() != Some(word) {
            return Err(format!("a client said `{line}` instead of `{word}`").into());
        }
        Ok(parts.map(str::parse).collect::<Result<_, _>>()?)
    }

    /// Processor time used so far, in user and system mode, by the threads that are there.
    pub(super) fn processor(&self) -> Outcome<Duration> {
        let tasks = format!("/proc/{}/task", self.process.id().ok_or("ended")?);
        let mut total = 0;
        for task in std::fs::read_dir(tasks)? {
            // Nanoseconds on a processor come first; the process as a whole has hundredths of a
            // second only.
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let spent = text.split_whitespace().next().ok_or("an empty line")?;
            total += spent.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(total))
    }

    /// The most memory that it has occupied, in bytes.
    pub(super) fn peak_memory(&self) -> Outcome<u64> {
        let path = format!("/proc/{}/status", self.process.id().ok_or("ended")?);
        let text = std::fs::read_to_string(path)?;
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kilobytes.ok_or("no peak")?.parse::<u64>()? * 1024)
    }

    /// Ends it.
    pub(super) async fn end(mut self) -> Outcome {
        drop(self.process.stdin.take());
        if timeout(Duration::from_secs(5), self.process.wait())
            .await
            .is_err()
        {
            self.process.kill().await?;
        }
        Ok(())
    }
}

/// Says a word with its numbers.
pub(super) fn say(word: &str, numbers: &[u64]) -> Outcome {
    let mut out = std::io::stdout().lock();
    write!(out, "{word}")?;
    for number in numbers {
        write!(out, " {number}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Waits until the other side has ended the input.
async fn dismissed() -> Outcome {
    tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().count()).await?;
    Ok(())
}

/// What a client's process does.
pub(super) async fn work(arguments: Vec<String>) -> Outcome {
    let [who, what, server, more @ ..] = arguments.as_slice() else {
        return Err("who, what and where are missing".into());
    };
    match (who.as_str(), what.as_str()) {
        ("adapter", "ticks") => adapter::ticks(server, more).await?,
        ("adapter", "orders") => adapter::orders(server, more).await?,
        ("adapter", "known") => adapter::known(server).await?,
        ("ibapi", "ticks") => raw::ticks(server, more).await?,
        ("ibapi", "orders") => raw::orders(server, more, false).await?,
        ("ibapi-following", "orders") => raw::orders(server, more, true).await?,
        ("ibapi", "known") => raw::known(server).await?,
        ("socket", "ticks") => socket::ticks(server, more).await?,
        ("socket", "orders") => socket::orders(server, more).await?,
        _ => return Err(format!("{who} cannot do {what}").into()),
    }
    dismissed().await
}

/// A pause between orders, so that what a fill brings about (balances, positions) is over.
pub(super) async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Nanoseconds since then.
pub(super) fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
