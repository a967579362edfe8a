//! What is known after a command, whatever its answer was (promises P1 and P2).

use std::sync::Arc;

use broker_core::{
    Acknowledgement, ErrorKind, Lookup, UnconfirmedCause,
    model::{CancelOrder, ExecutionKind, OrderStatus, ReplaceOrder},
};

use super::{
    blotter::Marks,
    fixtures::{Scene, account, contract, execution, items, limit, row},
};
use crate::transport::scripted_server::Step;

const PLACED: &str = r#"{"id":41,"subIds":[],"order_id":7}"#;

fn cancel() -> CancelOrder {
    CancelOrder {
        account: account(),
        client_order_id: limit("10", "199.5").client_order_id,
    }
}

#[tokio::test]
async fn an_accepted_order_has_tigers_number() {
    let scene = Scene::new([contract(), Step::data(PLACED)]).await;
    let answer = scene
        .blotter
        .submit_order(Arc::new(limit("10", "199.5")))
        .await;
    let Acknowledgement::Accepted { broker_order_id } = answer.unwrap() else {
        panic!("not accepted");
    };
    assert_eq!(broker_order_id.unwrap().as_str(), "41");
    assert_eq!(scene.asked(), ["contract", "place_order"]);
    assert_eq!(scene.parameters(1)["user_mark"], "mark-1");
}

