//! What to put into the settings of clients.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use serde_json::{Value, json};

use super::{
    Failure,
    arguments::{Client, McpCommand},
    check::whole,
    out,
};
use crate::settings::{Place, Whole};

pub(super) fn run(config: Option<&Path>, command: &McpCommand) -> Result<(), Failure> {
    let McpCommand::Install { client, http } = *command;
    let whole = whole(config, [])?;
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("broker-mcp"));
    let entry = Entry::of(&whole, &program, http);
    let clients: Vec<Client> = match client {
        Some(client) => vec![client],
        None => Client::value_variants().to_vec(),
    };
    for client in clients {
        for line in snippet(client, &entry)? {
            out::say(line);
        }
        out::say("");
    }
    Ok(())
}

/// How a client reaches the server.
pub(super) enum Entry {
    /// It starts the program and speaks over its standard input.
    Program {
        /// The program.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// It asks an address, with a key.
    Address {
        /// The address.
        url: String,
    },
}

/// What stands where a key belongs: a key is shown once, when it is made.
const KEY: &str = "PUT-A-KEY-HERE";

impl Entry {
    fn of(whole: &Whole, program: &Path, http: bool) -> Self {
        if http {
            let scheme = if whole.server.tls.is_some() {
                "https"
            } else {
                "http"
            };
            let url = format!("{scheme}://{}/mcp", whole.server.address());
            return Self::Address { url };
        }
        let mut arguments = Vec::new();
        if let Place::File(path) = &whole.place {
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            arguments.extend(["--config".to_owned(), path.display().to_string()]);
        }
        arguments.extend(["serve", "--stdio"].map(str::to_owned));
        Self::Program {
            command: program.display().to_string(),
            arguments,
        }
    }

    /// The entry as most clients have it.
    fn value(&self, of_address: &str) -> Value {
        match self {
            Self::Program { command, arguments } => {
                json!({ "command": command, "args": arguments })
            }
            Self::Address { url } => json!({
                of_address: url,
                "headers": { "Authorization": format!("Bearer {KEY}") },
            }),
        }
    }
}

/// The lines for a client.
pub(super) fn snippet(client: Client, entry: &Entry) -> Result<Vec<String>, Failure> {
    let named = |of_servers: &str, server: Value| {
        serde_json::to_string_pretty(&json!({ of_servers: { "broker": server } }))
    };
    let typed = |kind: &str, mut server: Value| {
        if let Some(object) = server.as_object_mut() {
            object.insert("type".to_owned(), kind.into());
        }
        server
    };
    let (place, text) = match (client, entry) {
        (Client::ClaudeDesktop, Entry::Program { .. }) => (
            "Claude Desktop, claude_desktop_config.json (Settings, Developer, Edit Config):",
            named("mcpServers", entry.value("url"))?,
        ),
        // It starts programs only; this one speaks to an address for it.
        (Client::ClaudeDesktop, Entry::Address { url }) => (
            "Claude Desktop, claude_desktop_config.json (needs Node for `mcp-remote`):",
            named(
                "mcpServers",
                json!({
                    "command": "npx",
                    "args": ["mcp-remote", url, "--header", format!("Authorization: Bearer {KEY}")],
                }),
            )?,
        ),
        (Client::ClaudeCode, Entry::Program { command, arguments }) => (
            "Claude Code, in a shell:",
            format!("claude mcp add broker -- {}", shell(command, arguments)),
        ),
        (Client::ClaudeCode, Entry::Address { url }) => (
            "Claude Code, in a shell:",
            format!(
                "claude mcp add --transport http broker {url} --header \"Authorization: Bearer {KEY}\""
            ),
        ),
        (Client::Cursor, _) => (
            "Cursor, ~/.cursor/mcp.json:",
            named("mcpServers", entry.value("url"))?,
        ),
        (Client::Vscode, Entry::Program { .. }) => (
            "VS Code, .vscode/mcp.json:",
            named("servers", typed("stdio", entry.value("url")))?,
        ),
        (Client::Vscode, Entry::Address { .. }) => (
            "VS Code, .vscode/mcp.json:",
            named("servers", typed("http", entry.value("url")))?,
        ),
        (Client::Gemini, _) => (
            "Gemini CLI, ~/.gemini/settings.json:",
            named("mcpServers", entry.value("httpUrl"))?,
        ),
    };
    Ok(vec![place.to_owned(), text])
}

/// A command line that a shell reads as it is meant.
fn shell(command: &str, arguments: &[String]) -> String {
    let words = core::iter::once(command).chain(arguments.iter().map(String::as_str));
    let quoted = words.map(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.to_owned()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
