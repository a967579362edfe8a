//! Keys that end while something of theirs is under way.

use core::time::Duration;
use std::io::{Read as _, Write as _};

use broker_mcp::auth::KeyStore as _;
use chrono::Utc;
use serde_json::json;

use super::{
    session::{Session, code, failed},
    stand::{COST, Stand, resting},
};

fn revoke(stand: &Stand, name: &str) {
    let ring = stand.ring();
    ring.change(&mut |ring| ring.revoke(name, Utc::now()))
        .unwrap();
}

fn replace(stand: &Stand, name: &str) {
    let ring = stand.ring();
    ring.change(&mut |ring| {
        ring.rotate(name, Duration::ZERO, Utc::now(), COST)
            .map(drop)
    })
    .unwrap();
}

/// What a key has open for long: events of a session, and prices.
fn streams(stand: &Stand, key: &'static str) -> Vec<std::net::TcpStream> {
    let session = Session::open(stand, key, "listens");
    let events = [
        ("Accept", "text/event-stream"),
        ("Mcp-Session-Id", session.id.as_str()),
    ];
    let events = stand.request(("GET", "/mcp"), key, &events, "");
    let place = ("GET", "/api/v1/stream_market_data?symbol=AAPL&secType=STK");
    let prices = stand.request(place, key, &[("Accept", "text/event-stream")], "");
    [events, prices]
        .into_iter()
        .map(|request| {
            let mut stream = stand.connect();
            stream.write_all(request.as_bytes()).unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
            stream
        })
        .collect()
}

#[test]
fn whoever_listens_hears_nothing_more_when_the_key_is_taken_away_or_replaced() {
    let stand = Stand::new();
    for (key, end) in [("reader", revoke as fn(&Stand, &str)), ("anna", replace)] {
        let open = streams(&stand, key);
        end(&stand, key);
        for mut stream in open {
            // It ends, instead of going on until nobody waits for it any more.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).unwrap();
        }
        assert_eq!(stand.get("/v1/get_positions", key).status, 401, "{key}");
    }
}

#[test]
fn a_question_to_a_key_that_was_taken_away_is_answered_by_nobody() {
    let stand = Stand::new();
    let session = Session::open(&stand, "client", "asked");
    let (questions, answer) = session.call_asked("place_order", &resting("late"), |question| {
        revoke(&stand, "client");
        assert_eq!(session.agree(question).status, 401);
    });
    assert_eq!(questions, 1);
    assert!(answer.is_none_or(|answer| failed(&answer)));
    assert!(stand.orders("bot").is_empty());
}

#[test]
fn a_limit_that_was_lowered_while_a_person_was_asked_holds() {
    let stand = Stand::new();
    let session = Session::open(&stand, "client", "asked");
    let (questions, answer) = session.call_asked("place_order", &resting("late"), |question| {
        let path = stand.keys_file();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut stored: serde_json::Value = serde_json::from_str(&text).unwrap();
        let keys = stored["keys"].as_array_mut().unwrap();
        let mut mine = keys
            .iter_mut()
            .filter(|key| key["principal"]["name"] == "client");
        mine.next().unwrap()["principal"]["limits"]["max_order_quantity"] = json!("1");
        std::fs::write(&path, stored.to_string()).unwrap();
        assert_eq!(session.agree(question).status, 202);
    });
    assert_eq!(questions, 1);
    assert_eq!(code(&answer.unwrap()), "limit_exceeded");
    assert!(stand.orders("bot").is_empty());
}

#[test]
fn an_approver_whose_key_was_taken_away_agrees_to_nothing() {
    let stand = Stand::new();
    let asked = stand.post("/v1/place_order", "asked", &resting("late"));
    let asked = asked.json();
    let id = asked["error"]["details"]["approval_id"].as_str().unwrap();
    revoke(&stand, "anna");
    let path = format!("/v1/approvals/{id}");
    let answer = stand.post(&path, "anna", &json!({ "verdict": "approve" }));
    assert_eq!(answer.status, 401, "{answer:?}");
    let answer = stand.post("/v1/place_order", "asked", &resting("late"));
    assert_eq!(answer.status, 428, "{answer:?}");
    assert!(stand.orders("bot").is_empty());
}
