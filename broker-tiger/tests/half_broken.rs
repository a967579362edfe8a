//! One part is broken and the others go on: what can still be known is, what can still be done is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod support;

use core::time::Duration;

use broker_core::{
    Broker as _, BrokerExt as _, ErrorKind, SessionState, dec,
    model::{Instrument, OrderStatus, SignedQuantity},
};
use broker_sim::fault::Fault;
use support::{Stage, apple, bender::refusal};

const TEN: Duration = Duration::from_secs(10);

async fn reaches(stage: &Stage, wanted: impl FnMut(&SessionState) -> bool) {
    let mut session = stage.broker.session();
    let reached = tokio::time::timeout(TEN, session.wait_for(wanted)).await;
    let now = format!("{:?}", *stage.broker.session().borrow());
    drop(reached.expect(&now).unwrap());
}

const fn is_displaced(state: &SessionState) -> bool {
    matches!(state, SessionState::Displaced { .. })
}

/// Refuses the figures from now on, and waits until the session has noticed.
async fn without_figures(stage: &Stage, bender: &support::bender::Bender) {
    bender.bend(|method, _| {
        (method == "prime_assets").then(|| refusal(2000, "no such data at the moment"))
    });
    // A gap has everything read anew.
    stage.server.drop_clients();
    reaches(
        stage,
        |state| matches!(state, SessionState::Degraded { reason } if reason.contains("figures")),
    )
    .await;
}

#[tokio::test]
async fn orders_are_followed_while_the_figures_cannot_be_read() {
    // Reading everything anew would hide it.
    let (stage, bender) = Stage::open_bent(|deadlines| {
        deadlines.reconnect_after = Duration::from_secs(300);
        deadlines.reconnect_at_most = Duration::from_secs(600);
    })
    .await;
    without_figures(&stage, &bender).await;
    let order = stage.broker.buy("AAPL", 1).account(stage.account.clone());
    let (id, sent) = order.submit().await.unwrap();
    assert!(sent.is_accepted());
    let filled = stage.broker.wait_for_end(&stage.account, &id, TEN).await;
    assert_eq!(filled.unwrap().status, OrderStatus::Filled);
}

#[tokio::test]
async fn orders_are_canceled_while_another_program_has_the_pushes() {
    let stage = Stage::open().await;
    let (broker, account) = (&stage.broker, &stage.account);
    let order = broker.buy("AAPL", 1).account(account.clone());
    let (first, sent) = order.limit(dec!(1)).submit().await.unwrap();
    assert!(sent.is_accepted());
    let order = broker.buy("AAPL", 1).account(account.clone());
    let (second, sent) = order.limit(dec!(1)).submit().await.unwrap();
    assert!(sent.is_accepted());
    stage.server.inject(&Fault::CompetingSession).unwrap();
    reaches(&stage, is_displaced).await;
    // Nothing new is sent, and the error says how to go on.
    let order = broker.buy("AAPL", 1).account(account.clone());
    let error = order.limit(dec!(1)).submit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionConflict);
    assert!(error.to_string().contains("take_over"), "{error}");
    assert!(broker.cancel(account, &first).await.unwrap().is_accepted());
    assert!(broker.cancel_all(account).await.unwrap().is_accepted());
    for id in [first, second] {
        let ended = broker.wait_for_end(account, &id, TEN).await.unwrap();
        assert_eq!(ended.status, OrderStatus::Canceled);
    }
    reaches(&stage, is_displaced).await;
}

