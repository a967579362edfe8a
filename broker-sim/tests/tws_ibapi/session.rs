use broker_sim::tws::Habits;
use ibapi::{Client, Error, RateLimiter};

use crate::stage::{PATIENCE, client, server, server_with, settled, within};

#[tokio::test]
async fn a_client_comes_in_and_is_told_who_and_when() {
    let server = server().await;
    let client = client(&server, 4).await;
    assert_eq!(client.server_version(), 226);
    assert_eq!(client.client_id(), 4);
    let accounts = client.managed_accounts().await.unwrap();
    assert_eq!(accounts, ["DU1", "DU2"]);
    let told = client.server_time().await.unwrap();
    assert_eq!(told.unix_timestamp(), server.world().now().timestamp());
    let told = client.server_time_millis().await.unwrap();
    let millis = told.unix_timestamp_nanos() / 1_000_000;
    assert_eq!(millis, i128::from(server.world().now().timestamp_millis()));
    let connected = client.connection_time().unwrap();
    assert_eq!(connected.unix_timestamp(), server.world().now().timestamp());
    assert_eq!(client.next_valid_order_id().await.unwrap(), 1);
    assert_eq!(server.clients(), 1);
    client.disconnect().await;
}

#[tokio::test]
async fn the_farms_are_reported_at_the_start() {
    let server = server().await;
    let address = server.address().to_string();
    let builder = Client::builder().address(address).client_id(1);
    let (_client, mut notices) = builder.connect_with_notice_stream().await.unwrap();
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(notices.next().await.unwrap().code);
    }
    assert_eq!(codes, [2104, 2106, 2158]);
}

#[tokio::test]
async fn the_same_client_id_twice_is_refused() {
    let server = server().await;
    let _first = client(&server, 9).await;
    let second = Client::connect(&server.address().to_string(), 9).await;
    assert!(
        matches!(second, Err(Error::ClientIdInUse { .. })),
        "{:?}",
        second.err()
    );
}

#[tokio::test]
async fn an_order_id_in_the_range_of_requests_is_found_at_the_door() {
    let mut habits = Habits::default();
    habits.first_order_id = 1_700_000_000;
    let server = server_with(habits).await;
    let client = Client::connect(&server.address().to_string(), 1).await;
    let Err(Error::ConnectionRejected(why)) = client else {
        panic!("let in")
    };
    assert!(why.contains("1500000000"), "{why}");
}

#[tokio::test]
async fn a_client_is_built_with_its_own_limits() {
    let server = server().await;
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&heard);
    let builder = Client::builder()
        .address(server.address().to_string())
        .client_id(3)
        .tcp_no_delay(false)
        .max_reconnect_attempts(2)
        .reconnect_forever()
        .channel_capacity(64)
        .rate_limiter(RateLimiter::per_second(1_000))
        .one_shot_timeout(PATIENCE)
        .startup_callback(move |_| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
    let client = within(builder.connect()).await.unwrap();
    settled(&client).await;
    // Open orders are not downloaded on connection, as the settings say.
    assert_eq!(heard.load(std::sync::atomic::Ordering::Relaxed), 0);
    let settings = client.config().await.unwrap().api.unwrap().settings;
    let download = settings.unwrap().download_open_orders_on_connection;
    assert_eq!(download, Some(false));
    assert!(client.time_zone().is_some());
}
