//! Each pair of layers whose order matters, in the right order; each test fails in the other one.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, BrokerExt, ErrorKind, UnconfirmedCause, dec, model::ChainQuery,
};
use tokio::time::Instant;

use super::*;
use crate::test_support::{Step, Stub, account, apple, buy, failure};

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
        .layer(RetryReads::default())
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
        ask.await.unwrap().unwrap();
    }
    assert_eq!(stub.count("option_chain"), 3);
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
