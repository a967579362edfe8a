use crate::tws::{
    message::{Order, Reply},
    test_client::{TestClient, apple, best_offer, limit, order, server, statuses, summary},
};

fn held(mut order: Order) -> Order {
    order.transmit = None;
    order
}

fn child(mut order: Order, parent: i32) -> Order {
    order.parent_id = Some(parent);
    order
}

fn stop(action: &str, quantity: &str, trigger: f64) -> Order {
    Order {
        aux_price: Some(trigger),
        ..order(action, quantity, "STP")
    }
}

fn grouped(mut order: Order, name: &str, kind: i32) -> Order {
    order.oca_group = Some(name.into());
    order.oca_type = Some(kind);
    order
}

/// The last status of each order.
fn last_statuses(replies: &[Reply]) -> std::collections::BTreeMap<i32, (String, String, String)> {
    statuses(replies)
        .into_iter()
        .map(|status| {
            (
                status.order_id.unwrap(),
                (
                    status.status.unwrap(),
                    status.filled.unwrap(),
                    status.remaining.unwrap(),
                ),
            )
        })
        .collect()
}

fn status(word: &str, filled: &str, remaining: &str) -> (String, String, String) {
    (word.into(), filled.into(), remaining.into())
}

#[tokio::test]
async fn nothing_of_a_bracket_works_before_its_last_order_is_transmitted() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client
        .place(1, apple(), held(order("BUY", "10", "MKT")))
        .await;
    assert!(said.is_empty(), "{:?}", summary(&said));
    let take = held(child(limit("SELL", "10", 9_000.0), 1));
    assert!(client.place(2, apple(), take).await.is_empty());
    // Asked, TWS says that they are there and do nothing.
    let open = client.open_orders().await;
    assert_eq!(
        last_statuses(&open).values().cloned().collect::<Vec<_>>(),
        vec![status("Inactive", "0", "10"); 2]
    );
    let truth = server.truth(&"DU1".parse().unwrap());
    assert_eq!(truth.orders.len(), 2, "TWS has them");
    assert!(truth.positions.is_empty(), "they do nothing");

    let said = client
        .place(3, apple(), child(stop("SELL", "10", 5.0), 1))
        .await;
    let last = last_statuses(&said);
    assert_eq!(last[&1], status("Filled", "10", "0"));
    assert_eq!(last[&2], status("Submitted", "0", "10"));
    assert_eq!(last[&3], status("PreSubmitted", "0", "10"));
    assert_eq!(
        statuses(&said)
            .iter()
            .find(|s| s.order_id == Some(2))
            .unwrap()
            .parent_id,
        Some(1)
    );
}

#[tokio::test]
async fn children_are_presubmitted_until_the_parent_fills() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), held(limit("BUY", "10", 10.0)))
        .await;
    let said = client
        .place(2, apple(), child(limit("SELL", "10", 9_000.0), 1))
        .await;
    let child_status = statuses(&said)
        .into_iter()
        .find(|status| status.order_id == Some(2))
        .unwrap();
    assert_eq!(child_status.status.as_deref(), Some("PreSubmitted"));
    assert_eq!(child_status.why_held.as_deref(), Some("child"));
    // Raising the parent's price fills it and sets the child free.
    let mut raised = limit("BUY", "10", 9_000.0);
    raised.lmt_price = Some(900.0);
    let said = client.place(1, apple(), raised).await;
    let last = last_statuses(&said);
    assert_eq!(last[&1].0, "Filled");
    assert_eq!(last[&2].0, "Submitted");
}

#[tokio::test]
async fn one_exit_that_fills_cancels_the_other() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), held(order("BUY", "10", "MKT")))
        .await;
    client
        .place(2, apple(), held(child(limit("SELL", "10", 9_000.0), 1)))
        .await;
    client
        .place(3, apple(), child(stop("SELL", "10", 5.0), 1))
        .await;
    let said = client
        .place(2, apple(), child(limit("SELL", "10", 10.0), 1))
        .await;
    let last = last_statuses(&said);
    assert_eq!(last[&2].0, "Filled", "{:?}", summary(&said));
    assert_eq!(last[&3].0, "Cancelled");
    assert!(summary(&said).contains(&"error 3 202".to_owned()));
    assert!(server.truth(&"DU1".parse().unwrap()).positions.is_empty());
}

#[tokio::test]
async fn a_parent_that_is_canceled_takes_its_children_with_it() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), held(limit("BUY", "10", 10.0)))
        .await;
    client
        .place(2, apple(), held(child(limit("SELL", "10", 9_000.0), 1)))
        .await;
    client
        .place(3, apple(), child(stop("SELL", "10", 5.0), 1))
        .await;
    let said = client.cancel(1).await;
    let last = last_statuses(&said);
    assert!(
        last.values().all(|status| status.0 == "Cancelled"),
        "{last:?}"
    );
    assert_eq!(last.len(), 3);
}

