//! What the journal says about orders that have ended, and about exchanges.

use std::sync::Arc;

use broker_core::{
    ErrorKind, Lookup,
    model::{ClientOrderId, OrderStatus},
};

use super::{
    MemoryOrderJournal, OrderJournal, SentOrder,
    fixtures::{Scene, account, contract, items, limit, row},
};
use crate::transport::scripted_server::Step;

fn id(name: &str) -> ClientOrderId {
    ClientOrderId::new(name).unwrap()
}

fn reserved() -> Step {
    Step::data(r#"{"orderId":7}"#)
}

async fn lines(journal: &MemoryOrderJournal) -> Vec<SentOrder> {
    journal.read(&account()).await.unwrap()
}

#[tokio::test]
async fn an_order_that_has_ended_is_written_down_again_and_one_that_works_is_not() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let listed = |status, filled| vec![row(41, "mark-1", status, filled)];
    let scene = Scene::numbered(
        [
            contract(),
            reserved(),
            Step::data(r#"{"id":41}"#),
            // Working, canceled, canceled.
            items(&listed("Submitted", 0)),
            items(&listed("Submitted", 0)),
            items(&listed("Cancelled", 0)),
            items(&[]),
            items(&listed("Cancelled", 0)),
            items(&[]),
        ],
        &journal,
    )
    .await;
    let sent = scene
        .blotter
        .submit_order(Arc::new(limit("10", "199.5")))
        .await;
    assert!(sent.unwrap().is_accepted());
    scene.blotter.refresh(&account()).await.unwrap();
    assert_eq!(lines(&journal).await.len(), 1);
    for _ in 0..2 {
        let read = scene.blotter.refresh(&account()).await.unwrap();
        let status = OrderStatus::Canceled;
        let kind = broker_core::model::ExecutionKind::Status { status };
        assert_eq!(read.standings[0].kind, kind);
        let lines = lines(&journal).await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!((lines[1].number, lines[1].at), (Some(7), lines[0].at));
        assert!(lines[0].ended_at.is_none() && lines[1].ended_at.is_some());
    }
}

#[tokio::test]
async fn an_order_that_was_refused_may_be_forgotten_and_one_whose_answer_was_lost_may_not() {
    for (answer, ends) in [
        (Step::code(1200, "bad_request:no"), true),
        (Step::Drop, false),
        (Step::code(1, "server error"), false),
    ] {
        let said = format!("{answer:?}");
        let journal = Arc::new(MemoryOrderJournal::default());
        let scene = Scene::numbered([contract(), reserved(), answer], &journal).await;
        let sent = scene
            .blotter
            .submit_order(Arc::new(limit("10", "199.5")))
            .await;
        assert_eq!(sent.is_err(), ends, "{said}");
        let lines = lines(&journal).await;
        let ended = lines.iter().filter(|line| line.ended_at.is_some());
        assert_eq!(ended.count(), usize::from(ends), "{said}: {lines:?}");
    }
}

#[tokio::test]
async fn a_whole_reading_has_what_ended_twice_as_long_ago_as_is_listed_forgotten() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let days = |days| chrono::TimeDelta::days(days);
    let now = "2025-08-13T02:30:00Z"
        .parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap();
    let order = |name: &str, ended: Option<i64>| SentOrder {
        ended_at: ended.map(|ago| now - days(ago)),
        ..SentOrder::new(account(), id(name), now - days(400))
    };
    let (old, late, lost) = (
        order("old", Some(181)),
        order("late", Some(179)),
        order("lost", None),
    );
    journal
        .write(&[old, late.clone(), lost.clone()])
        .await
        .unwrap();
    let scene = Scene::numbered([items(&[]), items(&[])], &journal).await;
    scene.blotter.read_all(&account()).await.unwrap();
    assert_eq!(lines(&journal).await, [late, lost]);
}

#[tokio::test]
async fn the_name_of_an_exchange_is_used_up_and_never_proven_absent() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let name = id("mark-1");
    // Its lists show that marks are kept, which would prove that an order is not there.
    let kept = || items(&[row(41, "other", "Submitted", 0)]);
    let scene = Scene::numbered([kept(), kept()], &journal).await;
    scene.blotter.saw_mark(true);
    scene
        .blotter
        .write_exchange_down(&account(), &name)
        .await
        .unwrap();
    let found = scene.blotter.look_up(&account(), &name).await.unwrap();
    assert!(matches!(found, Lookup::Inconclusive(_)), "{found:?}");
    // Neither another exchange nor an order gets it.
    let again = scene.blotter.write_exchange_down(&account(), &name).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Duplicate);
    let order = scene
        .blotter
        .submit_order(Arc::new(limit("10", "199.5")))
        .await;
    order.unwrap_err();
    assert!(!scene.asked().iter().any(|method| method == "place_order"));

    // A new process knows it by the journal.
    let next = Scene::numbered([kept(), kept()], &journal).await;
    next.blotter.saw_mark(true);
    let found = next.blotter.look_up(&account(), &name).await.unwrap();
    assert!(matches!(found, Lookup::Inconclusive(_)), "{found:?}");
    let again = next.blotter.write_exchange_down(&account(), &name).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Duplicate);
    // One that was refused gives its name back, also there.
    next.blotter.write_never_was(&account(), [&name]).await;
    let third = Scene::numbered([], &journal).await;
    for scene in [next, third] {
        scene
            .blotter
            .write_exchange_down(&account(), &name)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_exchange_that_nothing_was_written_down_about_is_not_proven_absent_as_an_order() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let exchange = r#"{"id":42,"symbol":"USD.HKD","secType":"FOREX","currency":"HKD","action":"SELL",
        "orderType":"MKT","status":"Submitted","totalQuantity":100,"filledQuantity":0,"externalId":"fx-1"}"#;
    let exchange = exchange.to_owned();
    for (name, absent) in [("fx-1", false), ("fx-2", true)] {
        let lists = [items(std::slice::from_ref(&exchange)), items(&[])];
        let scene = Scene::numbered(lists, &journal).await;
        scene.blotter.saw_mark(true);
        let found = scene.blotter.look_up(&account(), &id(name)).await.unwrap();
        assert_eq!(matches!(found, Lookup::Absent), absent, "{name}: {found:?}");
    }
}
