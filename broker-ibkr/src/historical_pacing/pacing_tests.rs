use std::{sync::Arc, time::Duration};

use broker_core::{ErrorKind, Retry};
use proptest::prelude::*;
use tokio::time::{Instant, advance};

use super::{HistoricalPacing, HistoricalRequest, PacingCounts, Turn, window::Window};

fn request(series: &str, rest: &str) -> HistoricalRequest {
    HistoricalRequest {
        series: series.to_owned(),
        rest: rest.to_owned(),
        bid_ask: false,
        strict: true,
    }
}

/// Sends a request and says how long it waited.
async fn wait(pacing: &HistoricalPacing, request: &HistoricalRequest) -> Duration {
    let asked = Instant::now();
    let far = asked + Duration::from_secs(10_000);
    drop(pacing.turn(request, far).await.unwrap());
    asked.elapsed()
}

#[tokio::test(start_paused = true)]
async fn the_same_request_waits_fifteen_seconds() {
    let pacing = HistoricalPacing::default();
    assert_eq!(wait(&pacing, &request("A", "1")).await, Duration::ZERO);
    assert_eq!(wait(&pacing, &request("A", "2")).await, Duration::ZERO);
    let waited = wait(&pacing, &request("A", "1")).await;
    assert!(waited >= Duration::from_secs(15) && waited < Duration::from_secs(16));
    let counts = PacingCounts {
        admitted: 3,
        delayed: 1,
        refused: 0,
    };
    assert_eq!(pacing.counts(), counts);
}

#[tokio::test(start_paused = true)]
async fn the_sixth_request_of_a_series_waits_two_seconds() {
    let pacing = HistoricalPacing::default();
    for rest in ["1", "2", "3", "4", "5"] {
        assert_eq!(wait(&pacing, &request("A", rest)).await, Duration::ZERO);
    }
    assert_eq!(wait(&pacing, &request("B", "1")).await, Duration::ZERO);
    let waited = wait(&pacing, &request("A", "6")).await;
    assert!(waited >= Duration::from_secs(2) && waited < Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn the_sixty_first_request_waits_ten_minutes() {
    let pacing = HistoricalPacing::default();
    for number in 0..60 {
        let series = number.to_string();
        assert_eq!(wait(&pacing, &request(&series, "")).await, Duration::ZERO);
    }
    let waited = wait(&pacing, &request("60", "")).await;
    assert!(waited >= Duration::from_secs(600) && waited < Duration::from_secs(601));
}

#[tokio::test(start_paused = true)]
async fn bids_and_asks_together_count_twice() {
    let pacing = HistoricalPacing::default();
    for number in 0..30 {
        let mut both = request(&number.to_string(), "");
        both.bid_ask = true;
        assert_eq!(wait(&pacing, &both).await, Duration::ZERO);
    }
    assert!(wait(&pacing, &request("30", "")).await >= Duration::from_secs(600));
}

#[tokio::test(start_paused = true)]
async fn longer_bars_are_not_held_back() {
    let pacing = HistoricalPacing::default();
    let mut long = request("A", "1");
    long.strict = false;
    for _ in 0..200 {
        assert_eq!(wait(&pacing, &long).await, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_beyond_the_deadline_is_refused_at_once() {
    let pacing = HistoricalPacing::default();
    wait(&pacing, &request("A", "1")).await;
    let before = Instant::now();
    let deadline = before + Duration::from_secs(10);
    let refused = pacing.turn(&request("A", "1"), deadline).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    let Retry::Safe { after } = refused.retry() else {
        panic!("{refused:?}");
    };
    assert!(after >= Duration::from_secs(15));
    assert_eq!(before.elapsed(), Duration::ZERO);
    // A refusal takes no place.
    advance(after).await;
    assert_eq!(wait(&pacing, &request("A", "1")).await, Duration::ZERO);
    assert_eq!(pacing.counts().refused, 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_given_up_leaves_its_place() {
    let pacing = Arc::new(HistoricalPacing::default());
    wait(&pacing, &request("A", "1")).await;
    let waiting = tokio::spawn({
        let pacing = Arc::clone(&pacing);
        async move { wait(&pacing, &request("A", "1")).await }
    });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.is_err());
    // Behind the one that was given up it would be thirty seconds.
    assert!(wait(&pacing, &request("A", "1")).await < Duration::from_secs(16));
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_are_under_way_at_most() {
    let pacing = HistoricalPacing::default();
    let mut turns: Vec<Turn> = Vec::new();
    let soon = Instant::now() + Duration::from_secs(1);
    for number in 0..50 {
        turns.push(
            pacing
                .turn(&request(&number.to_string(), ""), soon)
                .await
                .unwrap(),
        );
    }
    let refused = pacing.turn(&request("50", ""), soon).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    turns.pop();
    let soon = Instant::now() + Duration::from_secs(1);
    assert!(pacing.turn(&request("50", ""), soon).await.is_ok());
}

proptest! {
    #[test]
    fn no_window_is_ever_over_its_limit(asked in proptest::collection::vec((0_u64..4_000, 0_u8..3, 0_u8..4, any::<bool>()), 1..150)) {
        let start = Instant::now();
        let far = start + Duration::from_secs(1_000_000);
        let mut window = Window::default();
        let mut now = start;
        let mut sent: Vec<(Instant, u32, u8, u8)> = Vec::new();
        for (pause, series, rest, bid_ask) in asked {
            now += Duration::from_millis(pause);
            let mut one = request(&series.to_string(), &rest.to_string());
            one.bid_ask = bid_ask;
            let (_, at) = window.reserve(&one, now, far).unwrap();
            prop_assert!(at >= now);
            sent.push((at, if bid_ask { 2 } else { 1 }, series, rest));
        }
        for (end, _, series, rest) in &sent {
            let within = |seconds: u64| {
                sent.iter().filter(move |one| one.0 <= *end && one.0 + Duration::from_secs(seconds) > *end)
            };
            prop_assert!(within(600).map(|one| one.1).sum::<u32>() <= 60);
            prop_assert!(within(2).filter(|one| one.2 == *series).map(|one| one.1).sum::<u32>() < 6);
            prop_assert!(within(15).filter(|one| one.2 == *series && one.3 == *rest).count() == 1);
        }
    }
}
