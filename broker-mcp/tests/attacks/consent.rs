use serde_json::{Value, json};

use super::{
    session::{Session, code, failed, modern},
    stand::{Answer, Stand, resting},
};

fn question(answer: &Answer) -> String {
    assert_eq!(answer.status, 428, "{answer:?}");
    let answer = answer.json();
    answer["error"]["details"]["approval_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn decide(stand: &Stand, key: &str, id: &str) -> Answer {
    stand.post(
        &format!("/v1/approvals/{id}"),
        key,
        &json!({ "verdict": "approve" }),
    )
}

/// The same order without a name, so that the approval names it.
fn unnamed() -> Value {
    let mut order = resting("");
    order.as_object_mut().unwrap().remove("client_order_id");
    order
}

fn with(mut order: Value, name: &str, value: Value) -> Value {
    order[name] = value;
    order
}

#[test]
fn an_approval_is_for_one_caller_and_one_order_and_is_used_once_over_restarts() {
    let stand = Stand::new();
    let id = question(&stand.post("/v1/place_order", "asked", &unnamed()));
    let again = with(unnamed(), "preview_id", json!(id));
    // Nobody without the role, nobody for another account, and nobody twice.
    for key in ["reader", "bot", "asked", "boss", "other", "client"] {
        let answer = decide(&stand, key, &id);
        assert_eq!(answer.status, 403, "{key}: {answer:?}");
    }
    assert_eq!(
        question(&stand.post("/v1/place_order", "asked", &again)),
        id,
        "not yet"
    );
    assert_eq!(decide(&stand, "anna", &id).status, 200);
    assert!(decide(&stand, "anna", &id).status >= 400, "it is decided");
    assert!(decide(&stand, "both", &id).status >= 400, "it is decided");
    // Agreed to is this and nothing else.
    for (field, value) in [
        ("quantity", json!("11")),
        ("limit_price", json!("100.01")),
        ("side", json!("SELL")),
        ("instrument", json!("JPM")),
        ("time_in_force", json!("GTC")),
        ("session", json!("extended")),
        ("stop_loss", json!("1")),
    ] {
        let mut swapped = again.clone();
        swapped["order"][field] = value;
        let answer = stand.post("/v1/place_order", "asked", &swapped);
        assert!(
            answer.status >= 400 && answer.status != 428,
            "{swapped}: {answer:?}"
        );
    }
    // To another caller it does not exist.
    for key in ["other", "both", "boss"] {
        let answer = stand.post("/v1/place_order", key, &again);
        assert_eq!(answer.status, 404, "{key}: {answer:?}");
    }
    assert!(stand.orders("bot").is_empty());

    // It outlives the server, which was not asked whether it wants to end.
    let stand = stand.reborn(|_| {});
    let placed = stand.post("/v1/place_order", "asked", &again);
    assert_eq!(placed.status, 200, "{placed:?}");
    assert_eq!(stand.orders("bot").len(), 1);
    let repeated = stand.post("/v1/place_order", "asked", &again);
    assert_eq!(
        repeated.json()["data"]["duplicate_of"],
        id.as_str(),
        "{repeated:?}"
    );
    let fresh = question(&stand.post("/v1/place_order", "asked", &unnamed()));
    assert_ne!(fresh, id, "without its name it is another order");
    assert_eq!(stand.orders("bot").len(), 1);

    // The exchange begins anew with the program, and what was agreed to is used up all the same.
    let stand = stand.reborn(|_| {});
    for _ in 0..2 {
        let replayed = stand.post("/v1/place_order", "asked", &again);
        assert_ne!(replayed.status, 428, "{replayed:?}");
        let fresh = question(&stand.post("/v1/place_order", "asked", &unnamed()));
        assert_ne!(fresh, id);
    }
    assert!(stand.orders("bot").is_empty());
}

#[test]
fn whoever_may_agree_does_not_agree_to_its_own() {
    let stand = Stand::new();
    let id = question(&stand.post("/v1/place_order", "both", &unnamed()));
    for _ in 0..2 {
        assert_eq!(decide(&stand, "both", &id).status, 403);
    }
    // Two who may trade and agree cannot be one: what anna agrees to is anna's word.
    assert_eq!(decide(&stand, "anna", &id).status, 200);
    let placed = stand.post(
        "/v1/place_order",
        "both",
        &with(unnamed(), "preview_id", json!(id)),
    );
    assert_eq!(placed.status, 200, "{placed:?}");
    let by = placed.json()["data"]["confirmed_by"]
        .as_str()
        .unwrap()
        .to_owned();
    let both = stand.ring();
    let mine = broker_mcp::auth::KeyStore::ring(&both);
    let me = mine
        .keys()
        .iter()
        .find(|key| key.principal.name == "both")
        .unwrap();
    assert_ne!(by, &*me.principal.id);
}

#[test]
fn a_client_that_agrees_for_its_person_is_not_asked_where_the_operator_does_not_trust_it() {
    let stand = Stand::new();
    let session = Session::open(&stand, "asked", "liar");
    let (questions, answer) = session.call_asked("place_order", &resting("lie"), |_| {});
    assert_eq!(questions, 0);
    assert_eq!(code(&answer.unwrap()), "confirmation_required");
    // An answer to a question that nobody has asked is none.
    session.agree(&json!({ "id": 0 }));
    session.agree(&json!({ "id": 1 }));
    assert!(stand.orders("bot").is_empty());
    // The same client with a key that is asked through it: it is asked, once for each order.
    let session = Session::open(&stand, "client", "liar");
    let (questions, answer) = session.call_asked("place_order", &resting("lie"), |question| {
        assert_eq!(session.agree(question).status, 202);
        // The same answer again is an answer to nothing.
        session.agree(question);
    });
    assert_eq!(questions, 1);
    assert!(!failed(&answer.unwrap()));
    assert_eq!(stand.orders("bot").len(), 1);
}

#[test]
fn an_answer_to_a_question_is_good_once_even_after_a_restart() {
    let stand = Stand::new();
    let asked = modern(
        &stand,
        "client",
        "place_order",
        json!({ "arguments": unnamed() }),
    )
    .json();
    let state = asked["result"]["requestState"]
        .as_str()
        .unwrap_or_else(|| panic!("{asked}"));
    let answer = |order: &Value| {
        json!({
            "arguments": order,
            "requestState": state,
            "inputResponses": { "confirm": { "action": "accept", "content": { "confirm": true } } },
        })
    };
    let come_back = |stand: &Stand, key: &str, order: &Value| {
        modern(stand, key, "place_order", answer(order)).json()
    };
    // Of another caller, and for another order, it is none. Neither uses it up.
    assert!(failed(&come_back(&stand, "boss", &unnamed())));
    let mut swapped = unnamed();
    swapped["order"]["quantity"] = json!("400");
    assert!(failed(&come_back(&stand, "client", &swapped)));
    assert!(stand.orders("bot").is_empty());

    let stand = stand.reborn(|_| {});
    let done = come_back(&stand, "client", &unnamed());
    assert!(
        !failed(&done) && done["result"]["resultType"] != "input_required",
        "{done}"
    );
    assert_eq!(stand.orders("bot").len(), 1);
    assert!(
        failed(&come_back(&stand, "client", &unnamed())),
        "it was used"
    );

    let stand = stand.reborn(|_| {});
    assert!(
        failed(&come_back(&stand, "client", &unnamed())),
        "it was used before"
    );
    assert!(stand.orders("bot").is_empty());
}
