//! What somebody who means harm would try.

use std::{
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    http::{HeaderName, StatusCode},
};
use broker_core::ExposeSecret as _;
use serde_json::{Value, json};

use super::{
    Anonymous,
    identity::Peer,
    test_support::{Bench, COST, principal, settings},
};
use crate::{auth::KeyStore as _, principal::Role};

/// The envelope, and no key, account or secret in it.
fn refused(body: &Value) -> &str {
    assert_eq!(body["success"], false, "{body}");
    assert!(body["timestamp"].is_string(), "{body}");
    assert!(
        body["data"].is_null() && body["account"].is_null(),
        "{body}"
    );
    body["error"]["code"].as_str().unwrap()
}

async fn quote(bench: &Bench, name: &str, value: &str) -> StatusCode {
    let mut request = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "read");
    let name: HeaderName = name.parse().unwrap();
    request.headers_mut().insert(name, value.parse().unwrap());
    bench.send(request).await.status
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() {
    let bench = Bench::new();
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "null",
        "file://",
    ] {
        assert_eq!(quote(&bench, "origin", origin).await, 403, "{origin}");
    }
    assert_eq!(quote(&bench, "origin", "http://localhost:5173").await, 200);
}

#[tokio::test]
async fn a_server_that_others_reach_trusts_no_page_of_its_own_machine() {
    let mut open = settings();
    open.behind_proxy = true;
    open.public_address = Some("https://broker.example".to_owned());
    let bench = Bench::with(open, |app| app, |rest| rest);
    assert_eq!(quote(&bench, "origin", "http://localhost:5173").await, 403);
    assert_eq!(quote(&bench, "origin", "https://broker.example").await, 200);
    assert_eq!(quote(&bench, "host", "broker.example").await, 200);
}

#[tokio::test]
async fn a_name_that_was_made_to_point_here_is_refused() {
    let bench = Bench::new();
    for host in [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "a@127.0.0.1",
    ] {
        assert_eq!(quote(&bench, "host", host).await, 403, "{host}");
    }
    for host in ["localhost:8000", "127.0.0.1", "[::1]:8000"] {
        assert_eq!(quote(&bench, "host", host).await, 200, "{host}");
    }
}

#[tokio::test]
async fn pages_read_nothing_unless_the_operator_says_so() {
    let bench = Bench::new();
    let mut request = bench.request("OPTIONS", "/v1/get_quotes", "");
    let headers = request.headers_mut();
    headers.insert("origin", "http://localhost:3000".parse().unwrap());
    headers.insert("access-control-request-method", "POST".parse().unwrap());
    let answer = bench.send(request).await;
    assert!(answer.headers.get("access-control-allow-origin").is_none());

    let mut open = settings();
    open.cors = vec!["https://desk.example".to_owned()];
    let bench = Bench::with(open, |app| app, |rest| rest);
    let mut request = bench.request("OPTIONS", "/v1/get_quotes", "");
    let headers = request.headers_mut();
    headers.insert("origin", "https://desk.example".parse().unwrap());
    headers.insert("access-control-request-method", "POST".parse().unwrap());
    let answer = bench.send(request).await;
    assert_eq!(answer.status, 204);
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(
        header("access-control-allow-origin"),
        "https://desk.example"
    );
    assert_eq!(
        header("access-control-allow-methods"),
        "GET, POST, DELETE, OPTIONS"
    );
    assert_eq!(header("access-control-expose-headers"), "Mcp-Session-Id");
    assert!(
        answer
            .headers
            .get("access-control-allow-credentials")
            .is_none()
    );
}

