//! Each pair of layers whose order matters, in the right order; each test fails in the other one.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, BrokerExt, ErrorKind, UnconfirmedCause, dec, model::ChainQuery,
};
use tokio::time::Instant;

use super::*;
use crate::{
    journal::{Action, IntentOutcome, JournalFilter, JournalStore, MemoryStore, NewIntent},
    risk::{Limits, RiskLimits, TradingHours},
    test_support::{Step, Stub, account, apple, buy, failure, id, start},
};

const SECOND: Duration = Duration::from_secs(1);

fn over(stub: &Arc<Stub>) -> Stack {
    Stack::over(stub.dynamic())
}

fn one_in(period: Duration) -> RateLimit {
    RateLimit::shared(Budget::new(1, period).unwrap()).waiting_at_most(60 * SECOND)
}

#[tokio::test(start_paused = true)]
async fn timeout_inside_rate_limit_waiting_for_a_permit_is_no_silence_of_the_broker() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(Timeout::after(SECOND))
        .unwrap()
        .layer(one_in(5 * SECOND))
        .unwrap()
        .build();
    broker.accounts().await.unwrap();
    let began = Instant::now();
    // The other way round this would be unconfirmed, though it was never sent.
    let answer = broker.submit(&buy("a", 1, dec!(10))).await.unwrap();
    assert!(answer.is_accepted());
    assert!(began.elapsed() > 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn timeout_inside_circuit_breaker_silence_counts_as_a_failure() {
    let stub = Stub::new();
    let breaker = Arc::new(CircuitBreaker::new(1, 60 * SECOND));
    let broker = over(&stub)
        .layer(Timeout::after(SECOND))
        .unwrap()
        .layer(Arc::clone(&breaker))
        .unwrap()
        .build();
    stub.then("accounts", Step::Hang);
    broker.accounts().await.unwrap_err();
    assert_eq!(breaker.status().state, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn timeout_inside_retry_reads_silence_is_retried() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(Timeout::after(SECOND))
        .unwrap()
        .layer(RetryReads::default())
        .unwrap()
        .build();
    stub.then("accounts", Step::Hang);
    broker.accounts().await.unwrap();
    assert_eq!(stub.count("accounts"), 2);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_inside_circuit_breaker_an_open_breaker_costs_no_permit() {
    let stub = Stub::new();
    let budget = Budget::new(2, 3_600 * SECOND).unwrap();
    let broker = over(&stub)
        .layer(RateLimit::shared(budget).waiting_at_most(SECOND))
        .unwrap()
        .layer(CircuitBreaker::new(1, 60 * SECOND))
        .unwrap()
        .build();
    stub.then("accounts", Step::Fail(failure(ErrorKind::Disconnected)));
    broker.accounts().await.unwrap_err();
    let began = Instant::now();
    for _ in 0..5 {
        // The other way round they would wait for permits before they are told.
        let error = broker.accounts().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Disconnected);
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_inside_retry_reads_each_attempt_pays() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(one_in(10 * SECOND))
        .unwrap()
        .layer(RetryReads::default())
        .unwrap()
        .build();
    stub.then("accounts", Step::Fail(failure(ErrorKind::Timeout)));
    let began = Instant::now();
    broker.accounts().await.unwrap();
    assert!(
        began.elapsed() >= 10 * SECOND,
        "the second attempt had no permit"
    );
}

#[tokio::test(start_paused = true)]
async fn circuit_breaker_inside_retry_reads_each_attempt_counts() {
    let stub = Stub::new();
    let breaker = Arc::new(CircuitBreaker::new(3, 60 * SECOND));
    let broker = over(&stub)
        .layer(Arc::clone(&breaker))
        .unwrap()
        .layer(RetryReads::default())
        .unwrap()
        .build();
    for _ in 0..3 {
        stub.then("accounts", Step::Fail(failure(ErrorKind::Timeout)));
    }
    broker.accounts().await.unwrap_err();
    assert_eq!(breaker.status().failures, 3);
    // And an open one is not waited for.
    let began = Instant::now();
    broker.accounts().await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_inside_cache_a_kept_answer_costs_no_permit() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(one_in(10 * SECOND))
        .unwrap()
        .layer(Cache::default())
        .unwrap()
        .build();
    let began = Instant::now();
    for _ in 0..5 {
        broker
            .reference()
            .unwrap()
            .contract(&apple())
            .await
            .unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn circuit_breaker_inside_cache_kept_answers_are_given_while_it_is_open() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(CircuitBreaker::new(1, 60 * SECOND))
        .unwrap()
        .layer(Cache::default())
        .unwrap()
        .build();
    let reference = broker.reference().unwrap();
    reference.contract(&apple()).await.unwrap();
    stub.then("accounts", Step::Fail(failure(ErrorKind::Disconnected)));
    broker.accounts().await.unwrap_err();
    reference.contract(&apple()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn retry_reads_inside_cache_those_who_wait_share_the_retries() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(RetryReads::default().attempts(2))
        .unwrap()
        .layer(Cache::default())
        .unwrap()
        .build();
    for _ in 0..2 {
        stub.then("option_chain", Step::Fail(failure(ErrorKind::Timeout)));
    }
    let ask = || {
        let broker = Arc::clone(&broker);
        let query = ChainQuery::new(apple(), chrono::NaiveDate::default());
        tokio::spawn(async move { broker.reference().unwrap().option_chain(&query).await })
    };
    let asks: Vec<_> = (0..10).map(|_| ask()).collect();
    for ask in asks {
        // The other way round, all but one would ask again by themselves and be answered.
        ask.await.unwrap().unwrap_err();
    }
    assert_eq!(stub.count("option_chain"), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_order_stays_unconfirmed_through_every_layer() {
    let stub = Stub::new();
    let broker = over(&stub)
        .layer(Timeout::after(SECOND))
        .unwrap()
        .layer(one_in(SECOND))
        .unwrap()
        .layer(CircuitBreaker::default())
        .unwrap()
        .layer(RetryReads::default())
        .unwrap()
        .layer(Cache::default())
        .unwrap()
        .layer(Telemetry::global())
        .unwrap()
        .build();
    stub.then("submit", Step::Hang);
    let answer = broker.submit(&buy("a", 1, dec!(10))).await.unwrap();
    assert_eq!(
        answer,
        Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)
    );
    assert_eq!(stub.count("submit"), 1);
    assert_eq!(
        broker
            .desk()
            .ledger(&account())
            .unwrap()
            .unconfirmed()
            .len(),
        1
    );
}

// ---- with a journal, limits and a trail -----------------------------------------------------------

async fn journal(store: &Arc<MemoryStore>) -> Arc<Journal> {
    Journal::open(Arc::clone(store) as Arc<dyn JournalStore>)
        .await
        .unwrap()
}

async fn outcomes(store: &MemoryStore) -> Vec<&'static str> {
    let intents = store.intents(&JournalFilter::default()).await.unwrap();
    intents
        .iter()
        .map(|intent| intent.outcome.as_str())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn timeout_inside_journal_silence_is_written_down_as_unconfirmed() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let broker = over(&stub)
        .layer(Timeout::after(SECOND))
        .unwrap()
        .layer(journal(&store).await)
        .unwrap()
        .build();
    stub.then("submit", Step::Hang);
    let _ = broker.submit(&buy("a", 1, dec!(10))).await.unwrap();
    let written = store.intents(&JournalFilter::default()).await.unwrap();
    let cause = UnconfirmedCause::Timeout;
    assert_eq!(written[0].outcome, IntentOutcome::Unconfirmed { cause });
}

#[tokio::test(start_paused = true)]
async fn circuit_breaker_inside_journal_what_it_held_back_is_refused_and_may_be_sent_later() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let broker = over(&stub)
        .layer(CircuitBreaker::new(1, 60 * SECOND))
        .unwrap()
        .layer(journal(&store).await)
        .unwrap()
        .build();
    broker.contract(&apple()).await.unwrap();
    stub.then("accounts", Step::Fail(failure(ErrorKind::Disconnected)));
    broker.accounts().await.unwrap_err();
    broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!(outcomes(&store).await, ["refused"]);
    tokio::time::advance(61 * SECOND).await;
    let _ = broker.submit(&buy("a", 1, dec!(10))).await.unwrap();
    assert_eq!(outcomes(&store).await, ["refused", "accepted"]);
}

#[tokio::test(start_paused = true)]
async fn retry_reads_inside_journal_lookups_after_a_crash_are_retried() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let intent = NewIntent {
        account: account(),
        client_order_id: Some(id("a")),
        action: Action::Submit {
            order: Arc::new(buy("a", 1, dec!(10))),
            list: None,
        },
        at: start(),
    };
    store.begin(vec![intent]).await.unwrap();
    let moment = Duration::from_millis(1);
    let journal = journal(&store).await;
    let _broker = over(&stub)
        .layer(RetryReads::default().delays(moment, moment))
        .unwrap()
        .layer(Arc::clone(&journal))
        .unwrap()
        .build();
    stub.then("find", Step::Fail(failure(ErrorKind::Timeout)));
    let began = Instant::now();
    journal.recovered().await;
    assert!(
        began.elapsed() < Duration::from_millis(100),
        "the journal itself had to ask again"
    );
}

#[tokio::test]
async fn cache_inside_risk_schedules_are_asked_for_once() {
    let stub = Stub::new();
    let mut limits = Limits::new();
    limits.trading_hours = Some(TradingHours::AnySession);
    let broker = over(&stub)
        .layer(Cache::default())
        .unwrap()
        .layer(Risk::new(RiskLimits::each(limits)))
        .unwrap()
        .build();
    for n in 0..3 {
        let _closed = broker.submit(&buy(&format!("o{n}"), 1, dec!(10))).await;
    }
    assert_eq!(stub.count("schedule"), 1);
}

#[tokio::test]
async fn journal_inside_risk_what_a_limit_refuses_is_no_intent() {
    let (stub, store) = (Stub::new(), MemoryStore::new());
    let mut limits = Limits::new();
    limits.max_order_quantity = Some(dec!(1));
    let broker = over(&stub)
        .layer(journal(&store).await)
        .unwrap()
        .layer(Risk::new(RiskLimits::each(limits)))
        .unwrap()
        .build();
    broker.submit(&buy("a", 2, dec!(10))).await.unwrap_err();
    assert!(outcomes(&store).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn risk_inside_intake_an_order_whose_limits_are_looked_at_is_on_its_way() {
    let stub = Stub::new();
    let mut limits = Limits::new();
    limits.trading_hours = Some(TradingHours::AnySession);
    let intake = Intake::open();
    let broker = over(&stub)
        .layer(Risk::new(RiskLimits::each(limits)))
        .unwrap()
        .layer(Arc::clone(&intake))
        .unwrap()
        .build();
    stub.then("schedule", Step::Slow(5 * SECOND));
    let order = tokio::spawn(async move { broker.submit(&buy("a", 1, dec!(10))).await });
    tokio::time::sleep(SECOND).await;
    assert_eq!((stub.count("schedule"), stub.count("submit")), (1, 0));
    assert_eq!(intake.on_their_way(), 1);
    intake.stop("over");
    intake.idle().await;
    // It was let in before the stop, so it ends as it would have.
    let error = order.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RiskRefused, "the market is closed");
}

#[tokio::test]
async fn intake_inside_audit_what_came_after_a_stop_is_in_the_trail() {
    let (stub, folder) = (Stub::new(), tempfile::TempDir::new().unwrap());
    let intake = Intake::open();
    let audit = Audit::in_folder(folder.path()).open().unwrap();
    let broker = over(&stub)
        .layer(Arc::clone(&intake))
        .unwrap()
        .layer(Arc::clone(&audit))
        .unwrap()
        .build();
    intake.stop("over");
    broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert!(broker.cancel_all(&account()).await.unwrap().is_accepted());
    assert_eq!((stub.count("submit"), stub.count("cancel_all")), (0, 1));
    audit.flush().await.unwrap();
    assert_eq!(audit.head().seq, 2);
}

#[tokio::test]
async fn risk_inside_audit_refusals_are_in_the_trail() {
    let (stub, folder) = (Stub::new(), tempfile::TempDir::new().unwrap());
    let mut limits = Limits::new();
    limits.max_order_quantity = Some(dec!(1));
    let audit = Audit::in_folder(folder.path()).open().unwrap();
    let broker = over(&stub)
        .layer(Risk::new(RiskLimits::each(limits)))
        .unwrap()
        .layer(Arc::clone(&audit))
        .unwrap()
        .build();
    broker.submit(&buy("a", 2, dec!(10))).await.unwrap_err();
    audit.flush().await.unwrap();
    assert_eq!(audit.head().seq, 1);
}
