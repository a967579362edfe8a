//! HTTP as bytes on a connection that stays open, and a session of MCP on top of it.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Why a call was refused, by the code of the fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) String);

pub(crate) type Outcome = Result<Value, Refused>;

/// Where the server is, and a key.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) address: String,
    pub(crate) key: String,
}

impl Way {
    pub(crate) async fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// The head of a request.
    pub(crate) fn head(&self, method: &str, path: &str, accept: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: {accept}\r\n",
            self.address, self.key
        )
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) session: Option<String>,
    pub(crate) body: String,
}

/// A connection for one request after another.
#[derive(Debug)]
pub(crate) struct Line {
    way: Way,
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    pub(crate) async fn to(way: &Way) -> Self {
        Self {
            way: way.clone(),
            stream: way.connect().await,
            read: Vec::new(),
        }
    }

    pub(crate) async fn ask(&mut self, path: &str, more: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let accept = "application/json, text/event-stream";
        let head = self.way.head("POST", path, accept);
        let length = body.len();
        let request = format!(
            "{head}{more}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn more(&mut self) {
        let read = self.stream.read_buf(&mut self.read).await.unwrap();
        assert!(read > 0, "the server has closed a connection");
    }

    /// Takes everything up to this, and that itself.
    async fn until(&mut self, mark: &[u8]) -> Vec<u8> {
        loop {
            let at = self.read.windows(mark.len()).position(|part| part == mark);
            if let Some(at) = at {
                return self.read.drain(..at + mark.len()).collect();
            }
            self.more().await;
        }
    }

    async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            self.more().await;
        }
        self.read.drain(..length).collect()
    }

    async fn answer(&mut self) -> Answer {
        let head = String::from_utf8(self.until(b"\r\n\r\n").await).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let value = |wanted: &str| {
            head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then(|| value.trim())
            })
        };
        let session = value("mcp-session-id").map(str::to_owned);
        let mut body = Vec::new();
        if value("transfer-encoding") == Some("chunked") {
            loop {
                let size = String::from_utf8(self.until(b"\r\n").await).unwrap();
                let size = usize::from_str_radix(size.trim(), 16).unwrap();
                body.extend(self.take(size).await);
                self.take(2).await;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = value("content-length") {
            let length = length.parse().unwrap();
            body = self.take(length).await;
        }
        let body = String::from_utf8(body).unwrap();
        Answer {
            status,
            session,
            body,
        }
    }

    /// Calls an operation of the REST API.
    pub(crate) async fn call(&mut self, operation: &str, arguments: &Value) -> Outcome {
        let path = format!("/v1/{operation}");
        let answer = self.ask(&path, "", arguments).await;
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        if answer.status == 200 {
            return Ok(body["data"].take());
        }
        let code = body["error"]["code"].as_str();
        Err(Refused(code.unwrap_or(&answer.body).to_owned()))
    }
}

/// A session of MCP.
#[derive(Debug)]
pub(crate) struct Session {
    line: Line,
    pub(crate) id: String,
    asked: u64,
}

impl Session {
    pub(crate) async fn begin(way: &Way) -> Self {
        let hello = json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": { "name": "load", "version": "1" },
            },
        });
        let mut line = Line::to(way).await;
        let opened = line.ask("/mcp", "", &hello).await;
        let id = opened.session.unwrap_or_else(|| panic!("{}", opened.body));
        let mut session = Self { line, id, asked: 0 };
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let headers = session.headers();
        let taken = session.line.ask("/mcp", &headers, &ready).await;
        assert_eq!(taken.status, 202);
        session
    }

    pub(crate) fn headers(&self) -> String {
        let id = &self.id;
        format!("Mcp-Session-Id: {id}\r\nMCP-Protocol-Version: 2025-06-18\r\n")
    }

    pub(crate) async fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let asked =
            json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": params });
        let headers = self.headers();
        let answer = self.line.ask("/mcp", &headers, &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let said = answer.body.lines().filter_map(|line| {
            serde_json::from_str::<Value>(line.strip_prefix("data:")?.trim()).ok()
        });
        let mine = said.into_iter().find(|said| said["id"] == self.asked);
        mine.unwrap_or_else(|| panic!("no answer to {asked}: {}", answer.body))
    }

    /// Calls a tool.
    pub(crate) async fn call(&mut self, operation: &str, arguments: &Value) -> Outcome {
        let params = json!({ "name": operation, "arguments": arguments });
        let mut said = self.ask("tools/call", &params).await;
        let result = &mut said["result"];
        if result["isError"] == false {
            return Ok(result["structuredContent"]["data"].take());
        }
        let text = result["content"][0]["text"].as_str().unwrap_or_default();
        let fault: Value = serde_json::from_str(text).unwrap_or_default();
        let code = fault["code"].as_str().map(str::to_owned);
        Err(Refused(code.unwrap_or_else(|| said.to_string())))
    }
}
