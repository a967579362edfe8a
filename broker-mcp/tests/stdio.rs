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
    io::{BufRead as _, BufReader, Write as _},
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
    nothing_but_the_protocol_is_on_standard_output();
    println!("test nothing_but_the_protocol_is_on_standard_output ... ok");
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

fn nothing_but_the_protocol_is_on_standard_output() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let hello = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "tests", "version": "1" },
    });
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
    input.flush().unwrap();
    let mut answered = Vec::new();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut input = Some(input);
    for line in lines {
        let line = line.unwrap();
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        answered.extend(message["id"].as_u64());
        if answered.len() == 4 {
            // Nobody is there any more: the server ends by itself.
            input = None;
        }
    }
    drop(input);
    answered.sort_unstable();
    assert_eq!(answered, [1, 2, 3, 4]);
    assert!(child.wait().unwrap().success());
}
