use core::time::Duration;
use std::sync::{Arc, Mutex};

use broker_core::{BrokerExt as _, ErrorKind, RateBudget, dec};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::{Budget, Budgets, Priority, RateLimit, Scope};
use crate::{
    layer::Stack,
    test_support::{Stub, buy, lock},
};

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(3_600);

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_span_of_a_period_holds_more_than_the_budget(
        permits in 1_u32..40,
        gaps in prop::collection::vec(0_u64..1_500, 1..120),
    ) {
        let times = paused().block_on(async {
            let budget = Budget::new(permits, SECOND).unwrap();
            let mut times = Vec::new();
            for gap in gaps {
                // Every third request comes right behind the one before.
                if gap % 3 != 0 {
                    sleep(Duration::from_millis(gap)).await;
                }
                budget.acquire(Priority::Read, LONG).await.unwrap();
                times.push(Instant::now());
            }
            times
        });
        for (index, first) in times.iter().enumerate() {
            let within = times[index..].iter().filter(|time| **time - *first < SECOND).count();
            prop_assert!(within <= permits as usize, "{within} of {permits} in one second");
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_queue_before_him_needs(permits in 2_u32..30, asks in 1_u32..90) {
        let took = paused().block_on(async {
            let budget = Budget::new(permits, SECOND).unwrap();
            let began = Instant::now();
            for _ in 0..asks {
                budget.acquire(Priority::Read, LONG).await.unwrap();
            }
            began.elapsed()
        });
        // Half of the permits come back in every period, at the least.
        let periods = asks.div_ceil(permits / 2 + permits % 2);
        prop_assert!(took <= SECOND * periods, "{asks} of {permits} took {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn cancels_go_before_replaces_before_orders_before_reads() {
    let budget = Budget::new(1, SECOND).unwrap();
    budget.acquire(Priority::Read, LONG).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for priority in [
        Priority::Read,
        Priority::Submit,
        Priority::Replace,
        Priority::Cancel,
    ] {
        let (budget, order) = (Arc::clone(&budget), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            budget.acquire(priority, LONG).await.unwrap();
            order.lock().unwrap().push(priority);
        }));
        // Each is in the queue before the next one comes.
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    let expected = [
        Priority::Cancel,
        Priority::Replace,
        Priority::Submit,
        Priority::Read,
    ];
    assert_eq!(*order.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_lets_the_next_one_pass() {
    let budget = Budget::new(1, SECOND).unwrap();
    budget.acquire(Priority::Read, LONG).await.unwrap();
    let first = Arc::clone(&budget);
    let first = tokio::spawn(async move { first.acquire(Priority::Cancel, LONG).await });
    tokio::task::yield_now().await;
    let second = Arc::clone(&budget);
    let second = tokio::spawn(async move { second.acquire(Priority::Read, LONG).await });
    tokio::task::yield_now().await;
    assert_eq!(budget.waiting(), 2);
    first.abort();
    let began = Instant::now();
    second.await.unwrap().unwrap();
    assert!(began.elapsed() <= SECOND + Duration::from_millis(2));
    assert_eq!(budget.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_gets_no_permit_in_time_fails_and_takes_none() {
    let budget = Budget::new(1, Duration::from_secs(10)).unwrap();
    budget.acquire(Priority::Submit, LONG).await.unwrap();
    let error = budget.acquire(Priority::Submit, SECOND).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(budget.waiting(), 0);
    let began = Instant::now();
    budget.acquire(Priority::Submit, LONG).await.unwrap();
    assert!(began.elapsed() <= Duration::from_millis(9_001));
}

#[test]
fn a_budget_of_nothing_is_refused() {
    for (permits, period) in [(0, SECOND), (1, Duration::ZERO)] {
        let error = Budget::new(permits, period).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_the_same_budget_shares_it_and_nobody_pays_twice() {
    let shared = Budgets::new();
    let one = shared.budget(Scope::Orders, 4, SECOND).unwrap();
    let same = shared.clone().budget(Scope::Orders, 4, SECOND).unwrap();
    assert!(Arc::ptr_eq(&one, &same));
    for (scope, permits, period) in [
        (Scope::Reads, 4, SECOND),
        (Scope::Orders, 5, SECOND),
        (Scope::Orders, 4, 2 * SECOND),
    ] {
        let other = shared.budget(scope, permits, period).unwrap();
        assert!(!Arc::ptr_eq(&one, &other), "{scope:?} {permits} {period:?}");
    }
    assert!(shared.budget(Scope::Orders, 0, SECOND).is_err());
    // Half of the four may be used at once; given twice, the first call would have used them up.
    let rate_limit = RateLimit::none()
        .with_budget(Scope::Orders, one)
        .with_budget(Scope::Orders, same)
        .waiting_at_most(Duration::ZERO);
    for _ in 0..2 {
        let paid = rate_limit.pay(&[Scope::Orders], Priority::Submit, "submit");
        paid.await.unwrap();
    }
    let paid = rate_limit.pay(&[Scope::Orders], Priority::Submit, "submit");
    assert_eq!(paid.await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test(start_paused = true)]
async fn the_next_stack_finds_declared_budgets_as_the_one_before_has_left_them() {
    let budgets = Budgets::new();
    for lasts in [true, false, false] {
        let stub = Stub::new();
        *lock(&stub.budgets) = vec![RateBudget {
            scope: "orders".into(),
            permits: 2,
            period_ms: 86_400_000,
        }];
        let standing = Stack::standard()
            .budgets(budgets.clone())
            .waiting_at_most(SECOND)
            .over(stub.dynamic())
            .await
            .unwrap();
        let sent = standing.broker.submit(&buy("a", 1, dec!(10))).await;
        let kind = sent.err().map(|error| error.kind());
        assert_eq!(kind, (!lasts).then_some(ErrorKind::RateLimited));
    }
}
