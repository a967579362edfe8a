use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Body,
    http::{Request, Response, StatusCode},
};
use core::convert::Infallible;

use super::test_support::{Answer, Bench, settings};

/// A service that opens sessions and remembers what reaches it.
fn mcp(
    seen: &Arc<Mutex<Vec<String>>>,
) -> impl tower::Service<
    Request<Body>,
    Response = Response<Body>,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    let seen = Arc::clone(seen);
    let opened = Arc::new(AtomicUsize::new(0));
    tower::service_fn(move |request: Request<Body>| {
        assert!(request.headers().contains_key("host"), "as the real one");
        let session = request.headers().get("mcp-session-id").cloned();
        let named = session.as_ref().map_or("", |name| name.to_str().unwrap());
        let said = format!("{} {} {named}", request.method(), request.uri().path());
        seen.lock().unwrap().push(said);
        let mut response = Response::new(Body::from("{}"));
        if request.method() == "DELETE" {
            *response.status_mut() = StatusCode::ACCEPTED;
        } else if session.is_none() {
            let number = opened.fetch_add(1, Ordering::Relaxed) + 1;
            let name = format!("session-{number}").parse().unwrap();
            response.headers_mut().insert("mcp-session-id", name);
        }
        core::future::ready(Ok(response))
    })
}

fn bench(seen: &Arc<Mutex<Vec<String>>>) -> Bench {
    let service = mcp(seen);
    Bench::with(settings(), |app| app.with_mcp(service), |rest| rest)
}

async fn ask(bench: &Bench, method: &str, key: &str, session: Option<&str>) -> Answer {
    let mut request = bench.request(method, "/mcp", key);
    if let Some(session) = session {
        let session = session.parse().unwrap();
        request.headers_mut().insert("mcp-session-id", session);
    }
    bench.send(request).await
}

#[tokio::test]
async fn a_session_of_another_key_does_not_exist() {
    let seen = Arc::default();
    let bench = bench(&seen);
    let opened = ask(&bench, "POST", "read", None).await;
    assert_eq!(opened.headers["mcp-session-id"], "session-1");
    assert_eq!(
        ask(&bench, "GET", "read", Some("session-1")).await.status,
        200
    );
    seen.lock().unwrap().clear();
    for method in ["GET", "POST", "DELETE"] {
        let answer = ask(&bench, method, "trade", Some("session-1")).await;
        assert_eq!(answer.status, 404, "{method}");
    }
    assert!(seen.lock().unwrap().is_empty(), "the service was asked");
    assert_eq!(
        ask(&bench, "GET", "read", Some("session-1")).await.status,
        200
    );
}

#[tokio::test]
async fn a_session_that_nobody_has_opened_does_not_exist() {
    let seen = Arc::default();
    let bench = bench(&seen);
    let answer = ask(&bench, "GET", "read", Some("session-9")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body["error"]["code"], -32001);
}

#[tokio::test]
async fn a_session_that_is_ended_answers_without_content_and_is_over() {
    let seen = Arc::default();
    let bench = bench(&seen);
    ask(&bench, "POST", "read", None).await;
    let ended = ask(&bench, "DELETE", "read", Some("session-1")).await;
    assert_eq!(ended.status, 204);
    let after = ask(&bench, "GET", "read", Some("session-1")).await;
    assert_eq!(after.status, 404);
}

#[tokio::test]
async fn a_key_that_forgets_its_sessions_ends_its_oldest_and_nobody_elses() {
    let seen = Arc::default();
    let bench = bench(&seen);
    // The first of all is another key's.
    ask(&bench, "POST", "trade", None).await;
    for _ in 0..100 {
        ask(&bench, "POST", "read", None).await;
    }
    // Used again, so that the next one is the oldest.
    ask(&bench, "POST", "read", Some("session-2")).await;
    seen.lock().unwrap().clear();
    ask(&bench, "POST", "read", None).await;
    assert_eq!(
        *seen.lock().unwrap(),
        ["POST /mcp ", "DELETE /mcp session-3"]
    );
    for (key, session, status) in [
        ("trade", "session-1", 200),
        ("read", "session-2", 200),
        ("read", "session-3", 404),
        ("read", "session-4", 200),
        ("read", "session-102", 200),
    ] {
        let answer = ask(&bench, "GET", key, Some(session)).await;
        assert_eq!(answer.status, status, "{session}");
    }
}

#[tokio::test]
async fn whoever_has_no_key_does_not_reach_the_service() {
    let seen = Arc::default();
    let bench = bench(&seen);
    assert_eq!(ask(&bench, "POST", "", None).await.status, 401);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_bare_call_goes_to_the_service_without_sessions() {
    let (full, bare) = (Arc::default(), Arc::default());
    let (first, second) = (mcp(&full), mcp(&bare));
    let bench = Bench::with(
        settings(),
        |app| app.with_mcp(first).with_bare_mcp(second),
        |rest| rest,
    );
    ask(&bench, "POST", "read", None).await;
    assert_eq!(bare.lock().unwrap().len(), 1);
    let mut request = bench.request("POST", "/mcp", "read");
    let accept = "application/json, text/event-stream".parse().unwrap();
    request.headers_mut().insert("accept", accept);
    bench.send(request).await;
    assert_eq!(
        (full.lock().unwrap().len(), bare.lock().unwrap().len()),
        (1, 1)
    );
    // The way in is the same.
    let mut foreign = bench.request("POST", "/mcp", "read");
    let origin = "https://evil.example".parse().unwrap();
    foreign.headers_mut().insert("origin", origin);
    assert_eq!(bench.send(foreign).await.status, 403);
    assert_eq!(ask(&bench, "POST", "", None).await.status, 401);
}

#[tokio::test]
async fn mcp_is_at_each_of_its_paths() {
    let seen = Arc::default();
    let bench = bench(&seen);
    for path in ["/mcp", "/api/v1/mcp", "/api/v1"] {
        let answer = bench.send(bench.request("POST", path, "read")).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}
