//! Calls that last, fail, or lose their caller.

use core::time::Duration;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use axum::body::Body;
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use crate::{
    http::test_support::{Bench, service_of, settings},
    operation::{About, Effect, Operation},
    principal::{Role, Toolset},
};

const WRITE: Effect = Effect::Write {
    destructive: true,
    idempotent: false,
};

macro_rules! operation {
    ($name:literal, $effect:expr, $run:expr) => {
        Operation {
            about: About {
                name: $name,
                title: $name,
                summary: $name,
                toolset: Toolset::System,
                role: Role::Read,
                effect: $effect,
                open_world: false,
            },
            input: Arc::new(Map::new()),
            output: Arc::new(Map::new()),
            run: $run,
        }
    };
}

fn bench(operations: Vec<Operation>, patience: u32) -> Bench {
    let mut settings = settings();
    settings.request_timeout = patience;
    Bench::over(service_of(operations), settings, |app| app, |rest| rest)
}

static ORDERS: AtomicU32 = AtomicU32::new(0);

#[tokio::test(start_paused = true)]
async fn an_order_is_finished_when_its_caller_has_gone() {
    let order = operation!("place_order", WRITE, |_, _, _| {
        async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            ORDERS.fetch_add(1, Ordering::Relaxed);
            Ok(json!({}))
        }
        .boxed()
    });
    let bench = bench(vec![order], 30);
    let asked = json!({});
    let asking = bench.post("/v1/place_order", "read", &asked);
    let gone = tokio::time::timeout(Duration::from_secs(1), asking).await;
    assert!(gone.is_err());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(ORDERS.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_order_without_an_answer_in_time_is_never_said_to_be_nothing() {
    let never = |name: &'static str, effect| match name {
        "place_order" => operation!("place_order", effect, |_, _, _| {
            core::future::pending().boxed()
        }),
        _ => operation!("get_orders", effect, |_, _, _| {
            core::future::pending().boxed()
        }),
    };
    let bench = bench(
        vec![
            never("place_order", WRITE),
            never("get_orders", Effect::Read),
        ],
        1,
    );
    let order = bench.post("/v1/place_order", "read", &json!({})).await;
    assert_eq!(order.status, 504);
    assert_eq!(order.body["error"]["code"], "outcome_unknown");
    assert_eq!(order.body["error"]["retry_safe"], false);
    assert_eq!(order.body["error"]["verify_with"], "get_orders");
    let question = bench.post("/v1/get_orders", "read", &json!({})).await;
    assert_eq!(question.status, 504);
    assert_eq!(question.body["error"]["code"], "timeout");
    assert_eq!(question.body["error"]["retry_safe"], true);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_for_time_gets_it() {
    let slow = operation!("get_orders", Effect::Read, |_, _, _| {
        async {
            tokio::time::sleep(Duration::from_secs(80)).await;
            Ok(json!({}))
        }
        .boxed()
    });
    let bench = bench(vec![slow], 30);
    let asked = json!({ "timeout": 90 });
    assert_eq!(
        bench.post("/v1/get_orders", "read", &asked).await.status,
        200
    );
    let asked = json!({ "timeout": 60 });
    assert_eq!(
        bench.post("/v1/get_orders", "read", &asked).await.status,
        504
    );
}

#[tokio::test]
async fn a_defect_is_answered_and_an_orders_outcome_is_unknown_then() {
    #[expect(unreachable_code, reason = "what is tested")]
    let broken = |effect| {
        operation!("get_orders", effect, |_, _, _| {
            async {
                panic!("a defect");
                Ok(json!({}))
            }
            .boxed()
        })
    };
    let bench_of = |effect| bench(vec![broken(effect)], 30);
    let answer = bench_of(Effect::Read)
        .post("/v1/get_orders", "read", &json!({}))
        .await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.to_string().contains("a defect"));
    let answer = bench_of(WRITE)
        .post("/v1/get_orders", "read", &json!({}))
        .await;
    assert_eq!(answer.body["error"]["code"], "outcome_unknown");
}

#[tokio::test]
async fn an_identifier_reaches_the_call() {
    let order = operation!("place_order", WRITE, |_, call, _| {
        let key = call.idempotency_key.clone();
        async move { Ok(json!({ "data": { "key": key } })) }.boxed()
    });
    let bench = bench(vec![order], 30);
    let mut request = bench.request("POST", "/v1/place_order", "read");
    let key = "order-1".parse().unwrap();
    request.headers_mut().insert("idempotency-key", key);
    let answer = bench.send(request).await;
    assert_eq!(answer.body["data"]["key"], "order-1");
    let answer = bench.get("/v1/place_order", "read").await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers["allow"], "POST");
}