#[tokio::test]
async fn held_orders_are_canceled_by_name_and_never_traded() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), held(order("BUY", "10", "MKT")))
        .await;
    client
        .place(2, apple(), held(child(limit("SELL", "10", 9_000.0), 1)))
        .await;
    let said = client.cancel(1).await;
    let last = last_statuses(&said);
    assert_eq!(last[&1].0, "ApiCancelled");
    assert_eq!(last[&2].0, "ApiCancelled");
    assert_eq!(summary(&client.open_orders().await), ["OpenOrdersEnd"]);
    assert_eq!(summary(&client.cancel(1).await), ["error 1 10148"]);
}

#[tokio::test]
async fn an_exit_that_is_refused_leaves_the_others_as_they_are() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), held(limit("BUY", "10", 10.0)))
        .await;
    // Not on the price grid: refused at once, while the parent stays held.
    let said = client
        .place(2, apple(), child(limit("SELL", "10", 9_000.001), 1))
        .await;
    assert_eq!(summary(&said), ["error 2 110"]);
    let open = client.open_orders().await;
    assert_eq!(last_statuses(&open).len(), 1);
}

#[tokio::test]
async fn a_child_without_a_living_parent_is_refused() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    let said = client
        .place(1, apple(), child(limit("SELL", "1", 9_000.0), 77))
        .await;
    assert_eq!(summary(&said), ["error 1 10006"]);
    client.place(2, apple(), order("BUY", "1", "MKT")).await;
    let said = client
        .place(3, apple(), child(limit("SELL", "1", 9_000.0), 2))
        .await;
    assert_eq!(summary(&said), ["error 3 10006"]);
}

#[tokio::test]
async fn a_child_can_join_a_parent_that_works() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client.place(1, apple(), limit("BUY", "10", 10.0)).await;
    let said = client
        .place(2, apple(), child(limit("SELL", "10", 9_000.0), 1))
        .await;
    assert_eq!(last_statuses(&said)[&2].0, "PreSubmitted");
    let said = client.cancel(1).await;
    assert_eq!(last_statuses(&said)[&2].0, "Cancelled");
}

#[tokio::test]
async fn one_of_a_group_that_fills_cancels_the_rest() {
    for kind in [1, 2, 3] {
        let server = server(|_| {}).await;
        let mut client = TestClient::connect(&server, 1).await;
        client
            .place(1, apple(), grouped(limit("BUY", "10", 10.0), "g", kind))
            .await;
        client
            .place(2, apple(), grouped(limit("BUY", "10", 11.0), "g", kind))
            .await;
        let said = client
            .place(3, apple(), grouped(order("BUY", "10", "MKT"), "g", kind))
            .await;
        let last = last_statuses(&said);
        assert_eq!(last[&3].0, "Filled");
        assert_eq!(last[&1].0, "Cancelled");
        assert_eq!(last[&2].0, "Cancelled");
        let held = server.truth(&"DU1".parse().unwrap()).positions;
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].1.get(), broker_core::dec!(10), "type {kind}");
    }
}

#[tokio::test]
async fn a_partial_fill_reduces_a_group_of_type_three_and_cancels_one_of_type_one() {
    for (kind, word) in [(1, "Cancelled"), (2, "Submitted"), (3, "Submitted")] {
        let server = server(|_| {}).await;
        let mut client = TestClient::connect(&server, 1).await;
        let (price, size) = best_offer(&server);
        let wanted = (size + 100).to_string();
        let low = grouped(limit("BUY", &wanted, 10.0), "g", kind);
        client.place(1, apple(), low).await;
        let some = grouped(limit("BUY", &wanted, price), "g", kind);
        let said = client.place(2, apple(), some).await;
        let last = last_statuses(&said);
        assert_eq!(last[&2], status("Submitted", &size.to_string(), "100"));
        assert_eq!(last[&1].0, word, "type {kind}");
        if kind != 1 {
            assert_eq!(last[&1].2, "100");
        }
    }
}

#[tokio::test]
async fn canceling_one_of_a_group_cancels_them_all() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), grouped(limit("BUY", "1", 10.0), "g", 1))
        .await;
    client
        .place(2, apple(), grouped(limit("BUY", "1", 11.0), "g", 1))
        .await;
    client.place(3, apple(), limit("BUY", "1", 12.0)).await;
    let said = client.cancel(1).await;
    let last = last_statuses(&said);
    assert_eq!(last.keys().copied().collect::<Vec<_>>(), [1, 2]);
    assert!(last.values().all(|status| status.0 == "Cancelled"));
}

#[tokio::test]
async fn the_entries_of_two_brackets_can_cancel_each_other() {
    let server = server(|_| {}).await;
    let mut client = TestClient::connect(&server, 1).await;
    client
        .place(1, apple(), held(grouped(limit("BUY", "10", 10.0), "g", 1)))
        .await;
    client
        .place(2, apple(), child(limit("SELL", "10", 9_000.0), 1))
        .await;
    client
        .place(3, apple(), held(grouped(order("BUY", "10", "MKT"), "g", 1)))
        .await;
    let said = client
        .place(4, apple(), child(limit("SELL", "10", 9_000.0), 3))
        .await;
    let last = last_statuses(&said);
    assert_eq!(last[&3].0, "Filled");
    assert_eq!(last[&4].0, "Submitted");
    assert_eq!(last[&1].0, "Cancelled");
    assert_eq!(last[&2].0, "Cancelled", "its entry is gone");
}
