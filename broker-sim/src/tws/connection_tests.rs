use core::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{
    Door,
    message::{CurrentTimeRequest, Reply, Request},
    test_client::{TestClient, server},
};

const PATIENCE: Duration = Duration::from_secs(10);

fn ask() -> Request {
    Request::CurrentTime(CurrentTimeRequest {})
}

#[tokio::test]
async fn who_is_thrown_out_and_goes_on_talking_can_read_the_last_words() {
    let server = server(|habits| {
        habits.messages_per_second = Some(1);
        habits.violations_tolerated = 0;
    })
    .await;
    let mut client = TestClient::connect(&server, 1).await;
    // It writes without reading, and notices nothing.
    while server.clients() > 0 {
        client.try_send(&ask()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..20 {
        client.try_send(&ask()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut last = None;
    while let Some(reply) = client.try_next().await.unwrap() {
        last = Some(reply);
    }
    let Some(Reply::Error(error)) = last else {
        panic!("the last words are {last:?}")
    };
    assert_eq!(error.error_code, Some(100));
}

#[tokio::test]
async fn a_connection_that_is_cut_is_cut() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    server.drop_clients();
    while server.clients() > 0 {
        tokio::task::yield_now().await;
    }
    let cut = async {
        while client.try_send(&ask()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // A client that is let go in good order could write for seconds.
    let in_time = timeout(Duration::from_secs(2), cut).await;
    assert!(in_time.is_ok(), "it can still write");
}

/// Whether the server has hung up.
async fn ends(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    let read = timeout(PATIENCE, stream.read(&mut byte)).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn a_server_that_is_dropped_hangs_up_on_whoever_it_has_not_answered() {
    for door in [Door::Silent, Door::Open] {
        let server = server(|habits| habits.door = door).await;
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // Half a greeting.
        stream.write_all(b"API").await.unwrap();
        // It is taken in before the server ends.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        drop(server);
        assert!(ends(&mut stream).await, "{door:?}");
    }
}

#[tokio::test]
async fn a_client_that_never_starts_the_api_gives_its_place_back() {
    let server = server(|habits| habits.client_limit = 1).await;
    let mut idle = TcpStream::connect(server.address()).await.unwrap();
    idle.write_all(b"API\0\0\0\0\x09v213..226").await.unwrap();
    let mut answer = [0; 4];
    idle.read_exact(&mut answer).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, idle.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "it still has its place");
    let client = TestClient::connect(&server, 1).await;
    drop(client);
}
