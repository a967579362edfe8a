use core::time::Duration;

use super::{
    message::{CurrentTimeRequest, Reply, Request},
    test_client::{TestClient, server},
};

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
    let in_time = tokio::time::timeout(Duration::from_secs(2), cut).await;
    assert!(in_time.is_ok(), "it can still write");
}
