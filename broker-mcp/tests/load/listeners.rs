//! Those who listen: one that hears everything, some that never read, some that vanish.

use core::time::Duration;
use std::{net::SocketAddr, time::Instant};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::oneshot,
};
use tokio_util::sync::CancellationToken;

use crate::wire::{Session, Way};

/// Room for what a listener has not read, bytes: little, so that the server has to keep the rest or lose it.
const SMALL: u32 = 4_096;

async fn narrow(way: &Way) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(SMALL).unwrap();
    let address: SocketAddr = way.address.parse().unwrap();
    socket.connect(address).await.unwrap()
}

fn updates(way: &Way) -> String {
    let path = "/v1/stream_account_updates?seconds=300";
    way.head("GET", path, "text/event-stream") + "\r\n"
}

/// Reads until a text comes; whether it came.
async fn read_until(stream: &mut TcpStream, text: &str) -> bool {
    let (mut read, text) = (Vec::new(), text.as_bytes());
    loop {
        match stream.read_buf(&mut read).await {
            Ok(0) | Err(_) => return false,
            Ok(_) => {}
        }
        if read.windows(text.len()).any(|part| part == text) {
            return true;
        }
        // What could be the beginning of it stays.
        let old = read.len().saturating_sub(text.len());
        read.drain(..old);
    }
}

/// Listens to an account until it hears of an order whose name begins so.
pub(crate) async fn hear(way: &Way, order: &str, listens: oneshot::Sender<()>) {
    let mut listens = Some(listens);
    // A stream is over after some minutes.
    loop {
        let mut stream = way.connect().await;
        stream.write_all(updates(way).as_bytes()).await.unwrap();
        assert!(read_until(&mut stream, "text/event-stream").await);
        if let Some(listens) = listens.take() {
            listens.send(()).unwrap();
        }
        if read_until(&mut stream, order).await {
            return;
        }
    }
}

/// Opens a stream over REST and one over MCP, and reads neither until the end.
pub(crate) async fn never_read(way: &Way, account: &str, stop: &CancellationToken) {
    let mut rest = narrow(way).await;
    rest.write_all(updates(way).as_bytes()).await.unwrap();
    let mut session = Session::begin(way).await;
    for uri in [
        "broker://quotes/AAPL".to_owned(),
        format!("broker://orders/{account}"),
    ] {
        let watched = session
            .ask("resources/subscribe", &json!({ "uri": uri }))
            .await;
        assert!(watched["result"].is_object(), "{watched}");
    }
    let mut mcp = narrow(way).await;
    let head = way.head("GET", "/mcp", "text/event-stream") + &session.headers() + "\r\n";
    mcp.write_all(head.as_bytes()).await.unwrap();
    stop.cancelled().await;
}

/// Opens streams and calls, and goes away without a word in the middle of each.
pub(crate) async fn vanish(way: &Way, until: Instant) -> u64 {
    let call: Value = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "stream_market_data", "arguments": { "symbols": ["AAPL"], "seconds": 60 } },
    });
    let body = call.to_string();
    let mut vanished = 0;
    while vanished < 4 || Instant::now() < until {
        let session = Session::begin(way).await;
        let head = way.head("POST", "/mcp", "application/json, text/event-stream");
        let length = body.len();
        let stream = format!(
            "{head}{}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}",
            session.headers()
        );
        for request in [updates(way), stream] {
            let mut line = narrow(way).await;
            // What is not sent when it is closed is thrown away, and the other side is told so.
            line.set_zero_linger().unwrap();
            line.write_all(request.as_bytes()).await.unwrap();
            if vanished % 2 == 0 {
                assert!(read_until(&mut line, "event-stream").await);
            }
            drop(line);
            vanished += 1;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    vanished
}