#[tokio::test]
async fn without_a_key_there_is_nothing_but_health_and_the_reference() {
    let bench = Bench::new();
    for path in [
        "/v1/get_quotes",
        "/api/endpoints",
        "/metrics",
        "/v1/approvals",
        "/nothing",
        "/api/accounts",
    ] {
        let answer = bench.get(path, "").await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(refused(&answer.body), "unauthenticated");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    for path in ["/health", "/api/v1/health", "/docs", "/api/openapi.json"] {
        let answer = bench.get(path, "").await;
        assert_ne!(answer.status, 401, "{path}");
        assert!(!answer.body.to_string().contains("PAPER"), "{path}");
    }
}

#[tokio::test]
async fn a_path_that_begins_like_an_open_one_is_closed() {
    let bench = Bench::new();
    for path in ["/healthy", "/health/", "/docs/../v1/get_quotes", "/docs/x"] {
        assert_eq!(bench.get(path, "").await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_no_key() {
    let bench = Bench::new();
    let right = bench.keys["read"].clone();
    let mut last = right.clone();
    let changed = if last.pop() == Some('A') { 'E' } else { 'A' };
    last.push(changed);
    for header in [
        format!("Bearer {last}"),
        format!("Bearer {}", &right[..right.len() - 1]),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {right}"),
        right.clone(),
    ] {
        let mut request = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "");
        request
            .headers_mut()
            .insert("authorization", header.parse().unwrap());
        let answer = bench.send(request).await;
        assert_eq!(answer.status, 401);
        assert!(!answer.body.to_string().contains(&right));
    }
    let mut twice = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "read");
    let again = "Bearer bk_0".parse().unwrap();
    twice.headers_mut().append("authorization", again);
    assert_eq!(bench.send(twice).await.status, 401);
}

#[tokio::test]
async fn a_key_in_the_address_is_not_looked_at() {
    let bench = Bench::new();
    let path = format!(
        "/v1/get_quotes?symbols=AAPL&access_token={}",
        bench.keys["read"]
    );
    assert_eq!(bench.get(&path, "").await.status, 401);
}

#[tokio::test]
async fn an_expired_key_is_told_so_and_nothing_else() {
    let bench = Bench::new();
    let mut owner = principal("late", &[Role::Read], "PAPER-1");
    owner.expires_at = Some(chrono::Utc::now() - chrono::TimeDelta::seconds(1));
    let mut key = None;
    bench
        .store
        .change(&mut |ring| {
            key = Some(ring.issue(owner.clone(), chrono::Utc::now(), COST)?.key);
            Ok(())
        })
        .unwrap();
    let mut request = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "");
    let header = format!("Bearer {}", key.unwrap().expose_secret());
    request
        .headers_mut()
        .insert("authorization", header.parse().unwrap());
    let answer = bench.send(request).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body["error"]["message"], "this key has expired");
}

#[tokio::test]
async fn a_key_that_is_taken_away_ends_with_the_next_request() {
    let bench = Bench::new();
    let path = "/v1/get_quotes?symbols=AAPL";
    assert_eq!(bench.get(path, "read").await.status, 200);
    bench
        .store
        .change(&mut |ring| ring.revoke("read", chrono::Utc::now()))
        .unwrap();
    assert_eq!(bench.get(path, "read").await.status, 401);
    assert_eq!(bench.get(path, "trade").await.status, 200);
}

#[tokio::test]
async fn another_account_does_not_exist() {
    let bench = Bench::new();
    let asked = json!({ "symbols": ["AAPL"], "account": "PAPER-2" });
    let answer = bench.post("/v1/get_quotes", "read", &asked).await;
    assert_eq!(answer.status, 404);
    let own = json!({ "symbols": ["AAPL"], "account": "PAPER-2" });
    assert_eq!(
        bench.post("/v1/get_quotes", "other", &own).await.status,
        200
    );
    let asked = json!({ "symbol": "AAPL", "account": "PAPER-2" });
    let answer = bench.post("/api/market/quote", "read", &asked).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body["data"].is_null());
}

