use core::time::Duration;
use std::sync::{Arc, Mutex};

use broker_core::SessionState;

use super::{
    Health,
    stage::{Act, SECOND, pass, settle, supervisor},
};
use crate::test_support::lock;

#[tokio::test(start_paused = true)]
async fn nothing_at_all_is_not_healthy() {
    assert_eq!(supervisor().health().health, Health::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn the_whole_is_healthy_if_all_are_unhealthy_if_none_is_usable_and_degraded_otherwise() {
    let (supervisor, a, b) = (supervisor(), Act::new("alpha"), Act::new("beta"));
    supervisor.watch(a.session()).unwrap();
    supervisor.watch(b.session()).unwrap();
    assert_eq!(
        supervisor.health().health,
        Health::Degraded,
        "nobody has been asked yet"
    );
    pass(3).await;
    assert_eq!(supervisor.health().health, Health::Healthy);
    a.is(SessionState::Connecting);
    settle().await;
    let health = supervisor.health();
    assert_eq!(health.health, Health::Degraded);
    assert_eq!(health.sessions[0].health, Health::Unhealthy);
    b.is(SessionState::Closed);
    settle().await;
    assert_eq!(supervisor.health().health, Health::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_told_before_it_lapses() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let left = Arc::new(Mutex::new(None));
    let source = Arc::clone(&left);
    let session = act.session().token(3_600 * SECOND, move || *lock(&source));
    supervisor.watch(session).unwrap();
    pass(1).await;
    for (token, health, word) in [
        (None, Health::Healthy, ""),
        (Some(3_600), Health::Healthy, ""),
        (Some(3_599), Health::Degraded, "another 3599 s"),
        (Some(0), Health::Unhealthy, "lapsed"),
    ] {
        *lock(&left) = token.map(Duration::from_secs);
        let report = supervisor.health().sessions[0].clone();
        assert_eq!(report.health, health, "{token:?}");
        assert_eq!(report.token_left, token.map(Duration::from_secs));
        assert!(report.reasons.concat().contains(word), "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_worst_reason_comes_first_and_the_report_can_be_written_down() {
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let session = act.session().token(100 * SECOND, || Some(50 * SECOND));
    supervisor.watch(session).unwrap();
    pass(1).await;
    act.is(SessionState::Connecting);
    pass(12).await;
    let report = supervisor.health();
    let reasons = &report.sessions[0].reasons;
    assert_eq!(reasons[0], "connecting for 12 s");
    assert!(reasons[1].contains("token"), "{reasons:?}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["health"], "unhealthy");
    assert_eq!(json["sessions"][0]["token_left"], 50.0);
    assert_eq!(json["sessions"][0]["session"]["state"], "connecting");
    assert_eq!(json["sessions"][0]["environment"], "simulated");
}

#[cfg(feature = "metrics")]
#[tokio::test(start_paused = true)]
async fn sessions_restarts_and_tokens_are_measured() {
    use broker_core::ErrorKind;
    use std::collections::BTreeMap;
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _here = metrics::set_default_local_recorder(&recorder);
    let (supervisor, act) = (supervisor(), Act::new("alpha"));
    let session = act.session().token(SECOND, || Some(50 * SECOND));
    let session = session.rebuilt_by(|| async { Err(crate::test_support::failure(ErrorKind::Io)) });
    supervisor.watch(session).unwrap();
    pass(1).await;
    act.is(SessionState::Connecting);
    settle().await;
    act.is(SessionState::Ready);
    settle().await;
    act.stub
        .works(&crate::test_support::buy("a", 1, broker_core::dec!(10)));
    let cause = broker_core::event::GapCause::Disconnected;
    act.stub.ledger().gap(cause);
    act.lives(false);
    pass(60).await;
    let measured: BTreeMap<String, String> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| (key.key().name().to_owned(), format!("{value:?}")))
        .collect();
    assert_eq!(measured["broker_reconnects_total"], "Counter(1)");
    assert_eq!(measured["broker_gaps_total"], "Counter(1)");
    assert_eq!(
        measured["broker_session_state"], "Gauge(6.0)",
        "closed for a restart"
    );
    assert_eq!(measured["broker_restarts_total"], "Counter(1)");
    assert_eq!(measured["broker_token_seconds_left"], "Gauge(50.0)");
    assert!(
        measured["broker_event_lag_seconds"].starts_with("Histogram([0.0"),
        "{measured:?}"
    );
}
