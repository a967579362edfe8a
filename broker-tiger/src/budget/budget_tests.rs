use core::time::Duration;
use std::sync::Arc;

use broker_core::{ErrorKind, Retry, model::AccountId};
use tokio::time::{Instant, advance, sleep};

use super::{Budget, Entitlements, RequestLimits, Use};
use crate::{transport::Method, vectors};

fn budget() -> Arc<Budget> {
    Budget::new(RequestLimits::default())
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

const PAPER: &str = "21000000000000001";

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(1)
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

#[tokio::test(start_paused = true)]
async fn the_eleventh_costly_request_waits_a_minute_from_the_first_answer() {
    let budget = budget();
    let low = Use::of(Method::MARKET_STATE, None);
    let first = budget.place(&low, soon()).await.unwrap();
    for _ in 1..10 {
        drop(budget.place(&low, soon()).await.unwrap());
    }
    let error = budget.place(&low, soon()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(matches!(error.retry(), Retry::Safe { after } if after > Duration::from_secs(58)));
    advance(Duration::from_secs(5)).await;
    drop(first);
    let began = Instant::now();
    // Nine were answered five seconds ago.
    drop(budget.place(&low, far()).await.unwrap());
    assert_eq!(began.elapsed(), Duration::from_secs(55));
    let counters = budget.counters();
    assert_eq!(
        (counters.sent, counters.waited, counters.refused),
        (11, 2, 1)
    );
    assert!(counters.waiting >= Duration::from_secs(55));
}

#[tokio::test(start_paused = true)]
async fn no_minute_as_the_server_counts_it_has_too_many() {
    // Requests arrive anywhere between sending and the answer; count them at both ends.
    let budget = budget();
    let low = Use::of(Method::KLINE_QUOTA, None);
    let mut spans = Vec::new();
    for index in 0..45_u64 {
        let place = budget.place(&low, far()).await.unwrap();
        let sent = Instant::now();
        sleep(Duration::from_millis(index * 37 % 900)).await;
        spans.push((sent, Instant::now()));
        drop(place);
    }
    for (index, (_, arrived_late)) in spans.iter().enumerate() {
        // The worst case: this one arrives late, those after it at once.
        let within = spans[index + 1..]
            .iter()
            .filter(|(sent, _)| sent.duration_since(*arrived_late) < Duration::from_secs(60));
        assert!(within.count() < 10);
    }
}

#[tokio::test(start_paused = true)]
async fn methods_do_not_use_each_other_s_budget() {
    let budget = budget();
    for _ in 0..10 {
        drop(
            budget
                .place(&Use::of(Method::MARKET_STATE, None), soon())
                .await
                .unwrap(),
        );
    }
    assert!(
        budget
            .place(&Use::of(Method::KLINE_QUOTA, None), soon())
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_has_five_orders_and_changes_a_second() {
    let budget = budget();
    let one = account("12345678");
    let place = Use::of(Method::PLACE_ORDER, Some(&one));
    let change = Use::of(Method::MODIFY_ORDER, Some(&one));
    for wanted in [&place, &change, &place, &change, &place] {
        drop(budget.place(wanted, soon()).await.unwrap());
    }
    assert!(budget.place(&change, soon()).await.is_err());
    let cancel = Use::of(Method::CANCEL_ORDER, Some(&one));
    assert!(
        budget.place(&cancel, soon()).await.is_ok(),
        "a cancel is not counted there"
    );
    let other = Use::of(Method::PLACE_ORDER, Some(&account("87654321")));
    assert!(budget.place(&other, soon()).await.is_ok());
    advance(Duration::from_secs(1)).await;
    assert!(budget.place(&change, soon()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_paper_account_keeps_a_reserve_for_cancels() {
    let budget = budget();
    let paper = account(PAPER);
    let place = Use::of(Method::PLACE_ORDER, Some(&paper));
    for _ in 0..100 {
        drop(budget.place(&place, far()).await.unwrap());
    }
    assert!(budget.place(&place, soon()).await.is_err());
    let cancel = Use::of(Method::CANCEL_ORDER, Some(&paper));
    for _ in 0..20 {
        drop(budget.place(&cancel, soon()).await.unwrap());
    }
    assert!(budget.place(&cancel, soon()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn requests_wait_in_the_order_in_which_they_came() {
    let budget = budget();
    let low = Use::of(Method::MARKET_STATE, None);
    for _ in 0..9 {
        drop(budget.place(&low, soon()).await.unwrap());
    }
    let held = budget.place(&low, soon()).await.unwrap();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..3 {
        let (budget, low, order) = (Arc::clone(&budget), low.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let place = budget.place(&low, far()).await.unwrap();
            order.lock().unwrap().push(number);
            drop(place);
        }));
        tokio::task::yield_now().await;
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_counts_until_it_is_answered() {
    let budget = budget();
    let low = Use::of(Method::MARKET_STATE, None);
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(budget.place(&low, soon()).await.unwrap());
    }
    advance(Duration::from_secs(300)).await;
    let error = budget.place(&low, soon()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    drop(held.pop());
    assert!(
        budget.place(&low, soon()).await.is_err(),
        "its minute has just begun"
    );
    advance(Duration::from_secs(60)).await;
    assert!(budget.place(&low, soon()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_complaint_quietens_the_method_and_three_stop_everything_but_cancels() {
    let budget = budget();
    let reads = Use::of(Method::POSITIONS, None);
    budget.complain(&reads, None);
    assert!(budget.place(&reads, soon()).await.is_err());
    let other = Use::of(Method::ASSETS, None);
    assert!(budget.place(&other, soon()).await.is_ok());
    budget.complain(&reads, None);
    budget.complain(&reads, None);
    assert!(budget.place(&other, soon()).await.is_err());
    let cancel = Use::of(Method::CANCEL_ORDER, Some(&account(PAPER)));
    assert!(budget.place(&cancel, soon()).await.is_ok());
    advance(Duration::from_secs(61)).await;
    assert!(budget.place(&other, soon()).await.is_ok());
    assert_eq!(budget.counters().complaints, 3);
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_that_the_server_states_is_kept() {
    let budget = budget();
    let reads = Use::of(Method::POSITIONS, None);
    budget.complain(&reads, Some(2));
    advance(Duration::from_secs(2)).await;
    drop(budget.place(&reads, soon()).await.unwrap());
    drop(budget.place(&reads, soon()).await.unwrap());
    assert!(budget.place(&reads, soon()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn giving_up_while_waiting_uses_nothing() {
    let budget = budget();
    let low = Use::of(Method::MARKET_STATE, None);
    for _ in 0..10 {
        drop(budget.place(&low, soon()).await.unwrap());
    }
    let waiting = tokio::time::timeout(Duration::from_secs(3), budget.place(&low, far()));
    assert!(waiting.await.is_err());
    advance(Duration::from_secs(60)).await;
    for _ in 0..10 {
        drop(budget.place(&low, soon()).await.unwrap());
    }
}

#[test]
fn entitlements_raise_the_limits_and_never_lower_them() {
    let recorded: serde_json::Value =
        serde_json::from_str(&vectors::numbered(101).response.body).unwrap();
    let read = |json: String| {
        serde_json::from_str::<Entitlements>(&json)
            .unwrap()
            .limits()
    };
    assert_eq!(read(recorded["data"].to_string()), RequestLimits::default());
    let plan =
        r#"{"effectiveEntitlement":{"highFreqLimit":600,"midFreqLimit":null,"rateMultiple":5}}"#;
    let limits = read(plan.to_owned());
    assert_eq!((limits.high, limits.middle, limits.low), (600, 300, 50));
    let odd = r#"{"effectiveEntitlement":{"highFreqLimit":0,"midFreqLimit":-1,"lowFreqLimit":3}}"#;
    assert_eq!(read(odd.to_owned()), RequestLimits::default());
    assert_eq!(read("{}".to_owned()), RequestLimits::default());
}
