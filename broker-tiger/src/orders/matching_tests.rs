//! Which rows belong together: exits to their entries, executions to their orders, figures to scales.

use broker_core::{
    dec,
    model::{ExecutionKind, OrderList},
};

use super::fixtures::{Scene, account, contract, execution, items, limit, row};
use crate::transport::scripted_server::Step;

fn stop(number: i64, filled: i64) -> String {
    let status = if filled == 0 { "Submitted" } else { "Filled" };
    row(number, "", status, filled)
        .replace("\"BUY\"", "\"SELL\"")
        .replace("\"LMT\"", "\"STP\"")
        .replace("\"limitPrice\"", "\"auxPrice\"")
        .replacen('{', "{\"parentId\":41,", 1)
}

fn sold(id: i64, order: i64) -> String {
    execution(id, order, 10, "199.4").replace("\"BUY\"", "\"SELL\"")
}

#[tokio::test]
async fn a_second_exit_of_the_same_part_is_another_order() {
    let list = OrderList::bracket(
        limit("10", "199.5"),
        "210".parse().unwrap(),
        "190".parse().unwrap(),
    );
    let entry = row(41, "mark-1", "Submitted", 0);
    let scene = Scene::new([
        contract(),
        Step::data(r#"{"id":41}"#),
        items(&[entry.clone(), stop(42, 10)]),
        items(&[]),
        items(&[sold(1, 42)]),
        items(&[entry, stop(42, 10), stop(43, 10)]),
        items(&[]),
        items(&[sold(2, 43)]),
    ])
    .await;
    let sent = scene.blotter.submit_orders(&list.unwrap()).await.unwrap();
    assert!(sent.iter().all(broker_core::Acknowledgement::is_accepted));
    let of = account();
    scene.blotter.refresh(&of).await.unwrap();
    let read = scene.blotter.refresh(&of).await.unwrap();
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    assert!(
        read.news
            .iter()
            .all(|report| !matches!(report.kind, ExecutionKind::TradeCancel { .. })),
        "no fill is busted"
    );
    assert_eq!(scene.blotter.fills(&of).len(), 2);
    let names: std::collections::BTreeSet<_> = read
        .standings
        .iter()
        .map(|report| report.client_order_id.clone())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test]
async fn an_exit_that_is_listed_before_its_entry_has_its_own_name() {
    let list = OrderList::bracket(
        limit("10", "199.5"),
        "210".parse().unwrap(),
        "190".parse().unwrap(),
    )
    .unwrap();
    let mut own = list
        .orders()
        .map(|(order, _)| order.client_order_id.clone());
    let loss = own.nth(2).unwrap();
    // The entry arrives after the first list was asked for, and is filled before the second one is.
    let entry = row(41, "mark-1", "Filled", 10);
    let scene = Scene::new([
        contract(),
        Step::Drop,
        items(&[]),
        items(&[stop(42, 0)]),
        Step::data(&entry),
        items(&[execution(1, 41, 10, "199.4")]),
    ])
    .await;
    let sent = scene.blotter.submit_orders(&list).await.unwrap();
    assert!(sent.iter().all(|answer| !answer.is_accepted()));
    let read = scene.blotter.refresh(&account()).await.unwrap();
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    let names: Vec<&str> = read
        .standings
        .iter()
        .map(|report| report.client_order_id.as_str())
        .collect();
    assert_eq!(names, ["mark-1", loss.as_str()]);
    assert_eq!(scene.parameters(4)["id"], 41);
}

#[tokio::test]
async fn two_exits_of_the_same_part_have_two_names_in_a_new_process() {
    let entry = row(41, "mark-1", "Submitted", 0);
    let list = items(&[entry, stop(42, 0), stop(43, 0)]);
    let scene = Scene::new([list, items(&[]), contract()]).await;
    let read = scene.blotter.refresh(&account()).await.unwrap();
    let names: Vec<&str> = read
        .standings
        .iter()
        .map(|report| report.client_order_id.as_str())
        .collect();
    assert_eq!(names, ["mark-1", "mark-1.loss", "outside:43"]);
}

fn spread() -> String {
    let leg = |strike: &str, action: &str| {
        format!(
            r#"{{"symbol":"AAPL","secType":"OPT","expiry":"20250919","strike":"{strike}",
                "right":"CALL","action":"{action}","ratio":1}}"#
        )
    };
    let legs = format!("[{},{}]", leg("200.0", "BUY"), leg("210.0", "SELL"));
    row(41, "mark-1", "Filled", 10)
        .replace("\"secType\":\"STK\"", "\"secType\":\"MLEG\"")
        .replacen('{', &format!("{{\"legs\":{legs},"), 1)
}

