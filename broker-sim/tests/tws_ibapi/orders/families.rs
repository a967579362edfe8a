use broker_core::dec;
use ibapi::{
    Client,
    orders::{OcaType, Order, OrderId, OrderStatusKind},
    prelude::*,
};

use crate::stage::{
    PATIENCE, apple, apple_contract, client, code, drained, du1, held, open, pin, server,
    server_of_one, settled, within, words,
};

async fn bracket(client: &Client) -> [i32; 3] {
    let contract = apple_contract();
    // The client names no account in the children of a bracket: it is for logins with one.
    let bracket = client.order(&contract).buy(10).bracket();
    let bracket = bracket.entry_limit(99.0);
    let ids = bracket
        .take_profit(110.0)
        .stop_loss(90.0)
        .submit_all()
        .await
        .unwrap();
    [
        ids.parent.value(),
        ids.take_profit.value(),
        ids.stop_loss.value(),
    ]
}

#[tokio::test]
async fn a_bracket_protects_what_its_entry_buys() {
    let server = server_of_one().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    assert_eq!(bracket(&client).await, [1, 2, 3]);
    let heard = words(&drained(&client, &mut updates).await);
    assert!(
        heard.contains(&"status 1 Submitted 0/10".into()),
        "{heard:?}"
    );
    for child in ["status 2 PreSubmitted 0/10", "status 3 PreSubmitted 0/10"] {
        assert!(heard.contains(&child.into()), "{heard:?}");
    }
    pin(&server, &apple(), dec!(98));
    let heard = words(&drained(&client, &mut updates).await);
    assert!(heard.contains(&"status 1 Filled 10/0".into()), "{heard:?}");
    assert!(
        heard.contains(&"status 2 Submitted 0/10".into()),
        "{heard:?}"
    );
    pin(&server, &apple(), dec!(111));
    let heard = words(&drained(&client, &mut updates).await);
    assert!(heard.contains(&"status 2 Filled 10/0".into()), "{heard:?}");
    assert!(
        heard.contains(&"status 3 Cancelled 0/10".into()),
        "{heard:?}"
    );
    assert_eq!(held(&server), dec!(0));
    assert_eq!(open(&server), 0);
}

#[tokio::test]
async fn the_stop_of_a_bracket_ends_its_profit_taker() {
    let server = server_of_one().await;
    let client = client(&server, 1).await;
    bracket(&client).await;
    settled(&client).await;
    pin(&server, &apple(), dec!(98));
    pin(&server, &apple(), dec!(89));
    let outcome = client.wait_for_fill(3, PATIENCE).await;
    assert!(
        matches!(outcome, Ok(OrderOutcome::Filled(_))),
        "{outcome:?}"
    );
    let outcome = client.wait_for_fill(2, PATIENCE).await;
    assert!(matches!(outcome, Ok(OrderOutcome::Ended(_))), "{outcome:?}");
    assert_eq!(held(&server), dec!(0));
}

#[tokio::test]
async fn a_login_with_two_accounts_refuses_children_that_name_none() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    bracket(&client).await;
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard, ["435 1", "435 2", "435 3"]);
    assert_eq!(server.truth(&du1()).orders.len(), 0);
}

#[tokio::test]
async fn a_bracket_that_is_canceled_goes_whole() {
    let server = server_of_one().await;
    let client = client(&server, 1).await;
    let [parent, ..] = bracket(&client).await;
    let cancel = client.cancel_order(parent, "").await.unwrap();
    settled(&client).await;
    drop(cancel);
    assert_eq!(open(&server), 0);
    assert_eq!(server.truth(&du1()).orders.len(), 3);
}

#[tokio::test]
async fn a_child_without_a_parent_is_refused() {
    let server = server().await;
    let client = client(&server, 1).await;
    let contract = apple_contract();
    let order = client.order(&contract).sell(10).limit(110.0);
    let order = order.parent(77).account("DU1").build_order().unwrap();
    let mut events = client.place_order(5, &contract, &order).await.unwrap();
    assert_eq!(code(within(events.next()).await.unwrap()), Some(10006));
    assert_eq!(server.truth(&du1()).orders.len(), 0);
}

#[tokio::test]
async fn an_order_that_is_not_transmitted_waits_until_it_is() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).market().do_not_transmit();
    let mut order: Order = order.account("DU1").build_order().unwrap();
    client.submit_order(1, &contract, &order).await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert!(heard.is_empty(), "{heard:?}");
    assert_eq!(held(&server), dec!(0));
    let mut listed = client.open_orders().await.unwrap();
    let listed = listed.collect_to_end_within(PATIENCE).await.unwrap();
    assert!(
        matches!(&listed[0], Orders::OrderData(order)
            if order.order_state.status == OrderStatusKind::Inactive),
        "{listed:?}"
    );
    drained(&client, &mut updates).await;
    order.transmit = true;
    client.submit_order(1, &contract, &order).await.unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard.last().unwrap(), "commission", "{heard:?}");
    assert_eq!(held(&server), dec!(10));
}

fn alternatives(client: &Client, rule: OcaType) -> Vec<(Contract, Order)> {
    let apple = apple_contract();
    let other = Contract::stock("MSFT").build();
    let build = |contract: &Contract, limit: f64| {
        let order = client.order(contract).buy(10).limit(limit);
        let order = order.oca_group("either", rule).account("DU1");
        order.build_order().unwrap()
    };
    let (one, two) = (build(&apple, 95.0), build(&other, 90.0));
    vec![(apple, one), (other, two)]
}

#[tokio::test]
async fn the_first_of_a_group_that_fills_cancels_the_others() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let orders = alternatives(&client, OcaType::CancelWithBlock);
    let ids = client.submit_oca_orders(orders).await.unwrap();
    assert_eq!(ids, [OrderId::new(1), OrderId::new(2)]);
    settled(&client).await;
    assert_eq!(open(&server), 2);
    pin(&server, &apple(), dec!(94));
    let heard = words(&drained(&client, &mut updates).await);
    assert!(heard.contains(&"status 1 Filled 10/0".into()), "{heard:?}");
    assert!(
        heard.contains(&"status 2 Cancelled 0/10".into()),
        "{heard:?}"
    );
    assert!(heard.contains(&"202 2".into()), "{heard:?}");
    assert_eq!(open(&server), 0);
}

#[tokio::test]
async fn a_partial_fill_reduces_the_others_of_a_group() {
    let server = server().await;
    let client = client(&server, 1).await;
    let orders = alternatives(&client, OcaType::ReduceWithBlock);
    client.submit_oca_orders(orders).await.unwrap();
    settled(&client).await;
    // Somebody sells four to the resting order.
    let contract = apple_contract();
    let order = client.order(&contract).sell(4).limit(95.0).account("DU2");
    order.submit().await.unwrap();
    settled(&client).await;
    let orders = server.truth(&du1()).orders;
    println!("{orders:?}");
    pin(&server, &apple(), dec!(94));
    assert_eq!(open(&server), 0);
}

#[tokio::test]
async fn preset_children_are_refused_and_nothing_is_bought() {
    let server = server().await;
    let client = client(&server, 1).await;
    let mut updates = client.order_update_stream().await.unwrap();
    let contract = apple_contract();
    let order = client.order(&contract).buy(10).limit(101.0).account("DU1");
    let ids = order
        .preset_stop_loss()
        .preset_profit_taker()
        .submit()
        .await
        .unwrap();
    let heard = words(&drained(&client, &mut updates).await);
    assert_eq!(heard, [format!("321 {}", ids.parent.value())]);
    assert_eq!(server.truth(&du1()).orders.len(), 0);
}
