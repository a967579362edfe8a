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
    assert_eq!((order.order_id, order.perm_id), (None, Some(perm)));
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
