//! A server in between, which answers some questions itself.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What it answers itself: by the method and its parameters, the whole envelope.
type Bend = Box<dyn FnMut(&str, &Value) -> Option<String> + Send>;

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Bender {
    url: String,
    bend: Arc<Mutex<Bend>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Bender {
    /// Stands before the server with this address.
    pub(crate) async fn before(behind: &str) -> Self {
        let behind = behind.trim_start_matches("http://");
        let behind = behind.split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bender = Self {
            url: format!("http://{}/gateway", listener.local_addr().unwrap()),
            bend: Arc::new(Mutex::new(Box::new(|_, _| None))),
            asked: Arc::default(),
        };
        let serving = bender.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (serving, behind) = (serving.clone(), behind.clone());
                tokio::spawn(async move { serving.serve(stream, &behind).await });
            }
        });
        bender
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on these questions are answered so.
    pub(crate) fn bend(&self, bend: impl FnMut(&str, &Value) -> Option<String> + Send + 'static) {
        *self.bend.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(bend);
    }

    /// How often a method was asked so far.
    pub(crate) fn asked(&self, method: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|one| *one == method).count()
    }

    fn answer(&self, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let method = body["method"].as_str()?;
        self.asked.lock().unwrap().push(method.to_owned());
        let parameters = body["biz_content"].as_str().unwrap_or("{}");
        let parameters = serde_json::from_str(parameters).unwrap_or(Value::Null);
        let mut bend = self.bend.lock().unwrap_or_else(PoisonError::into_inner);
        bend(method, &parameters)
    }

    async fn serve(&self, mut stream: TcpStream, behind: &str) -> Option<()> {
        let mut behind = TcpStream::connect(behind).await.ok()?;
        loop {
            let (whole, body) = message(&mut stream).await?;
            if let Some(told) = self.answer(&whole[body..]) {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", told.len());
                stream.write_all((head + &told).as_bytes()).await.ok()?;
                continue;
            }
            behind.write_all(&whole).await.ok()?;
            let (whole, _) = message(&mut behind).await?;
            stream.write_all(&whole).await.ok()?;
        }
    }
}

/// A refusal.
pub(crate) fn refusal(code: i32, words: &str) -> String {
    format!(r#"{{"code":{code},"message":"{words}"}}"#)
}

/// A message with its length, and where its body begins.
async fn message(stream: &mut TcpStream) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| {
                let length = line.strip_prefix("content-length:")?;
                length.trim().parse::<usize>().ok()
            });
            let whole = end + 4 + length.unwrap_or(0);
            if bytes.len() >= whole {
                bytes.truncate(whole);
                return Some((bytes, end + 4));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