#[tokio::test]
async fn what_may_have_arrived_is_unconfirmed_and_sent_once() {
    let lost = [
        (Step::Drop, UnconfirmedCause::Disconnected),
        (Step::CutOff, UnconfirmedCause::Disconnected),
        (
            Step::Late(core::time::Duration::from_secs(2), PLACED.to_owned()),
            UnconfirmedCause::Timeout,
        ),
        (
            Step::Answer(502, "<html>".to_owned()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::Answer(200, "<html>".to_owned()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (Step::data("{}"), UnconfirmedCause::UnreadableAnswer),
        (Step::data("null"), UnconfirmedCause::UnreadableAnswer),
        (
            Step::code(1, "server error"),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (Step::code(2, "network timeout"), UnconfirmedCause::Timeout),
    ];
    for (step, expected) in lost {
        let said = format!("{step:?}");
        let scene = Scene::new([contract(), step]).await;
        let answer = scene
            .blotter
            .submit_order(Arc::new(limit("10", "199.5")))
            .await;
        match answer.unwrap() {
            Acknowledgement::Unconfirmed { cause, .. } => assert_eq!(cause, expected, "{said}"),
            other => panic!("{said}: {other:?}"),
        }
        let placed = scene
            .asked()
            .iter()
            .filter(|name| *name == "place_order")
            .count();
        assert_eq!(placed, 1, "{said}");
    }
}

#[tokio::test]
async fn what_was_refused_is_an_error_in_the_vendors_words_and_leaves_nothing() {
    for (code, text, kind) in [
        (
            1200,
            "bad_request:insufficient buying power",
            ErrorKind::InsufficientFunds,
        ),
        (
            1300,
            "bad_request:the market is closed",
            ErrorKind::MarketClosed,
        ),
        (
            1010,
            "biz param error(field 'symbol')",
            ErrorKind::InvalidRequest,
        ),
        (2400, "user token expired invalid", ErrorKind::TokenExpired),
        (
            4,
            "access forbidden(current IP)",
            ErrorKind::PermissionDenied,
        ),
        (5, "rate limit error", ErrorKind::RateLimited),
    ] {
        let scene = Scene::new([contract(), Step::code(code, text)]).await;
        let order = Arc::new(limit("10", "199.5"));
        let error = scene
            .blotter
            .submit_order(Arc::clone(&order))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{code} {text}");
        assert_eq!(error.broker().map(|words| &*words.text), Some(text));
        let id = &order.client_order_id;
        assert!(scene.blotter.known(&account(), id).is_none(), "{code}");
    }
}

#[tokio::test]
async fn a_no_in_unknown_words_is_believed_once_the_lists_lack_the_order() {
    let no = Step::code(77_777, "something new");
    let scene = Scene::new([contract(), no.clone(), items(&[]), items(&[])]).await;
    scene.blotter.saw_mark(true);
    let answer = scene
        .blotter
        .submit_order(Arc::new(limit("10", "199.5")))
        .await;
    let error = answer.unwrap_err();
    assert_eq!(error.broker_code(), Some("77777"));
    assert_eq!(
        scene.asked(),
        ["contract", "place_order", "orders", "active_orders"]
    );

    let there = row(41, "mark-1", "Submitted", 0);
    let scene = Scene::new([contract(), no, items(&[there]), items(&[])]).await;
    let answer = scene
        .blotter
        .submit_order(Arc::new(limit("10", "199.5")))
        .await;
    assert!(answer.unwrap().is_accepted());
}

#[tokio::test]
async fn a_lost_order_is_found_by_its_mark_and_by_nothing_else() {
    let other = row(40, "mark-0", "Submitted", 0);
    let own = row(41, "mark-1", "Submitted", 4);
    let scene = Scene::new([
        contract(),
        Step::Drop,
        items(&[own, other]),
        items(&[]),
        // The instrument of the other one, then the executions of both that were filled.
        items(&[execution(1, 41, 4, "199.4")]),
    ])
    .await;
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    let answer = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
    assert!(!answer.is_accepted());
    let Lookup::Found(reports) = scene.blotter.look_up(&account(), &id).await.unwrap() else {
        panic!("not found");
    };
    assert!(reports.iter().all(|report| report.client_order_id == id));
    assert!(
        reports
            .iter()
            .any(|report| matches!(report.kind, ExecutionKind::Trade { .. }))
    );
    let last = reports.last().unwrap();
    assert_eq!(
        last.kind,
        ExecutionKind::Status {
            status: OrderStatus::PartiallyFilled
        }
    );
    assert_eq!(last.broker_order_id.as_ref().unwrap().as_str(), "41");
}

#[tokio::test]
async fn a_lookup_that_was_not_answered_proves_nothing() {
    let refused = Step::code(1000, "signature error");
    for steps in [
        vec![contract(), Step::Drop, refused.clone()],
        vec![contract(), Step::Drop, items(&[]), refused],
        // A row that cannot be read may be the order.
        vec![
            contract(),
            Step::Drop,
            Step::data(r#"{"items":[{"id":"?"}]}"#),
            items(&[]),
        ],
    ] {
        let scene = Scene::new(steps).await;
        let order = limit("10", "199.5");
        let id = order.client_order_id.clone();
        let answer = scene.blotter.submit_order(Arc::new(order)).await.unwrap();
        assert!(!answer.is_accepted());
        let lookup = scene.blotter.look_up(&account(), &id).await.unwrap();
        assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");
    }
}

#[tokio::test]
async fn without_marks_an_absence_proves_nothing() {
    let unmarked = row(41, "", "Submitted", 0);
    let scene = Scene::new([contract(), Step::data(PLACED), Step::data(&unmarked)]).await;
    let first = limit("10", "199.5");
    let id = first.client_order_id.clone();
    assert!(
        scene
            .blotter
            .submit_order(Arc::new(first))
            .await
            .unwrap()
            .is_accepted()
    );
    // Tiger lists the order without the mark that it was sent with.
    let found = scene.blotter.look_up(&account(), &id).await.unwrap();
    assert!(matches!(found, Lookup::Found(_)), "{found:?}");
    assert_eq!(scene.blotter.marks(), Marks::Lost);
    let never = broker_core::model::ClientOrderId::new("mark-2").unwrap();
    let lookup = scene.blotter.look_up(&account(), &never).await.unwrap();
    assert!(matches!(lookup, Lookup::Inconclusive(_)), "{lookup:?}");
}

#[tokio::test]
async fn a_refused_cancel_of_a_filled_order_comes_too_late() {
    let scene = Scene::new([
        contract(),
        Step::data(PLACED),
        Step::code(1200, "bad_request:Order status does not allow it"),
        Step::data(&row(41, "mark-1", "Filled", 10)),
        items(&[execution(1, 41, 10, "199.4")]),
    ])
    .await;
    assert!(
        scene
            .blotter
            .submit_order(Arc::new(limit("10", "199.5")))
            .await
            .unwrap()
            .is_accepted()
    );
    let error = scene.blotter.cancel_order(&cancel()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLate);
    assert_eq!(error.broker_code(), Some("1200"));
}

#[tokio::test]
async fn a_change_repeats_the_whole_order_under_its_number() {
    let scene = Scene::new([contract(), Step::data(PLACED), Step::data(r#"{"id":41}"#)]).await;
    let order = limit("10", "199.5");
    let mut change = ReplaceOrder::new(account(), order.client_order_id.clone());
    change.limit_price = Some("198.25".parse().unwrap());
    change.quantity = Some("5".parse().unwrap());
    assert!(
        scene
            .blotter
            .submit_order(Arc::new(order))
            .await
            .unwrap()
            .is_accepted()
    );
    assert!(
        scene
            .blotter
            .replace_order(&change)
            .await
            .unwrap()
            .is_accepted()
    );
    let sent = scene.parameters(2);
    assert_eq!(sent["id"], 41);
    assert_eq!(sent["limit_price"].to_string(), "198.25");
    assert_eq!(sent["total_quantity"], 5);
    assert_eq!(sent["symbol"], "AAPL");
    assert_eq!(sent["order_type"], "LMT");
    assert_eq!(sent["user_mark"], "mark-1", "it is still found by its mark");
}

#[tokio::test]
async fn a_caller_who_gives_up_leaves_an_order_that_is_looked_up() {
    let late = Step::Late(core::time::Duration::from_secs(5), PLACED.to_owned());
    let scene = Scene::new([contract(), late]).await;
    let order = limit("10", "199.5");
    let id = order.client_order_id.clone();
    {
        let sending = scene.blotter.submit_order(Arc::new(order));
        let patience = core::time::Duration::from_millis(100);
        assert!(tokio::time::timeout(patience, sending).await.is_err());
    }
    let key = scene.blotter.known(&account(), &id).unwrap();
    let register = scene.blotter.register();
    let entry = register.get(key).unwrap();
    assert_eq!(entry.in_flight, 0);
    assert!(entry.sent_at.is_some());
}
