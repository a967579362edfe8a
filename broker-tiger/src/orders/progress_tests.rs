//! How far an account has been read: nothing is skipped, and nothing is read for ever.

use broker_core::{
    Lookup, Trading as _,
    model::{FillFilter, Instrument, OrderStatus},
};
use chrono::TimeDelta;
use std::sync::Arc;

use super::{
    MemoryOrderJournal,
    fixtures::{Scene, account, contract, execution, items, limit, row},
};
use crate::transport::scripted_server::Step;

/// The clock of the scenes stands here; so do the stamps of the rows.
const NOW: i64 = 1_755_052_200_000;
const HOUR: i64 = 3_600_000;
const LAG: i64 = 600_000;
/// What is neither BUY nor SELL.
const STRANGE: &str = r#"{"id":40,"symbol":"AAPL","secType":"STK","currency":"USD","action":"HOLD",
    "status":"Filled","latestTime":1755052200000}"#;

/// Since when orders were asked for, of every question for all of them.
fn since(scene: &Scene) -> Vec<i64> {
    let asked = scene.asked();
    let indices = (0..asked.len()).filter(|index| asked[*index] == "orders");
    indices
        .filter_map(|index| scene.parameters(index)["start_date"].as_i64())
        .collect()
}

/// Whose executions were asked for.
fn executions(scene: &Scene) -> Vec<i64> {
    let asked = scene.asked();
    let indices = (0..asked.len()).filter(|index| asked[*index] == "order_transactions");
    indices
        .map(|index| scene.parameters(index)["order_id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn changes_are_asked_for_by_tigers_clock() {
    // Ours is an hour ahead.
    let behind = row(41, "a", "Cancelled", 0).replace(&NOW.to_string(), &(NOW - HOUR).to_string());
    let list = items(&[behind]);
    let scene = Scene::new([list.clone(), items(&[]), contract(), list, items(&[])]).await;
    scene.blotter.refresh(&account()).await.unwrap();
    scene.blotter.refresh(&account()).await.unwrap();
    assert_eq!(since(&scene)[1], NOW - HOUR - LAG);
}

#[tokio::test]
async fn a_stamp_in_the_future_hides_no_change() {
    let ahead = row(41, "a", "Cancelled", 0).replace(&NOW.to_string(), "4102444800000");
    let list = items(&[ahead, row(42, "b", "Cancelled", 0)]);
    let scene = Scene::new([list.clone(), items(&[]), contract(), list, items(&[])]).await;
    scene.blotter.refresh(&account()).await.unwrap();
    scene.blotter.refresh(&account()).await.unwrap();
    assert_eq!(since(&scene)[1], NOW - LAG);
}

#[tokio::test]
async fn a_lost_order_is_looked_for_from_before_it_was_sent_by_tigers_clock() {
    let before = row(41, "a", "Cancelled", 0).replace(&NOW.to_string(), &(NOW - HOUR).to_string());
    let list = items(&[before]);
    let scene = Scene::new([list, items(&[]), contract(), Step::Drop]).await;
    scene.blotter.refresh(&account()).await.unwrap();
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    let lost = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    assert!(!lost.is_accepted());
    let _lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
    assert_eq!(since(&scene)[1], NOW - HOUR - LAG);
}

#[tokio::test]
async fn what_was_verified_is_not_asked_for_again_when_a_reading_is_repeated() {
    let rows = || items(&[row(41, "a", "Filled", 10), row(42, "b", "Filled", 10)]);
    let of = |order| items(&[execution(order + 100, order, 10, "199.4")]);
    let scene = Scene::new([
        rows(),
        items(&[]),
        contract(),
        of(41),
        of(42),
        // The second reading verifies both and gets stuck.
        rows(),
        items(&[]),
        of(41),
        Step::Drop,
        Step::Drop,
        Step::Drop,
        Step::Drop,
        // The third one goes on from there.
        rows(),
        items(&[]),
        of(42),
        // The fourth one begins anew.
        rows(),
        items(&[]),
        of(41),
        of(42),
    ])
    .await;
    let read_all = async || scene.blotter.read_all(&account()).await.unwrap();
    assert!(!read_all().await.again);
    assert!(read_all().await.again);
    assert!(!read_all().await.again);
    assert!(!read_all().await.again);
    assert_eq!(executions(&scene), [41, 42, 41, 42, 42, 42, 42, 42, 41, 42]);
}

#[tokio::test]
async fn what_is_known_to_be_new_is_asked_for_before_anything_is_verified() {
    let scene = Scene::new([
        items(&[row(41, "a", "Filled", 10)]),
        items(&[]),
        contract(),
        items(&[execution(1, 41, 10, "199.4")]),
        items(&[row(41, "a", "Filled", 10), row(42, "b", "Filled", 10)]),
        items(&[]),
        items(&[execution(2, 42, 10, "199.4")]),
        items(&[execution(1, 41, 10, "199.4")]),
    ])
    .await;
    scene.blotter.read_all(&account()).await.unwrap();
    let read = scene.blotter.read_all(&account()).await.unwrap();
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    assert_eq!(executions(&scene), [41, 42, 41]);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_not_asked_for_for_ever_and_not_forgotten() {
    let all = items(&[STRANGE.to_owned(), row(41, "a", "Cancelled", 0)]);
    let scene = Scene::new([all, items(&[]), contract(), items(&[]), items(&[])]).await;
    let first = scene.blotter.refresh(&account()).await.unwrap();
    assert!(!first.again && !first.covers(()).is_complete());
    let second = scene.blotter.refresh(&account()).await.unwrap();
    assert_eq!(since(&scene)[1], NOW - LAG);
    assert!(!second.covers(()).is_complete(), "it is still not known");
}

#[tokio::test]
async fn what_tiger_says_about_a_number_counts_more_than_a_row_that_cannot_be_read() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let scene = Scene::numbered(
        [
            contract(),
            Step::data(r#"{"orderId":7}"#),
            Step::Drop,
            items(&[STRANGE.to_owned()]),
            items(&[]),
            Step::code(1200, "bad_request:Order does not exist"),
        ],
        &journal,
    )
    .await;
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    let lost = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    assert!(!lost.is_accepted());
    let lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
    assert!(matches!(lookup, Lookup::Absent), "{lookup:?}");
}

#[tokio::test]
async fn an_order_for_a_future_that_tiger_does_not_know_any_more_is_read() {
    let future = row(41, "a", "Filled", 0)
        .replace("\"AAPL\"", "\"CL2506\"")
        .replace("\"STK\"", "\"FUT\"");
    for answer in [
        Step::code(2300, "future data error(contract does not exist)"),
        Step::data("null"),
        Step::data("{}"),
    ] {
        let scene = Scene::new([items(std::slice::from_ref(&future)), items(&[]), answer]).await;
        let read = scene.blotter.refresh(&account()).await.unwrap();
        assert!(read.unread.is_empty(), "{:?}", read.unread);
        let terms = read.standings[0].terms.as_ref().unwrap();
        assert!(matches!(terms.instrument, Instrument::Native(_)));
        assert!(matches!(
            read.standings[0].kind,
            broker_core::model::ExecutionKind::Status {
                status: OrderStatus::Filled
            }
        ));
    }
}

#[tokio::test]
async fn executions_that_could_not_be_read_are_read_with_the_next_lists() {
    let filled = items(&[row(41, "a", "Filled", 10)]);
    let scene = Scene::new([
        filled.clone(),
        items(&[]),
        contract(),
        Step::data("null"),
        filled,
        items(&[]),
        items(&[execution(1, 41, 10, "199.4")]),
    ])
    .await;
    let first = scene.blotter.refresh(&account()).await.unwrap();
    assert!(!first.covers(()).is_complete());
    scene.blotter.refresh(&account()).await.unwrap();
    assert!(
        since(&scene)[1] < NOW - LAG,
        "the same rows are listed again"
    );
    assert_eq!(scene.blotter.fills(&account()).len(), 1);
}

#[tokio::test]
async fn fills_of_before_the_first_listed_order_are_not_complete() {
    let scene = Scene::new(core::iter::repeat_with(|| items(&[])).take(6)).await;
    let ledger = scene.blotter.link.desk().ledger(&account()).unwrap();
    let empty = || broker_core::Covered::Complete(Vec::new());
    let _missing = ledger.complete(
        ledger.begin(),
        broker_core::event::Baseline {
            orders: empty(),
            fills: broker_core::Covered::Complete(Vec::new()),
            positions: broker_core::Covered::Complete(Vec::new()),
            summary: broker_core::Covered::Unavailable("not asked".into()),
        },
    );
    let orders = super::Orders(Arc::clone(&scene.blotter));
    let ago = |days| Some(scene.blotter.link.now() - TimeDelta::days(days));
    for (since, complete) in [(ago(80), true), (ago(100), false), (None, false)] {
        let mut filter = FillFilter::default();
        filter.since = since;
        let fills = orders.fills(&account(), &filter).await.unwrap();
        assert_eq!(fills.is_complete(), complete, "{since:?}: {fills:?}");
    }
}
