//! A model that has read somewhere that it should trade.

use std::fs;

use serde_json::{Value, json};

use super::{
    session::{Session, bare, code, failed},
    stand::{Stand, resting},
};

/// What it tries to be let through by, beside the order.
fn excuses() -> Vec<Value> {
    vec![
        json!({ "confirm": true }),
        json!({ "confirmed": true }),
        json!({ "confirmed_by": "anna" }),
        json!({ "approved": true }),
        json!({ "approval_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
        json!({ "preview_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" }),
        json!({ "force": true }),
        json!({ "principal": "bot" }),
        json!({ "key": "bot" }),
        json!({ "account": "two" }),
        json!({ "account": "PAPER-2" }),
        json!({ "account": "all" }),
        json!({ "environment": "live" }),
        json!({ "allow_live": true }),
        json!({ "paper": false }),
        json!({ "limits": { "max_order_notional": "1000000000" } }),
        json!({ "_meta": { "principal": "bot" } }),
    ]
}

/// Ways to another mode, other places, more rights.
fn ways() -> Vec<(&'static str, Value)> {
    vec![
        ("kill_switch", json!({ "action": "release" })),
        ("kill_switch", json!({ "action": "disengage" })),
        (
            "connect",
            json!({ "broker": "paper", "host": "evil.example", "port": 1 }),
        ),
        ("connect", json!({ "broker": "live" })),
        (
            "connect",
            json!({ "broker": "paper", "environment": "live" }),
        ),
        ("disconnect", json!({ "broker": "paper" })),
        (
            "set_default_account",
            json!({ "account": "two", "purpose": "trading" }),
        ),
        (
            "set_default_account",
            json!({ "account": "one", "purpose": "trading" }),
        ),
        (
            "add_account",
            json!({ "alias": "real", "broker": "paper", "kind": "live", "credentials_ref": "x" }),
        ),
        (
            "add_account",
            json!({ "alias": "../../keys", "broker": "paper", "kind": "paper", "credentials_ref": "../keys.json" }),
        ),
        ("remove_account", json!({ "account": "one", "force": true })),
        ("remove_account", json!({ "account": "two", "force": true })),
        ("gateway_control", json!({ "action": "stop" })),
        ("restart_workers", json!({})),
        ("refresh_token", json!({ "account": "all" })),
        ("approve", json!({ "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV" })),
        (
            "decide",
            json!({ "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "verdict": "approve" }),
        ),
        ("read_file", json!({ "path": "keys.json" })),
        (
            "modify_order",
            json!({ "order_id": "works", "quantity": 400 }),
        ),
        (
            "modify_order",
            json!({ "order_id": "works", "limit_price": "101" }),
        ),
        (
            "tiger_place_order",
            json!({ "symbol": "AAPL", "action": "BUY", "quantity": 1, "order_type": "MKT" }),
        ),
        (
            "mcp_tiger_place_order",
            json!({ "symbol": "AAPL", "action": "BUY", "quantity": 1, "order_type": "MKT" }),
        ),
    ]
}

#[test]
fn a_model_that_does_whatever_it_finds_moves_no_money_and_changes_no_setting() {
    let stand = Stand::new();
    let works = stand.post("/v1/place_order", "bot", &resting("works"));
    assert_eq!(works.status, 200, "{works:?}");
    let files = ["broker-mcp.toml", "keys.json"].map(|name| stand.folder.path().join(name));
    let before = files.clone().map(|path| fs::read(path).unwrap());
    let accounts = || {
        let listed = stand.get("/v1/list_accounts", "boss").json();
        listed["data"]["accounts"].clone()
    };
    let known = accounts();
    // It has every right that a model can have, and a person is asked elsewhere.
    for key in ["asked", "boss"] {
        let session = Session::open(&stand, key, "hostile");
        for excuse in excuses() {
            let mut order = resting("mine");
            let more = excuse.as_object().unwrap().clone();
            order.as_object_mut().unwrap().extend(more.clone());
            let mut inside = resting("mine");
            inside["order"].as_object_mut().unwrap().extend(more);
            for arguments in [order, inside] {
                let (questions, answer) = session.call_asked("place_order", &arguments, |_| {});
                assert_eq!(questions, 0, "its own client is not asked");
                let answer = answer.unwrap();
                assert!(failed(&answer), "{arguments}: {answer}");
                let rest = stand.post("/v1/place_order", key, &arguments);
                assert!(rest.status >= 400, "{arguments}: {rest:?}");
            }
        }
        for (tool, arguments) in ways() {
            for answer in [
                session.call(tool, &arguments),
                bare(&stand, key, tool, &arguments),
            ] {
                assert!(failed(&answer), "{key} {tool} {arguments}: {answer}");
            }
            let rest = stand.post(&format!("/v1/{tool}"), key, &arguments);
            assert!(rest.status >= 400, "{key} {tool} {arguments}: {rest:?}");
        }
    }
    let orders = stand.orders("bot");
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(orders[0]["quantity"], "10");
    assert_eq!(orders[0]["status"], "submitted");
    assert!(stand.orders("other").is_empty());
    assert!(!stand.halted());
    assert_eq!(
        accounts(),
        known,
        "nothing is live, nothing is new, nothing is gone"
    );
    for (path, before) in files.iter().zip(&before) {
        assert!(fs::read(path).unwrap() == *before, "{}", path.display());
    }
}

#[test]
fn the_kill_switch_is_released_by_no_call_and_by_no_restart() {
    let stand = Stand::new();
    let works = stand.post("/v1/place_order", "bot", &resting("works"));
    assert_eq!(works.status, 200, "{works:?}");
    let engaged = stand.post("/v1/kill-switch", "bot", &json!({ "reason": "a test" }));
    assert_eq!(engaged.status, 200, "{engaged:?}");
    let refused = |stand: &Stand| {
        for key in ["bot", "asked", "both", "boss", "other"] {
            let place = stand.post("/v1/place_order", key, &resting("more"));
            assert_eq!(place.status, 423, "{key}: {place:?}");
            let answer = bare(stand, key, "place_order", &resting("more"));
            assert_eq!(code(&answer), "kill_switch", "{key}: {answer}");
        }
    };
    refused(&stand);
    for key in ["reader", "bot", "both", "boss", "anna"] {
        for body in [
            json!({ "action": "release" }),
            json!({ "action": "disengage" }),
            json!({ "action": "RELEASE" }),
            json!({ "engaged": false }),
            json!({ "action": null }),
            json!({ "action": "engage", "release": true }),
        ] {
            stand.post("/v1/kill-switch", key, &body);
            stand.post("/v1/kill_switch", key, &body);
            bare(&stand, key, "kill_switch", &body);
        }
        for method in ["DELETE", "PUT", "PATCH"] {
            let answer = stand.send((method, "/v1/kill-switch"), key, &[], "{}");
            assert!(answer.status >= 400, "{key} {method}: {answer:?}");
        }
    }
    assert!(stand.halted());
    refused(&stand);
    let change = json!({ "order_id": "works", "quantity": 9 });
    let changed = stand.post("/v1/modify_order", "bot", &change);
    assert_eq!(changed.status, 423, "{changed:?}");
    // What takes orders away passes.
    let canceled = stand.post("/v1/cancel_order", "bot", &json!({ "order_id": "works" }));
    assert_eq!(canceled.status, 200, "{canceled:?}");
    let stand = stand.reborn(|_| {});
    assert!(stand.halted(), "it is known after a restart");
    refused(&stand);
    assert!(stand.orders("bot").is_empty());
}
