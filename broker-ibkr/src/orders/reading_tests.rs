use std::sync::Arc;

use broker_core::{
    Covered, SystemClock, dec,
    event::Ledger,
    model::{
        AccountId, ClientOrderId, Contingency, ExecutionKind, ExecutionReport, ListId, OrderList,
        OrderType,
    },
};

use super::{
    Search,
    fixtures::{ORDER, limit},
    stage::{CANCEL_ORDER, OPEN_ORDER, PLACE_ORDER, REQUEST_ALL_OPEN_ORDERS, Stage, Told, done},
};

fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}

fn id(name: &str) -> ClientOrderId {
    ClientOrderId::new(name).unwrap()
}

/// Waits until the quantity of an order is so much.
async fn has_quantity(stage: &Stage, key: super::register::Key, quantity: &str) {
    let reached = async {
        loop {
            let terms = {
                let register = stage.blotter.register();
                Arc::clone(&register.get(key).unwrap().terms)
            };
            if terms.quantity().unwrap().get().to_string() == quantity {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let late = "the terms do not become those";
    tokio::time::timeout(super::stage::PATIENCE, reached)
        .await
        .expect(late);
}

#[tokio::test]
async fn a_list_that_is_older_than_what_was_told_changes_no_terms() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    let key = stage.has_working(&Told::own());
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        blotter.read(&lists, &account()).await.orders
    });
    stage.gateway.expect(REQUEST_ALL_OPEN_ORDERS).await;
    // The list is on its way when the order is changed.
    stage.answer_open_orders(&[Told::own()]);
    let mut halved = Told::own();
    halved.quantity = "50";
    stage.gateway.send(OPEN_ORDER, &halved.open());
    has_quantity(&stage, key, "50").await;
    stage.answer_the_other_lists(&[]).await;
    let orders = done(read).await.complete().unwrap();
    let told = orders[0].terms.as_ref().unwrap().quantity().unwrap();
    assert_eq!(told.get().to_string(), "50");
    has_quantity(&stage, key, "50").await;
}

#[tokio::test]
async fn terms_that_only_a_list_tells_are_taken() {
    let mut stage = Stage::open().await;
    stage.listen().await;
    let key = stage.has_working(&Told::own());
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        blotter.read(&lists, &account()).await.orders
    });
    let mut halved = Told::own();
    halved.quantity = "50";
    stage.answer_lists(&[halved], &[]).await;
    done(read).await.complete().unwrap();
    has_quantity(&stage, key, "50").await;
}

#[tokio::test]
async fn orders_of_the_same_reference_are_kept_apart() {
    let mut stage = Stage::open().await;
    let key = stage.has_working(&Told::own());
    let mut other = Told::own();
    (other.client, other.number, other.perm) = (8, 12, 9_002);
    other.contract = 272_093;
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        blotter.read(&lists, &account()).await.orders
    });
    stage.answer_lists(&[Told::own(), other], &[]).await;
    let orders = done(read).await.complete().unwrap();
    let names: Vec<_> = orders.iter().map(|order| &order.client_order_id).collect();
    assert_eq!(*names[0], id("a-1"));
    assert!(names[1].is_outside(), "{names:?}");
    let kept = stage.blotter.register().get(key).unwrap().wire;
    assert_eq!(kept, Some((super::fixtures::CLIENT, ORDER)));
}

#[tokio::test]
async fn what_was_filled_of_a_finished_order_is_beside_what_was_left() {
    let mut stage = Stage::open().await;
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        blotter.read(&lists, &account()).await.orders
    });
    let mut finished = Told::own();
    (finished.quantity, finished.filled) = ("60", "40");
    stage.answer_lists(&[], &[finished]).await;
    let orders = done(read).await.complete().unwrap();
    assert_eq!(
        stage.blotter.register().finished.len(),
        1,
        "it is never forgotten"
    );
    let terms = orders[0].terms.as_ref().unwrap();
    assert_eq!(
        terms.quantity().unwrap(),
        super::fixtures::quantity(dec!(100))
    );
}

