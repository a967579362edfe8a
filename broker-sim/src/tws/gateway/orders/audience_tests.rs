use broker_core::model::AccountId;

use crate::tws::test_client::{TestClient, apple, limit, server, statuses, summary};

fn du1() -> AccountId {
    AccountId::new("DU1").unwrap()
}

#[tokio::test]
async fn clients_hear_of_their_own_orders_and_the_master_of_all() {
    let server = server(|habits| habits.master_client_id = Some(9)).await;
    let mut one = TestClient::connect(&server, 1).await;
    let mut two = TestClient::connect(&server, 2).await;
    let mut master = TestClient::connect(&server, 9).await;
    one.place(1, apple(), limit("BUY", "1", 10.0)).await;
    assert!(two.heard().await.is_empty());
    let heard = master.heard().await;
    assert_eq!(statuses(&heard)[0].client_id, Some(1));
    assert_eq!(summary(&two.open_orders().await), ["OpenOrdersEnd"]);
    assert_eq!(
        summary(&two.all_open_orders().await)[0],
        "openOrder 1 Submitted"
    );
    // Only its own client may cancel an order; a global cancel takes all.
    assert_eq!(summary(&two.cancel(1).await), ["error 1 10147"]);
    two.send(&crate::tws::message::Request::GlobalCancel(
        Default::default(),
    ))
    .await;
    two.heard().await;
    assert!(summary(&one.heard().await).contains(&"orderStatus 1 Cancelled 0/1".to_owned()));
}

#[tokio::test]
async fn orders_of_others_in_the_world_are_orders_of_tws() {
    use crate::tws::message::{AutoOpenOrdersRequest, Request};
    let server = server(|_| {}).await;
    let mut zero = TestClient::connect(&server, 0).await;
    let mut one = TestClient::connect(&server, 1).await;
    let place_by_hand = |name: &str| {
        use broker_core::{dec, model::*};
        let order = NewOrder::new(
            ClientOrderId::new(name).unwrap(),
            du1(),
            Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
            Side::Buy,
            OrderAmount::Quantity(Quantity::new(dec!(3)).unwrap()),
            OrderType::Limit {
                price: Price::new(dec!(10)).unwrap(),
            },
        );
        let order = std::sync::Arc::new(order);
        server
            .world()
            .with_exchange(|exchange| exchange.place(order))
            .unwrap();
    };
    place_by_hand("by-hand");
    assert!(zero.heard().await.is_empty(), "it is not bound");
    let all = one.all_open_orders().await;
    assert_eq!(summary(&all)[0], "openOrder 0 Submitted");
    // Client 0 asks, and the order is bound to it under a negative number.
    let open = zero.open_orders().await;
    assert_eq!(
        summary(&open)[..2],
        ["orderBound -1", "openOrder -1 Submitted"]
    );
    let said = zero.cancel(-1).await;
    assert!(summary(&said).contains(&"orderStatus -1 Cancelled 0/3".to_owned()));
    // Bound from now on, it hears of the next one by itself.
    let bind = Request::AutoOpenOrders(AutoOpenOrdersRequest {
        auto_bind: Some(true),
    });
    zero.send(&bind).await;
    assert!(zero.heard().await.is_empty());
    place_by_hand("by-hand-2");
    assert_eq!(
        summary(&zero.heard().await),
        [
            "orderBound -2",
            "openOrder -2 Submitted",
            "orderStatus -2 Submitted 0/3"
        ]
    );
    one.send(&bind).await;
    assert_eq!(summary(&one.heard().await), ["error -1 321"]);
    let api_only = one.completed_orders(true).await;
    assert_eq!(summary(&api_only), ["CompletedOrdersEnd"]);
    assert_eq!(one.completed_orders(false).await.len(), 2);
}
