use futures_util::FutureExt as _;

use super::{
    Ledger,
    one_ledger::{ledger, live, new, start},
    order_watch::OrderWatch,
};
use crate::{SessionState, test_support::id};

fn rang(watch: &mut OrderWatch) -> bool {
    // Unconstrained: a test has no turn to use up.
    tokio::task::unconstrained(watch.changed())
        .now_or_never()
        .is_some()
}

fn bells(ledger: &Ledger) -> usize {
    ledger.lock().bells.count()
}

#[test]
fn a_watch_hears_of_its_own_order_only() {
    let ledger = live();
    let mut watch = ledger.watch_order(&id("a"));
    ledger.report(new("b"));
    assert!(!rang(&mut watch));
    ledger.report(new("a"));
    assert!(rang(&mut watch));
    assert!(!rang(&mut watch));
}

#[test]
fn a_change_between_the_beginning_and_the_first_wait_is_not_missed() {
    let ledger = live();
    let mut watch = ledger.watch_order(&id("a"));
    ledger.report(new("a"));
    assert!(rang(&mut watch));
}

#[test]
fn a_snapshot_and_the_end_of_the_session_wake_every_watch() {
    let ledger = ledger();
    let (mut one, mut other) = (ledger.watch_order(&id("a")), ledger.watch_order(&id("b")));
    start(&ledger);
    assert!(rang(&mut one) && rang(&mut other));
    ledger.session(SessionState::Connecting);
    assert!(!rang(&mut one) && !rang(&mut other));
    ledger.session(SessionState::Closed);
    assert!(rang(&mut one) && rang(&mut other));
    assert!(ledger.is_closed());
}

#[test]
fn what_was_held_back_for_a_snapshot_wakes_the_watch_when_it_is_told() {
    let ledger = ledger();
    let ticket = ledger.begin();
    let mut watch = ledger.watch_order(&id("a"));
    ledger.report(new("a"));
    assert!(!rang(&mut watch));
    let missing = ledger.complete(ticket, crate::test_support::baseline(vec![], vec![]));
    assert!(missing.is_empty() && rang(&mut watch));
}

#[test]
fn the_last_to_leave_takes_the_bell_down() {
    let ledger = live();
    let (one, mut other) = (ledger.watch_order(&id("a")), ledger.watch_order(&id("a")));
    drop(one);
    assert_eq!(bells(&ledger), 1);
    ledger.report(new("a"));
    assert!(rang(&mut other), "who stays still hears");
    drop(other);
    assert_eq!(bells(&ledger), 0);
}