static ENDED: AtomicBool = AtomicBool::new(false);

struct Ends;

impl Drop for Ends {
    fn drop(&mut self) {
        ENDED.store(true, Ordering::Relaxed);
    }
}

/// Three updates, then what was asked.
fn stream() -> Operation {
    operation!("stream_market_data", Effect::Read, |_, call, arguments| {
        async move {
            for done in 1..=3 {
                let update = json!({ "last": "170.5" }).to_string();
                call.progress.report(done, 3, update).await;
            }
            Ok(json!({ "data": arguments }))
        }
        .boxed()
    })
}

#[tokio::test]
async fn what_goes_on_is_told_as_events() {
    let bench = bench(vec![stream()], 30);
    let mut request = bench.request("POST", "/v1/stream_market_data", "read");
    let accept = "text/event-stream".parse().unwrap();
    request.headers_mut().insert("accept", accept);
    let answer = bench.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let text = answer.body.as_str().unwrap();
    assert_eq!(text.matches("event: progress\n").count(), 3, "{text}");
    assert!(text.contains("\"update\":{\"last\":\"170.5\"}"), "{text}");
    assert!(
        text.trim_end()
            .rsplit("\n\n")
            .next()
            .unwrap()
            .starts_with("event: result"),
        "{text}"
    );
    // Without the wish for events, the answer alone.
    let answer = bench
        .post("/v1/stream_market_data", "read", &json!({}))
        .await;
    assert_eq!(answer.body["success"], true);
}

#[tokio::test(start_paused = true)]
async fn a_stream_beats_while_nothing_happens_and_ends_with_its_reader() {
    let quiet = operation!("stream_market_data", Effect::Read, |_, _, _| {
        async {
            let _ends = Ends;
            core::future::pending::<()>().await;
            Ok(json!({}))
        }
        .boxed()
    });
    let bench = bench(vec![quiet], 30);
    let request = bench.request(
        "GET",
        "/api/v1/stream_market_data?symbol=SPY&secType=STK",
        "read",
    );
    let response = bench.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body: Body = response.into_body();
    let began = tokio::time::Instant::now();
    let beat = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(beat.starts_with(b":"));
    assert!(began.elapsed() <= Duration::from_secs(20));
    assert!(!ENDED.load(Ordering::Relaxed));
    drop(body);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(ENDED.load(Ordering::Relaxed), "it goes on without a reader");
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_end_begins_again() {
    let bench = bench(vec![stream()], 30);
    let request = bench.request("GET", "/api/v1/stream_market_data?symbol=SPY", "read");
    let response = bench.router.clone().oneshot(request).await.unwrap();
    let mut body: Body = response.into_body();
    let mut text = String::new();
    while text.matches("event: progress").count() < 9 {
        let frame = body.frame().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
    }
    assert!(!text.contains("event: result"));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_holds_up_nothing_and_is_given_up() {
    let fast = operation!("stream_market_data", Effect::Read, |_, call, _| {
        async move {
            for done in 0..100_000_u32 {
                call.progress.report(done, 100_000, "{}".to_owned()).await;
                REPORTED.store(done, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
            Ok(json!({}))
        }
        .boxed()
    });
    let bench = bench(vec![fast], 30);
    let request = bench.request("GET", "/api/v1/stream_market_data?symbol=SPY", "read");
    let response = bench.router.clone().oneshot(request).await.unwrap();
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    let _unread = response;
    // It went on past what the reader had room for, and was ended.
    let reported = REPORTED.load(Ordering::Relaxed);
    assert!(reported > 64 && reported < 1_000, "{reported}");
}

static REPORTED: AtomicU32 = AtomicU32::new(0);

#[tokio::test]
async fn a_stream_that_fails_at_once_is_answered_with_its_status() {
    let refused = operation!("stream_market_data", Effect::Read, |_, _, _| {
        let fault = crate::Fault::new(crate::FaultCode::NotConnected, "gone");
        core::future::ready(Err::<Value, _>(fault)).boxed()
    });
    let bench = bench(vec![refused], 30);
    let answer = bench
        .get("/api/v1/stream_market_data?symbol=SPY", "read")
        .await;
    assert_eq!(answer.status, 503);
    assert_eq!(
        bench
            .get("/api/v1/stream_market_data?symbol=SPY", "admin")
            .await
            .status,
        404
    );
}
