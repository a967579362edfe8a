//! Orders that wait in TWS: for the market to open, for conditions, for an instant.

use broker_core::dec;
use chrono::{TimeDelta, TimeZone as _, Utc};

use crate::{
    exchange::Place,
    paper::PaperBroker,
    tws::{
        TwsServer,
        gateway::Habits,
        message::{Order, OrderCondition, Reply},
        test_client::{TestClient, apple, limit, order, server, statuses, summary},
    },
};

/// A server in a world that stands still at an instant.
async fn server_at(text: &str) -> TwsServer {
    let world = PaperBroker::builder()
        .start_at(text.parse().unwrap())
        .account("DU1", dec!(1_000_000))
        .build_world()
        .unwrap();
    let habits = Habits {
        messages_per_second: None,
        ..Habits::default()
    };
    let builder = TwsServer::builder().world(world).habits(habits);
    builder.bind("127.0.0.1:0").await.unwrap()
}

pub(super) fn pin(server: &TwsServer, price: rust_decimal::Decimal) {
    server.world().with_exchange(|exchange| {
        let share = exchange.search("AAPL", 1)[0].instrument.clone();
        let price = broker_core::model::Price::new(price).unwrap();
        exchange.pin_price(&share, price).unwrap();
    });
}

/// Apple's number in every server.
const APPLE: i32 = 265_598;

fn price_above(level: f64) -> OrderCondition {
    OrderCondition {
        kind: Some(1),
        is_more: Some(true),
        con_id: Some(APPLE),
        exchange: Some("SMART".into()),
        price: Some(level),
        ..OrderCondition::default()
    }
}

fn on(condition: OrderCondition, order: Order) -> Order {
    Order {
        conditions: vec![condition],
        ..order
    }
}

pub(super) fn last_status(replies: &[Reply]) -> String {
    let last = statuses(replies).pop();
    last.and_then(|status| status.status).unwrap_or_default()
}

pub(super) fn codes(replies: &[Reply]) -> Vec<i32> {
    let errors = replies.iter().filter_map(|reply| match reply {
        Reply::Error(error) => error.error_code,
        _ => None,
    });
    errors.collect()
}

#[tokio::test]
async fn an_order_sent_at_night_is_held_with_399_and_released_at_the_opening() {
    let server = server_at("2026-01-06T02:00:00Z").await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), order("BUY", "10", "MKT")).await;
    assert_eq!(
        summary(&said),
        [
            "openOrder 1 PreSubmitted",
            "orderStatus 1 PreSubmitted 0/10",
            "error 1 399"
        ]
    );
    let Some(Reply::Error(warning)) = said.last() else {
        panic!("{said:?}")
    };
    let text = warning.error_msg.clone().unwrap();
    assert!(text.contains("BUY 10 AAPL"), "{text}");
    let until = "will not be placed at the exchange until 20260106 09:30:00 US/Eastern";
    assert!(text.ends_with(until), "{text}");
    let opens = Utc.with_ymd_and_hms(2026, 1, 6, 14, 30, 0).unwrap();
    let wait = opens - server.world().now();
    server.world().advance(wait - TimeDelta::seconds(1));
    assert!(statuses(&client.heard().await).is_empty());
    server.world().advance(TimeDelta::seconds(1));
    assert_eq!(last_status(&client.heard().await), "Filled");
}

#[tokio::test]
async fn a_resting_order_sent_at_night_is_warned_about_too_and_in_the_session_none_is() {
    let night = server_at("2026-01-06T02:00:00Z").await;
    let mut client = TestClient::connect(&night, 1).await;
    let said = client.place(1, apple(), limit("BUY", "10", 10.0)).await;
    assert_eq!(codes(&said), [399]);
    let day = server(|_| {}).await;
    let mut client = TestClient::connect(&day, 1).await;
    let said = client.place(1, apple(), limit("BUY", "10", 10.0)).await;
    assert_eq!(codes(&said), [] as [i32; 0]);
}

#[tokio::test]
async fn what_must_trade_at_once_is_refused_at_night() {
    let server = server_at("2026-01-06T02:00:00Z").await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut at_once = order("BUY", "10", "MKT");
    at_once.tif = Some("IOC".into());
    assert_eq!(
        summary(&client.place(1, apple(), at_once).await),
        ["error 1 201"]
    );
    // What it would cost can be asked at any hour.
    let mut question = order("BUY", "10", "MKT");
    question.what_if = Some(true);
    let said = client.place(2, apple(), question).await;
    assert_eq!(summary(&said), ["openOrder 2 PreSubmitted"]);
}

#[tokio::test]
async fn an_order_with_a_condition_is_held_until_the_condition_holds() {
    let server = server(|_| {}).await;
    pin(&server, dec!(100));
    let mut client = TestClient::connect(&server, 1).await;
    let wire = on(price_above(105.0), order("BUY", "10", "MKT"));
    let said = client.place(1, apple(), wire.clone()).await;
    assert_eq!(
        summary(&said),
        [
            "openOrder 1 PreSubmitted",
            "orderStatus 1 PreSubmitted 0/10"
        ]
    );
    let Reply::OpenOrder(told) = &said[0] else {
        panic!("{said:?}")
    };
    assert_eq!(told.order.as_ref().unwrap().conditions, wire.conditions);
    pin(&server, dec!(104.99));
    assert!(client.heard().await.is_empty());
    pin(&server, dec!(105));
    assert_eq!(last_status(&client.heard().await), "Filled");
}

