use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::body::Body;
use broker_core::async_trait;
use chrono::{TimeDelta, Utc};
use serde_json::json;

use super::{Approval, Approvals, Halt, Halted, Verdict, reply::status};
use crate::{
    Call, Fault, FaultCode,
    http::test_support::{Bench, settings},
};

#[tokio::test]
async fn a_question_is_asked_by_body_and_by_query() {
    let bench = Bench::new();
    let asked = json!({ "symbols": ["AAPL", "NOPE"] });
    let answer = bench.post("/v1/get_quotes", "read", &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["success"], true);
    assert_eq!(answer.body["account"], "PAPER-1");
    assert!(answer.body["error"].is_null());
    let quote = &answer.body["data"]["quotes"][0];
    assert!(quote["last"].is_string(), "{quote}");
    let answer = bench.get("/v1/get_quotes?symbols=AAPL,NOPE", "read").await;
    assert_eq!(answer.body["data"]["quotes"][0]["symbol"], "AAPL");
    assert_eq!(answer.body["data"]["missing"][0]["symbol"], "NOPE");
    let answer = bench
        .get("/v1/get_quotes?symbols=%5B%22AAPL%22%5D", "read")
        .await;
    assert_eq!(answer.body["data"]["quotes"][0]["symbol"], "AAPL");
}

#[tokio::test]
async fn every_error_is_in_the_envelope_with_the_status_that_fits() {
    let bench = Bench::new();
    let mut broken = bench.request("POST", "/v1/get_quotes", "read");
    let kind = "application/json".parse().unwrap();
    broken.headers_mut().insert("content-type", kind);
    *broken.body_mut() = Body::from("{\"symbols\": [");
    let mut answers = vec![("unparsable", 422, bench.send(broken).await)];
    let list = bench.post("/v1/get_quotes", "read", &json!(["AAPL"])).await;
    answers.push(("no object", 422, list));
    let wrong = json!({ "symbols": ["AAPL"], "acount": "PAPER-1" });
    let wrong = bench.post("/v1/get_quotes", "read", &wrong).await;
    answers.push(("wrong field", 400, wrong));
    answers.push(("no path", 404, bench.get("/nothing", "read").await));
    answers.push(("no text", 400, bench.get("/v1/%ff", "read").await));
    let absent = bench.get("/v1/nothing", "read").await;
    answers.push(("no operation", 404, absent));
    let method = bench.request("PUT", "/v1/get_quotes", "read");
    answers.push(("wrong method", 405, bench.send(method).await));
    let method = bench.request("DELETE", "/health", "");
    answers.push(("wrong method without a key", 405, bench.send(method).await));
    let mut key = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "read");
    let long = "k".repeat(200).parse().unwrap();
    key.headers_mut().insert("idempotency-key", long);
    answers.push(("wrong identifier", 400, bench.send(key).await));
    for (name, status, answer) in answers {
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        assert_eq!(answer.body["success"], false, "{name}");
        let message = answer.body["error"]["message"].as_str();
        assert!(message.is_some_and(|message| !message.is_empty()), "{name}");
        assert!(answer.body["error"]["retry_safe"].is_boolean(), "{name}");
        let keys = ["success", "data", "error", "account", "timestamp"];
        for key in keys {
            assert!(answer.body.get(key).is_some(), "{name}: {key}");
        }
    }
}

#[test]
fn statuses_are_those_that_were_promised() {
    for (code, expected) in [
        (FaultCode::InvalidRequest, 400),
        (FaultCode::Unauthenticated, 401),
        (FaultCode::Forbidden, 403),
        (FaultCode::NotFound, 404),
        (FaultCode::Conflict, 409),
        (FaultCode::KillSwitch, 423),
        (FaultCode::ConfirmationRequired, 428),
        (FaultCode::LimitExceeded, 429),
        (FaultCode::RateLimited, 429),
        (FaultCode::BrokerError, 502),
        (FaultCode::NotConnected, 503),
        (FaultCode::OutcomeUnknown, 504),
    ] {
        assert_eq!(status(code).as_u16(), expected, "{code:?}");
    }
}

#[tokio::test]
async fn every_path_is_listed_and_answers() {
    let bench = Bench::new();
    let answer = bench.get("/api/endpoints", "read").await;
    let listed = answer.body["data"]["endpoints"].as_array().unwrap().clone();
    let has = |path: &str| listed.iter().any(|one| one["path"] == path);
    for path in [
        "/health",
        "/v1/get_quotes",
        "/api/market/quote",
        "/api/trade/place-order",
        "/tiger/place_order",
        "/orders/combo",
        "/gateway/ensure-ready",
        "/api/v1/place_order",
        "/api/v1/stream_market_data",
        "/v1/approvals/{id}",
    ] {
        assert!(has(path), "{path}");
    }
    for one in &listed {
        let path = one["path"].as_str().unwrap().replace(['{', '}'], "");
        // Without a key there is only the question who asks: the path exists, whatever it needs.
        let request = bench.request("PATCH", &path, "read");
        let answer = bench.send(request).await;
        assert_eq!(answer.status, 405, "{one}");
    }
}

