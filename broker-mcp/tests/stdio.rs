//! The server on the standard streams of a process of its own: this file runs itself.
//!
//! It has no test harness, because a harness writes to standard output, too.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test, without the harness that says so"
)]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use broker_core::{Broker, model::AccountId};
use broker_mcp::{
    BrokerService, Principal,
    principal::Role,
    tools::{BrokerTools, serve_stdio},
};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use serde_json::{Value, json};

const CHILD: &str = "BROKER_MCP_TEST_STDIO_CHILD";

fn main() {
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(serve());
        // Standard input is read by a thread that ends with the process.
        runtime.shutdown_background();
        return;
    }
    let tests: &[(&str, fn())] = &[
        (
            "nothing_but_the_protocol_is_on_standard_output",
            nothing_but_the_protocol_is_on_standard_output,
        ),
        #[cfg(unix)]
        (
            "a_pipe_is_left_as_it_was_found",
            unix::a_pipe_is_left_as_it_was_found,
        ),
        #[cfg(unix)]
        (
            "a_socket_serves_as_well_as_a_pipe",
            unix::a_socket_serves_as_well_as_a_pipe,
        ),
        #[cfg(unix)]
        (
            "a_log_that_shares_the_pipe_is_never_told_to_come_again",
            unix::a_log_that_shares_the_pipe_is_never_told_to_come_again,
        ),
        (
            "a_client_that_reads_late_gets_everything",
            a_client_that_reads_late_gets_everything,
        ),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
}

async fn serve() {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build().unwrap());
    let registry = Registry::new();
    let account = AccountId::new("PAPER-1").unwrap();
    registry.add(paper, &account, Permission::Trade).unwrap();
    let tools = BrokerTools::over(Arc::new(BrokerService::over(registry))).unwrap();
    let reader = Principal::new("standard-input", [Role::Read]);
    serve_stdio(tools.speaking_for(reader)).await.unwrap();
}

fn child() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(CHILD, "1");
    command
}

fn hello() -> Value {
    json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "tests", "version": "1" },
    })
}

/// Opens a session.
fn greet(input: &mut impl Write, output: &mut impl BufRead) {
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello() });
    writeln!(input, "{hello}").unwrap();
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(answer["id"], 1, "{line}");
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    writeln!(input, "{ready}").unwrap();
}

fn a_client_that_reads_late_gets_everything() {
    let mut child = child();
    let mut child = child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    greet(&mut input, &mut output);
    // More by far than a pipe holds.
    let count = 40;
    for id in 2..2 + count {
        let list = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
        writeln!(input, "{list}").unwrap();
    }
    let mut answered = Vec::new();
    let mut size = 0;
    for line in output.lines().take(count) {
        let line = line.unwrap();
        size += line.len();
        let message: Value = serde_json::from_str(&line).unwrap();
        assert!(message["result"]["tools"].is_array(), "{line}");
        answered.extend(message["id"].as_u64());
    }
    answered.sort_unstable();
    assert_eq!(answered, (2..2 + count as u64).collect::<Vec<_>>());
    assert!(size > 1 << 20, "{size} bytes do not fill a pipe");
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
mod unix {
    use std::{
        io::{self, BufReader},
        os::{fd::OwnedFd, unix::net::UnixStream},
        process::Stdio,
    };

    use rustix::fs::{OFlags, fcntl_getfl};

    use super::{child, greet};

    fn comes_back_at_once(handle: &impl std::os::fd::AsFd) -> bool {
        fcntl_getfl(handle).unwrap().contains(OFlags::NONBLOCK)
    }

    pub(super) fn a_pipe_is_left_as_it_was_found() {
        let (theirs, mut input) = io::pipe().unwrap();
        let (output, ours) = io::pipe().unwrap();
        // What somebody else has open, too.
        let (read, written) = (theirs.try_clone().unwrap(), ours.try_clone().unwrap());
        let mut command = child();
        command.stdin(theirs).stdout(ours);
        let mut server = command.spawn().unwrap();
        drop(command);
        greet(&mut input, &mut BufReader::new(&output));
        assert!(comes_back_at_once(&read) && comes_back_at_once(&written));
        drop(input);
        assert!(server.wait().unwrap().success());
        assert!(!comes_back_at_once(&read) && !comes_back_at_once(&written));
    }

    pub(super) fn a_socket_serves_as_well_as_a_pipe() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let mut command = child();
        command.stdin(OwnedFd::from(theirs.try_clone().unwrap()));
        command.stdout(OwnedFd::from(theirs.try_clone().unwrap()));
        let mut server = command.spawn().unwrap();
        drop(command);
        let answers = ours.try_clone().unwrap();
        greet(&mut ours, &mut BufReader::new(answers));
        assert!(comes_back_at_once(&theirs));
        ours.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(server.wait().unwrap().success());
        assert!(!comes_back_at_once(&theirs));
    }

    pub(super) fn a_log_that_shares_the_pipe_is_never_told_to_come_again() {
        let (output, ours) = io::pipe().unwrap();
        let mut command = child();
        command
            .stdin(Stdio::piped())
            .stdout(ours.try_clone().unwrap());
        command.stderr(ours.try_clone().unwrap());
        let mut server = command.spawn().unwrap();
        drop(command);
        let mut input = server.stdin.take().unwrap();
        greet(&mut input, &mut BufReader::new(&output));
        assert!(!comes_back_at_once(&ours));
        drop(input);
        assert!(server.wait().unwrap().success());
    }
}

fn nothing_but_the_protocol_is_on_standard_output() {
    let mut child = child();
    let mut child = child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let hello = hello();
    let call = |arguments: Value| json!({ "name": "get_quotes", "arguments": arguments });
    let messages = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call(json!({ "symbols": ["AAPL"] })) }),
        json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": call(json!({ "wrong": 1 })) }),
        json!({ "jsonrpc": "2.0", "id": 4, "method": "no/such/method" }),
    ];
    for message in &messages {
        writeln!(input, "{message}").unwrap();
    }
    // One thing said twice is neither.
    let twice = json!({ "jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": call(json!({ "symbols": ["AAPL"] })) });
    let twice = twice
        .to_string()
        .replace("[\"AAPL\"]", "[\"AAPL\"],\"symbols\":[\"MSFT\"]");
    writeln!(input, "{twice}").unwrap();
    input.flush().unwrap();
    let mut answered = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut input = Some(input);
    for line in lines {
        let line = line.unwrap();
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        answered.extend(message["id"].as_u64());
        if message["id"] == 5 {
            let why = message["error"]["message"].as_str().unwrap_or_default();
            assert!(why.contains("`symbols` is said twice"), "{line}");
        }
        if answered.len() == 5 {
            // Nobody is there any more: the server ends by itself.
            input = None;
        }
    }
    drop(input);
    answered.sort_unstable();
    assert_eq!(answered, [1, 2, 3, 4, 5]);
    assert!(child.wait().unwrap().success());
}