#[tokio::test]
async fn a_condition_can_be_changed_while_the_order_waits_and_not_after() {
    let server = server(|_| {}).await;
    pin(&server, dec!(100));
    let mut client = TestClient::connect(&server, 1).await;
    let far = on(price_above(120.0), limit("BUY", "10", 90.0));
    client.place(1, apple(), far).await;
    let near = on(price_above(101.0), limit("BUY", "10", 90.0));
    assert_eq!(
        codes(&client.place(1, apple(), near.clone()).await),
        [] as [i32; 0]
    );
    pin(&server, dec!(101));
    assert_eq!(last_status(&client.heard().await), "Submitted");
    let again = on(price_above(130.0), limit("BUY", "10", 90.0));
    assert_eq!(codes(&client.place(1, apple(), again).await), [105]);
    // The same words are no change.
    assert_eq!(codes(&client.place(1, apple(), near).await), [] as [i32; 0]);
}

#[tokio::test]
async fn a_condition_may_cancel_the_order_instead() {
    let server = server(|_| {}).await;
    pin(&server, dec!(100));
    let mut client = TestClient::connect(&server, 1).await;
    let mut wire = on(price_above(105.0), limit("BUY", "10", 90.0));
    wire.conditions_cancel_order = Some(true);
    assert_eq!(
        last_status(&client.place(1, apple(), wire).await),
        "Submitted"
    );
    pin(&server, dec!(105));
    let said = client.heard().await;
    assert_eq!(last_status(&said), "Cancelled");
    assert_eq!(codes(&said), [202]);
}

#[tokio::test]
async fn conditions_that_mean_nothing_are_refused() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let nowhere = OrderCondition {
        con_id: None,
        ..price_above(105.0)
    };
    let unknown = OrderCondition {
        con_id: Some(7),
        ..price_above(105.0)
    };
    let doubled = OrderCondition {
        trigger_method: Some(1),
        ..price_above(105.0)
    };
    let never = OrderCondition {
        kind: Some(3),
        time: Some("soon".into()),
        ..OrderCondition::default()
    };
    let of_nothing = OrderCondition {
        kind: Some(5),
        sec_type: Some("STK".into()),
        ..OrderCondition::default()
    };
    let strange = OrderCondition {
        kind: Some(2),
        ..OrderCondition::default()
    };
    let cases = [
        (nowhere, 147),
        (unknown, 200),
        (doubled, 146),
        (never, 391),
        (of_nothing, 147),
        (strange, 321),
    ];
    for (id, (condition, code)) in (1..).zip(cases) {
        let wire = on(condition.clone(), order("BUY", "1", "MKT"));
        let said = client.place(id, apple(), wire).await;
        assert_eq!(codes(&said), [code], "{condition:?}");
    }
    assert!(server.truth(&"DU1".parse().unwrap()).orders.is_empty());
}

#[tokio::test]
async fn a_child_waits_for_its_parent_and_then_for_its_condition() {
    let server = server(|_| {}).await;
    pin(&server, dec!(100));
    let mut client = TestClient::connect(&server, 1).await;
    let mut parent = order("BUY", "10", "MKT");
    parent.transmit = None;
    client.place(1, apple(), parent).await;
    let mut child = on(price_above(105.0), order("SELL", "10", "MKT"));
    child.parent_id = Some(1);
    let said = client.place(2, apple(), child).await;
    let child = statuses(&said)
        .into_iter()
        .rfind(|status| status.order_id == Some(2));
    assert_eq!(child.unwrap().status.as_deref(), Some("PreSubmitted"));
    pin(&server, dec!(105));
    assert_eq!(last_status(&client.heard().await), "Filled");
    assert!(server.truth(&"DU1".parse().unwrap()).positions.is_empty());
}

#[tokio::test]
async fn good_after_time_holds_an_order_until_then() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let from = server.world().now() + TimeDelta::minutes(5);
    let mut wire = order("BUY", "10", "MKT");
    wire.good_after_time = Some(from.format("%Y%m%d-%H:%M:%S").to_string());
    assert_eq!(
        last_status(&client.place(1, apple(), wire).await),
        "PreSubmitted"
    );
    server.world().advance(TimeDelta::minutes(5));
    assert_eq!(last_status(&client.heard().await), "Filled");
}

#[tokio::test]
async fn the_exchange_has_what_the_client_asked_for() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let wire = on(price_above(9_000.0), limit("BUY", "10", 10.0));
    client.place(1, apple(), wire).await;
    let place = server.world().with_exchange(|exchange| {
        let orders = exchange.orders(&"DU1".parse().unwrap());
        orders.last().map(|order| order.place)
    });
    assert_eq!(place, Some(Place::Conditional));
    let said = client.cancel(1).await;
    assert_eq!(last_status(&said), "Cancelled");
}
