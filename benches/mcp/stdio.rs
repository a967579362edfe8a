use std::{
    io::{BufRead as _, BufReader, ErrorKind, Write as _},
    process::{ChildStdin, ChildStdout, Command},
    time::{Duration, Instant},
};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::{
    Outcome,
    child::{Running, has_second_core},
    said::{HELLO, READY, answers, call, check},
};

/// A client on the standard streams of a server. While it calls it never sleeps, where each of them has a core:
/// to be woken takes as long as a short answer on a virtual machine, and is nobody's work.
pub(super) struct Client {
    pub(super) server: Running,
    /// From the start of the process to the answer of `initialize`.
    pub(super) first: Duration,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: Vec<u8>,
    asked: u64,
}

impl Client {
    pub(super) fn start(command: Command) -> Outcome<Self> {
        let mut server = Running::start(command, true)?;
        let input = server.process.stdin.take().ok_or("no input")?;
        let output = server.process.stdout.take().ok_or("no output")?;
        let mut client = Self {
            first: Duration::ZERO,
            input,
            output: BufReader::with_capacity(1 << 16, output),
            line: Vec::new(),
            asked: 0,
            server,
        };
        client.say(HELLO)?;
        client.hear(&[0])?;
        client.first = client.server.began.elapsed();
        client.say(READY)?;
        Ok(client)
    }

    fn say(&mut self, message: &str) -> Outcome {
        let mut line = Vec::with_capacity(message.len() + 1);
        line.extend_from_slice(message.as_bytes());
        line.push(b'\n');
        self.input.write_all(&line)?;
        Ok(())
    }

    /// Reads until the answer of one of these numbers is in `line`; which.
    fn hear(&mut self, ids: &[u64]) -> Outcome<u64> {
        loop {
            self.line.clear();
            loop {
                // What there is of a line so far stays in it.
                match self.output.read_until(b'\n', &mut self.line) {
                    Ok(0) => return Err("the server has ended".into()),
                    Ok(_) => break,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
                    Err(error) => return Err(error.into()),
                }
            }
            if let Some(id) = ids.iter().find(|id| answers(&self.line, **id)) {
                return Ok(*id);
            }
        }
    }

    /// Calls for so long, always so many at the same time and then the next so many; microseconds of each.
    pub(super) fn run(&mut self, span: Duration, width: u64) -> Outcome<Vec<f64>> {
        if has_second_core() {
            let output = self.output.get_ref();
            fcntl_setfl(output, fcntl_getfl(output)? | OFlags::NONBLOCK)?;
        }
        let mut times = Vec::new();
        let began = Instant::now();
        while began.elapsed() < span {
            let first = self.asked + 1;
            self.asked += width;
            let calls: Vec<String> = (first..=self.asked).map(call).collect();
            let calls = calls.join("\n");
            let mut open: Vec<u64> = (first..=self.asked).collect();
            let sent = Instant::now();
            self.say(&calls)?;
            // In any order.
            while !open.is_empty() {
                let id = self.hear(&open)?;
                times.push(sent.elapsed().as_secs_f64() * 1e6);
                check(&self.line)?;
                open.retain(|other| *other != id);
            }
        }
        Ok(times)
    }
}
