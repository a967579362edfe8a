use core::time::Duration;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use broker_core::{Broker, BrokerExt as _, ErrorKind, dec, model::BrokerId};
use broker_sim::paper::PaperBroker;

use super::*;
use crate::supervisor::{READY_WITHIN, SHUTDOWN_WITHIN, Timing};

const TEXT: &str = r#"
[brokers.paper]
kind = "simulator"
[accounts.main]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"
limits.max_order_notional = 25000
[supervisor]
check_every = "10s"
first_pause = "1s"
recheck_every = "50ms"
failures = 1
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::loader().text(text).load()
}

#[test]
fn the_times_that_are_not_set_are_those_of_a_supervisor() {
    let config = read("").unwrap().supervisor;
    assert_eq!(config.timing(), Timing::default());
    assert_eq!(config.ready_within.get(), READY_WITHIN);
    assert_eq!(config.shutdown_within.get(), SHUTDOWN_WITHIN);
}

#[test]
fn each_time_that_is_set_is_the_one_that_counts() {
    let keys = [
        "check_every",
        "apart",
        "answer_within",
        "patience",
        "close_within",
        "rebuild_within",
        "first_pause",
        "longest_pause",
        "recheck_every",
        "lag_limit",
        "lag_window",
        "gateway.down_for",
        "gateway.every",
        "gateway.within",
    ];
    let mut text = "supervisor.failures = 7\n".to_owned();
    for (number, key) in keys.iter().enumerate() {
        text += &format!("supervisor.{key} = \"{}s\"\n", 100 + number);
    }
    let seconds = |number: u64| Duration::from_secs(100 + number);
    let expected = Timing {
        check_every: seconds(0),
        apart: seconds(1),
        answer_within: seconds(2),
        failures: 7,
        patience: seconds(3),
        close_within: seconds(4),
        rebuild_within: seconds(5),
        first_pause: seconds(6),
        longest_pause: seconds(7),
        recheck_every: seconds(8),
        lag_limit: seconds(9),
        lag_window: seconds(10),
        gateway_down_for: seconds(11),
        gateway_every: seconds(12),
        gateway_within: seconds(13),
    };
    assert_eq!(read(&text).unwrap().supervisor.timing(), expected);
}

#[test]
fn times_that_cannot_be_meant_are_named() {
    let wrong = [
        ("check_every = \"999ms\"", "supervisor.check_every"),
        ("failures = 0", "supervisor.failures"),
        ("answer_within = \"0s\"", "supervisor.answer_within"),
        ("first_pause = \"2m\"", "supervisor.first_pause"),
        ("gateway.every = \"0s\"", "supervisor.gateway.every"),
    ];
    for (setting, path) in wrong {
        let error = read(&format!("[supervisor]\n{setting}")).unwrap_err();
        let paths: Vec<_> = error.problems().iter().map(|one| &*one.path).collect();
        assert_eq!(paths, [path], "{error}");
    }
}

/// A program with one adapter, and how often it has made one.
fn kinds() -> (Kinds, Arc<AtomicU32>) {
    let made = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&made);
    let kinds = Kinds::new().with("simulator", move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok(Arc::new(PaperBroker::builder().build()?) as Arc<dyn Broker>) }
    });
    (kinds, made)
}

#[tokio::test]
async fn a_session_that_is_dead_is_made_anew_as_configured_over_the_same_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.toml");
    let journal = if cfg!(feature = "sqlite") {
        "[layers.journal]\nfolder = \"journal\"\n"
    } else {
        ""
    };
    std::fs::write(&path, format!("{TEXT}{journal}")).unwrap();
    let config = Config::loader().file(&path).load().unwrap();
    let (kinds, made) = kinds();
    let connected = config.connect(&kinds).await.unwrap();
    let name = BrokerId::new("paper").unwrap();
    let supervisor = config.supervisor(&connected);
    let session = config.session(&name, &kinds, &connected).unwrap();
    supervisor.watch(session).unwrap();
    let within = config.supervisor.ready_within.get();
    let first = supervisor.ensure_ready(&name, within).await.unwrap().broker;
    first.close().await.unwrap();
    let second = supervisor.ensure_ready(&name, within).await.unwrap().broker;
    assert_eq!(made.load(Ordering::SeqCst), 2);
    let seat = &connected.registry.seats()[0];
    assert!(Arc::ptr_eq(&seat.broker, &second), "it is in its place");
    let order = second.buy("AAPL", 1_000).limit(dec!(150.00));
    let refused = order.submit().await.unwrap_err();
    assert!(
        refused.to_string().contains("max_order_notional"),
        "{refused}"
    );
    // The one switch of the program is that of the new session, too.
    let canceled = connected.risk.kill("a test").await.unwrap();
    assert!(
        canceled.iter().all(|(.., answer)| answer.is_ok()),
        "{canceled:?}"
    );
    let order = second.buy("AAPL", 1).limit(dec!(150.00));
    let refused = order.submit().await.unwrap_err();
    assert!(refused.to_string().contains("kill_switch"), "{refused}");
    assert!(supervisor.shutdown(SHUTDOWN_WITHIN).await.is_clean());
}

#[tokio::test]
async fn the_sessions_of_a_broker_share_its_budget() {
    let budget = "budgets = [{ scope = \"orders\", permits = 2, period = \"1d\" }]";
    let budget = format!("[brokers.paper.rate_limit]\nlongest_wait = \"1ms\"\n{budget}\n");
    let config = read(&format!("{budget}{TEXT}")).unwrap();
    let (kinds, made) = kinds();
    let connected = config.connect(&kinds).await.unwrap();
    let name = BrokerId::new("paper").unwrap();
    let supervisor = config.supervisor(&connected);
    let session = config.session(&name, &kinds, &connected).unwrap();
    supervisor.watch(session).unwrap();
    let within = config.supervisor.ready_within.get();
    // Half of the two may be used at once.
    for lasts in [true, false] {
        let broker = supervisor.ensure_ready(&name, within).await.unwrap().broker;
        let order = broker.buy("AAPL", 1).limit(dec!(150.00));
        let kind = order.submit().await.err().map(|error| error.kind());
        assert_eq!(kind, (!lasts).then_some(ErrorKind::RateLimited));
        if lasts {
            broker.close().await.unwrap();
        }
    }
    assert_eq!(made.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_broker_that_was_not_connected_cannot_be_watched() {
    let config = read(TEXT).unwrap();
    let (kinds, _) = kinds();
    let connected = config.connect(&kinds).await.unwrap();
    let other = BrokerId::new("other").unwrap();
    let error = config.session(&other, &kinds, &connected).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
