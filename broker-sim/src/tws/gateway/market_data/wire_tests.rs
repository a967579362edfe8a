use std::time::Duration;

use super::quotes_tests::error_of;
use crate::tws::{
    TwsServer,
    message::{MarketDataRequest, Reply, Request, TickPrice},
    test_client::{TestClient, apple, server},
};

fn line(id: i32) -> Request {
    Request::MarketData(MarketDataRequest {
        req_id: Some(id),
        contract: Some(apple()),
        ..MarketDataRequest::default()
    })
}

async fn until_closed(server: &TwsServer) {
    let closed = async {
        while server.open_lines() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(10);
    tokio::time::timeout(patience, closed).await.unwrap();
}

#[tokio::test]
async fn a_line_ends_with_its_connection() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.send(&line(7)).await;
    let told = client.heard().await;
    assert!(
        told.iter()
            .any(|reply| matches!(reply, Reply::TickPrice(_))),
        "{told:?}"
    );
    assert_eq!(server.open_lines(), 1);
    drop(client);
    until_closed(&server).await;
}

#[tokio::test]
async fn a_flood_reaches_every_line_whole_and_in_order() {
    const TICKS: usize = 20_000;
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    for id in [7, 8] {
        client.send(&line(id)).await;
    }
    assert_eq!(error_of(&client.heard().await), None);
    let reads = async {
        let mut ticks: Vec<TickPrice> = Vec::new();
        while ticks.len() < 2 * TICKS {
            match client.next().await {
                Some(Reply::TickPrice(tick)) => ticks.push(tick),
                other => panic!("{other:?}"),
            }
        }
        ticks
    };
    let ticks_per_line = u64::try_from(TICKS).unwrap();
    let (sent, ticks) = tokio::join!(server.flood(ticks_per_line, None), reads);
    assert_eq!(sent, 2 * ticks_per_line);
    for id in [7, 8] {
        let own: Vec<&TickPrice> = ticks
            .iter()
            .filter(|tick| tick.req_id == Some(id))
            .collect();
        assert_eq!(own.len(), TICKS);
        for pair in own.chunks(2) {
            assert_eq!((pair[0].tick_type, pair[1].tick_type), (Some(1), Some(2)));
            assert!(pair[0].price < pair[1].price);
        }
    }
}

#[tokio::test]
async fn a_flood_waits_for_a_client_that_does_not_read_and_ends_when_it_leaves() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.send(&line(7)).await;
    client.heard().await;
    let endless = server.flood(u64::MAX, None);
    tokio::pin!(endless);
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut endless).await;
    assert!(waited.is_err(), "it waits");
    assert_eq!(server.clients(), 1, "nobody is dropped");
    drop(client);
    let patience = Duration::from_secs(10);
    let sent = tokio::time::timeout(patience, endless).await.unwrap();
    assert!(sent > 1_000, "{sent}");
}
