//! Bytes that no client should send: the server drops or answers their sender and serves the others.
#![cfg(feature = "tws")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use std::time::Duration;

use broker_sim::tws::{Habits, TwsServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(10);

fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

fn proto(id: u32, payload: &[u8]) -> Vec<u8> {
    let mut body = (id + 200).to_be_bytes().to_vec();
    body.extend_from_slice(payload);
    frame(&body)
}

fn greeting(versions: &str) -> Vec<u8> {
    let mut bytes = b"API\0".to_vec();
    bytes.extend(frame(versions.as_bytes()));
    bytes
}

struct Peer(TcpStream);

impl Peer {
    async fn knock(server: &TwsServer) -> Self {
        Self(TcpStream::connect(server.address()).await.unwrap())
    }

    /// A protobuf client that has started the API.
    async fn start(server: &TwsServer, client_id: u8) -> Self {
        let mut peer = Self::knock(server).await;
        peer.send(&greeting("v213..226")).await;
        let version = peer.frame().await.unwrap();
        assert!(version.starts_with(b"226\0"));
        peer.send(&proto(71, &[8, client_id])).await;
        for _ in 0..5 {
            peer.frame().await.unwrap();
        }
        peer
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next frame, or `None` when the server has hung up.
    async fn frame(&mut self) -> Option<Vec<u8>> {
        timeout(PATIENCE, async {
            let length = self.0.read_u32().await.ok()?;
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.0.read_exact(&mut body).await.ok()?;
            Some(body)
        })
        .await
        .expect("the server is silent")
    }

    /// Asks for the time, which every living connection answers.
    async fn is_served(&mut self) -> bool {
        if self.0.write_all(&proto(49, &[])).await.is_err() {
            return false;
        }
        self.frame()
            .await
            .is_some_and(|body| body.starts_with(&249_u32.to_be_bytes()))
    }

    async fn is_dropped(&mut self) -> bool {
        self.frame().await.is_none()
    }
}

#[tokio::test]
async fn a_stream_that_is_no_client_is_dropped() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut neighbour = Peer::start(&server, 1).await;
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"API\0\xff\xff\xff\xff".to_vec(),
        greeting("no versions"),
        greeting("v179..212"),
        vec![0; 64],
    ] {
        let mut peer = Peer::knock(&server).await;
        peer.send(&bytes).await;
        assert!(peer.is_dropped().await, "{bytes:?}");
    }
    assert!(neighbour.is_served().await);
}

#[tokio::test]
async fn a_frame_of_impossible_length_ends_its_connection_only() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut neighbour = Peer::start(&server, 1).await;
    for (number, length) in (2..).zip([0, 0x0100_0000, u32::MAX]) {
        let mut peer = Peer::start(&server, number).await;
        peer.send(&length.to_be_bytes()).await;
        assert!(peer.is_dropped().await, "{length}");
    }
    assert!(neighbour.is_served().await);
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_answered_and_the_next_request_is_served() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut peer = Peer::start(&server, 1).await;
    for bytes in [
        frame(b"abc"),
        proto(199, b""),
        proto(60, b"\xff\xff\xff\xff"),
        proto(3, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        frame(&[0, 0, 0, 3, 49, 0]),
    ] {
        peer.send(&bytes).await;
        let answer = peer.frame().await.unwrap();
        assert!(
            answer.starts_with(&204_u32.to_be_bytes()),
            "an error for {bytes:?}"
        );
        assert!(peer.is_served().await, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_frame_disturbs_nobody() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut neighbour = Peer::start(&server, 1).await;
    for cut in [1, 3, 5, 7] {
        let mut peer = Peer::start(&server, 2).await;
        let request = proto(49, &[]);
        peer.send(request.get(..cut).unwrap()).await;
        drop(peer);
        // The client id is free again as soon as the server has noticed.
        while server.clients() > 1 {
            tokio::task::yield_now().await;
        }
    }
    assert!(neighbour.is_served().await);
}

#[tokio::test]
async fn half_a_greeting_holds_nobody_up() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut silent = Vec::new();
    for end in [0, 2, 6, 9] {
        let mut peer = Peer::knock(&server).await;
        peer.send(greeting("v213..226").get(..end).unwrap()).await;
        silent.push(peer);
    }
    let mut peer = Peer::start(&server, 1).await;
    assert!(peer.is_served().await);
}

#[tokio::test]
async fn requests_before_the_start_are_not_done() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut peer = Peer::knock(&server).await;
    peer.send(&greeting("v213..226")).await;
    peer.frame().await.unwrap();
    peer.send(&proto(49, &[])).await;
    peer.send(&proto(71, &[8, 1])).await;
    // The first thing that is heard is the start burst, not the time.
    let first = peer.frame().await.unwrap();
    assert!(first.starts_with(&215_u32.to_be_bytes()));
}

#[tokio::test]
async fn the_same_client_id_twice_is_326_and_the_end() {
    let server = TwsServer::bind("127.0.0.1:0").await.unwrap();
    let mut first = Peer::start(&server, 7).await;
    let mut second = Peer::knock(&server).await;
    second.send(&greeting("v213..226")).await;
    second.frame().await.unwrap();
    second.send(&proto(71, &[8, 7])).await;
    let error = second.frame().await.unwrap();
    // 326 as a varint, after the field's tag.
    assert!(error.windows(3).any(|bytes| bytes == [0x18, 0xC6, 0x02]));
    assert!(second.is_dropped().await);
    assert!(first.is_served().await);
}

/// A request for every option on Apple: `{1: req_id, 2: {2: "AAPL", 3: "OPT", 8: "SMART", 10: "USD"}}`.
fn chain() -> Vec<u8> {
    let mut contract = Vec::new();
    for (field, text) in [(2_u8, "AAPL"), (3, "OPT"), (8, "SMART"), (10, "USD")] {
        contract.push(field << 3 | 2);
        contract.push(u8::try_from(text.len()).unwrap());
        contract.extend_from_slice(text.as_bytes());
    }
    let mut payload = vec![8, 1, 18, u8::try_from(contract.len()).unwrap()];
    payload.extend_from_slice(&contract);
    proto(9, &payload)
}

#[tokio::test]
async fn a_client_that_never_reads_is_dropped_and_nobody_waits_for_it() {
    let builder = TwsServer::builder().habits(Habits::unlimited());
    let server = builder.bind("127.0.0.1:0").await.unwrap();
    let mut neighbour = Peer::start(&server, 1).await;
    let mut deaf = Peer::start(&server, 2).await;
    let request = chain();
    // Each answer is some hundred kilobytes, and there is an end to what is kept for a client.
    for asked in 0.. {
        assert!(asked < 2_000, "the server keeps whatever nobody reads");
        if server.clients() == 1 || deaf.0.write_all(&request).await.is_err() {
            break;
        }
        if asked % 20 == 0 {
            assert!(neighbour.is_served().await, "the others wait");
        }
    }
    assert!(neighbour.is_served().await);
}
