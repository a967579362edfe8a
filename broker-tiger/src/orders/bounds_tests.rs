//! Cancels that wait for no reading, and readings that come to an end.

use core::time::Duration;

use broker_core::{
    Acknowledgement, ErrorKind, Lookup,
    model::{ClientOrderId, OrderStatus},
};

use super::fixtures::{Scene, account, contract, execution, items, row};
use crate::transport::scripted_server::Step;

fn canceled() -> Step {
    Step::data(r#"{"id":41}"#)
}

fn working(number: i64) -> String {
    row(number, "a", "Submitted", 4)
}

/// The numbers whose cancel was asked for, in order.
fn cancels(scene: &Scene) -> Vec<i64> {
    let asked = scene.asked();
    let indices = (0..asked.len()).filter(|index| asked[*index] == "cancel_order");
    indices
        .map(|index| scene.parameters(index)["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn canceling_all_waits_for_no_reading_and_asks_for_nothing_else() {
    let scene = Scene::new([
        items(&[working(41), working(42)]),
        canceled(),
        canceled(),
        items(&[]),
    ])
    .await;
    let _reading = scene.blotter.reading.lock().await;
    let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(
        scene.asked(),
        [
            "active_orders",
            "cancel_order",
            "cancel_order",
            "active_orders"
        ]
    );
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_canceled_by_its_number() {
    let strange = r#"{"id":42,"symbol":"AAPL","secType":"STK","currency":"USD","action":"HOLD"}"#;
    let scene = Scene::new([items(&[strange.to_owned()]), canceled(), items(&[])]).await;
    let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(cancels(&scene), [42]);
}

#[tokio::test]
async fn canceling_all_is_not_accepted_while_an_order_has_no_number() {
    let nameless = r#"{"symbol":"AAPL"}"#.to_owned();
    let unreadable = r#"{"id":"?"}"#.to_owned();
    for odd in [nameless, unreadable] {
        let list = items(&[working(41), odd.clone()]);
        let left = items(std::slice::from_ref(&odd));
        let scene = Scene::new([list, canceled(), left]).await;
        let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
        assert!(!answer.is_accepted(), "{answer:?}");
        assert_eq!(cancels(&scene), [41]);

        let alone = items(&[odd]);
        let scene = Scene::new([alone]).await;
        let answer = scene.blotter.cancel_orders(&account()).await;
        answer.unwrap_err();
    }
}

#[tokio::test]
async fn canceling_all_goes_on_until_nothing_else_works() {
    let scene = Scene::new([
        items(&[working(41)]),
        canceled(),
        // The list was cut off: another one works.
        items(&[row(41, "a", "PendingCancel", 0), working(42)]),
        canceled(),
        items(&[]),
    ])
    .await;
    let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(cancels(&scene), [41, 42], "each once");
}

#[tokio::test]
async fn a_refused_cancel_counts_only_while_the_order_works() {
    let no = Step::code(1200, "bad_request:no");
    let list = || items(&[working(41), working(42)]);
    let scene = Scene::new([list(), canceled(), no.clone(), items(&[])]).await;
    let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
    assert!(answer.is_accepted(), "it had ended: {answer:?}");

    let left = items(&[working(42)]);
    let scene = Scene::new([list(), canceled(), no.clone(), left.clone()]).await;
    let answer = scene.blotter.cancel_orders(&account()).await.unwrap();
    assert!(
        matches!(answer, Acknowledgement::Unconfirmed { .. }),
        "{answer:?}"
    );

    let scene = Scene::new([left.clone(), no, left]).await;
    let error = scene.blotter.cancel_orders(&account()).await.unwrap_err();
    assert_eq!(error.broker_code(), Some("1200"));
}

#[tokio::test]
async fn a_question_about_an_order_does_not_wait_for_ever_for_another_reading() {
    let scene = Scene::new([]).await;
    let _reading = scene.blotter.reading.lock().await;
    tokio::time::pause();
    let id = ClientOrderId::new("a").unwrap();
    let lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
    assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");
    let error = scene.blotter.refresh(&account()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "the session goes on");
    assert!(scene.asked().is_empty());
}

#[tokio::test]
async fn a_reading_stops_asking_about_orders_once_tiger_does_not_answer() {
    let scene = Scene::new([
        items(&[
            row(41, "a", "Submitted", 4),
            row(42, "b", "Submitted", 4),
            row(43, "c", "Submitted", 0),
        ]),
        items(&[]),
        contract(),
        Step::Drop,
        Step::Drop,
        Step::Drop,
        Step::Drop,
    ])
    .await;
    let read = scene.blotter.refresh(&account()).await.unwrap();
    let asked = scene.asked();
    let executions = asked.iter().filter(|name| *name == "order_transactions");
    assert_eq!(executions.count(), 4, "one question, asked again");
    assert!(read.again);
    // What needs no question is told all the same.
    let ledger = scene.blotter.link.desk().ledger(&account()).unwrap();
    let plain = ledger.order(&ClientOrderId::new("a").unwrap()).unwrap();
    assert_eq!(plain.status, OrderStatus::PartiallyFilled);
}

#[tokio::test]
async fn no_question_is_begun_after_the_end_of_a_reading() {
    let scene = Scene::new([
        items(&[row(41, "a", "Submitted", 4)]),
        items(&[]),
        contract(),
        items(&[execution(1, 41, 4, "199.4")]),
    ])
    .await;
    let list = scene
        .blotter
        .list(
            &account(),
            super::listing::Wanted::Working,
            scene.blotter.soon(),
        )
        .await
        .unwrap();
    let now = tokio::time::Instant::now();
    let care = super::read::Care::Changes;
    let read = scene
        .blotter
        .take_in(&account(), vec![list], care, now)
        .await;
    assert!(read.again && !read.is_through());
    let asked = scene.asked();
    assert!(!asked.contains(&"order_transactions".to_owned()));
    let of = account();
    let passed = now - Duration::from_secs(1);
    let wanted = super::listing::Wanted::Working;
    let late = scene.blotter.list(&of, wanted, passed).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::RateLimited);
}
