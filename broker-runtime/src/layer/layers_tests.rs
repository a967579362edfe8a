//! What each small layer does by itself.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Acknowledgement, Broker, BrokerExt, Covered, ErrorKind, Lookup, Retry, SessionState,
    UnconfirmedCause, dec,
    model::{BarInterval, BarQuery, ChainQuery, InstrumentQuery, OrderList, Subscription},
};
use tokio::time::Instant;

use super::*;
use crate::test_support::{Step, Stub, account, apple, buy, equity, failure, id, lock, price};

const SECOND: Duration = Duration::from_secs(1);

fn timed_out() -> Acknowledgement {
    Acknowledgement::unconfirmed(UnconfirmedCause::Timeout)
}

// ---- timeout ----------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_order_without_an_answer_is_unconfirmed_and_no_error() {
    let stub = Stub::new();
    let broker = Stack::over(stub.dynamic())
        .layer(Timeout::after(SECOND))
        .unwrap()
        .build();
    for operation in ["submit", "cancel", "cancel_all", "submit_list", "replace"] {
        stub.then(operation, Step::Hang);
    }
    assert_eq!(
        broker.submit(&buy("a", 1, dec!(10))).await.unwrap(),
        timed_out()
    );
    assert_eq!(
        broker.cancel(&account(), &id("a")).await.unwrap(),
        timed_out()
    );
    assert_eq!(broker.cancel_all(&account()).await.unwrap(), timed_out());
    let mut change = broker_core::model::ReplaceOrder::new(account(), id("a"));
    change.limit_price = Some(price(dec!(11)));
    assert_eq!(broker.replace(&change).await.unwrap(), timed_out());
    let list = OrderList::bracket(buy("b", 1, dec!(10)), price(dec!(12)), price(dec!(8))).unwrap();
    assert_eq!(
        broker.submit_list(&list).await.unwrap(),
        vec![timed_out(); 3]
    );
    assert_eq!(
        broker
            .desk()
            .ledger(&account())
            .unwrap()
            .unconfirmed()
            .len(),
        4
    );
}

#[tokio::test(start_paused = true)]
async fn a_question_without_an_answer_is_a_timeout() {
    let stub = Stub::new();
    let broker = Stack::over(stub.dynamic())
        .layer(Timeout::after(SECOND))
        .unwrap()
        .build();
    stub.then("summary", Step::Hang);
    let began = Instant::now();
    let error = broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap_err();
    assert_eq!(began.elapsed(), SECOND);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    stub.then("open_line", Step::Hang);
    let line = broker
        .subscribe(&Subscription::Quotes {
            instrument: apple(),
        })
        .await;
    assert_eq!(line.unwrap_err().kind(), ErrorKind::Timeout);
    stub.then("close", Step::Hang);
    assert_eq!(broker.close().await.unwrap_err().kind(), ErrorKind::Timeout);
}

// ---- circuit breaker --------------------------------------------------------------------------

fn broken(stub: &Arc<Stub>) -> (Arc<CircuitBreaker>, Arc<dyn Broker>) {
    let breaker = Arc::new(CircuitBreaker::default());
    let stack = Stack::over(stub.dynamic()).layer(Arc::clone(&breaker));
    (breaker, stack.unwrap().build())
}

