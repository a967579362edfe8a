use std::{
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use super::Outcome;

/// A server that runs, and ends with this value.
pub(super) struct Running {
    pub(super) process: Child,
    pub(super) began: Instant,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Whether there are two cores and a program that assigns them.
fn has_cores() -> bool {
    let two = std::thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    let mut asked = Command::new("taskset");
    let asked = asked.arg("--version").stdout(Stdio::null()).status();
    two && asked.is_ok_and(|status| status.success())
}

/// This process has the first core from now on; servers are given the second.
pub(super) fn move_to_first_core() {
    if !has_cores() {
        return;
    }
    let mut command = Command::new("taskset");
    command.args(["-cp", "0", &std::process::id().to_string()]);
    // Where it is not allowed, everybody shares.
    let _moved = command.stdout(Stdio::null()).status();
}

/// Whether a server can have the second core. What this process has by now is one, which says nothing of the
/// machine.
pub(super) fn has_second_core() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        let mut pinned = Command::new("taskset");
        let can = pinned.args(["-c", "1", "true"]).status();
        can.is_ok_and(|status| status.success())
    })
}

/// The same program with the second core to itself.
pub(super) fn on_second_core(command: Command) -> Command {
    if !has_second_core() {
        return command;
    }
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", "1"]).arg(command.get_program());
    pinned.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        pinned.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    pinned.stderr(Stdio::null());
    pinned
}

impl Running {
    pub(super) fn start(mut command: Command, speaks: bool) -> Outcome<Self> {
        let channel = || {
            if speaks {
                Stdio::piped()
            } else {
                Stdio::null()
            }
        };
        command.stdin(channel()).stdout(channel());
        let began = Instant::now();
        let process = command.spawn()?;
        Ok(Self { process, began })
    }

    /// Kibibytes of memory that it occupies now.
    pub(super) fn memory(&self) -> Outcome<u64> {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path)?;
        let line = text.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kilobytes.ok_or("no memory")?.parse()?)
    }

    /// Processor time used so far, in user and system mode, by the threads that are there.
    pub(super) fn processor(&self) -> Outcome<Duration> {
        let mut total = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // One that has ended meanwhile is not there any more.
            let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let spent = text.split_whitespace().next().ok_or("an empty line")?;
            total += spent.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(total))
    }
}
