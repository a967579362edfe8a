use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    Outcome,
    said::{HELLO, READY, answers, call, check},
};

/// A port that was free just now.
pub(super) fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Connects as soon as somebody listens.
async fn connect(port: u16) -> Outcome<TcpStream> {
    let began = Instant::now();
    loop {
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) if began.elapsed() > Duration::from_secs(60) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}

/// Waits until a server answers anything at all to a question without a key.
pub(super) async fn answers_at_all(port: u16) -> Outcome {
    let mut stream = connect(port).await?;
    let ask = format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await?;
    let mut answer = Vec::new();
    if stream.read_buf(&mut answer).await? > 0 && answer.starts_with(b"HTTP/1.1 ") {
        return Ok(());
    }
    Err("no answer".into())
}

/// A connection with a session of its own. Requests and answers are bytes: nothing is parsed but what tells
/// where an answer ends.
pub(super) struct Client {
    stream: TcpStream,
    head: String,
    read: Vec<u8>,
    asked: u64,
}

impl Client {
    pub(super) async fn begin(port: u16, path: &str, key: &str) -> Outcome<Self> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        );
        let mut client = Self {
            stream: connect(port).await?,
            head,
            read: Vec::with_capacity(1 << 16),
            asked: 0,
        };
        client.ask(HELLO).await?;
        let text = String::from_utf8_lossy(&client.read);
        let session = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("mcp-session-id");
            is_it.then(|| value.trim().to_owned())
        });
        let session = session.ok_or_else(|| format!("no session: {text}"))?;
        client.head +=
            &format!("Mcp-Session-Id: {session}\r\nMCP-Protocol-Version: 2025-06-18\r\n");
        client.ask(READY).await?;
        Ok(client)
    }

    /// Sends a message; the answer is in `read`, with its head.
    async fn ask(&mut self, message: &str) -> Outcome {
        let length = message.len();
        let request = format!("{}Content-Length: {length}\r\n\r\n{message}", self.head);
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        let mut whole = None;
        while !whole
            .as_ref()
            .is_some_and(|end: &End| end.is_there(&self.read))
        {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err("the server has closed the connection".into());
            }
            whole = whole.or_else(|| End::of(&self.read));
        }
        Ok(())
    }

    /// Calls, one after another, until then; microseconds of each.
    pub(super) async fn run(mut self, until: Instant) -> Outcome<(Vec<f64>, Self)> {
        let mut times = Vec::new();
        while Instant::now() < until {
            self.asked += 1;
            let message = call(self.asked);
            let sent = Instant::now();
            self.ask(&message).await?;
            times.push(sent.elapsed().as_secs_f64() * 1e6);
            let body = self.read.windows(9).position(|at| at == b"\"jsonrpc\"");
            let body = body.and_then(|at| self.read.get(at..)).unwrap_or_default();
            if !answers(body, self.asked) {
                return Err("this is the answer to something else".into());
            }
            check(body)?;
        }
        Ok((times, self))
    }
}

/// Where an answer ends.
enum End {
    At(usize),
    LastChunk,
}

impl End {
    /// Known as soon as its head is there.
    fn of(read: &[u8]) -> Option<Self> {
        let head = read.windows(4).position(|at| at == b"\r\n\r\n")? + 4;
        let text = String::from_utf8_lossy(read.get(..head)?).to_ascii_lowercase();
        if text.contains("transfer-encoding: chunked") {
            return Some(Self::LastChunk);
        }
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let length = length.and_then(|length| length.trim().parse().ok());
        Some(Self::At(head + length.unwrap_or(0)))
    }

    /// An answer in JSON has no line ends of its own, so the last chunk cannot be mistaken.
    fn is_there(&self, read: &[u8]) -> bool {
        match self {
            Self::At(end) => read.len() >= *end,
            Self::LastChunk => read.ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}
