//! The program as people start it: without a configuration, on a port and over standard input.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStderr, Command, Stdio},
};

use serde_json::{Value, json};

/// The program in a folder of its own, without the variables of whoever runs the test.
fn program(folder: &std::path::Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_broker-mcp"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stderr(Stdio::piped());
    command
}

struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    address: String,
    keys: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Starts the server and reads what it says to a person.
fn start(arguments: &[&str]) -> Running {
    start_in(tempfile::tempdir().unwrap(), arguments, "curl -s")
}

/// The same in a folder that is there already, up to a line with these words.
fn start_in(folder: tempfile::TempDir, arguments: &[&str], last: &str) -> Running {
    let mut all = vec!["serve", "--http", "127.0.0.1:0"];
    all.extend(arguments);
    let mut child = program(folder.path(), &all)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let (mut address, mut keys) = (String::new(), Vec::new());
    let mut said = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(
            stderr.read_line(&mut line).unwrap(),
            0,
            "it has ended: {said}"
        );
        if let Some((_, url)) = line.trim().split_once("listens on http://") {
            url.clone_into(&mut address);
        }
        if let Some(rest) = line.trim().strip_prefix("key to ") {
            let (name, key) = rest.split_once(' ').unwrap();
            keys.push((name.to_owned(), key.trim().to_owned()));
        }
        let is_last = line.contains(last);
        said += &line;
        if is_last {
            break;
        }
    }
    Running {
        child,
        stderr,
        address,
        keys,
        folder,
    }
}

impl Running {
    fn key(&self, name: &str) -> &str {
        &self.keys.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// Asks; the status and the body.
    fn ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let key = key
            .map(|key| format!("Authorization: Bearer {key}\r\n"))
            .unwrap_or_default();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{key}Content-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let from = body.find('{').unwrap_or_default();
        let to = body.rfind('}').map_or(from, |at| at + 1);
        (
            status,
            serde_json::from_str(&body[from..to]).unwrap_or(Value::Null),
        )
    }
}

#[test]
fn without_a_configuration_there_is_a_paper_account_with_positions() {
    let running = start(&[]);
    assert_eq!(running.ask("GET", "/health", None, None).0, 200);
    assert_eq!(running.ask("GET", "/v1/get_positions", None, None).0, 401);
    let (status, positions) =
        running.ask("GET", "/v1/get_positions", Some(running.key("read")), None);
    assert_eq!(status, 200, "{positions}");
    assert!(positions.to_string().contains("UNH"), "{positions}");
}

#[test]
fn a_bare_call_is_answered_as_json() {
    let running = start(&["--profile", "ib-paper"]);
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "get_quotes", "arguments": { "symbols": ["AAPL"] } },
    });
    let (status, answer) = running.ask("POST", "/mcp", Some(running.key("read")), Some(&call));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["id"], 1);
    assert!(
        answer["result"]["structuredContent"]["data"]["quotes"][0]["last"].is_string(),
        "{answer}"
    );
}

