//! A change or a cancel that was answered with a code that is in no table.

use std::sync::Arc;

use broker_core::{
    Acknowledgement, ErrorKind, Result,
    model::{CancelOrder, ReplaceOrder},
};

use super::fixtures::{Scene, account, contract, execution, items, limit, row};
use crate::transport::scripted_server::Step;

fn unknown() -> Step {
    Step::code(77_777, "something new")
}

fn seen(row: &str) -> Step {
    Step::data(row)
}

fn working() -> String {
    row(41, "mark-1", "Submitted", 0)
}

async fn placed(after: impl IntoIterator<Item = Step>) -> Scene {
    let first = [contract(), Step::data(r#"{"id":41}"#), unknown()];
    let scene = Scene::new(first.into_iter().chain(after)).await;
    let order = Arc::new(limit("10", "199.5"));
    let sent = scene.blotter.submit_order(order).await.unwrap();
    assert!(sent.is_accepted());
    scene
}

async fn canceled(after: impl IntoIterator<Item = Step>) -> Result<Acknowledgement> {
    let cancel = CancelOrder {
        account: account(),
        client_order_id: limit("10", "199.5").client_order_id,
    };
    placed(after).await.blotter.cancel_order(&cancel).await
}

async fn replaced(after: impl IntoIterator<Item = Step>) -> Result<Acknowledgement> {
    let id = limit("10", "199.5").client_order_id;
    let mut change = ReplaceOrder::new(account(), id);
    change.limit_price = Some("198.25".parse().unwrap());
    placed(after).await.blotter.replace_order(&change).await
}

#[tokio::test]
async fn an_order_that_was_canceled_by_it_is_canceled() {
    let ended = row(41, "mark-1", "Cancelled", 0);
    let answer = canceled([seen(&ended)]).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
}

#[tokio::test]
async fn a_row_that_lags_behind_proves_nothing_yet() {
    let ended = row(41, "mark-1", "Cancelled", 0);
    let answer = canceled([seen(&working()), seen(&ended)]).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
    let changed = working().replace("199.5", "198.25");
    let answer = replaced([seen(&working()), seen(&changed)]).await.unwrap();
    assert!(answer.is_accepted(), "{answer:?}");
}

#[tokio::test]
async fn it_is_a_no_once_the_order_stays_as_it_was() {
    let error = canceled([seen(&working()), seen(&working())])
        .await
        .unwrap_err();
    assert_eq!(error.broker_code(), Some("77777"));
    let error = replaced([seen(&working()), seen(&working())])
        .await
        .unwrap_err();
    assert_eq!(error.broker_code(), Some("77777"));
}

#[tokio::test]
async fn a_look_that_is_not_answered_leaves_it_open() {
    let refused = Step::code(1000, "signature error");
    let answer = canceled([seen(&working()), refused]).await.unwrap();
    assert!(
        matches!(answer, Acknowledgement::Unconfirmed { .. }),
        "{answer:?}"
    );
}

#[tokio::test]
async fn an_order_that_was_filled_meanwhile_is_too_late_to_cancel() {
    let filled = row(41, "mark-1", "Filled", 10);
    let fills = items(&[execution(1, 41, 10, "199.4")]);
    let error = canceled([seen(&filled), fills]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLate);
}
