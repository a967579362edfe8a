use serde_json::{Value, json};

use super::{
    BrokerTools,
    test_support::{Wire, sent_by, somebody, tools},
};
use crate::principal::{Confirm, Role};

fn trading_as(id: &str) -> BrokerTools {
    tools().speaking_for(somebody(id, &[Role::Read, Role::Trade]))
}

fn order() -> Value {
    json!({ "symbol": "AAPL", "quantity": 5 })
}

fn forms() -> Value {
    json!({ "elicitation": { "form": {} } })
}

fn code(answer: &Value) -> String {
    let text = answer["result"]["content"][0]["text"].as_str();
    let fault: Value = serde_json::from_str(text.unwrap_or_else(|| panic!("{answer}"))).unwrap();
    fault["code"].as_str().unwrap_or_default().to_owned()
}

/// What a client answers to the question of a call, and what comes of it.
async fn answered(wire: &mut Wire, answer: Value) -> Value {
    let params = json!({ "name": "place_order", "arguments": order() });
    let id = wire.send("tools/call", params).await;
    let asked = wire.hear().await;
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    let message = asked["params"]["message"].as_str().unwrap();
    assert!(message.contains("Buy 5 AAPL") && message.contains("Account: PAPER-1, paper"));
    let reply = json!({ "jsonrpc": "2.0", "id": asked["id"], "result": answer });
    wire.write(&reply).await;
    wire.answer(id).await
}

#[tokio::test]
async fn a_person_is_asked_and_only_the_tick_is_consent() {
    let mut wire = Wire::of(trading_as("dialog"), "2025-11-25", forms()).await;
    for answer in [
        json!({ "action": "decline" }),
        json!({ "action": "cancel" }),
        json!({ "action": "accept" }),
        json!({ "action": "accept", "content": {} }),
        json!({ "action": "accept", "content": { "confirm": false } }),
        json!({ "action": "accept", "content": { "confirm": "true" } }),
        json!({ "action": "decline", "content": { "confirm": true } }),
    ] {
        let result = answered(&mut wire, answer.clone()).await;
        assert_eq!(code(&result), "declined", "{answer}");
    }
    assert!(sent_by("dialog").is_empty());
    let yes = json!({ "action": "accept", "content": { "confirm": true } });
    let result = answered(&mut wire, yes).await;
    assert_eq!(result["result"]["isError"], false, "{result}");
    assert_eq!(sent_by("dialog").len(), 1);
}

#[tokio::test]
async fn a_client_that_cannot_ask_sends_nothing() {
    for (version, capabilities) in [
        ("2025-11-25", json!({})),
        ("2024-11-05", json!({})),
        ("2025-11-25", json!({ "elicitation": { "url": {} } })),
    ] {
        let mut wire = Wire::of(trading_as("mute"), version, capabilities).await;
        let result = wire.call("place_order", order()).await;
        assert_eq!(code(&result), "confirmation_required");
    }
    let mut wire = Wire::modern(trading_as("mute"), &json!({}));
    let result = wire.call("place_order", order()).await;
    assert_eq!(code(&result), "confirmation_required");
    assert!(sent_by("mute").is_empty());
}

#[tokio::test]
async fn a_client_that_fails_to_ask_sends_nothing() {
    let mut wire = Wire::of(
        trading_as("liar"),
        "2025-06-18",
        json!({ "elicitation": {} }),
    )
    .await;
    let params = json!({ "name": "place_order", "arguments": order() });
    let id = wire.send("tools/call", params).await;
    let asked = wire.hear().await;
    let error = json!({ "code": -32601, "message": "no" });
    wire.write(&json!({ "jsonrpc": "2.0", "id": asked["id"], "error": error }))
        .await;
    assert_eq!(code(&wire.answer(id).await), "confirmation_required");
    assert!(sent_by("liar").is_empty());
}

#[tokio::test]
async fn a_key_that_is_confirmed_elsewhere_is_never_asked_through_its_client() {
    let mut principal = somebody("elsewhere", &[Role::Trade]);
    principal.confirm = Confirm::OutOfBand;
    let tools = tools().speaking_for(principal);
    let mut wire = Wire::of(tools.clone(), "2025-11-25", forms()).await;
    let result = wire.call("place_order", order()).await;
    assert_eq!(code(&result), "confirmation_required");
    let mut wire = Wire::modern(tools, &forms());
    let result = wire.call("place_order", order()).await;
    assert_eq!(code(&result), "confirmation_required");
    assert!(sent_by("elsewhere").is_empty());
}

/// The first half of a call since 2026-07-28: what is to be asked, and the state to come back with.
async fn asked(wire: &mut Wire) -> String {
    let first = wire.call("place_order", order()).await;
    let result = &first["result"];
    assert_eq!(result["resultType"], "input_required", "{first}");
    let request = &result["inputRequests"]["confirm"];
    assert_eq!(request["method"], "elicitation/create");
    let message = request["params"]["message"].as_str().unwrap();
    assert!(message.contains("Buy 5 AAPL"), "{message}");
    result["requestState"].as_str().unwrap().to_owned()
}

