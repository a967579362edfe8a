use broker_core::model::AccountId;

use crate::tws::{
    message::Reply,
    test_client::{TestClient, apple, limit, order, server, statuses, summary},
};

fn du1() -> AccountId {
    AccountId::new("DU1").unwrap()
}

#[tokio::test]
async fn a_limit_order_is_acknowledged_canceled_and_completed() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    assert_eq!(client.next_order_id, 1);
    let said = client.place(1, apple(), limit("BUY", "100", 10.0)).await;
    assert_eq!(
        summary(&said),
        ["openOrder 1 Submitted", "orderStatus 1 Submitted 0/100"]
    );
    let perm = statuses(&said)[0].perm_id.unwrap();
    assert!(perm > 0);
    let said = client.cancel(1).await;
    assert_eq!(
        summary(&said),
        [
            "openOrder 1 Cancelled",
            "orderStatus 1 Cancelled 0/100",
            "error 1 202"
        ]
    );
    assert_eq!(summary(&client.open_orders().await), ["OpenOrdersEnd"]);
    let completed = client.completed_orders(true).await;
    let Reply::CompletedOrder(done) = &completed[0] else {
        panic!("{completed:?}")
    };
    let order = done.order.clone().unwrap();
    assert_eq!((order.order_id, order.perm_id), (Some(1), Some(perm)));
    assert_eq!(order.client_id, Some(1));
    assert_eq!(order.total_quantity.as_deref(), Some("100"));
    assert_eq!(order.filled_quantity.as_deref(), Some("0"));
    assert_eq!(server.truth(&du1()).commands, Some(2));
}

#[tokio::test]
async fn a_market_order_fills_and_its_commission_follows() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut buy = order("BUY", "10", "MKT");
    buy.order_ref = Some("intent-7".into());
    let said = client.place(1, apple(), buy).await;
    assert_eq!(
        summary(&said),
        [
            "openOrder 1 Submitted",
            "orderStatus 1 Submitted 0/10",
            "execDetails 1 BOT 10",
            "openOrder 1 Filled",
            "orderStatus 1 Filled 10/0",
            "commission",
        ]
    );
    let Reply::ExecutionDetails(details) = &said[2] else {
        panic!("{said:?}")
    };
    assert_eq!(details.req_id, Some(-1));
    let execution = details.execution.clone().unwrap();
    assert_eq!(execution.order_ref.as_deref(), Some("intent-7"));
    assert!(execution.time.unwrap().ends_with(" US/Eastern"));
    let Reply::CommissionReport(cost) = &said[5] else {
        panic!("{said:?}")
    };
    assert_eq!(cost.exec_id, execution.exec_id);
    assert_eq!(cost.realized_pnl, Some(f64::MAX));
    let truth = server.truth(&du1());
    let known = truth.orders_of(&"intent-7".parse().unwrap());
    assert_eq!(known.len(), 1);
    assert_eq!(
        Some(truth.fills[0].execution_id.to_string()),
        execution.exec_id
    );
}

#[tokio::test]
async fn ids_rise_and_are_never_used_twice_over_reconnects_too() {
    let server = server(|habits| habits.first_order_id = 50).await;
    let mut client = TestClient::connect(&server, 1).await;
    assert_eq!(client.next_order_id, 50);
    client.place(60, apple(), limit("BUY", "1", 10.0)).await;
    let said = client.place(59, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said), ["error 59 103"]);
    // A refused order burns its id.
    let said = client.place(61, apple(), limit("BUY", "1", 10.001)).await;
    assert_eq!(summary(&said), ["error 61 110"]);
    let said = client.place(61, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said), ["error 61 103"]);
    assert_eq!(summary(&client.cancel(61).await), ["error 61 135"]);
    assert_eq!(summary(&client.cancel(62).await), ["error 62 10147"]);
    drop(client);
    while server.clients() > 0 {
        tokio::task::yield_now().await;
    }
    let mut again = TestClient::connect(&server, 1).await;
    assert_eq!(again.next_order_id, 62);
    assert_eq!(
        summary(&again.open_orders().await)[0],
        "openOrder 60 Submitted"
    );
    // Another client counts for itself.
    let other = TestClient::connect(&server, 2).await;
    assert_eq!(other.next_order_id, 50);
}

#[tokio::test]
async fn an_order_is_changed_by_sending_it_again_under_its_id() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), limit("BUY", "10", 10.0)).await;
    let perm = statuses(&said)[0].perm_id;
    let mut changed = limit("BUY", "20", 11.5);
    changed.tif = Some("GTC".into());
    let said = client.place(1, apple(), changed).await;
    assert_eq!(
        summary(&said),
        ["openOrder 1 Submitted", "orderStatus 1 Submitted 0/20"]
    );
    assert_eq!(statuses(&said)[0].perm_id, perm);
    let Reply::OpenOrder(open) = &said[0] else {
        panic!("{said:?}")
    };
    let now = open.order.clone().unwrap();
    assert_eq!(
        (now.lmt_price, now.tif.as_deref()),
        (Some(11.5), Some("GTC"))
    );
    assert_eq!(server.truth(&du1()).orders.len(), 1);
}

