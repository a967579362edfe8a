//! A server that answers what a test says, for tests of what goes wrong.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What happens to a request.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// This status and body.
    Answer(u16, String),
    /// This body after a while.
    Late(Duration, String),
    /// The connection ends without a byte.
    Drop,
    /// The head announces a long body, and the connection ends after some of it.
    CutOff,
    /// These bytes, without a length, until the connection is closed.
    Endless(usize),
}

impl Step {
    pub(crate) fn data(data: &str) -> Self {
        Self::Answer(
            200,
            format!(r#"{{"code":0,"message":"success","data":{data}}}"#),
        )
    }

    pub(crate) fn code(code: i32, message: &str) -> Self {
        Self::Answer(200, format!(r#"{{"code":{code},"message":"{message}"}}"#))
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) head: String,
    pub(crate) body: Value,
    /// Which connection it came on.
    pub(crate) connection: usize,
}

#[derive(Debug, Default)]
struct Shared {
    steps: Mutex<VecDeque<Step>>,
    heard: Mutex<Vec<Heard>>,
}

/// The server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl ScriptedServer {
    /// Answers with these steps, then with empty data.
    pub(crate) async fn start(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        shared.steps.lock().unwrap().extend(steps);
        let state = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, connection, Arc::clone(&state)));
            }
        });
        Self {
            address,
            shared,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/gateway", self.address)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, connection: usize, shared: Arc<Shared>) {
    while let Some((head, body)) = request(&mut stream).await {
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let heard = Heard {
            head,
            body,
            connection,
        };
        shared.heard.lock().unwrap().push(heard);
        let step = shared.steps.lock().unwrap().pop_front();
        match step.unwrap_or_else(|| Step::data("null")) {
            Step::Answer(status, body) => answer(&mut stream, status, &body).await,
            Step::Late(wait, body) => {
                tokio::time::sleep(wait).await;
                answer(&mut stream, 200, &body).await;
            }
            Step::Drop => return,
            Step::CutOff => {
                let half = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"code\":0,\"data\":{\"id\":41";
                let _ = stream.write_all(half).await;
                return;
            }
            Step::Endless(size) => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                let _ = stream.write_all(&vec![b' '; size]).await;
                return;
            }
        }
    }
}

async fn answer(stream: &mut TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse::<usize>().unwrap())
            });
            let all = end + 4 + length.unwrap_or(0);
            if bytes.len() >= all {
                return Some((head, bytes[end + 4..all].to_vec()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