#[tokio::test]
async fn a_hidden_operation_and_one_that_is_not_there_look_the_same() {
    let bench = Bench::new();
    let asked = json!({ "symbols": ["AAPL"] });
    let hidden = bench.post("/v1/get_quotes", "admin", &asked).await;
    let absent = bench.post("/v1/get_quotez", "admin", &asked).await;
    assert_eq!(
        (hidden.status, absent.status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    let words = |body: &Value| {
        body["error"]["message"]
            .to_string()
            .replace("quotez", "quotes")
    };
    assert_eq!(words(&hidden.body), words(&absent.body));
    let by_query = bench.get("/v1/get_quotes?symbols=AAPL", "admin").await;
    assert_eq!(by_query.status, 404);
}

#[tokio::test]
async fn a_large_body_is_not_read() {
    let mut small = settings();
    small.body_limit = 1_000;
    let bench = Bench::with(small, |app| app, |rest| rest);
    let long = json!({ "symbols": ["A".repeat(2_000)] });
    let answer = bench.post("/v1/get_quotes", "read", &long).await;
    assert_eq!(answer.status, 413);
    assert_eq!(refused(&answer.body), "invalid_request");

    // Without a length, in pieces.
    let pieces = (0..100).map(|_| Ok::<_, io::Error>(vec![b' '; 100]));
    let mut request = bench.request("POST", "/v1/get_quotes", "read");
    *request.body_mut() = Body::from_stream(futures_util::stream::iter(pieces));
    assert_eq!(bench.send(request).await.status, 413);
}

#[tokio::test]
async fn a_body_that_says_one_thing_twice_is_not_read() {
    let bench = Bench::new();
    let mut request = bench.request("POST", "/v1/get_quotes", "read");
    let kind = "application/json".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    *request.body_mut() = Body::from(r#"{"symbols":["AAPL"],"symbols":["MSFT"]}"#);
    let answer = bench.send(request).await;
    assert_eq!(answer.status, 422);
    assert_eq!(refused(&answer.body), "invalid_request");
    assert!(answer.body.to_string().contains("`symbols` is said twice"));
}

#[tokio::test]
async fn a_form_of_a_page_is_no_request() {
    let bench = Bench::new();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let mut request = bench.request("POST", "/v1/get_quotes", "read");
        let body = json!({ "symbols": ["AAPL"] }).to_string();
        request
            .headers_mut()
            .insert("content-type", kind.parse().unwrap());
        *request.body_mut() = Body::from(body);
        assert_eq!(bench.send(request).await.status, 415, "{kind}");
    }
}

#[tokio::test]
async fn whoever_gives_no_key_may_ask_from_this_machine_only_and_never_act() {
    let mut open = settings();
    open.anonymous = Anonymous::Read;
    let bench = Bench::with(open, |app| app, |rest| rest);
    let path = "/v1/get_quotes?symbols=AAPL&account=PAPER-1";
    assert_eq!(bench.get(path, "").await.status, 200);
    let mut far = bench.request("GET", path, "");
    far.extensions_mut()
        .insert(Peer(IpAddr::from([192, 0, 2, 7])));
    assert_eq!(bench.send(far).await.status, 401);
    let answer = bench.post("/v1/kill-switch", "", &json!({})).await;
    assert_eq!(answer.status, 403);
    // A wrong key does not become nobody.
    let mut wrong = bench.request("GET", path, "");
    let key = "Bearer bk_wrong".parse().unwrap();
    wrong.headers_mut().insert("authorization", key);
    assert_eq!(bench.send(wrong).await.status, 401);
}

#[tokio::test]
async fn guessing_costs_time_and_costs_it_only_those_who_guess() {
    let bench = Bench::new();
    let guess = || {
        let mut request = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "");
        let key = "Bearer bk_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        request
            .headers_mut()
            .insert("authorization", key.parse().unwrap());
        request
    };
    let mut last = StatusCode::OK;
    for _ in 0..7 {
        let answer = bench.send(guess()).await;
        last = answer.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers["retry-after"], "1");
        }
    }
    assert_eq!(last, 429);
    // Whoever has a key and sits behind the same address is not kept waiting.
    let path = "/v1/get_quotes?symbols=AAPL";
    assert_eq!(bench.get(path, "read").await.status, 200);
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_key_is_ever_written_down() {
    let written = Written::default();
    let log = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || log.clone())
        .finish();
    // For all threads: other tests, which listen to nothing, would turn these places off.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let bench = Bench::new();
    bench.get("/v1/get_quotes?symbols=AAPL", "read").await;
    let key = bench.keys["read"].clone();
    let mut wrong = bench.request("GET", "/health", "");
    let header = format!("Bearer {}x", &key[..key.len() - 1]);
    wrong
        .headers_mut()
        .insert("authorization", header.parse().unwrap());
    bench.send(wrong).await;
    let ring = bench.store.ring();
    let shown = format!("{ring:?} {:?} {:?}", bench.store, bench.router);
    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a wrong key"), "nothing was written: {log}");
    let secret = &key[20..key.len() - 1];
    let hash = serde_json::to_value(&*ring).unwrap()[0]["secrets"][0]["hash"]["hash"].clone();
    for text in [log, shown] {
        assert!(!text.contains(secret));
        assert!(!text.contains(hash.as_str().unwrap()));
    }
}
