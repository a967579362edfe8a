use core::time::Duration;
use std::sync::Arc;

use broker_core::ErrorKind;
use tokio::time::Instant;

use super::pacing::{Pacer, Pacing, Urgency};

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

async fn use_up(pacer: &Pacer) {
    for _ in 0..pacer.pacing().budget {
        pacer.permit(Urgency::Request, soon()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn no_second_ever_sees_more_than_the_budget_even_if_some_arrive_a_tenth_late() {
    let pacer = Pacer::new(Pacing {
        budget: 5,
        limit: 7,
    });
    let mut sent = Vec::new();
    for _ in 0..23 {
        pacer.permit(Urgency::Request, soon()).await.unwrap();
        sent.push(Instant::now());
    }
    for (index, at) in sent.iter().enumerate() {
        let within = sent
            .iter()
            .skip(index)
            .filter(|other| **other - *at < Duration::from_millis(1_100));
        assert!(within.count() <= 5);
    }
    assert!(pacer.counters().waited > 0);
    assert!(!pacer.counters().waiting.is_zero());
}

#[tokio::test(start_paused = true)]
async fn a_cancel_goes_past_requests_that_wait() {
    let pacer = Pacer::new(Pacing {
        budget: 5,
        limit: 7,
    });
    use_up(&pacer).await;
    let waiting = {
        let pacer = Arc::clone(&pacer);
        tokio::spawn(async move { pacer.permit(Urgency::Request, soon()).await })
    };
    tokio::task::yield_now().await;
    let before = Instant::now();
    pacer.permit(Urgency::Reserve, soon()).await.unwrap();
    assert_eq!(Instant::now(), before);
    assert!(!waiting.is_finished());
    waiting.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn orders_take_the_next_places_although_requests_wait_for_them() {
    let pacer = Pacer::new(Pacing {
        budget: 1,
        limit: 1,
    });
    use_up(&pacer).await;
    let until = Instant::now() + Duration::from_secs(60);
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let pacer = Arc::clone(&pacer);
        requests.spawn(async move { pacer.permit(Urgency::Request, until).await });
    }
    tokio::task::yield_now().await;
    let began = Instant::now();
    let orders = (0..3).map(|_| pacer.permit(Urgency::Order, soon()));
    for order in futures_util::future::join_all(orders).await {
        order.unwrap();
    }
    let waited = began.elapsed();
    assert!(waited < Duration::from_millis(3_400), "{waited:?}");
    // Nobody is forgotten, and the budget is kept.
    while let Some(request) = requests.join_next().await {
        request.unwrap().unwrap();
    }
    assert!(began.elapsed() > Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn orders_keep_to_the_budget() {
    let pacer = Pacer::new(Pacing {
        budget: 5,
        limit: 7,
    });
    let began = Instant::now();
    for _ in 0..6 {
        pacer.permit(Urgency::Order, soon()).await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(1_100));
}

#[tokio::test(start_paused = true)]
async fn cancels_stop_at_the_limit_too() {
    let pacer = Pacer::new(Pacing {
        budget: 5,
        limit: 7,
    });
    use_up(&pacer).await;
    let began = Instant::now();
    for _ in 0..3 {
        pacer.permit(Urgency::Reserve, soon()).await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(1_100));
}

#[tokio::test(start_paused = true)]
async fn what_would_wait_beyond_its_deadline_is_refused_unsent() {
    let pacer = Pacer::new(Pacing {
        budget: 2,
        limit: 2,
    });
    use_up(&pacer).await;
    let until = Instant::now() + Duration::from_millis(500);
    let error = pacer.permit(Urgency::Request, until).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!((pacer.counters().sent, pacer.counters().refused), (2, 1));
}
