//! Orders by the numbers that were reserved for them, where Tiger keeps no marks.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, ErrorKind, Lookup, Result, async_trait,
    model::{AccountId, ExecutionKind, OrderStatus},
};
use chrono::{DateTime, Utc};

use super::{
    MemoryOrderJournal, OrderJournal, SentOrder,
    blotter::Marks,
    fixtures::{Scene, account, contract, items, limit, row},
};
use crate::transport::scripted_server::Step;

fn reserved(number: i64) -> Step {
    Step::data(&format!(r#"{{"orderId":{number}}}"#))
}

/// A row without a mark, under a number of the account's.
fn listed(number: i64, order_id: i64, status: &str) -> String {
    let row = row(number, "", status, 0);
    row.replacen('{', &format!(r#"{{"orderId":{order_id},"#), 1)
}

fn placed(scene: &Scene) -> usize {
    let asked = scene.asked();
    asked.iter().filter(|name| *name == "place_order").count()
}

#[tokio::test]
async fn a_number_is_reserved_and_written_down_before_anything_is_sent() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let answer = Step::data(r#"{"id":41,"order_id":7}"#);
    let scene = Scene::numbered([contract(), reserved(7), answer], &journal).await;
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    let answer = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    assert!(answer.is_accepted());
    assert_eq!(scene.asked(), ["contract", "order_no", "place_order"]);
    assert_eq!(scene.parameters(2)["order_id"], 7);
    assert_eq!(
        scene.parameters(2)["user_mark"],
        "mark-1",
        "the mark is sent as well"
    );
    let written = journal.read(&account()).await.unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!(
        (&written[0].client_order_id, written[0].number),
        (&id, Some(7))
    );
}

#[tokio::test]
async fn without_a_number_nothing_is_sent() {
    for answer in [
        Step::code(1000, "signature error"),
        Step::data("{}"),
        reserved(0),
    ] {
        let journal = Arc::new(MemoryOrderJournal::default());
        let scene = Scene::numbered([contract(), answer], &journal).await;
        let refused = scene
            .blotter
            .submit_order(Arc::new(limit("10", "199.5")))
            .await;
        refused.unwrap_err();
        assert_eq!(placed(&scene), 0);
        assert!(journal.read(&account()).await.unwrap().is_empty());
    }
}

#[derive(Debug)]
struct FullDisk;

#[async_trait]
impl OrderJournal for FullDisk {
    async fn write(&self, _: &[SentOrder]) -> Result<()> {
        Err(broker_core::Error::new(ErrorKind::Io, "the disk is full"))
    }
    async fn read(&self, _: &AccountId) -> Result<Vec<SentOrder>> {
        Ok(Vec::new())
    }
    async fn forget(&self, _: &AccountId, _: DateTime<Utc>) -> Result<()> {
        Ok(())
    }
    fn is_durable(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn what_could_not_be_written_down_is_not_sent() {
    let scene = Scene::journaling([contract(), reserved(7)], Arc::new(FullDisk)).await;
    let refused = scene
        .blotter
        .submit_order(Arc::new(limit("10", "199.5")))
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(placed(&scene), 0);
}

#[tokio::test]
async fn a_lost_order_is_found_by_its_number_where_no_mark_is_kept() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let there = listed(41, 7, "Submitted");
    let scene = Scene::numbered(
        [
            contract(),
            reserved(7),
            Step::Drop,
            items(&[listed(40, 6, "Submitted"), there]),
            items(&[]),
        ],
        &journal,
    )
    .await;
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    let answer = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    assert!(matches!(answer, Acknowledgement::Unconfirmed { .. }));
    let Lookup::Found(reports) = scene.blotter.look_up(&account(), &id).await.unwrap() else {
        panic!("not found");
    };
    assert_eq!(
        reports
            .last()
            .unwrap()
            .broker_order_id
            .as_ref()
            .unwrap()
            .as_str(),
        "41"
    );
    assert_eq!(placed(&scene), 1, "nothing is sent again");
}

#[tokio::test]
async fn a_number_that_tiger_does_not_know_proves_that_the_order_never_arrived() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let scene = Scene::numbered(
        [
            contract(),
            reserved(7),
            Step::Drop,
            // Marks are not kept: an earlier order shows it.
            items(&[]),
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
    scene.blotter.saw_mark(false);
    let lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
    assert!(matches!(lookup, Lookup::Absent), "{lookup:?}");
}

#[tokio::test]
async fn a_question_by_number_that_was_not_answered_proves_nothing() {
    for answer in [
        Step::code(1000, "signature error"),
        Step::Answer(200, "<html>".to_owned()),
    ] {
        let journal = Arc::new(MemoryOrderJournal::default());
        let again = answer.clone();
        let scene = Scene::numbered(
            [
                contract(),
                reserved(7),
                Step::Drop,
                items(&[]),
                items(&[]),
                answer,
                again.clone(),
                again.clone(),
                again,
            ],
            &journal,
        )
        .await;
        let order = limit("10", "199.5");
        let id = order.client_order_id.clone();
        let lost = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
        assert!(!lost.is_accepted());
        scene.blotter.saw_mark(false);
        let lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
        assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");
    }
}

#[tokio::test]
async fn an_order_that_was_written_down_shows_whether_marks_are_kept() {
    for (mark, marks) in [("mark-1", Marks::Kept), ("", Marks::Lost)] {
        let journal = Arc::new(MemoryOrderJournal::default());
        let first = Scene::numbered([contract(), reserved(7), Step::Drop], &journal).await;
        let order = Arc::new(limit("10", "199.5"));
        let _lost = first.blotter.submit_order(order).await.unwrap();
        let there = row(41, mark, "Submitted", 0).replacen('{', r#"{"orderId":7,"#, 1);
        let next = Scene::numbered([items(&[there]), items(&[]), contract()], &journal).await;
        next.blotter.read_all(&account()).await.unwrap();
        assert_eq!(next.blotter.marks(), marks);
    }
}

#[tokio::test]
async fn a_new_process_knows_its_orders_by_what_was_written_down() {
    let journal = Arc::new(MemoryOrderJournal::default());
    let first = Scene::numbered([contract(), reserved(7), Step::Drop], &journal).await;
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    let lost = first.blotter.submit_order(Arc::new(order)).await.unwrap();
    assert!(!lost.is_accepted());
    let there = listed(41, 7, "Submitted");
    let next = Scene::numbered([items(&[there]), items(&[]), contract()], &journal).await;
    let read = next.blotter.read_all(&account()).await.unwrap();
    assert_eq!(read.standings.len(), 1);
    assert_eq!(read.standings[0].client_order_id, id);
    let status = OrderStatus::New;
    assert_eq!(read.standings[0].kind, ExecutionKind::Status { status });
}
