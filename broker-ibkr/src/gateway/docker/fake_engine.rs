//! A container engine for tests: HTTP/1.1 on a socket, one container, answers that can be scripted.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, UnixListener},
    task::JoinHandle,
};

/// The password in the environment of the container.
pub(super) const SECRET: &str = "hunter2-is-secret";

/// What is said instead of what an engine would say.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Reply(u16, String),
    Hang,
    HangUp,
}

#[derive(Debug, Default)]
struct Script {
    state: &'static str,
    answers: HashMap<&'static str, Answer>,
    asked: Vec<String>,
}

#[derive(Debug)]
pub(super) struct FakeEngine {
    path: PathBuf,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

/// A path for a socket that nobody else uses.
pub(super) fn socket_path() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    std::env::temp_dir().join(format!("engine-{process}-{next}.sock"))
}

impl FakeEngine {
    /// With the container `ib`, which does not run.
    pub(super) fn start() -> Self {
        let path = socket_path();
        let listener = UnixListener::bind(&path).unwrap();
        let script = script();
        let shared = Arc::clone(&script);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { path, script, task }
    }

    /// The same on a port, as a proxy is; with its address.
    pub(super) async fn start_on_a_port() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let script = script();
        let shared = Arc::clone(&script);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        let path = PathBuf::new();
        (Self { path, script, task }, address)
    }

    pub(super) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// What is said from now on when asked for `version`, `list`, `start`, `stop` or `restart`.
    pub(super) fn answer(&self, asked: &'static str, answer: Answer) {
        self.script.lock().unwrap().answers.insert(asked, answer);
    }

    pub(super) fn set_state(&self, state: &'static str) {
        self.script.lock().unwrap().state = state;
    }

    /// The requests so far, without those for the version.
    pub(super) fn asked(&self) -> Vec<String> {
        let script = self.script.lock().unwrap();
        let asked = script.asked.iter();
        asked
            .filter(|asked| !asked.contains("/version"))
            .cloned()
            .collect()
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.task.abort();
        let _absent = std::fs::remove_file(&self.path);
    }
}

fn script() -> Arc<Mutex<Script>> {
    Arc::new(Mutex::new(Script {
        state: "exited",
        ..Script::default()
    }))
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, script: Arc<Mutex<Script>>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if !matches!(stream.read_line(&mut head).await, Ok(read) if read > 0) {
            return;
        }
    }
    let request = head.lines().next().unwrap().to_owned();
    let answer = script.lock().unwrap().say(&request);
    let (status, body) = match answer {
        Answer::Reply(status, body) => (status, body),
        Answer::Hang => return core::future::pending().await,
        Answer::HangUp => return,
    };
    let length = if matches!(status, 204 | 304) {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let whole = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n{length}Connection: close\r\n\r\n{body}"
    );
    let _gone = stream.write_all(whole.as_bytes()).await;
    let _gone = stream.shutdown().await;
}

impl Script {
    fn say(&mut self, request: &str) -> Answer {
        let mut words = request.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        // The library asks with or without a version; another one than the engine's is not understood.
        let target = target.strip_prefix("/v1.47").unwrap_or(target);
        let path = target.split('?').next().unwrap();
        self.asked.push(format!("{method} {target}"));
        let what = match path.rsplit_once('/').unwrap() {
            (before, "json") if before.ends_with("/containers") => "list",
            (_, "json") => "inspect",
            (_, "start") => "start",
            (_, "stop") => "stop",
            (_, "restart") => "restart",
            (_, "version") => "version",
            (_, other) => panic!("asked for {other}"),
        };
        if let Some(answer) = self.answers.get(what) {
            return answer.clone();
        }
        let runs = self.state == "running";
        let state = self.state;
        match what {
            "version" => reply(200, r#"{"ApiVersion":"1.47","Version":"27.0"}"#),
            "list" => Answer::Reply(
                200,
                format!(
                    r#"[{{"Id":"a","Names":["/other-ib"],"State":"dead","Status":"Dead"}},
                    {{"Id":"b","Names":["/ib"],"State":"{state}","Status":"since an hour"}}]"#
                ),
            ),
            // What the adapter has to keep away from.
            "inspect" => Answer::Reply(
                200,
                format!(
                    r#"{{"Id":"b","State":{{"Running":{runs}}},"Config":{{"Env":["TWS_PASSWORD={SECRET}"]}}}}"#
                ),
            ),
            "start" => {
                self.state = "running";
                reply(if runs { 304 } else { 204 }, "")
            }
            "stop" => {
                self.state = "exited";
                reply(if runs { 204 } else { 304 }, "")
            }
            _ => {
                self.state = "running";
                reply(204, "")
            }
        }
    }
}

pub(super) fn reply(status: u16, body: &str) -> Answer {
    Answer::Reply(status, body.to_owned())
}
