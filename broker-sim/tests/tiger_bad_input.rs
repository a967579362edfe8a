//! What a hostile or broken client can send to the simulated Tiger Brokers: nobody else is disturbed.
#![cfg(feature = "tiger")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::Duration;

use broker_sim::{
    fault::Fault,
    paper::PaperBroker,
    tiger::{Keys, TigerServer, read_keys},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

async fn server() -> TigerServer {
    let world = PaperBroker::builder().account("12345678", broker_core::dec!(1_000_000));
    TigerServer::builder()
        .world_of(world)
        .bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap()
}

/// Sends bytes and reads until the server ends the connection or answers.
async fn say(server: &TigerServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.http_address()).await.unwrap();
    // The server may have had enough before all of it is there.
    let _ = stream.write_all(bytes).await;
    let mut answer = vec![0; 64 * 1024];
    let read = timeout(Duration::from_secs(20), stream.read(&mut answer));
    let read = read.await.unwrap().unwrap_or(0);
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

fn post(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST /gateway HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

async fn is_alive(server: &TigerServer) {
    let answer = say(server, &post("", "{}")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"code\":1000"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_requests_are_answered_and_the_next_client_is_served() {
    let server = server().await;
    for body in ["", "null", "[]", "{", "\u{0}", r#"{"biz_content":"{"}"#] {
        let answer = say(&server, &post("", body)).await;
        assert!(answer.contains("\"code\":1000"), "{body}: {answer}");
    }
    let answer = say(&server, b"GET /gateway HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    let bearer = say(&server, &post("Authorization: Bearer t\r\n", "{}")).await;
    assert!(bearer.starts_with("HTTP/1.1 401"), "{bearer}");
    say(&server, &[0xFF; 4096]).await;
    is_alive(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_refused() {
    let server = server().await;
    let answer = say(&server, &post("", &"x".repeat(2 * 1024 * 1024))).await;
    // The client may still be writing when the answer comes.
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{answer}"
    );
    is_alive(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_request_and_a_client_that_never_reads_disturb_nobody() {
    let server = server().await;
    let mut half = TcpStream::connect(server.http_address()).await.unwrap();
    half.write_all(b"POST /gateway HTTP/1.1\r\nContent-Len")
        .await
        .unwrap();
    let mut deaf = TcpStream::connect(server.http_address()).await.unwrap();
    for _ in 0..100 {
        deaf.write_all(&post("", "{}")).await.unwrap();
    }
    let mut plain = TcpStream::connect(server.push_address()).await.unwrap();
    plain.write_all(&[0xFF; 1024]).await.unwrap();
    is_alive(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_away_connections_break_and_new_ones_are_dropped() {
    let server = server().await;
    let mut open = TcpStream::connect(server.http_address()).await.unwrap();
    open.write_all(&post("", "{}")).await.unwrap();
    let mut answer = [0; 4096];
    assert!(open.read(&mut answer).await.unwrap() > 0);
    server.inject(&Fault::Disconnect { down_ms: 1000 }).unwrap();
    let gone = timeout(Duration::from_secs(20), open.read(&mut answer));
    assert!(matches!(gone.await.unwrap(), Ok(0) | Err(_)));
    assert_eq!(say(&server, &post("", "{}")).await, "");
    server.world().advance(chrono::TimeDelta::seconds(2));
    is_alive(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_gives_its_keys_back() {
    let folder = std::env::temp_dir().join(format!("tiger-{}", std::process::id()));
    assert!(read_keys(&folder).unwrap().is_none());
    let server = server().await;
    server.write_folder(&folder).unwrap();
    let keys: Keys = read_keys(&folder).unwrap().unwrap();
    assert_eq!(
        keys.client_pem().unwrap(),
        server.keys().client_pem().unwrap()
    );
    assert_eq!(keys.push_certificate(), server.keys().push_certificate());
    assert_eq!(
        keys.broker_public_line().unwrap(),
        server.keys().broker_public_line().unwrap()
    );
    let again = TigerServer::builder().keys(keys);
    again.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