/// An order of a kind that core has no word for.
fn strange() -> Told {
    let mut told = Told::own();
    (told.client, told.number, told.perm, told.name) = (0, 0, 9_009, "by-hand");
    told.order_type = "MIDPRICE";
    told
}

#[tokio::test]
async fn an_order_that_cannot_be_read_takes_no_proof_about_others_away() {
    let mut stage = Stage::open().await;
    let search =
        stage.begin(|blotter| async move { blotter.search(&account(), &id("gone")).await });
    stage.answer_lists(&[strange()], &[]).await;
    let found = done(search).await.unwrap();
    assert!(matches!(found, Search::Absent), "{found:?}");
    let search =
        stage.begin(|blotter| async move { blotter.search(&account(), &id("by-hand")).await });
    stage.answer_lists(&[strange()], &[]).await;
    let found = done(search).await.unwrap();
    assert!(matches!(found, Search::Unanswered(_)), "{found:?}");
    // And it is not left out in silence.
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        blotter.read(&lists, &account()).await.orders
    });
    stage.answer_lists(&[strange()], &[]).await;
    assert!(matches!(done(read).await, Covered::Partial { .. }));
}

#[tokio::test]
async fn an_order_that_cannot_be_read_keeps_no_broken_list_alive() {
    let mut stage = Stage::open().await;
    stage.has_working(&Told::own());
    let orders = ["a-1", "a-2"].map(|name| {
        let mut order = limit();
        order.client_order_id = id(name);
        order
    });
    let orders = orders.to_vec();
    let contingency = Contingency::OneCancelsOther { orders };
    let list = OrderList::new(ListId::new("l-1").unwrap(), contingency).unwrap();
    drop(stage.blotter.begin_list(&list));
    let ledger = Ledger::new(account(), Arc::new(SystemClock), 16);
    let mend = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        let read = blotter.read(&lists, &account()).await;
        blotter.mend_lists(lists.reading, &ledger, &read).await;
    });
    stage.answer_lists(&[Told::own(), strange()], &[]).await;
    let sent = stage.gateway.expect(CANCEL_ORDER).await;
    assert_eq!(sent.id(), i64::from(ORDER));
    done(mend).await;
}

#[tokio::test]
async fn an_order_that_cannot_be_read_does_not_hide_that_another_one_is_missing() {
    let mut stage = Stage::open().await;
    let ledger = Ledger::new(account(), Arc::new(SystemClock), 16);
    for name in ["gone", "by-hand"] {
        let mut terms = limit();
        terms.client_order_id = id(name);
        let report = ExecutionReport::new(id(name), ExecutionKind::New);
        ledger.report(report.with_terms(Arc::new(terms)));
    }
    let read = stage.begin(|blotter| async move {
        let lists = blotter.lists().await;
        blotter.read(&lists, &account()).await
    });
    stage.answer_lists(&[strange()], &[]).await;
    assert_eq!(done(read).await.missing(&ledger), [id("gone")]);
}

#[tokio::test]
async fn an_order_found_in_a_list_with_what_a_change_would_lose_is_not_changed() {
    let mut stage = Stage::open().await;
    let mut told = Told::own();
    told.condition = true;
    let mut change = broker_core::model::ReplaceOrder::new(account(), id("a-1"));
    change.quantity = Some(super::fixtures::quantity(broker_core::dec!(50)));
    let replace = stage.begin(|blotter| async move { blotter.replace_order(&change).await });
    stage.answer_lists(&[told], &[]).await;
    let answer = async {
        tokio::select! {
            answer = done(replace) => answer,
            _ = stage.gateway.expect(PLACE_ORDER) => panic!("the condition is lost"),
        }
    };
    let refused = answer.await.unwrap_err();
    assert_eq!(refused.kind(), broker_core::ErrorKind::Unsupported);
    assert!(refused.message().contains("conditions"), "{refused}");
    let read = stage.blotter.register().by_id(&account(), &id("a-1"));
    let register = stage.blotter.register();
    let terms = &register.get(read.unwrap()).unwrap().terms;
    assert!(matches!(terms.order_type, OrderType::Limit { .. }));
}