#[tokio::test]
async fn executions_of_legs_are_none_of_the_combination() {
    let leg = |id| execution(id, 41, 10, "4.2").replace("\"STK\"", "\"OPT\"");
    let scene = Scene::new([
        items(&[spread()]),
        items(&[]),
        items(&[leg(1), leg(2)]),
        items(&[]),
        items(&[]),
    ])
    .await;
    let read = scene.blotter.refresh(&account()).await.unwrap();
    assert!(scene.blotter.fills(&account()).is_empty());
    assert!(!read.covers(()).is_complete());
    assert!(!read.again, "asking again brings no more");
    assert_eq!(read.standings[0].cumulative_quantity, Some(dec!(10)));
    let next = scene.blotter.refresh(&account()).await.unwrap();
    assert!(!next.covers(()).is_complete(), "it is still not known");

    let whole = execution(1, 41, 10, "1.5").replace("\"STK\"", "\"MLEG\"");
    let scene = Scene::new([items(&[spread()]), items(&[]), items(&[whole])]).await;
    let read = scene.blotter.refresh(&account()).await.unwrap();
    assert!(read.covers(()).is_complete(), "{:?}", read.unread);
    assert_eq!(scene.blotter.fills(&account()).len(), 1);
}

#[tokio::test]
async fn an_execution_of_the_other_side_is_not_believed() {
    let scene = Scene::new([
        items(&[row(41, "a", "Filled", 10)]),
        items(&[]),
        contract(),
        items(&[sold(1, 41)]),
    ])
    .await;
    let read = scene.blotter.refresh(&account()).await.unwrap();
    assert!(!read.covers(()).is_complete());
    assert!(scene.blotter.fills(&account()).is_empty());
}

#[tokio::test]
async fn a_scale_that_one_quantity_has_and_the_other_lacks_is_not_taken_for_0() {
    let plain = row(41, "a", "Submitted", 0);
    for (total, filled, fits) in [
        (("125", "2"), ("125", "null"), false),
        (("12500", "2"), ("100", "null"), false),
        (("10", "null"), ("125", "2"), false),
        (("10", "null"), ("4", "null"), true),
        (("125", "2"), ("0", "null"), true),
        (("10", "null"), ("4", "0"), true),
    ] {
        let odd = plain
            .replace(
                "\"totalQuantity\":10",
                &format!("\"totalQuantity\":{}", total.0),
            )
            .replace(
                "\"totalQuantityScale\":0",
                &format!("\"totalQuantityScale\":{}", total.1),
            )
            .replace(
                "\"filledQuantity\":0",
                &format!("\"filledQuantity\":{}", filled.0),
            )
            .replace(
                "\"filledQuantityScale\":0",
                &format!("\"filledQuantityScale\":{}", filled.1),
            );
        let fills = items(&[execution(1, 41, 4, "199.4")]);
        let scene = Scene::new([items(&[odd]), items(&[]), contract(), fills]).await;
        let read = scene.blotter.refresh(&account()).await.unwrap();
        assert_eq!(!read.standings.is_empty(), fits, "{total:?} {filled:?}");
    }
}
