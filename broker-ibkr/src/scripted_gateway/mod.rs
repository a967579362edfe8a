//! A gateway whose every word a test chooses, over a real socket.
//!
//! It greets a client, answers contract questions from a list, hands every other request to the
//! test and sends what the test gives it. `wire` writes and reads just enough of the format.

mod wire;

use std::{sync::Arc, time::Duration};

use broker_core::{Clock, Desk, SystemClock};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::timeout,
};

pub(crate) use wire::Message;

use crate::{config::Deadlines, session::link::Link};

/// How long a test waits for anything before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request that arrived.
#[derive(Debug)]
pub(crate) struct Request {
    /// Its number in the protocol, such as 1 for market data.
    pub(crate) kind: i32,
    pub(crate) body: Message,
}

impl Request {
    /// The number under which the client wants its answers.
    pub(crate) fn id(&self) -> i64 {
        self.body.int(1)
    }
}

/// The test's end of a connection.
pub(crate) struct Gateway {
    requests: mpsc::UnboundedReceiver<Request>,
    answers: mpsc::UnboundedSender<Vec<u8>>,
    pub(crate) link: Arc<Link>,
    /// Raised when lines have to be opened again.
    pub(crate) generation: watch::Sender<u64>,
}

/// A contract that the gateway knows, as `ContractData` without its request.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) number: i64,
    pub(crate) symbol: &'static str,
    pub(crate) primary: &'static str,
    pub(crate) magnifier: i64,
}

impl Gateway {
    /// A gateway that knows contracts, with a client that is connected to it.
    pub(crate) async fn start(known: Vec<Known>) -> Self {
        Self::start_at(known, Arc::new(SystemClock)).await
    }

    /// The same, with a clock for the client.
    pub(crate) async fn start_at(known: Vec<Known>, clock: Arc<dyn Clock>) -> Self {
        Self::open(known, clock, Deadlines::default()).await
    }

    /// The same, with deadlines for the client.
    pub(crate) async fn start_within(known: Vec<Known>, deadlines: Deadlines) -> Self {
        Self::open(known, Arc::new(SystemClock), deadlines).await
    }

    async fn open(known: Vec<Known>, clock: Arc<dyn Clock>, deadlines: Deadlines) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (asked, requests) = mpsc::unbounded_channel();
        let (answers, outbox) = mpsc::unbounded_channel();
        let own = answers.clone();
        tokio::spawn(async move {
            let (socket, _) = listener.accept().await.unwrap();
            serve(socket, known, asked, own, outbox).await;
        });
        let connecting = ibapi::Client::connect(&address, 7);
        let client = timeout(PATIENCE, connecting).await.unwrap().unwrap();
        let desk = Desk::new(clock);
        let (link, generation) = Link::over(Arc::new(client), desk, deadlines);
        Self {
            requests,
            answers,
            link,
            generation,
        }
    }

    /// The next request of a kind; others are passed over.
    pub(crate) async fn expect(&mut self, kind: i32) -> Request {
        self.expect_one_of(&[kind]).await
    }

    /// The next request of some kinds; others are passed over.
    pub(crate) async fn expect_one_of(&mut self, kinds: &[i32]) -> Request {
        let waiting = async {
            loop {
                let request = self.requests.recv().await.expect("the client hung up");
                if kinds.contains(&request.kind) {
                    return request;
                }
            }
        };
        let late = format!("no request of {kinds:?} came");
        timeout(PATIENCE, waiting).await.expect(&late)
    }

    pub(crate) fn send(&self, kind: i32, body: &Message) {
        self.answers.send(frame(kind, body)).unwrap();
    }

    /// An error or a notice about a request.
    pub(crate) fn refuse(&self, request: i64, code: i64, text: &str) {
        self.send(4, &error(request, code, text));
    }

    /// A price with its quantity: kind 1 is the bid, 2 the ask.
    pub(crate) fn price(&self, request: i64, kind: i64, price: f64, size: &str) {
        let tick = Message::new().with_int(1, request).with_int(2, kind);
        self.send(1, &tick.with_double(3, price).with_text(4, size));
    }
}

fn error(request: i64, code: i64, text: &str) -> Message {
    let error = Message::new().with_int(1, request).with_int(3, code);
    error.with_text(4, text)
}

fn frame(kind: i32, body: &Message) -> Vec<u8> {
    let body = body.encode();
    let length = u32::try_from(body.len() + 4).unwrap();
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend((kind + 200).to_be_bytes());
    frame.extend(body);
    frame
}

async fn serve(
    socket: TcpStream,
    known: Vec<Known>,
    asked: mpsc::UnboundedSender<Request>,
    answers: mpsc::UnboundedSender<Vec<u8>>,
    mut outbox: mpsc::UnboundedReceiver<Vec<u8>>,
) {
    let (mut reader, mut writer) = socket.into_split();
    let mut magic = [0; 4];
    reader.read_exact(&mut magic).await.unwrap();
    read_frame(&mut reader).await.unwrap();
    let hello = b"226\x0020260116 10:00:00 US/Eastern\0";
    let length = u32::try_from(hello.len()).unwrap();
    writer.write_all(&length.to_be_bytes()).await.unwrap();
    writer.write_all(hello).await.unwrap();
    tokio::spawn(async move {
        while let Some(bytes) = outbox.recv().await {
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    while let Some(bytes) = read_frame(&mut reader).await {
        let (kind, body) = bytes.split_at(4);
        let kind = i32::from_be_bytes(kind.try_into().unwrap()) - 200;
        let body = Message::decode(body);
        let tell = |kind, body: &Message| drop(answers.send(frame(kind, body)));
        match kind {
            71 => {
                tell(15, &Message::new().with_text(1, "DU1"));
                tell(9, &Message::new().with_int(1, 1));
            }
            9 => describe(&body, &known, &tell),
            _ => {
                if asked.send(Request { kind, body }).is_err() {
                    return;
                }
            }
        }
    }
}

fn describe(question: &Message, known: &[Known], tell: &dyn Fn(i32, &Message)) {
    let request = question.int(1);
    let wanted = question.message(2);
    let fits = |one: &&Known| {
        (wanted.int(1) == 0 || wanted.int(1) == one.number)
            && (wanted.text(3).is_empty() || wanted.text(3) == "STK")
            && (wanted.text(2).is_empty() || wanted.text(2) == one.symbol)
            && (wanted.text(9).is_empty() || wanted.text(9) == one.primary)
    };
    let mut found = known.iter().filter(fits).peekable();
    if found.peek().is_none() {
        let text = "No security definition has been found for the request";
        return tell(4, &error(request, 200, text));
    }
    for one in found {
        let contract = Message::new()
            .with_int(1, one.number)
            .with_text(2, one.symbol)
            .with_text(3, "STK")
            .with_text(8, "SMART")
            .with_text(9, one.primary)
            .with_text(10, if one.primary == "LSE" { "GBP" } else { "USD" });
        let details = Message::new()
            .with_text(2, "0.01")
            .with_int(5, one.magnifier)
            .with_text(7, one.symbol);
        let data = Message::new().with_int(1, request);
        tell(
            10,
            &data.with_message(2, &contract).with_message(3, &details),
        );
    }
    tell(52, &Message::new().with_int(1, request));
}

async fn read_frame(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    reader.read_exact(&mut length).await.ok()?;
    let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    reader.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}
