use clap::ValueEnum as _;
use serde_json::Value;

use super::{
    arguments::Client,
    install::{Entry, snippet},
};

fn program() -> Entry {
    Entry::Program {
        command: "/opt/broker mcp".to_owned(),
        arguments: vec![
            "--config".to_owned(),
            "/etc/it's.toml".to_owned(),
            "serve".to_owned(),
            "--stdio".to_owned(),
        ],
    }
}

fn address() -> Entry {
    Entry::Address {
        url: "http://127.0.0.1:8765/mcp".to_owned(),
    }
}

fn json(client: Client, entry: &Entry) -> Value {
    serde_json::from_str(&snippet(client, entry).unwrap()[1]).unwrap()
}

#[test]
fn every_client_has_a_snippet_for_both_ways() {
    for client in Client::value_variants() {
        for entry in [program(), address()] {
            let lines = snippet(*client, &entry).unwrap();
            assert_eq!(lines.len(), 2);
            assert!(lines[0].ends_with(':'), "{}", lines[0]);
        }
    }
}

#[test]
fn a_client_that_starts_the_program_is_given_its_arguments_one_by_one() {
    for (client, servers) in [
        (Client::ClaudeDesktop, "mcpServers"),
        (Client::Cursor, "mcpServers"),
        (Client::Vscode, "servers"),
        (Client::Gemini, "mcpServers"),
    ] {
        let server = &json(client, &program())[servers]["broker"];
        assert_eq!(server["command"], "/opt/broker mcp", "{client:?}");
        assert_eq!(server["args"][3], "--stdio", "{client:?}");
    }
}

#[test]
fn a_client_that_asks_an_address_sends_a_key_that_is_not_there_yet() {
    for (client, servers, url) in [
        (Client::Cursor, "mcpServers", "url"),
        (Client::Vscode, "servers", "url"),
        (Client::Gemini, "mcpServers", "httpUrl"),
    ] {
        let server = &json(client, &address())[servers]["broker"];
        assert_eq!(server[url], "http://127.0.0.1:8765/mcp", "{client:?}");
        assert_eq!(server["headers"]["Authorization"], "Bearer PUT-A-KEY-HERE");
    }
    assert_eq!(
        json(Client::Vscode, &address())["servers"]["broker"]["type"],
        "http"
    );
}

#[test]
fn what_a_shell_would_take_apart_is_quoted() {
    let line = &snippet(Client::ClaudeCode, &program()).unwrap()[1];
    assert!(
        line.contains("'/opt/broker mcp' --config '/etc/it'\\''s.toml' serve --stdio"),
        "{line}"
    );
}
