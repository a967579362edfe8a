//! A client of MCP over HTTP.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::{Value, json};

use super::stand::{Answer, Stand};

const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");

/// A session of the era of `initialize`.
pub(crate) struct Session<'a> {
    stand: &'a Stand,
    key: &'static str,
    pub(crate) id: String,
}

fn message(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string()
}

impl<'a> Session<'a> {
    pub(crate) fn open(stand: &'a Stand, key: &'static str, client: &str) -> Self {
        let hello = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": { "elicitation": {} },
            "clientInfo": { "name": client, "version": "1" },
        });
        let body = message("initialize", &hello);
        let answer = stand.send(("POST", "/mcp"), key, &[ACCEPT], &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.header("mcp-session-id").unwrap().to_owned();
        let session = Self { stand, key, id };
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let answer = session.send("POST", key, &ready.to_string());
        assert_eq!(answer.status, 202, "{answer:?}");
        session
    }

    /// A request with the name of this session and the key of anybody.
    pub(crate) fn send(&self, method: &str, key: &str, body: &str) -> Answer {
        let headers = [ACCEPT, ("Mcp-Session-Id", &self.id)];
        self.stand.send((method, "/mcp"), key, &headers, body)
    }

    pub(crate) fn ask(&self, key: &str, method: &str, params: &Value) -> Answer {
        self.send("POST", key, &message(method, params))
    }

    pub(crate) fn call(&self, tool: &str, arguments: &Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.ask(self.key, "tools/call", &params).json()
    }

    /// Calls a tool and does something at each question that comes: whether one came, and how it ended.
    pub(crate) fn call_asked(
        &self,
        tool: &str,
        arguments: &Value,
        mut at_question: impl FnMut(&Value),
    ) -> (usize, Option<Value>) {
        let params = json!({ "name": tool, "arguments": arguments });
        let headers = [ACCEPT, ("Mcp-Session-Id", &self.id)];
        let body = message("tools/call", &params);
        let request = self
            .stand
            .request(("POST", "/mcp"), self.key, &headers, &body);
        let mut stream = self.stand.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut questions = 0;
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let Some(said) = line.strip_prefix("data: ") else {
                continue;
            };
            let Ok(said) = serde_json::from_str::<Value>(said) else {
                continue;
            };
            if said["method"] == "elicitation/create" {
                questions += 1;
                at_question(&said);
            } else if said["id"] == 7 {
                return (questions, Some(said));
            }
        }
        (questions, None)
    }

    /// The answer of a client that ticks every box.
    pub(crate) fn agree(&self, question: &Value) -> Answer {
        let answer = json!({
            "jsonrpc": "2.0",
            "id": question["id"],
            "result": { "action": "accept", "content": { "confirm": true } },
        });
        self.send("POST", self.key, &answer.to_string())
    }
}

/// A single call without a session.
pub(crate) fn bare(stand: &Stand, key: &str, tool: &str, arguments: &Value) -> Value {
    let params = json!({ "name": tool, "arguments": arguments });
    let body = message("tools/call", &params);
    let answer = stand.send(
        ("POST", "/mcp"),
        key,
        &[("Accept", "application/json")],
        &body,
    );
    answer.json()
}

/// A call of a client since 2026-07-28, which is asked by being answered.
pub(crate) fn modern(stand: &Stand, key: &str, tool: &str, mut params: Value) -> Answer {
    params["name"] = tool.into();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "tests", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } },
    });
    let headers = [
        ACCEPT,
        ("MCP-Protocol-Version", "2026-07-28"),
        ("Mcp-Method", "tools/call"),
        ("Mcp-Name", tool),
    ];
    stand.send(
        ("POST", "/mcp"),
        key,
        &headers,
        &message("tools/call", &params),
    )
}

/// Whether a call of a tool came to nothing: an error of the protocol, or of the tool.
pub(crate) fn failed(answer: &Value) -> bool {
    answer.get("error").is_some() || answer["result"]["isError"] == true
}

/// The code of a tool's fault.
pub(crate) fn code(answer: &Value) -> String {
    let text = answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or("{}");
    let fault: Value = serde_json::from_str(text).unwrap_or_default();
    fault["code"].as_str().unwrap_or_default().to_owned()
}
