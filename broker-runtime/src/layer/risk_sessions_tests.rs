//! One `Risk` over sessions that come and go.

use std::sync::Arc;

use broker_core::{Broker, BrokerExt as _, ErrorKind, dec};
use chrono::TimeDelta;

use super::{Risk, Stack};
use crate::{
    risk::{RiskBreach, RiskLimits, Rule},
    test_support::{Step, Stub, account, apple, buy, failure, sell, start},
};

fn stack(risk: &Arc<Risk>, stub: &Arc<Stub>) -> Arc<dyn Broker> {
    stub.quote(&apple(), dec!(10));
    let stack = Stack::over(stub.dynamic()).layer(Arc::clone(risk));
    stack.unwrap().build()
}

fn rule_of<T: core::fmt::Debug>(answer: broker_core::Result<T>) -> Rule {
    RiskBreach::of(&answer.unwrap_err()).unwrap().rule
}

/// No more than a hundred of anything, in all accounts together.
fn hundred() -> Arc<Risk> {
    let mut limits = RiskLimits::default();
    limits.total.max_position_quantity = Some(dec!(100));
    Risk::new(limits)
}

#[tokio::test]
async fn the_kill_switch_does_not_ask_a_stack_that_nobody_holds_any_more() {
    let risk = Risk::new(RiskLimits::default());
    let (here, gone) = (Stub::named("here"), Stub::named("gone"));
    let (_kept, removed) = (stack(&risk, &here), stack(&risk, &gone));
    removed.close().await.unwrap();
    gone.then("cancel_all", Step::Fail(failure(ErrorKind::Disconnected)));
    drop((removed, gone));
    let canceled = risk.kill("test").await.unwrap();
    let names: Vec<_> = canceled.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["here", "here"], "one for each account");
}

#[tokio::test]
async fn a_closed_session_is_left_out_only_when_another_one_of_its_name_is_there() {
    let risk = Risk::new(RiskLimits::default());
    let (first, second) = (Stub::named("alpha"), Stub::named("alpha"));
    let before = stack(&risk, &first);
    before.close().await.unwrap();
    first.then("cancel_all", Step::Fail(failure(ErrorKind::Disconnected)));
    // Its orders may work at the broker all the same: somebody has to know.
    let canceled = risk.cancel_everything().await;
    assert!(canceled[0].2.is_err(), "{canceled:?}");
    let _after = stack(&risk, &second);
    first.then("cancel_all", Step::Fail(failure(ErrorKind::Disconnected)));
    let canceled = risk.cancel_everything().await;
    assert_eq!(canceled.len(), 2, "{canceled:?}");
    assert!(canceled.iter().all(|(.., answer)| answer.is_ok()));
    assert_eq!(first.count("cancel_all"), 2, "only before it was replaced");
}

#[tokio::test]
async fn a_session_that_works_is_never_lost_to_another_one_of_its_name() {
    let risk = Risk::new(RiskLimits::default());
    let (first, second) = (Stub::named("alpha"), Stub::named("alpha"));
    let _working = stack(&risk, &first);
    let refused = stack(&risk, &second);
    let canceled = risk.cancel_everything().await;
    assert_eq!(
        (first.count("cancel_all"), second.count("cancel_all")),
        (2, 2)
    );
    assert_eq!(canceled.len(), 2, "each account once: {canceled:?}");
    // What was tried and not taken leaves the other one in its place.
    drop((refused, second));
    risk.cancel_everything().await;
    assert_eq!(first.count("cancel_all"), 4);
}

#[tokio::test]
async fn of_two_sessions_of_one_name_one_that_cancels_is_enough() {
    let risk = Risk::new(RiskLimits::default());
    let (first, second) = (Stub::named("alpha"), Stub::named("alpha"));
    let _both = (stack(&risk, &first), stack(&risk, &second));
    for _account in 0..2 {
        first.then("cancel_all", Step::Fail(failure(ErrorKind::Timeout)));
    }
    let canceled = risk.cancel_everything().await;
    assert!(
        canceled.iter().all(|(.., answer)| answer.is_ok()),
        "{canceled:?}"
    );
}

#[tokio::test]
async fn a_broker_that_is_silent_does_not_hold_up_the_cancels_of_the_others() {
    let risk = Risk::new(RiskLimits::default());
    let (silent, other) = (Stub::named("alpha"), Stub::named("beta"));
    let _both = (stack(&risk, &silent), stack(&risk, &other));
    silent.then("cancel_all", Step::Hang);
    let killing = tokio::spawn(async move { risk.kill("test").await });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        (silent.count("cancel_all"), other.count("cancel_all")),
        (2, 2)
    );
    killing.abort();
}

#[tokio::test]
async fn a_new_session_is_judged_by_its_own_events_and_not_by_those_of_the_old_one() {
    let risk = Risk::new(RiskLimits::default());
    let (first, second) = (Stub::named("alpha"), Stub::named("alpha"));
    first.holds(&apple(), dec!(100), dec!(10));
    first.clock.advance(TimeDelta::seconds(11));
    let before = stack(&risk, &first);
    risk.kill_switch().engage("test", start()).unwrap();
    let sold = before.submit(&sell("a", 1, dec!(10))).await;
    assert!(sold.unwrap().is_accepted());
    before.close().await.unwrap();
    // Sold elsewhere meanwhile: what would have lessened the position would be short now.
    let after = stack(&risk, &second);
    let refused = after.submit(&sell("b", 1, dec!(10))).await;
    assert_eq!(rule_of(refused), Rule::KillSwitch);
    second.holds(&apple(), dec!(100), dec!(10));
    second.clock.advance(TimeDelta::seconds(11));
    let sold = after.submit(&sell("c", 100, dec!(10))).await;
    assert!(sold.unwrap().is_accepted());
}

#[tokio::test]
async fn an_account_whose_broker_is_gone_no_longer_counts_in_the_total() {
    let risk = hundred();
    let (here, gone) = (Stub::named("here"), Stub::named("gone"));
    gone.holds(&apple(), dec!(60), dec!(10));
    let (kept, removed) = (stack(&risk, &here), stack(&risk, &gone));
    let refused = kept.submit(&buy("a", 60, dec!(10))).await;
    assert_eq!(rule_of(refused), Rule::PositionQuantity);
    // Closed and still held, it may come back.
    removed.close().await.unwrap();
    assert!(kept.submit(&buy("b", 60, dec!(10))).await.is_err());
    drop((removed, gone));
    let passed = kept.submit(&buy("c", 60, dec!(10))).await;
    assert!(passed.unwrap().is_accepted());
    let _same = account();
}