async fn fail(stub: &Stub, broker: &dyn Broker, times: usize) {
    for _ in 0..times {
        stub.then("summary", Step::Fail(failure(ErrorKind::Timeout)));
        let answer = broker.portfolio().unwrap().summary(&account()).await;
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::Timeout);
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_opens_after_three_failures_in_a_row_and_sends_nothing() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    fail(&stub, &*broker, 2).await;
    broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap();
    fail(&stub, &*broker, 2).await;
    assert_eq!(breaker.status().state, BreakerState::Closed);
    fail(&stub, &*broker, 1).await;
    tokio::time::advance(SECOND).await;
    let status = breaker.status();
    assert_eq!((status.state, status.failures), (BreakerState::Open, 3));
    assert_eq!(status.last_failure_age, Some(SECOND));
    assert_eq!(status.recovers_in, Some(59 * SECOND));
    let error = broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert!(matches!(error.retry(), Retry::Safe { after } if after == 59 * SECOND));
    assert_eq!(stub.count("submit"), 0);
    // The identifier is free again: nothing was sent.
    assert!(broker.order(&account(), &id("a")).is_err());
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_lets_cancels_through() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    stub.works(&buy("a", 1, dec!(10)));
    fail(&stub, &*broker, 3).await;
    stub.then("cancel", Step::Unconfirmed(UnconfirmedCause::Timeout));
    assert_eq!(
        broker.cancel(&account(), &id("a")).await.unwrap(),
        timed_out()
    );
    assert_eq!(breaker.status().state, BreakerState::Open);
    assert!(broker.cancel_all(&account()).await.unwrap().is_accepted());
    assert_eq!(breaker.status().state, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn one_probe_decides_whether_a_breaker_closes() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    fail(&stub, &*broker, 3).await;
    tokio::time::advance(60 * SECOND).await;
    assert_eq!(breaker.status().state, BreakerState::HalfOpen);
    fail(&stub, &*broker, 1).await;
    assert_eq!(breaker.status().state, BreakerState::Open);
    tokio::time::advance(60 * SECOND).await;
    stub.then("summary", Step::Hold);
    let asking = Arc::clone(&broker);
    let probe = tokio::spawn(async move { asking.portfolio().unwrap().summary(&account()).await });
    tokio::task::yield_now().await;
    let second = broker.portfolio().unwrap().summary(&account()).await;
    assert_eq!(second.unwrap_err().kind(), ErrorKind::Disconnected);
    stub.held.notify_one();
    probe.await.unwrap().unwrap();
    assert_eq!(breaker.status().state, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_given_up_lets_the_next_call_be_the_probe() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    fail(&stub, &*broker, 3).await;
    tokio::time::advance(60 * SECOND).await;
    stub.then("summary", Step::Hang);
    let portfolio = broker.portfolio().unwrap();
    let given_up = tokio::time::timeout(SECOND, portfolio.summary(&account())).await;
    assert!(given_up.is_err());
    portfolio.summary(&account()).await.unwrap();
    assert_eq!(breaker.status().state, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_ready_anew_is_probed_at_once() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    fail(&stub, &*broker, 3).await;
    stub.session.send_replace(SessionState::Connecting);
    assert!(
        broker
            .portfolio()
            .unwrap()
            .summary(&account())
            .await
            .is_err()
    );
    stub.session.send_replace(SessionState::Ready);
    broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap();
    assert_eq!(breaker.status().state, BreakerState::Closed);
}

#[tokio::test]
async fn a_refusal_by_the_broker_is_no_failure_and_an_unconfirmed_order_is_one() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    for n in 0..5 {
        stub.then("submit", Step::Fail(failure(ErrorKind::Rejected)));
        broker
            .submit(&buy(&format!("r{n}"), 1, dec!(10)))
            .await
            .unwrap_err();
    }
    assert_eq!(breaker.status().failures, 0);
    for n in 0..3 {
        stub.then("submit", Step::Unconfirmed(UnconfirmedCause::Timeout));
        assert_eq!(
            broker
                .submit(&buy(&format!("u{n}"), 1, dec!(10)))
                .await
                .unwrap(),
            timed_out()
        );
    }
    assert_eq!(breaker.status().state, BreakerState::Open);
}

/// Answers that say that nobody could be asked.
async fn could_not_ask(stub: &Stub, broker: &dyn Broker) {
    let why = || "no connection".into();
    lock(&stub.positions).insert(account(), Covered::Unavailable(why()));
    let positions = broker.portfolio().unwrap().positions(&account()).await;
    assert!(matches!(positions.unwrap(), Covered::Unavailable(_)));
    let text = broker_core::model::BrokerText::text("no connection");
    lock(&stub.lookups).insert(id("x"), Lookup::Inconclusive(text));
    let found = broker.trading().unwrap().find(&account(), &id("x")).await;
    assert!(matches!(found.unwrap(), Lookup::Inconclusive(_)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_could_be_asked_does_not_make_failures_forgotten() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    fail(&stub, &*broker, 2).await;
    could_not_ask(&stub, &*broker).await;
    assert_eq!(breaker.status().failures, 2);
    fail(&stub, &*broker, 1).await;
    assert_eq!(breaker.status().state, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_could_be_asked_does_not_close_a_breaker() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    fail(&stub, &*broker, 3).await;
    tokio::time::advance(60 * SECOND).await;
    could_not_ask(&stub, &*broker).await;
    assert_eq!(breaker.status().state, BreakerState::HalfOpen);
    assert_eq!(breaker.status().failures, 3);
    // A part of an answer is one, and closes it.
    let missing = "orders of yesterday".into();
    let part = Covered::Partial {
        value: Vec::new(),
        missing,
    };
    lock(&stub.positions).insert(account(), part);
    let _ = broker.portfolio().unwrap().positions(&account()).await;
    assert_eq!(breaker.status().state, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn quotes_that_all_failed_for_want_of_a_connection_are_a_failure() {
    let stub = Stub::new();
    let (breaker, broker) = broken(&stub);
    lock(&stub.quote_failures).insert(apple(), failure(ErrorKind::Disconnected));
    for failures in 1..=2 {
        let quotes = broker.market_data().unwrap();
        assert!(quotes.quotes(&[apple()]).await.unwrap()[0].is_err());
        assert_eq!(breaker.status().failures, failures);
    }
    // One that the broker does not know is its answer.
    let quotes = broker.market_data().unwrap();
    let _ = quotes.quotes(&[apple(), equity("TSLA")]).await.unwrap();
    assert_eq!(breaker.status().failures, 0);
}

// ---- retries ----------------------------------------------------------------------------------

fn retrying(stub: &Arc<Stub>) -> Arc<dyn Broker> {
    Stack::over(stub.dynamic())
        .layer(RetryReads::default())
        .unwrap()
        .build()
}

#[tokio::test(start_paused = true)]
async fn a_question_is_asked_again_and_a_command_never() {
    let stub = Stub::new();
    let broker = retrying(&stub);
    for _ in 0..2 {
        stub.then("summary", Step::Fail(failure(ErrorKind::Timeout)));
    }
    broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap();
    assert_eq!(stub.count("summary"), 3);
    stub.then("submit", Step::Fail(failure(ErrorKind::Timeout)));
    let error = broker.submit(&buy("a", 1, dec!(10))).await.unwrap_err();
    assert_eq!(
        (error.kind(), stub.count("submit")),
        (ErrorKind::Timeout, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn a_question_is_given_up_after_the_last_attempt_and_at_once_when_it_cannot_help() {
    let stub = Stub::new();
    let broker = retrying(&stub);
    for _ in 0..9 {
        stub.then("summary", Step::Fail(failure(ErrorKind::Disconnected)));
    }
    let error = broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), stub.count("summary")),
        (ErrorKind::Disconnected, 3)
    );
    stub.then(
        "positions",
        Step::Fail(failure(ErrorKind::PermissionDenied)),
    );
    broker
        .portfolio()
        .unwrap()
        .positions(&account())
        .await
        .unwrap_err();
    assert_eq!(stub.count("positions"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_as_long_as_the_broker_asks_for() {
    let stub = Stub::new();
    let broker = retrying(&stub);
    let after = 7 * SECOND;
    let busy = failure(ErrorKind::RateLimited).with_retry(Retry::Safe { after });
    stub.then("summary", Step::Fail(busy));
    let began = Instant::now();
    broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap();
    assert!(began.elapsed() >= after);
    // Longer than anybody waits: the error comes back at once.
    let after = 3_600 * SECOND;
    stub.then(
        "summary",
        Step::Fail(failure(ErrorKind::RateLimited).with_retry(Retry::Safe { after })),
    );
    let began = Instant::now();
    broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap_err();
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_closed_session_is_asked_once() {
    let stub = Stub::new();
    let broker = retrying(&stub);
    broker.close().await.unwrap();
    stub.then("summary", Step::Fail(failure(ErrorKind::Disconnected)));
    broker
        .portfolio()
        .unwrap()
        .summary(&account())
        .await
        .unwrap_err();
    assert_eq!(stub.count("summary"), 1);
}

// ---- cache ------------------------------------------------------------------------------------

fn cached(stub: &Arc<Stub>) -> Arc<dyn Broker> {
    Stack::over(stub.dynamic())
        .layer(Cache::default())
        .unwrap()
        .build()
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_for_its_time_and_not_longer() {
    let stub = Stub::new();
    let broker = cached(&stub);
    let reference = broker.reference().unwrap();
    let query = ChainQuery::new(apple(), chrono::NaiveDate::default());
    for _ in 0..3 {
        reference.option_chain(&query).await.unwrap();
    }
    assert_eq!(stub.count("option_chain"), 1);
    tokio::time::advance(2 * SECOND).await;
    reference.option_chain(&query).await.unwrap();
    reference.option_chain(&query).await.unwrap();
    assert_eq!(stub.count("option_chain"), 2);
}

#[tokio::test]
async fn different_questions_do_not_share_an_answer() {
    let stub = Stub::new();
    let broker = cached(&stub);
    let reference = broker.reference().unwrap();
    let contract = reference.contract(&apple()).await.unwrap();
    assert_eq!(contract.instrument, apple());
    let other = reference.contract(&equity("MSFT")).await.unwrap();
    assert_eq!(other.instrument, equity("MSFT"));
    reference.search("A", 1).await.unwrap();
    reference.search("A", 2).await.unwrap();
    assert_eq!(stub.count("search"), 2);
    reference
        .resolve(&InstrumentQuery::from("A"))
        .await
        .unwrap();
    reference
        .resolve(&InstrumentQuery::from("B"))
        .await
        .unwrap();
    assert_eq!(stub.count("resolve"), 2);
}

#[tokio::test(start_paused = true)]
async fn equal_questions_at_the_same_time_are_one_call() {
    let stub = Stub::new();
    let broker = cached(&stub);
    stub.then("contract", Step::Slow(SECOND));
    let asks = (0..50).map(|_| {
        let broker = Arc::clone(&broker);
        tokio::spawn(async move { broker.reference().unwrap().contract(&apple()).await })
    });
    for ask in asks.collect::<Vec<_>>() {
        ask.await.unwrap().unwrap();
    }
    assert_eq!(stub.count("contract"), 1);
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let stub = Stub::new();
    let broker = cached(&stub);
    stub.then("contract", Step::Fail(failure(ErrorKind::NotFound)));
    broker
        .reference()
        .unwrap()
        .contract(&apple())
        .await
        .unwrap_err();
    broker
        .reference()
        .unwrap()
        .contract(&apple())
        .await
        .unwrap();
}

#[tokio::test]
async fn trading_balances_and_prices_are_never_kept() {
    let stub = Stub::new();
    stub.quote(&apple(), dec!(10));
    let broker = cached(&stub);
    for _ in 0..2 {
        broker.accounts().await.unwrap();
        broker
            .portfolio()
            .unwrap()
            .summary(&account())
            .await
            .unwrap();
        let _ = broker
            .portfolio()
            .unwrap()
            .positions(&account())
            .await
            .unwrap();
        broker
            .portfolio()
            .unwrap()
            .profit_and_loss(&account())
            .await
            .unwrap();
        let _ = broker.lookup(&account(), &id("a")).await.unwrap();
        let _ = broker
            .orders(&account(), &Default::default())
            .await
            .unwrap();
        let _ = broker.fills(&account(), &Default::default()).await.unwrap();
        broker.preview(&buy("a", 1, dec!(10))).await.unwrap();
        broker.quote_of(&apple()).await.unwrap();
        broker
            .market_data()
            .unwrap()
            .depth(&apple(), 1)
            .await
            .unwrap();
        broker
            .market_data()
            .unwrap()
            .trades(&apple(), 1)
            .await
            .unwrap();
        let query = BarQuery::new(apple(), BarInterval::Day1);
        broker.market_data().unwrap().bars(&query).await.unwrap();
    }
    let twice = [
        "accounts",
        "summary",
        "positions",
        "profit_and_loss",
        "find",
        "order_reports",
        "fills",
        "preview",
        "quotes",
        "depth",
        "trades",
        "bars",
    ];
    for operation in twice {
        assert_eq!(stub.count(operation), 2, "{operation}");
    }
}

// ---- forwarding -------------------------------------------------------------------------------

#[tokio::test]
async fn a_service_that_the_broker_lacks_is_lacking_behind_every_layer() {
    let stub = Stub::new();
    let broker = cached(&stub);
    assert!(broker.research().is_none());
    assert!(broker.trading().is_some() && broker.portfolio().is_some());
    assert!(broker.market_data().is_some() && broker.reference().is_some());
    assert_eq!(broker.id(), stub.id());
    assert!(Arc::ptr_eq(broker.desk(), stub.desk()));
}
