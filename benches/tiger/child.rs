use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::Outcome;

/// The first argument of the adapter's process.
pub(super) const MARK: &str = "--client";

/// How long a client may take for one thing.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is measured, which a client is told when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Requests,
    Pushes,
}

impl Table {
    pub(super) const ALL: [Self; 2] = [Self::Requests, Self::Pushes];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Pushes => "pushes",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Adapter,
    AdapterOpenssl,
    VendorRust,
    VendorPython,
}

impl Who {
    pub(super) const ALL: [Self; 4] = [
        Self::Adapter,
        Self::AdapterOpenssl,
        Self::VendorRust,
        Self::VendorPython,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Adapter => "adapter",
            Self::AdapterOpenssl => "adapter, feature openssl",
            Self::VendorRust => "tigeropen 0.5.10 (Rust)",
            Self::VendorPython => "tigeropen 3.8.0 (Python)",
        }
    }

    /// How it is started; `None` when it is not here.
    fn command(self) -> Outcome<Option<Command>> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let named = |variable: &str, usual: PathBuf| {
            let path = std::env::var_os(variable).map_or(usual, PathBuf::from);
            path.exists().then_some(path)
        };
        let command = match self {
            // A program that was built with OpenSSL is not the one with the default.
            Self::Adapter if cfg!(feature = "openssl") => None,
            Self::Adapter => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(MARK);
                Some(command)
            }
            Self::AdapterOpenssl if cfg!(feature = "openssl") => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg(MARK);
                Some(command)
            }
            Self::AdapterOpenssl => {
                let path = std::env::var_os("BROKER_TIGER_OPENSSL").map(PathBuf::from);
                path.filter(|path| path.exists()).map(|path| {
                    let mut command = Command::new(path);
                    command.arg(MARK);
                    command
                })
            }
            Self::VendorRust => {
                let usual = "tiger/vendor/target/release/broker-benches-tigeropen";
                named("TIGEROPEN_RUST", here.join(usual)).map(Command::new)
            }
            Self::VendorPython => {
                let usual = "../interop/tigeropen/.venv/bin/python";
                named("TIGEROPEN_PYTHON", here.join(usual)).map(|python| {
                    let mut command = Command::new(python);
                    command.arg(here.join("tiger/tigeropen_client.py"));
                    command
                })
            }
        };
        Ok(command)
    }
}

/// A client in a process of its own. It reads how much of what it is to do, and says when it has.
pub(super) struct Client {
    process: Child,
    input: ChildStdin,
    words: Lines<BufReader<ChildStdout>>,
}

impl Client {
    /// Starts one with the folder of a login and waits until it is ready; `None` when it is not here.
    pub(super) async fn start(who: Who, folder: &Path, table: Table) -> Outcome<Option<Self>> {
        let Some(mut command) = who.command()? else {
            return Ok(None);
        };
        for (name, _) in std::env::vars() {
            // Nothing of the user's own login.
            if name.starts_with("TIGEROPEN_") {
                command.env_remove(name);
            }
        }
        command.arg(folder).arg(table.name());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn()?;
        let output = process.stdout.take().ok_or("a client without output")?;
        let input = process.stdin.take().ok_or("a client without input")?;
        let mut client = Self {
            process,
            input,
            words: BufReader::new(output).lines(),
        };
        client.said("ready").await?;
        Ok(Some(client))
    }

    /// Lets it do something so many times, so many at a time; the nanoseconds of each.
    pub(super) async fn run(&mut self, what: &str, times: usize, wide: usize) -> Outcome<Vec<u64>> {
        self.tell(what, times.try_into()?, wide.try_into()?).await
    }

    /// Tells it something with two numbers, and gives back what it says about it.
    pub(super) async fn tell(&mut self, what: &str, one: u64, other: u64) -> Outcome<Vec<u64>> {
        let line = format!("{what} {one} {other}\n");
        self.input.write_all(line.as_bytes()).await?;
        self.said("done").await
    }

    /// The numbers after a word that the client is to say next.
    async fn said(&mut self, word: &str) -> Outcome<Vec<u64>> {
        loop {
            let line = timeout(PATIENCE, self.words.next_line()).await??;
            let line = line.ok_or_else(|| format!("a client ended before it was {word}"))?;
            let mut parts = line.split_whitespace();
            // The vendor's crate prints, too.
            if parts.next() == Some(word) {
                return Ok(parts.map(str::parse).collect::<Result<_, _>>()?);
            }
        }
    }

    /// Processor time used so far, in user and system mode, by the threads that are there.
    pub(super) fn processor(&self) -> Outcome<Duration> {
        let tasks = format!("/proc/{}/task", self.process.id().ok_or("ended")?);
        let mut total = 0;
        for task in std::fs::read_dir(tasks)? {
            // One that has ended meanwhile is not there any more.
            let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let spent = text.split_whitespace().next().ok_or("an empty line")?;
            total += spent.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(total))
    }

    /// Bytes of memory that it occupies now.
    pub(super) fn memory(&self) -> Outcome<u64> {
        let path = format!("/proc/{}/status", self.process.id().ok_or("ended")?);
        let text = std::fs::read_to_string(path)?;
        let line = text.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kilobytes.ok_or("no memory")?.parse::<u64>()? * 1024)
    }

    /// Ends it.
    pub(super) async fn end(mut self) -> Outcome {
        drop(self.input);
        if timeout(Duration::from_secs(5), self.process.wait())
            .await
            .is_err()
        {
            self.process.kill().await?;
        }
        Ok(())
    }
}