async fn back(wire: &mut Wire, arguments: Value, state: &str, content: Value) -> Value {
    let params = json!({
        "name": "place_order",
        "arguments": arguments,
        "requestState": state,
        "inputResponses": { "confirm": content },
    });
    wire.ask("tools/call", params).await
}

fn yes() -> Value {
    json!({ "action": "accept", "content": { "confirm": true } })
}

#[tokio::test]
async fn an_answer_that_comes_back_is_good_once() {
    let mut wire = Wire::modern(trading_as("once"), &forms());
    let state = asked(&mut wire).await;
    let done = back(&mut wire, order(), &state, yes()).await;
    assert_eq!(done["result"]["isError"], false, "{done}");
    let again = back(&mut wire, order(), &state, yes()).await;
    assert_eq!(again["error"]["code"], -32602, "{again}");
    let sent = sent_by("once");
    assert_eq!(sent.len(), 1);
    assert!(sent[0].is_some(), "the command has a name of its own");
}

#[tokio::test]
async fn the_same_answer_twice_at_once_sends_one_order() {
    let mut wire = Wire::modern(trading_as("twice"), &forms());
    let state = asked(&mut wire).await;
    let params = json!({
        "name": "place_order",
        "arguments": order(),
        "requestState": state,
        "inputResponses": { "confirm": yes() },
    });
    let first = wire.send("tools/call", params.clone()).await;
    let second = wire.send("tools/call", params).await;
    for _ in 0..2 {
        let answer = wire.read().await;
        assert!(answer["id"] == first || answer["id"] == second);
    }
    assert_eq!(sent_by("twice").len(), 1);
}

#[tokio::test]
async fn an_answer_to_one_order_is_none_to_another() {
    let mut wire = Wire::modern(trading_as("swap"), &forms());
    let state = asked(&mut wire).await;
    let more = json!({ "symbol": "AAPL", "quantity": 5000 });
    let swapped = back(&mut wire, more, &state, yes()).await;
    assert_eq!(swapped["error"]["code"], -32602, "{swapped}");
    let mut forged = state.clone().into_bytes();
    let last = forged.len() - 1;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let refused = back(&mut wire, order(), &forged, yes()).await;
    assert_eq!(refused["error"]["code"], -32602);
    let invented = back(&mut wire, order(), "yes", yes()).await;
    assert_eq!(invented["error"]["code"], -32602);
    assert!(sent_by("swap").is_empty());
}

#[tokio::test]
async fn an_answer_of_one_caller_is_none_of_another() {
    let tools = tools();
    let one = tools.clone().speaking_for(somebody("one", &[Role::Trade]));
    let other = tools.speaking_for(somebody("other", &[Role::Trade]));
    let state = asked(&mut Wire::modern(one, &forms())).await;
    let mut wire = Wire::modern(other, &forms());
    let refused = back(&mut wire, order(), &state, yes()).await;
    assert_eq!(refused["error"]["code"], -32602);
    assert!(sent_by("other").is_empty() && sent_by("one").is_empty());
}

#[tokio::test]
async fn no_is_no_and_nothing_said_is_asked_again() {
    let mut wire = Wire::modern(trading_as("no"), &forms());
    let state = asked(&mut wire).await;
    let declined = back(&mut wire, order(), &state, json!({ "action": "decline" })).await;
    assert_eq!(code(&declined), "declined");
    let state = asked(&mut wire).await;
    let params = json!({ "name": "place_order", "arguments": order(), "requestState": state });
    let again = wire.ask("tools/call", params).await;
    assert_eq!(again["result"]["resultType"], "input_required", "{again}");
    assert_ne!(again["result"]["requestState"], json!(state));
    assert!(sent_by("no").is_empty());
}

#[tokio::test]
async fn an_answer_without_a_question_is_no_consent() {
    let mut wire = Wire::modern(trading_as("eager"), &forms());
    let params = json!({
        "name": "place_order",
        "arguments": order(),
        "inputResponses": { "confirm": yes() },
    });
    let answer = wire.ask("tools/call", params).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    assert!(sent_by("eager").is_empty());
}

#[tokio::test]
async fn a_command_that_its_caller_has_named_gets_no_other_name() {
    let tools = trading_as("named").with_profiles([crate::alias::Profile::Tws]);
    let named = json!({ "symbol": "AAPL", "quantity": 5, "client_order_id": "mine" });
    let meant = |name: &str, given: &Value| {
        let given = given.as_object().unwrap();
        tools.names_command(&somebody("named", &[Role::Trade]), name, given)
    };
    assert_eq!(meant("place_order", &named), Some(true));
    assert_eq!(meant("place_order", &order()), Some(false));
    let theirs = json!({
        "contract": { "symbol": "AAPL" },
        "order": { "action": "BUY", "totalQuantity": 1, "orderType": "MKT", "orderRef": "mine" },
    });
    assert_eq!(meant("ibkr_place_order", &theirs), Some(true));
}