#[tokio::test]
async fn an_order_is_canceled_while_no_list_can_be_read() {
    let (stage, bender) = Stage::open_bent(|_| {}).await;
    let (broker, account) = (&stage.broker, &stage.account);
    let order = broker.buy("AAPL", 1).account(account.clone());
    let (id, sent) = order.limit(dec!(1)).submit().await.unwrap();
    assert!(sent.is_accepted());
    let order = broker.buy("AAPL", 1).account(account.clone());
    let (other, sent) = order.limit(dec!(1)).submit().await.unwrap();
    assert!(sent.is_accepted());
    bender.bend(|method, _| {
        let reads = ["accounts", "orders", "active_orders", "order_transactions"];
        reads.contains(&method).then(|| "<html>".to_owned())
    });
    assert!(broker.reconcile().await.is_err());
    stage.server.drop_clients();
    reaches(&stage, |state| *state == SessionState::Connecting).await;
    let order = broker.buy("AAPL", 1).account(account.clone());
    let error = order.limit(dec!(1)).submit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert!(broker.cancel(account, &id).await.unwrap().is_accepted());
    bender.bend(|_, _| None);
    broker.ensure_ready(TEN).await.unwrap();
    let ended = broker.wait_for_end(account, &id, TEN).await.unwrap();
    assert_eq!(ended.status, OrderStatus::Canceled);
    broker.close().await.unwrap();
    let error = broker.cancel(account, &other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}

#[tokio::test]
async fn a_class_that_does_not_answer_keeps_no_other_class_from_being_flat() {
    let (stage, bender) =
        Stage::open_bent(|deadlines| deadlines.holdings = Duration::from_millis(50)).await;
    let (broker, account) = (&stage.broker, &stage.account);
    let order = broker.buy("AAPL", 1).account(account.clone());
    let (id, _) = order.submit().await.unwrap();
    broker.wait_for_end(account, &id, TEN).await.unwrap();
    let held = async |wanted: &Instrument| {
        let ledger = broker.desk().ledger(account).unwrap();
        let positions = ledger.snapshot().positions;
        let positions = positions.value().cloned().unwrap_or_default();
        let held = positions.iter().find(|one| one.instrument == *wanted);
        held.map_or(SignedQuantity::FLAT, |held| held.quantity)
    };
    let until = async |wanted: &Instrument, flat: bool| {
        let there = async {
            while held(wanted).await.is_flat() != flat {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(TEN, there).await.is_ok()
    };
    assert!(until(&apple(), false).await);
    // An option on a future is held, too, and funds are refused for good.
    let fop = r#"{"symbol":"ES2203","secType":"FOP","currency":"USD","market":"US","identifier":"ESH2 P4500","position":2,"positionScale":0,"averageCost":10,"latestPrice":11,"marketValue":1100,"unrealizedPnl":100}"#;
    bender.bend(
        move |method, asked| match (method, asked["sec_type"].as_str()) {
            ("positions", Some("FUND")) => Some(refusal(4, "permission denied: funds")),
            ("positions", Some("FOP")) => Some(format!(
                r#"{{"code":0,"message":"success","data":{{"items":[{fop}]}}}}"#
            )),
            // The share was sold elsewhere.
            ("positions", Some("STK")) => {
                Some(r#"{"code":0,"message":"success","data":{"items":[]}}"#.to_owned())
            }
            _ => None,
        },
    );
    let read = broker
        .portfolio()
        .unwrap()
        .positions(account)
        .await
        .unwrap();
    assert!(!read.is_complete(), "{read:?}");
    let classes: Vec<_> = read
        .value()
        .unwrap()
        .iter()
        .map(|one| one.instrument.clone())
        .collect();
    assert_eq!(classes.len(), 1, "{classes:?}");
    assert!(until(&classes[0], false).await);
    assert!(until(&apple(), true).await, "the share is told as flat");
    // Nothing is known about a class that does not answer.
    bender.bend(|method, asked| match (method, asked["sec_type"].as_str()) {
        ("positions", Some("FOP")) => Some(refusal(4, "permission denied: options on futures")),
        ("positions", Some("STK")) => {
            Some(r#"{"code":0,"message":"success","data":{"items":[]}}"#.to_owned())
        }
        _ => None,
    });
    let before = bender.asked("positions");
    while bender.asked("positions") < before + 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!held(&classes[0]).await.is_flat());
}

#[tokio::test]
async fn a_class_that_tiger_does_not_know_is_no_gap() {
    let (stage, bender) = Stage::open_bent(|_| {}).await;
    bender.bend(|method, asked| {
        let unknown = method == "positions" && asked["sec_type"] == "FOP";
        unknown.then(|| refusal(1010, "sec_type 'FOP' is not supported"))
    });
    let portfolio = stage.broker.portfolio().unwrap();
    let read = portfolio.positions(&stage.account).await.unwrap();
    assert!(read.is_complete(), "{read:?}");
    // But one who is refused everything knows nothing.
    bender.bend(|method, _| (method == "positions").then(|| refusal(1010, "wrong")));
    let read = portfolio.positions(&stage.account).await.unwrap();
    assert!(!read.is_complete(), "{read:?}");
}
