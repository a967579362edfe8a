use core::time::Duration;
use std::sync::Arc;

use broker_core::{BrokerExt as _, ErrorKind, SessionState, dec};
use tokio::time::Instant;

use super::{
    Connection, Health, Session,
    stage::{Act, SECOND, pass, settle, supervisor},
};
use crate::{
    layer::{BreakerState, CircuitBreaker, Stack},
    test_support::{Step, Stub, buy, failure, lock, start},
};

#[tokio::test(start_paused = true)]
async fn checks_are_thirty_seconds_apart_and_two_between_sessions() {
    let supervisor = supervisor();
    let acts = ["alpha", "beta", "gamma"].map(Act::new);
    for act in &acts {
        supervisor.watch(act.session()).unwrap();
    }
    pass(65).await;
    assert_eq!(acts[0].asked(), [0, 30, 60]);
    assert_eq!(acts[1].asked(), [2, 32, 62]);
    assert_eq!(acts[2].asked(), [4, 34, 64]);
    // The turn of one that is gone is free for the next one.
    supervisor.release(&acts[1].name()).unwrap();
    let late = Act::new("delta");
    supervisor.watch(late.session()).unwrap();
    pass(3).await;
    assert_eq!(late.asked(), [2]);
    assert_eq!(
        acts[1].asked().len(),
        3,
        "a session that was released is left alone"
    );
}

