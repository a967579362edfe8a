//! What proves that Tiger never had an order, and what does not: a false proof is sent again.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Lookup,
    model::{ClientOrderId, ListId, ListLink, ListRole, NewOrder},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    MemoryOrderJournal, OrderJournal, SentOrder,
    fixtures::{Scene, account, contract, items, limit, row},
};
use crate::transport::scripted_server::Step;

fn journal() -> Arc<MemoryOrderJournal> {
    Arc::new(MemoryOrderJournal::default())
}

fn reserved(number: i64) -> Step {
    Step::data(&format!(r#"{{"orderId":{number}}}"#))
}

/// A row without a mark, under a number of the account's.
fn listed(number: i64, order_id: &str) -> String {
    let row = row(number, "", "Submitted", 0);
    row.replacen('{', &format!(r#"{{"orderId":{order_id},"#), 1)
}

fn no_such() -> Step {
    Step::code(1200, "bad_request:Order does not exist")
}

fn own() -> (Arc<NewOrder>, ClientOrderId) {
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    (Arc::new(order), id)
}

async fn look_up(scene: &Scene) -> Lookup {
    let (_, id) = own();
    scene.blotter.look_up(&account(), &id).await.unwrap()
}

/// The clock of the scenes.
fn now() -> DateTime<Utc> {
    "2025-08-13T02:30:00Z".parse().unwrap()
}

fn written(at: DateTime<Utc>) -> SentOrder {
    SentOrder {
        number: Some(7),
        ..SentOrder::new(account(), own().1, at)
    }
}

#[tokio::test]
async fn a_new_process_that_knows_no_number_takes_no_list_for_proof() {
    // The order is there: without its mark nothing says that it is this one.
    let there = listed(41, "7");
    let scene = Scene::numbered([items(&[there]), items(&[]), contract()], &journal()).await;
    let lookup = look_up(&scene).await;
    assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");
    assert!(!scene.blotter.finds_names());
}

#[tokio::test]
async fn where_no_order_is_listed_none_is_there_under_any_name() {
    let scene = Scene::new([items(&[]), items(&[])]).await;
    let lookup = look_up(&scene).await;
    assert!(matches!(lookup, Lookup::Absent), "{lookup:?}");
}

#[tokio::test]
async fn a_lost_order_is_not_absent_before_any_mark_has_been_seen() {
    let there = row(41, "", "Submitted", 0);
    let scene = Scene::new([contract(), Step::Drop, items(&[there]), items(&[])]).await;
    let lost = scene.blotter.submit_order(own().0).await.unwrap();
    assert!(!lost.is_accepted());
    let lookup = look_up(&scene).await;
    assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");
}

#[tokio::test]
async fn lists_prove_absence_once_an_own_order_came_back_with_its_mark() {
    let first = row(41, "mark-1", "Submitted", 0);
    let placed = Step::data(r#"{"id":41}"#);
    let scene = Scene::new([
        contract(),
        placed,
        Step::data(&first),
        items(&[]),
        items(&[]),
    ])
    .await;
    assert!(
        scene
            .blotter
            .submit_order(own().0)
            .await
            .unwrap()
            .is_accepted()
    );
    assert!(!scene.blotter.finds_names());
    assert!(matches!(look_up(&scene).await, Lookup::Found(_)));
    assert!(scene.blotter.finds_names());
    let never = ClientOrderId::new("mark-2").unwrap();
    let lookup = scene.blotter.look_up(&account(), &never).await.unwrap();
    assert!(matches!(lookup, Lookup::Absent), "{lookup:?}");
}

#[tokio::test]
async fn an_answer_about_another_order_or_none_is_no_answer() {
    for (answer, why) in [
        (Step::data("null"), "nothing"),
        (Step::data("\"\""), "an empty text"),
        (Step::data(&listed(41, "null")), "its number is left out"),
        (Step::data(&listed(41, "0")), "its number is 0"),
        (Step::data(&listed(41, "8")), "another order"),
        (items(&[listed(41, "8")]), "a list of another order"),
    ] {
        let steps = [
            contract(),
            reserved(7),
            Step::Drop,
            items(&[]),
            items(&[]),
            answer,
        ];
        let scene = Scene::numbered(steps, &journal()).await;
        let lost = scene.blotter.submit_order(own().0).await.unwrap();
        assert!(!lost.is_accepted());
        let lookup = look_up(&scene).await;
        assert!(
            matches!(lookup, Lookup::Inconclusive(_)),
            "{why}: {lookup:?}"
        );
    }
}

#[tokio::test]
async fn a_number_that_is_used_already_is_the_order_itself() {
    let duplicate = Step::code(1100, "TRADE DUPLICATE ORDER ID");
    let there = Step::data(&listed(41, "7"));
    let steps = [
        contract(),
        reserved(7),
        duplicate.clone(),
        items(&[]),
        items(&[]),
        there,
    ];
    let scene = Scene::numbered(steps, &journal()).await;
    let answer = scene.blotter.submit_order(own().0).await.unwrap();
    let Acknowledgement::Accepted { broker_order_id } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(broker_order_id.unwrap().as_str(), "41");

    // Whatever the lists say: the words say that there is an order under the number.
    let nowhere = [
        contract(),
        reserved(7),
        duplicate,
        items(&[]),
        items(&[]),
        no_such(),
        items(&[]),
        items(&[]),
        no_such(),
    ];
    let scene = Scene::numbered(nowhere, &journal()).await;
    let answer = scene.blotter.submit_order(own().0).await.unwrap();
    assert!(
        matches!(answer, Acknowledgement::Unconfirmed { .. }),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_new_process_waits_before_it_believes_that_an_order_is_not_there() {
    let answers = || [items(&[]), items(&[]), no_such()];
    let hour = Duration::from_secs(3_600);
    let recent = journal();
    recent.write(&[written(now())]).await.unwrap();
    let scene = Scene::patient(answers(), &recent, hour).await;
    let lookup = look_up(&scene).await;
    assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");

    // Nor does a process that knows nothing of the order.
    let scene = Scene::patient(answers(), &journal(), hour).await;
    let lookup = look_up(&scene).await;
    assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");

    // What was written down long ago has long been listed.
    let old = journal();
    old.write(&[written(now() - TimeDelta::hours(2))])
        .await
        .unwrap();
    let scene = Scene::patient(answers(), &old, hour).await;
    let lookup = look_up(&scene).await;
    assert!(matches!(lookup, Lookup::Absent), "{lookup:?}");
}

#[tokio::test]
async fn an_exit_is_not_there_if_its_entry_is_not() {
    let old = now() - TimeDelta::hours(2);
    let link = |role| {
        let list = ListId::new("list-1").unwrap();
        Some(ListLink { list, role })
    };
    let entry = SentOrder {
        list: link(ListRole::Entry),
        ..written(old)
    };
    let id = ClientOrderId::new("exit-1").unwrap();
    let exit = SentOrder {
        client_order_id: id.clone(),
        number: None,
        list: link(ListRole::StopLoss),
        entry: Some(own().1),
        ..written(old)
    };
    for (answer, proven) in [(no_such(), true), (Step::data(&listed(41, "7")), false)] {
        let journal = journal();
        journal.write(&[entry.clone(), exit.clone()]).await.unwrap();
        let scene = Scene::numbered([items(&[]), items(&[]), answer], &journal).await;
        let lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
        assert_eq!(matches!(lookup, Lookup::Absent), proven, "{lookup:?}");
        assert_eq!(scene.parameters(2)["order_id"], 7);
    }
}
