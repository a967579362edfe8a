//! Stands between the adapter and the simulated Tiger: counts, and lets renewals go wrong.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const REFRESH: &str = "user_token_refresh";
/// What the broker answers when a token is not taken.
const TOKEN_CODE: i64 = 2400;

/// How renewals go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The connection ends before the request arrives.
    HangUp,
    /// The vendor's gateway is broken.
    Status503,
    /// The broker makes a token, and the answer is lost.
    LoseAnswer,
    /// The token in the answer is one that the broker does not take.
    BadToken,
}

/// What has passed so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passed {
    /// Requests of every kind.
    pub(crate) asked: u64,
    /// Requests that are under way.
    pub(crate) under_way: u32,
    /// Renewals that were asked for.
    pub(crate) renewals: u32,
    /// Renewals that brought a token.
    pub(crate) renewed: u32,
    /// Renewals under way.
    pub(crate) renewing: u32,
    /// The most renewals that were ever under way at a time.
    pub(crate) renewing_at_most: u32,
    /// Methods that were refused because of the token.
    pub(crate) refused: Vec<String>,
}

#[derive(Debug, Default)]
struct Shared {
    passed: Mutex<Passed>,
    trouble: Mutex<Option<Trouble>>,
}

#[derive(Debug)]
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = Arc::clone(&accepting);
                tokio::spawn(async move {
                    // A connection that breaks is what a relay is for.
                    let _over = serve(client, server, &shared).await;
                });
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

    pub(crate) fn passed(&self) -> Passed {
        self.shared.passed.lock().unwrap().clone()
    }

    /// What happens to renewals from now on.
    pub(crate) fn trouble(&self, trouble: Option<Trouble>) {
        *self.shared.trouble.lock().unwrap() = trouble;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Counts a request as under way for as long as it lives.
struct UnderWay<'a>(&'a Shared, bool);

impl<'a> UnderWay<'a> {
    fn new(shared: &'a Shared, renewal: bool) -> Self {
        let mut passed = shared.passed.lock().unwrap();
        passed.asked += 1;
        passed.under_way += 1;
        if renewal {
            passed.renewals += 1;
            passed.renewing += 1;
            passed.renewing_at_most = passed.renewing_at_most.max(passed.renewing);
        }
        Self(shared, renewal)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut passed = self.0.passed.lock().unwrap();
        passed.under_way -= 1;
        passed.renewing -= u32::from(self.1);
    }
}

async fn serve(mut client: TcpStream, server: SocketAddr, shared: &Shared) -> io::Result<()> {
    let mut upstream = TcpStream::connect(server).await?;
    // What this has passed on must not wait in the system: time goes on as soon as nothing is under way.
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    loop {
        let (head, body) = message(&mut client).await?;
        let call: Value = serde_json::from_slice(&body)?;
        let method = call["method"].as_str().unwrap_or_default().to_owned();
        let renewal = method == REFRESH;
        let _under_way = UnderWay::new(shared, renewal);
        let trouble = shared.trouble.lock().unwrap().filter(|_| renewal);
        match trouble {
            Some(Trouble::HangUp) => return Ok(()),
            Some(Trouble::Status503) => {
                answer(&mut client, "503 Service Unavailable", "<html></html>").await?;
                continue;
            }
            _ => {}
        }
        upstream.write_all(&head).await?;
        upstream.write_all(&body).await?;
        let (head, body) = message(&mut upstream).await?;
        let told: Value = serde_json::from_slice(&body)?;
        {
            let mut passed = shared.passed.lock().unwrap();
            if told["code"] == TOKEN_CODE {
                passed.refused.push(method);
            }
            passed.renewed += u32::from(renewal && told["code"] == 0);
        }
        match trouble {
            Some(Trouble::LoseAnswer) => return Ok(()),
            Some(Trouble::BadToken) => {
                let bad = with_a_bad_token(told);
                answer(&mut client, "200 OK", &bad.to_string()).await?;
            }
            _ => {
                client.write_all(&head).await?;
                client.write_all(&body).await?;
            }
        }
    }
}

/// A token that looks like the broker's and lives as long, and that the broker has not made.
fn with_a_bad_token(mut told: Value) -> Value {
    use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
    let token = told["data"]["token"].as_str().unwrap_or_default();
    let made = BASE64.decode(token).unwrap();
    let life = String::from_utf8(made).unwrap();
    let bad = BASE64.encode(format!("{}:nobody made this", &life[..27]));
    told["data"]["token"] = Value::String(bad);
    told
}

async fn answer(client: &mut TcpStream, status: &str, body: &str) -> io::Result<()> {
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    client.write_all(text.as_bytes()).await
}

/// The head and the body of one message, which has to say its length.
async fn message(stream: &mut TcpStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .ok_or_else(|| io::Error::other("a message without a length"))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((head, body))
}
