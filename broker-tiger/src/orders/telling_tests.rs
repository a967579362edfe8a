//! What has been taken into the register has been told, whenever a reading ends.

use core::time::Duration;

use broker_core::{dec, model::ClientOrderId};

use super::fixtures::{Scene, account, contract, execution, items, row};
use crate::transport::scripted_server::Step;

#[tokio::test]
async fn a_reading_that_is_given_up_loses_no_execution() {
    let late = Step::Late(Duration::from_secs(5), "{}".to_owned());
    let scene = Scene::new([
        items(&[row(41, "a", "Submitted", 4), row(42, "b", "Submitted", 2)]),
        items(&[]),
        contract(),
        items(&[execution(1, 41, 4, "199.4")]),
        late,
    ])
    .await;
    let of = account();
    let reading = scene.blotter.refresh(&of);
    assert!(
        tokio::time::timeout(Duration::from_millis(500), reading)
            .await
            .is_err()
    );
    assert_eq!(
        scene.asked().last().map(String::as_str),
        Some("order_transactions")
    );
    let ledger = scene.blotter.link.desk().ledger(&account()).unwrap();
    let order = ledger.order(&ClientOrderId::new("a").unwrap()).unwrap();
    assert_eq!(order.cumulative_quantity, dec!(4));
}

#[tokio::test]
async fn a_correction_is_still_noticed_after_its_reading_was_given_up() {
    let bought = |price: &str| {
        row(41, "a", "Submitted", 4).replace(
            "\"avgFillPrice\":199.4",
            &format!("\"avgFillPrice\":{price}"),
        )
    };
    let late = Step::Late(Duration::from_secs(5), "{}".to_owned());
    let scene = Scene::new([
        items(&[bought("199.4")]),
        items(&[]),
        contract(),
        items(&[execution(1, 41, 4, "199.4")]),
        // The execution has been corrected, and so has the average.
        items(&[bought("199.5")]),
        items(&[]),
        late,
        items(&[bought("199.5")]),
        items(&[]),
        items(&[execution(2, 41, 4, "199.5")]),
    ])
    .await;
    let of = account();
    scene.blotter.refresh(&of).await.unwrap();
    let reading = scene.blotter.refresh(&of);
    assert!(
        tokio::time::timeout(Duration::from_millis(500), reading)
            .await
            .is_err()
    );
    scene.blotter.refresh(&of).await.unwrap();
    let fills = scene.blotter.fills(&of);
    assert_eq!(fills.len(), 1);
    assert_eq!(fills[0].execution_id.as_str(), "2");
}

#[tokio::test]
async fn a_question_about_one_order_that_is_refused_does_not_end_the_reading() {
    let working = row(41, "a", "Submitted", 0);
    let scene = Scene::new([
        items(&[row(42, "b", "Submitted", 0), working.clone()]),
        items(&[]),
        contract(),
        // The first one is listed no more, and Tiger refuses to tell about it.
        items(&[row(42, "b", "Cancelled", 0)]),
        items(&[]),
        Step::code(1200, "bad_request:something is wrong with it"),
    ])
    .await;
    let of = account();
    scene.blotter.refresh(&of).await.unwrap();
    let read = scene.blotter.refresh(&of).await.unwrap();
    assert_eq!(read.standings.len(), 1);
    assert!(!read.covers(()).is_complete());
    let ledger = scene.blotter.link.desk().ledger(&of).unwrap();
    let ended = ledger.order(&ClientOrderId::new("b").unwrap()).unwrap();
    assert_eq!(ended.status, broker_core::model::OrderStatus::Canceled);
}