#[tokio::test]
async fn changes_that_make_another_order_are_refused_and_the_order_lives() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), limit("BUY", "10", 10.0)).await;
    let mut microsoft = apple();
    microsoft.symbol = Some("MSFT".into());
    let cases = [
        (apple(), limit("SELL", "10", 10.0), 105),
        (apple(), order("BUY", "10", "MKT"), 105),
        (microsoft, limit("BUY", "10", 10.0), 105),
        (apple(), limit("BUY", "10", 10.001), 110),
        (apple(), limit("BUY", "0", 10.0), 321),
        (apple(), limit("BUY", "90000", 300.0), 201),
    ];
    for (contract, wire, code) in cases {
        let said = client.place(1, contract, wire).await;
        assert_eq!(summary(&said), [format!("error 1 {code}")]);
    }
    assert_eq!(
        summary(&client.open_orders().await)[1],
        "orderStatus 1 Submitted 0/10"
    );
    client.place(2, apple(), order("BUY", "1", "MKT")).await;
    let said = client.place(2, apple(), order("BUY", "2", "MKT")).await;
    assert_eq!(summary(&said), ["error 2 104"]);
    client.cancel(1).await;
    let said = client.place(1, apple(), limit("BUY", "10", 10.0)).await;
    assert_eq!(summary(&said), ["error 1 103"]);
}

#[tokio::test]
async fn canceling_what_has_ended_names_its_state() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), order("BUY", "1", "MKT")).await;
    let said = client.cancel(1).await;
    let Reply::Error(error) = &said[0] else {
        panic!("{said:?}")
    };
    assert_eq!(error.error_code, Some(10148));
    assert!(
        error
            .error_msg
            .as_deref()
            .unwrap()
            .ends_with("state: Filled.")
    );
}

#[tokio::test]
async fn a_what_if_answers_once_and_leaves_nothing() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut ask = limit("BUY", "100", 100.0);
    ask.what_if = Some(true);
    let said = client.place(1, apple(), ask.clone()).await;
    assert_eq!(summary(&said), ["openOrder 1 PreSubmitted"]);
    let Reply::OpenOrder(open) = &said[0] else {
        panic!("{said:?}")
    };
    let state = open.order_state.clone().unwrap();
    assert!(state.init_margin_after.unwrap() > 0.0);
    assert!(state.commission_and_fees.unwrap() > 0.0);
    assert_eq!(summary(&client.open_orders().await), ["OpenOrdersEnd"]);
    assert_eq!(server.truth(&du1()).commands, Some(0));
    ask.total_quantity = Some("90000".into());
    assert_eq!(
        summary(&client.place(1, apple(), ask).await),
        ["error 1 201"]
    );
    // The id is still free.
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said)[0], "openOrder 1 Submitted");
}

#[tokio::test]
async fn a_read_only_api_refuses_orders_and_questions_about_them() {
    let server = server(|habits| habits.read_only = true).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said), ["error 1 321"]);
    assert_eq!(summary(&client.cancel(1).await), ["error 1 321"]);
    let ask = crate::tws::message::Request::OpenOrders(Default::default());
    client.send(&ask).await;
    let ask = crate::tws::message::Request::CompletedOrders(Default::default());
    client.send(&ask).await;
    assert_eq!(
        summary(&client.heard().await),
        ["error -1 321", "error -1 321"]
    );
    assert!(server.truth(&du1()).orders.is_empty());
}

#[tokio::test]
async fn more_orders_for_one_contract_and_side_than_tws_takes_are_refused() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    for id in 1..=20 {
        let said = client.place(id, apple(), limit("BUY", "1", 10.0)).await;
        assert_eq!(said.len(), 2);
    }
    let said = client.place(21, apple(), limit("BUY", "1", 10.0)).await;
    assert_eq!(summary(&said), ["error 21 201"]);
    let said = client.place(22, apple(), limit("SELL", "1", 9_000.0)).await;
    assert_eq!(summary(&said)[0], "openOrder 22 Submitted");
}

#[tokio::test]
async fn what_cannot_be_afforded_found_or_named_is_refused() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let mut nobody = limit("BUY", "1", 10.0);
    nobody.account = Some("U1".into());
    let mut unnamed = limit("BUY", "1", 10.0);
    unnamed.account = None;
    let mut unknown = apple();
    unknown.symbol = Some("NOSUCH".into());
    let cases = [
        (apple(), limit("BUY", "90000", 300.0), 201),
        (apple(), limit("BUY", "1", 45.523_700_000_000_005), 110),
        (apple(), limit("BUY", "100000000", 10.0), 383),
        (unknown, limit("BUY", "1", 10.0), 200),
        (apple(), nobody, 321),
        (apple(), unnamed, 435),
    ];
    for (id, (contract, wire, code)) in (1..).zip(cases) {
        let said = client.place(id, contract, wire).await;
        assert_eq!(summary(&said), [format!("error {id} {code}")]);
    }
    assert!(server.truth(&du1()).orders.is_empty());
}

#[tokio::test]
async fn two_orders_with_one_reference_are_two_orders() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    for id in 1..=2 {
        let mut order = limit("BUY", "1", 10.0);
        order.order_ref = Some("same".into());
        client.place(id, apple(), order).await;
    }
    let truth = server.truth(&du1());
    assert_eq!(truth.orders_of(&"same".parse().unwrap()).len(), 2);
}
