use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::{
    Acknowledgement, Broker as _, BrokerExt as _, Error, ErrorKind, Support, Why,
    model::*,
    test_support::{
        Answer, TestBroker, account, fill_of, id, limit, lock, order, price, quantity, time,
    },
};

#[track_caller]
fn is(error: &Error, kind: ErrorKind, field: &str) {
    assert_eq!(
        (error.kind(), error.field()),
        (kind, Some(field)),
        "{error}"
    );
}

#[tokio::test]
async fn canceling_and_changing_tell_too_late_from_not_found() {
    let broker = TestBroker::new();
    let account = account();
    let change = |name: &str| {
        let mut change = ReplaceOrder::new(crate::test_support::account(), id(name));
        change.quantity = Some(quantity("50"));
        change
    };
    // Before the first session only the broker can tell.
    let _ = broker.cancel(&account, &id("ghost")).await.unwrap();
    let _ = broker.replace(&change("ghost")).await.unwrap();
    broker.start();
    let done = ExecutionReport::trade(fill_of(&order("done"), "x", "100", "10", 1));
    broker
        .ledger()
        .report(done.with_terms(Arc::new(order("done"))));
    for (name, kind) in [("done", ErrorKind::TooLate), ("ghost", ErrorKind::NotFound)] {
        let error = broker.cancel(&account, &id(name)).await.unwrap_err();
        is(&error, kind, "client_order_id");
        let error = broker.replace(&change(name)).await.unwrap_err();
        is(&error, kind, "client_order_id");
    }
    assert_eq!(broker.sent().len(), 2);
    // One that is on its way may be canceled.
    broker.answers(Answer::Hang);
    let terms = order("a");
    let mut waiting = Box::pin(broker.submit(&terms));
    assert!((&mut waiting).now_or_never().is_none());
    broker.answers(Answer::Accept);
    let _ = broker.cancel(&account, &id("a")).await.unwrap();
    let nobody = AccountId::new("DU9").unwrap();
    is(
        &broker.cancel(&nobody, &id("a")).await.unwrap_err(),
        ErrorKind::NotFound,
        "account",
    );
    is(
        &broker.cancel_all(&nobody).await.unwrap_err(),
        ErrorKind::NotFound,
        "account",
    );
    let _ = broker.cancel_all(&account).await.unwrap();
}

#[tokio::test]
async fn a_change_is_checked_as_the_order_that_it_makes() {
    let broker = TestBroker::new();
    broker.start();
    let _ = broker.submit(&limit("a", "10")).await.unwrap();
    let some = fill_of(&limit("a", "10"), "x", "40", "10", 1);
    broker.ledger().report(ExecutionReport::trade(some));
    let base = || ReplaceOrder::new(account(), id("a"));
    type Set = fn(&mut ReplaceOrder);
    let all: [(Set, &str); 5] = [
        (|c| c.quantity = Some(quantity("40")), "quantity"),
        (|c| c.quantity = Some(quantity("50.5")), "amount.quantity"),
        (
            |c| c.limit_price = Some(price("10.005")),
            "order_type.price",
        ),
        (|c| c.trigger_price = Some(price("10")), "trigger_price"),
        (
            |c| c.time_in_force = Some(TimeInForce::Gtd(time(-5))),
            "time_in_force",
        ),
    ];
    for (set, field) in all {
        let mut change = base();
        set(&mut change);
        is(
            &broker.replace(&change).await.unwrap_err(),
            ErrorKind::InvalidRequest,
            field,
        );
    }
    let mut change = base();
    change.quantity = Some(quantity("41"));
    assert_eq!(broker.sent(), ["submit a"]);
    let outcome = broker.replace(&change).await.unwrap();
    assert!(matches!(outcome, Acknowledgement::Accepted { .. }));
    assert_eq!(broker.sent(), ["submit a", "replace a"]);
}

fn exercise(name: &str) -> ExerciseOption {
    ExerciseOption {
        client_order_id: id(name),
        account: account(),
        instrument: Instrument::option("AAPL  260116C00200000".parse().unwrap()),
        quantity: quantity("1"),
        action: ExerciseAction::Exercise,
    }
}

#[tokio::test]
async fn an_option_is_exercised_once() {
    let broker = TestBroker::new();
    broker.start();
    broker.answers(Answer::Refuse(ErrorKind::Disconnected));
    assert!(broker.exercise(&exercise("e")).await.is_err());
    broker.answers(Answer::Accept);
    let _ = broker.exercise(&exercise("e")).await.unwrap();
    let error = broker.exercise(&exercise("e")).await.unwrap_err();
    is(&error, ErrorKind::Duplicate, "client_order_id");
    is(
        &broker.submit(&order("e")).await.unwrap_err(),
        ErrorKind::Duplicate,
        "client_order_id",
    );
    broker.answers(Answer::Hang);
    assert!(broker.exercise(&exercise("f")).now_or_never().is_none());
    broker.answers(Answer::Accept);
    assert!(
        broker.exercise(&exercise("f")).await.is_err(),
        "it may have been sent"
    );
    assert_eq!(broker.sent(), ["exercise e", "exercise e", "exercise f"]);
}

#[tokio::test]
async fn only_options_that_live_are_exercised() {
    let broker = TestBroker::new();
    let mut share = exercise("e");
    share.instrument = crate::test_support::apple();
    is(
        &broker.exercise(&share).await.unwrap_err(),
        ErrorKind::InvalidRequest,
        "instrument",
    );
    let mut part = exercise("e");
    part.quantity = quantity("0.5");
    is(
        &broker.exercise(&part).await.unwrap_err(),
        ErrorKind::InvalidRequest,
        "quantity",
    );
    broker.desk().resolver().forget();
    lock(&broker.desktop).contract.expires_at = Some(time(0));
    let error = broker.exercise(&exercise("e")).await.unwrap_err();
    is(&error, ErrorKind::InvalidRequest, "instrument");
    lock(&broker.desktop).capabilities.exercise = Support::No(Why::Broker);
    let error = broker.exercise(&exercise("e")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(broker.sent().is_empty());
}
