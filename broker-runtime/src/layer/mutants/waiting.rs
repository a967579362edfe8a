//! Budgets without an order of importance or without an end, and a breaker that stops cancels.

use core::time::Duration;
use std::sync::{Arc, Mutex};

use broker_core::{BrokerExt, Error, ErrorKind, Result, dec};
use tokio::time::Instant;

use super::{Seen, around, ensure, settle};
use crate::{
    layer::{
        Answer, Ask, Budget, CircuitBreaker, Layer, Next, Outgoing, Priority, Query, RateLimit,
    },
    test_support::{Step, Stub, account, buy, failure, id},
};

const SECOND: Duration = Duration::from_secs(1);

// ---- rate limit -------------------------------------------------------------------------------

/// One permit after the other in the order of their coming.
#[derive(Debug)]
struct FirstComeFirstServed(Arc<Budget>);

impl FirstComeFirstServed {
    async fn pay(&self) -> Result<()> {
        self.0.acquire(Priority::Read, 60 * SECOND).await
    }
}

impl Layer for FirstComeFirstServed {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        self.pay().await?;
        next.send(request).await
    }
    async fn read<A: Answer>(&self, _: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        self.pay().await?;
        ask.ask().await
    }
}

async fn a_cancel_overtakes_reads(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    stub.works(&buy("a", 1, dec!(10)));
    let broker = around(&stub, layer);
    let mut asking = Vec::new();
    for _ in 0..4 {
        let broker = Arc::clone(&broker);
        asking.push(tokio::spawn(async move {
            let portfolio = broker.portfolio().unwrap();
            drop(portfolio.summary(&account()).await);
        }));
    }
    settle().await;
    drop(broker.cancel(&account(), &id("a")).await);
    let before = stub.count("summary");
    for task in asking {
        task.await.unwrap();
    }
    ensure(before <= 1, "a cancel waited behind questions")
}

#[tokio::test(start_paused = true)]
async fn a_budget_without_an_order_is_found_out() {
    let budget = || Budget::new(1, SECOND).unwrap();
    a_cancel_overtakes_reads(RateLimit::shared(budget()))
        .await
        .unwrap();
    a_cancel_overtakes_reads(FirstComeFirstServed(budget()))
        .await
        .unwrap_err();
}

/// Begins to count anew with every period, so that the end of one and the beginning of the next
/// together hold twice as many.
#[derive(Debug)]
struct CountsByTheClock {
    began: Instant,
    used: Mutex<(u128, u32)>,
}

impl Layer for CountsByTheClock {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        loop {
            let period = self.began.elapsed().as_millis() / SECOND.as_millis();
            {
                let mut used = self.used.lock().unwrap();
                if used.0 != period {
                    *used = (period, 0);
                }
                if used.1 < 4 {
                    used.1 += 1;
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        next.send(request).await
    }
}

async fn no_second_holds_more_than_four(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    let broker = around(&stub, layer);
    let mut sent = Vec::new();
    // The end of a second by the clock.
    tokio::time::sleep(Duration::from_millis(900)).await;
    for n in 0..12 {
        drop(broker.submit(&buy(&format!("o{n}"), 1, dec!(10))).await);
        sent.push(Instant::now());
    }
    let within = |from: &Instant| {
        let held = sent
            .iter()
            .filter(|at| **at >= *from && **at - *from < SECOND);
        held.count()
    };
    let most = sent.iter().map(within).max();
    ensure(
        most <= Some(4),
        "a span of one period held more than the budget",
    )
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_counts_by_the_clock_is_found_out() {
    let budget = Budget::new(4, SECOND).unwrap();
    no_second_holds_more_than_four(RateLimit::shared(budget))
        .await
        .unwrap();
    let mutant = CountsByTheClock {
        began: Instant::now(),
        used: Mutex::default(),
    };
    no_second_holds_more_than_four(mutant).await.unwrap_err();
}

// ---- circuit breaker --------------------------------------------------------------------------

/// Opens after three failures, for everything.
#[derive(Debug, Default)]
struct StopsCancels(Mutex<u32>);

impl StopsCancels {
    fn open(&self) -> Result<()> {
        if *self.0.lock().unwrap() < 3 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Disconnected, "the breaker is open"))
    }
    fn seen<T>(&self, answer: Result<T>) -> Result<T> {
        *self.0.lock().unwrap() += u32::from(answer.is_err());
        answer
    }
}

impl Layer for StopsCancels {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        self.open()?;
        self.seen(next.send(request).await)
    }
    async fn read<A: Answer>(&self, _: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        self.open()?;
        self.seen(ask.ask().await)
    }
}

async fn cancels_pass_an_open_breaker(layer: impl Layer) -> Seen {
    let stub = Stub::new();
    stub.works(&buy("a", 1, dec!(10)));
    let broker = around(&stub, layer);
    for _ in 0..3 {
        stub.then("summary", Step::Fail(failure(ErrorKind::Timeout)));
        drop(broker.portfolio().unwrap().summary(&account()).await);
    }
    let held = broker.submit(&buy("b", 1, dec!(10))).await;
    ensure(held.is_err(), "an open breaker let an order through")?;
    let canceled = broker.cancel(&account(), &id("a")).await;
    let all = broker.cancel_all(&account()).await;
    ensure(
        canceled.is_ok() && all.is_ok() && stub.count("cancel") == 1,
        "an open breaker stopped a cancel",
    )
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_stops_cancels_is_found_out() {
    cancels_pass_an_open_breaker(CircuitBreaker::default())
        .await
        .unwrap();
    let seen = cancels_pass_an_open_breaker(StopsCancels::default()).await;
    assert_eq!(seen, Err("an open breaker stopped a cancel"));
}