#[tokio::test]
async fn what_a_question_may_be_is_answered_as_events_only_where_it_goes_on() {
    let bench = Bench::new();
    let mut request = bench.request("GET", "/v1/get_quotes?symbols=AAPL", "read");
    let accept = "text/event-stream".parse().unwrap();
    request.headers_mut().insert("accept", accept);
    let answer = bench.send(request).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[derive(Debug)]
struct Waiting {
    pending: Mutex<Vec<Approval>>,
}

impl Waiting {
    fn asked_by(id: &Arc<str>, account: &str) -> Arc<Self> {
        let now = Utc::now();
        let end = now + TimeDelta::minutes(5);
        let sentence = "Buy 1 AAPL at market";
        let mut one = Approval::new("a-1", "place_order", Arc::clone(id), sentence, now, end);
        one.account = Some(account.to_owned());
        Arc::new(Self {
            pending: Mutex::new(vec![one]),
        })
    }
}

#[async_trait]
impl Approvals for Waiting {
    async fn pending(&self, _: &Call) -> Result<Vec<Approval>, Fault> {
        Ok(self.pending.lock().unwrap().clone())
    }

    async fn decide(&self, _: &Call, id: &str, verdict: Verdict) -> Result<Approval, Fault> {
        let mut pending = self.pending.lock().unwrap();
        let place = pending.iter().position(|one| one.id == id);
        let mut one = pending.remove(place.unwrap());
        one.verdict = Some(verdict);
        Ok(one)
    }
}

async fn approving(asked_by: &'static str, account: &'static str) -> (Bench, Arc<Waiting>) {
    // The keys are made with the server, so what waits is named afterwards.
    let waiting = Waiting::asked_by(&"nobody".into(), account);
    let held = Arc::clone(&waiting);
    let bench = Bench::with(settings(), |app| app, |rest| rest.with_approvals(held));
    waiting.pending.lock().unwrap()[0].asked_by = Arc::clone(&bench.ids[asked_by]);
    (bench, waiting)
}

#[tokio::test]
async fn a_person_agrees_to_what_another_key_has_asked_for() {
    let (bench, waiting) = approving("trade", "PAPER-1").await;
    let listed = bench.get("/v1/approvals", "approver").await;
    assert_eq!(listed.body["data"]["approvals"][0]["id"], "a-1");
    let verdict = json!({ "verdict": "approve" });
    let answer = bench.post("/v1/approvals/a-1", "approver", &verdict).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["data"]["verdict"], "approve");
    assert!(waiting.pending.lock().unwrap().is_empty());
    let again = bench.post("/v1/approvals/a-1", "approver", &verdict).await;
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn whoever_asked_cannot_agree_and_neither_can_any_other_role() {
    let (bench, waiting) = approving("approver", "PAPER-1").await;
    let verdict = json!({ "verdict": "approve" });
    let own = bench.post("/v1/approvals/a-1", "approver", &verdict).await;
    assert_eq!(own.status, 403);
    for key in ["read", "trade", "admin"] {
        assert_eq!(bench.get("/v1/approvals", key).await.status, 403, "{key}");
        let answer = bench.post("/v1/approvals/a-1", key, &verdict).await;
        assert_eq!(answer.status, 403, "{key}");
    }
    assert_eq!(waiting.pending.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_waits_for_another_account_is_not_seen() {
    let (bench, waiting) = approving("other", "PAPER-2").await;
    let listed = bench.get("/v1/approvals", "approver").await;
    assert_eq!(listed.body["data"]["approvals"], json!([]));
    let verdict = json!({ "verdict": "approve" });
    let answer = bench.post("/v1/approvals/a-1", "approver", &verdict).await;
    assert_eq!(answer.status, 404);
    assert_eq!(waiting.pending.lock().unwrap().len(), 1);
}

#[derive(Debug, Default)]
struct Switch(AtomicUsize);

#[async_trait]
impl Halt for Switch {
    async fn state(&self) -> Result<Halted, Fault> {
        Ok(Halted::new(self.0.load(Ordering::Relaxed) > 0, None, None))
    }

    async fn engage(&self, _: &Call, reason: Option<String>, _: bool) -> Result<Halted, Fault> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Halted::new(true, reason, Some(Utc::now())))
    }
}

#[tokio::test]
async fn orders_are_stopped_by_those_who_send_them_and_released_by_nobody_here() {
    let switch = Arc::new(Switch::default());
    let held = Arc::clone(&switch);
    let bench = Bench::with(settings(), |app| app, |rest| rest.with_halt(held));
    for key in ["read", "approver"] {
        let answer = bench.post("/v1/kill-switch", key, &json!({})).await;
        assert_eq!(answer.status, 403, "{key}");
    }
    let release = json!({ "action": "release" });
    for key in ["trade", "admin"] {
        let answer = bench.post("/v1/kill-switch", key, &release).await;
        assert_eq!(answer.status, 403, "{key}");
    }
    assert_eq!(switch.0.load(Ordering::Relaxed), 0);
    let reason = json!({ "reason": "a test" });
    for key in ["trade", "admin"] {
        let answer = bench.post("/v1/kill-switch", key, &reason).await;
        assert_eq!(answer.body["data"]["engaged"], true, "{key}");
    }
    let state = bench.get("/v1/kill-switch", "read").await;
    assert_eq!(state.body["data"]["engaged"], true);
}