#[tokio::test(start_paused = true)]
async fn the_turns_stay_apart_although_a_check_takes_its_time() {
    let supervisor = supervisor();
    let (began, stub) = (Instant::now(), Stub::named("alpha"));
    for _ in 0..3 {
        stub.then("order_reports", Step::Slow(9 * SECOND));
    }
    supervisor
        .watch(Session::of(Connection::over(stub.dynamic()).unwrap()))
        .unwrap();
    for (at, checks) in [(29, 1), (31, 2), (59, 2), (61, 3)] {
        tokio::time::sleep_until(began + at * SECOND).await;
        settle().await;
        assert_eq!(stub.count("order_reports"), checks, "after {at} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_asks_the_broker_itself_and_ends_after_ten_seconds() {
    let supervisor = supervisor();
    let stub = Stub::named("alpha");
    stub.then("order_reports", Step::Hang);
    let connection = Connection::over(stub.dynamic()).unwrap();
    supervisor.watch(Session::of(connection)).unwrap();
    pass(9).await;
    assert_eq!(supervisor.health().sessions[0].failures, 0);
    pass(2).await;
    let health = &supervisor.health().sessions[0];
    assert_eq!((health.failures, health.health), (1, Health::Degraded));
    assert!(
        health.reasons[0].contains("no answer within 10s"),
        "{health:?}"
    );
    pass(20).await;
    let health = &supervisor.health().sessions[0];
    assert_eq!(
        (health.failures, health.health),
        (0, Health::Healthy),
        "{health:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_asked_is_no_answer() {
    let supervisor = supervisor();
    let act = Act::new("alpha");
    for (kind, failures) in [
        (ErrorKind::Timeout, 1),
        (ErrorKind::Disconnected, 2),
        (ErrorKind::Protocol, 3),
        // Neither a success nor a failure.
        (ErrorKind::RateLimited, 3),
        (ErrorKind::Authentication, 3),
        (ErrorKind::Io, 4),
        // A refusal comes from somebody.
        (ErrorKind::PermissionDenied, 0),
    ] {
        act.lives(false);
        *lock(&act.trouble) = failure(kind);
        if kind == ErrorKind::Timeout {
            supervisor.watch(act.session()).unwrap();
            pass(1).await;
        } else {
            pass(30).await;
        }
        assert_eq!(supervisor.health().sessions[0].failures, failures, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn states_that_an_adapter_or_a_person_leaves_by_itself_are_no_failures() {
    for state in [
        SessionState::Connecting,
        SessionState::Maintenance { until: None },
        SessionState::Displaced {
            by: "another".into(),
        },
        SessionState::AuthRequired {
            instructions: "log in".into(),
        },
    ] {
        let supervisor = supervisor();
        let act = Act::new("alpha");
        act.is(state.clone());
        supervisor.watch(act.session()).unwrap();
        pass(270).await;
        let health = &supervisor.health().sessions[0];
        assert_eq!(health.failures, 0, "{state:?}");
        assert_eq!(health.health, Health::Unhealthy, "{state:?}");
        assert!(act.asked().is_empty(), "{state:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_connects_for_too_long_has_failed() {
    let supervisor = supervisor();
    let act = Act::new("alpha");
    act.is(SessionState::Connecting);
    supervisor.watch(act.session()).unwrap();
    pass(299).await;
    assert_eq!(supervisor.health().sessions[0].failures, 0);
    pass(2).await;
    assert_eq!(supervisor.health().sessions[0].failures, 1);
    // A short return begins the time anew.
    act.is(SessionState::Ready);
    settle().await;
    act.is(SessionState::Connecting);
    pass(290).await;
    assert_eq!(supervisor.health().sessions[0].failures, 1);
    assert_eq!(supervisor.health().sessions[0].reconnects, 1);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_is_told_and_keeps_nobody_from_asking() {
    let supervisor = supervisor();
    let stub = Stub::named("alpha");
    let breaker = CircuitBreaker::new(1, 65 * SECOND);
    let standing = Stack::standard()
        .breaker(breaker)
        .over(stub.dynamic())
        .await
        .unwrap();
    let (broker, breaker) = (Arc::clone(&standing.broker), Arc::clone(&standing.breaker));
    stub.then("submit", Step::Fail(failure(ErrorKind::Timeout)));
    broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!(breaker.status().state, BreakerState::Open);
    supervisor.watch(Session::of(standing)).unwrap();
    pass(61).await;
    let health = &supervisor.health().sessions[0];
    assert_eq!((health.failures, stub.count("order_reports")), (0, 3));
    assert_eq!(health.breaker.unwrap().state, BreakerState::Open);
    assert_eq!(
        (health.health, health.reasons.len()),
        (Health::Unhealthy, 1),
        "{health:?}"
    );
    pass(5).await;
    assert_eq!(supervisor.health().health, Health::Degraded, "half open");
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_is_gone_without_a_word_is_closed() {
    let supervisor = supervisor();
    let act = Act::new("alpha");
    let (sender, receiver) = tokio::sync::watch::channel(SessionState::Ready);
    *lock(&act.stub.other_session) = Some(receiver);
    supervisor.watch(act.session()).unwrap();
    pass(1).await;
    drop(sender);
    pass(30).await;
    let health = &supervisor.health().sessions[0];
    assert_eq!(
        (health.failures, &health.session),
        (1, &SessionState::Closed)
    );
}

#[tokio::test(start_paused = true)]
async fn the_slowest_event_of_the_last_five_minutes_is_the_lag() {
    let supervisor = supervisor();
    let act = Act::new("alpha");
    supervisor.watch(act.session()).unwrap();
    pass(1).await;
    assert_eq!(supervisor.health().sessions[0].event_lag, None);
    let order = buy("a", 100, dec!(10));
    act.stub.works(&order);
    // The fill was six seconds ago when it is told, by the broker's clock.
    act.stub.fills(&order, "x1", 1, dec!(10));
    settle().await;
    assert_eq!(
        supervisor.health().sessions[0].event_lag,
        Some(Duration::ZERO)
    );
    let fill = |name: &str, ago: i64| {
        use broker_core::model::{ExecutionId, ExecutionReport, Fill};
        let at = start() - chrono::TimeDelta::seconds(ago);
        let name = ExecutionId::new(name).unwrap();
        let (price, units) = (
            crate::test_support::price(dec!(10)),
            crate::test_support::units(1),
        );
        let mut report = ExecutionReport::trade(Fill::new(name, &order, price, units, at));
        report.event_time = Some(at);
        act.stub.ledger().report(report);
    };
    fill("x2", 6);
    settle().await;
    let health = &supervisor.health().sessions[0];
    assert_eq!(health.event_lag, Some(6 * SECOND));
    assert_eq!(health.health, Health::Degraded, "{health:?}");
    pass(200).await;
    fill("x3", 2);
    settle().await;
    assert_eq!(supervisor.health().sessions[0].event_lag, Some(6 * SECOND));
    pass(101).await;
    let health = &supervisor.health().sessions[0];
    assert_eq!(
        health.event_lag,
        Some(2 * SECOND),
        "the slow one is forgotten, the other is not"
    );
    assert_eq!(health.health, Health::Healthy, "{health:?}");
    pass(200).await;
    assert_eq!(supervisor.health().sessions[0].event_lag, None);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_watched_any_more_when_the_last_handle_is_gone() {
    let supervisor = supervisor();
    let act = Act::new("alpha");
    supervisor.watch(act.session()).unwrap();
    assert_eq!(
        supervisor.watch(act.session()).unwrap_err().kind(),
        ErrorKind::Duplicate
    );
    let clone = supervisor.clone();
    drop(supervisor);
    pass(31).await;
    assert_eq!(act.asked(), [0, 30]);
    drop(clone);
    pass(90).await;
    assert_eq!(act.asked(), [0, 30]);
}