#[test]
fn an_order_waits_for_a_person_who_is_not_the_one_who_asked() {
    let running = start(&[]);
    let order = json!({
        "order": { "instrument": "AAPL", "side": "buy", "quantity": "1", "type": "limit", "limit_price": "100" },
        "client_order_id": "first-order",
    });
    let place = || {
        running.ask(
            "POST",
            "/v1/place_order",
            Some(running.key("trade")),
            Some(&order),
        )
    };
    let (status, asked) = place();
    assert_eq!(status, 428, "{asked}");
    let text = asked.to_string();
    let path = |id: &str| format!("/v1/approvals/{id}");
    let (status, pending) = running.ask("GET", "/v1/approvals", Some(running.key("approve")), None);
    assert_eq!(status, 200, "{pending}");
    let id = pending["data"]["approvals"][0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{pending}, {text}"));
    let agree = json!({ "verdict": "approve" });
    let (status, refused) =
        running.ask("POST", &path(id), Some(running.key("trade")), Some(&agree));
    assert_eq!(status, 403, "{refused}");
    let (status, agreed) = running.ask(
        "POST",
        &path(id),
        Some(running.key("approve")),
        Some(&agree),
    );
    assert_eq!(status, 200, "{agreed}");
    let (status, placed) = place();
    assert_eq!(status, 200, "{placed}");
    // The same name once more is the same order.
    let (status, again) = place();
    assert_eq!(status, 200, "{again}");
}

/// A command of the operator that has to work, and what it says.
fn command(folder: &std::path::Path, arguments: &[&str]) -> String {
    let ended = program(folder, arguments).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{arguments:?}: {said}");
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn the_operator_approves_and_stops_at_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    command(folder.path(), &["init"]);
    let key = |name: &str, roles: &[&str]| {
        let mut arguments = vec!["key", "new", name];
        arguments.extend(roles.iter().flat_map(|role| ["--role", role]));
        let key = command(folder.path(), &arguments);
        (name.to_owned(), key.trim().to_owned())
    };
    let keys = vec![
        key("bot", &["read", "trade"]),
        key("anna", &["read", "approver"]),
    ];
    let mut running = start_in(folder, &[], "REST");
    running.keys = keys;
    let order = json!({
        "order": { "instrument": "AAPL", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": "100" },
        "client_order_id": "first-order",
    });
    let place = || {
        running.ask(
            "POST",
            "/v1/place_order",
            Some(running.key("bot")),
            Some(&order),
        )
    };
    let open = || {
        let path = "/v1/get_orders?open_only=true";
        let (status, orders) = running.ask("GET", path, Some(running.key("bot")), None);
        assert_eq!(status, 200, "{orders}");
        orders["data"]["orders"].as_array().unwrap().len()
    };
    let (status, asked) = place();
    assert_eq!(status, 428, "{asked}");
    let id = asked["error"]["details"]["approval_id"].as_str().unwrap();
    let waiting = command(running.folder.path(), &["approvals"]);
    assert!(waiting.contains(id), "{waiting}");
    assert_eq!(open(), 0);
    command(running.folder.path(), &["approve", id]);
    let (status, placed) = place();
    assert_eq!(status, 200, "{placed}");
    assert_eq!(open(), 1);
    let engaged = command(running.folder.path(), &["kill", "engage", "a test"]);
    let since = engaged.strip_prefix("engaged since ").unwrap();
    // The server looks at the file every second, and cancels what works.
    let halted = || {
        running
            .ask("GET", "/v1/kill-switch", Some(running.key("bot")), None)
            .1
    };
    let ends = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while halted()["data"]["engaged"] != true || open() > 0 {
        assert!(
            std::time::Instant::now() < ends,
            "it does not hear of the switch"
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let mut another = order.clone();
    another["client_order_id"] = json!("second-order");
    let bot = Some(running.key("bot"));
    let (status, refused) = running.ask("POST", "/v1/place_order", bot, Some(&another));
    assert_eq!(status, 423, "{refused}");
    // The clock of a simulated exchange shows another day.
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(&since[.."2026-01-01 00:00:00".len()]),
        "{message} {since}"
    );
    let anna = Some(running.key("anna"));
    let (status, trail) = running.ask("GET", "/v1/audit?text=place_order&limit=10", anna, None);
    assert_eq!(status, 200, "{trail}");
    assert_eq!(trail["data"]["whole"], true, "{trail}");
    assert_eq!(trail["data"]["rows"][0]["decision"], "refused", "{trail}");
    assert_eq!(
        trail["data"]["rows"][0]["actor"]
            .as_str()
            .map(|actor| actor.contains("via rest")),
        Some(true)
    );
    let (status, page) = running.ask("GET", "/page/", None, None);
    assert_eq!((status, page), (200, Value::Null));
    let verified = command(running.folder.path(), &["audit", "verify"]);
    assert!(verified.contains("it is whole"), "{verified}");
}

#[test]
fn an_account_that_was_added_is_there_from_the_next_start_on_until_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    command(folder.path(), &["init"]);
    let file = folder.path().join("broker-mcp.toml");
    let store = "[secrets]\nstore = \"broker.secrets\"\nkey = { file = \"master.key\" }\n";
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n{store}")).unwrap();
    let boss = ["key", "new", "boss", "--role", "read", "--role", "admin"];
    let boss = command(folder.path(), &boss).trim().to_owned();
    let mut put = program(folder.path(), &["secret", "put", "seventh"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    put.stdin.take().unwrap().write_all(b"PAPER-7\n").unwrap();
    assert!(put.wait().unwrap().success());
    let start_again = |folder| {
        let mut running = start_in(folder, &[], "REST");
        running.keys = vec![("boss".to_owned(), boss.clone())];
        running
    };
    let end = |mut running: Running| {
        // Its drop ends it; the folder stays.
        core::mem::replace(&mut running.folder, tempfile::tempdir().unwrap())
    };
    let positions = |running: &Running| {
        let path = "/v1/get_positions?account=seventh";
        running.ask("GET", path, Some(running.key("boss")), None).0
    };
    let running = start_again(folder);
    let account = json!({
        "alias": "seventh", "broker": "paper", "kind": "paper", "credentials_ref": "seventh",
    });
    let add = || {
        let boss = Some(running.key("boss"));
        running.ask("POST", "/v1/add_account", boss, Some(&account))
    };
    let (status, asked) = add();
    assert_eq!(status, 428, "{asked}");
    let id = asked["error"]["details"]["approval_id"].as_str().unwrap();
    command(running.folder.path(), &["approve", id]);
    let (status, added) = add();
    assert_eq!(status, 200, "{added}");
    assert_eq!(added["data"]["after_restart"], true, "{added}");
    assert_eq!(positions(&running), 404);
    let running = start_again(end(running));
    assert_eq!(positions(&running), 200);
    let listed = command(running.folder.path(), &["account", "list"]);
    assert!(listed.contains("seventh"), "{listed}");
    command(running.folder.path(), &["account", "remove", "seventh"]);
    let ends = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while positions(&running) == 200 {
        assert!(
            std::time::Instant::now() < ends,
            "it does not hear of the removal"
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let running = start_again(end(running));
    assert_eq!(positions(&running), 404);
    command(running.folder.path(), &["account", "restore", "seventh"]);
    let running = start_again(end(running));
    assert_eq!(positions(&running), 200);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_all_orders_for_later_processes_too() {
    let folder = tempfile::tempdir().unwrap();
    command(folder.path(), &["init"]);
    let key = command(
        folder.path(),
        &["key", "new", "bot", "--role", "read", "--role", "trade"],
    );
    let mut running = start_in(folder, &[], "REST");
    running.keys = vec![("bot".to_owned(), key.trim().to_owned())];
    let id = running.child.id().to_string();
    let sent = Command::new("kill").args(["-USR1", &id]).status().unwrap();
    assert!(sent.success());
    let halted = || {
        let bot = Some(running.key("bot"));
        running.ask("GET", "/v1/kill-switch", bot, None).1
    };
    let ends = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while halted()["data"]["engaged"] != true {
        assert!(
            std::time::Instant::now() < ends,
            "it does not hear the signal"
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let order = json!({ "order": {
        "instrument": "AAPL", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": "100"
    } });
    let (status, refused) = running.ask(
        "POST",
        "/v1/place_order",
        Some(running.key("bot")),
        Some(&order),
    );
    assert_eq!(status, 423, "{refused}");
    let status = command(running.folder.path(), &["kill", "status"]);
    assert!(status.contains("SIGUSR1"), "{status}");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_told_to_end_ends_in_good_order() {
    let mut running = start(&[]);
    let id = running.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let mut rest = String::new();
    running.stderr.read_to_string(&mut rest).unwrap();
    assert!(running.child.wait().unwrap().success(), "{rest}");
}

#[test]
fn over_standard_input_there_is_nothing_but_the_protocol_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path(), &["serve", "--stdio"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut say = |message: &Value| writeln!(input, "{message}").unwrap();
    say(&json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        },
    }));
    let mut hear = || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    };
    assert_eq!(hear()["result"]["serverInfo"]["name"], "broker-mcp");
    say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    say(&json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" }));
    let tools = hear();
    let names: Vec<&str> = tools["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    assert!(
        names.contains(&"get_positions") && names.contains(&"place_order"),
        "{names:?}"
    );
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_is_wrong_is_said_on_standard_error_with_a_code() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("broker-mcp.toml"),
        "[server]\nlisen = 1\n",
    )
    .unwrap();
    let ended = program(folder.path(), &["check"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stdout.is_empty());
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("broker-mcp.toml:2: server.lisen") && said.contains("`listen`"),
        "{said}"
    );
}
