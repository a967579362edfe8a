//! Two accounts of one login, and a key for each: what is in the one does not exist for the other.

use std::sync::Arc;

use broker_core::{Decimal, dec};
use broker_mcp::{Call, Principal};
use serde_json::{Map, Value, json};

use crate::{
    client::principal,
    notes::Notes,
    stage::{Stage, Wire},
};

const NAME: &str = "secret-order-of-a";

struct Wall {
    stage: Stage,
    a: Call,
    b: Call,
    notes: Notes,
}

fn call(who: &Principal) -> Call {
    Call::by(Arc::new(who.clone()), "test")
}

fn arguments(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Wall {
    /// What an operation is asked with, as far as it needs something. `order` is an order of A.
    fn asked(&self, operation: &str, order: &str) -> Value {
        let expiry = self.stage.expirations("AAPL")[2].to_string();
        let resting = json!({ "instrument": "KO", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": "40" });
        match operation {
            "get_quotes" => json!({ "symbols": ["AAPL"] }),
            "stream_market_data" => json!({ "symbols": ["AAPL"], "seconds": 1 }),
            "stream_account_updates" => json!({ "seconds": 1 }),
            "get_bars" | "get_financials" | "get_news" | "get_option_expirations" => {
                json!({ "instrument": "AAPL" })
            }
            "get_option_chain" => json!({ "instrument": "AAPL", "expiry": expiry, "strikes": 1 }),
            "search_instruments" => json!({ "query": "AAPL" }),
            "get_contracts" | "get_corporate_actions" | "get_earnings" => {
                json!({ "instruments": ["AAPL"] })
            }
            "get_news_article" => json!({ "id": "1", "provider": "B" }),
            "get_order" | "cancel_order" | "get_executions" => json!({ "order_id": order }),
            "modify_order" => json!({ "order_id": order, "quantity": 1 }),
            "preview_order" => json!({ "order": resting }),
            "place_order" => json!({ "order": resting, "dry_run": true }),
            "kill_switch" | "gateway_control" => json!({ "action": "status" }),
            "set_default_account" => json!({ "purpose": "data" }),
            // The connection is that of both: who may end it is not what is tried here.
            "disconnect" | "restart_workers" => json!({ "broker": "nobody" }),
            "add_account" => {
                json!({ "alias": "x", "broker": "nobody", "kind": "paper", "credentials_ref": "none" })
            }
            _ => json!({}),
        }
    }

    /// Nothing of A is in an answer to B.
    fn is_clean(&mut self, what: &str, told: &str, secrets: &[String]) {
        for secret in secrets {
            if told.contains(secret.as_str()) {
                self.notes.note(format!("{what} tells {secret}: {told}"));
            }
        }
    }

    async fn ask(&self, call: &Call, operation: &str, asked: &Value) -> Result<String, String> {
        let answer = self
            .stage
            .service
            .call(call, operation, arguments(asked))
            .await;
        match answer {
            Ok(answer) => Ok(answer.to_string()),
            Err(fault) => Err(json!(fault).to_string()),
        }
    }
}

/// What is known of an account by one who may see it, and by nobody else.
fn secrets(stage: &Stage, told: &Value) -> Vec<String> {
    let mut all = vec![NAME.to_owned(), stage.wire.accounts()[0].to_owned()];
    for fill in stage.truth().fills {
        all.push(fill.execution_id.to_string());
    }
    let orders = told["data"]["orders"].as_array().unwrap();
    all.extend(
        orders
            .iter()
            .map(|order| order["order_id"].as_str().unwrap().to_owned()),
    );
    // A number of a few digits is in many answers by chance.
    all.retain(|secret| secret.len() > 5);
    all
}

async fn apart(wire: Wire) {
    let stage = Stage::open(wire).await;
    let (a, b) = (principal("a's", &["a"]), principal("b's", &["b"]));
    let mut wall = Wall {
        a: call(&a),
        b: call(&b),
        stage,
        notes: Notes::default(),
    };
    wall.stage.buy("AAPL", dec!(321)).await;
    let order = json!({
        "order": { "instrument": "KO", "side": "BUY", "quantity": 654, "type": "LIMIT", "limit_price": "40", "time_in_force": "GTC" },
        "client_order_id": NAME,
    });
    let placed = wall
        .stage
        .service
        .call(&wall.a, "place_order", arguments(&order))
        .await
        .unwrap();
    let id = placed["data"]["order"]["order_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let own = wall
        .stage
        .service
        .call(&wall.a, "get_orders", Map::new())
        .await
        .unwrap();
    let secrets = secrets(&wall.stage, &own);
    assert!(secrets.len() >= 2, "{secrets:?}");
    let commands = |wall: &Wall| {
        let truth = wall.stage.truth();
        let working: Vec<(String, Decimal)> = wall
            .stage
            .working()
            .iter()
            .map(|order| (order.terms.client_order_id.to_string(), order.filled))
            .collect();
        (truth.orders.len(), truth.fills.len(), working)
    };
    let before = commands(&wall);
    let number = wire.accounts()[0];
    // As long and as good as the other, and nobody's.
    let nobody = format!("{}9", &number[..number.len() - 1]);
    let operations: Vec<&'static str> = wall
        .stage
        .service
        .operations()
        .iter()
        .map(|one| one.about.name)
        .collect();
    assert!(operations.len() >= 38, "{operations:?}");
    for operation in operations {
        for name in [&*id, NAME] {
            let asked = wall.asked(operation, name);
            // B is in the answer, or nobody.
            for account in [None, Some("all"), Some("b")] {
                let mut asked = asked.clone();
                if let Some(account) = account {
                    asked["account"] = json!(account);
                }
                let told = wall.ask(&wall.b, operation, &asked).await;
                let told = told.unwrap_or_else(|fault| fault);
                // What B has said itself is no secret.
                let told = told.replace(name, "");
                wall.is_clean(&format!("{operation} {asked}"), &told, &secrets);
            }
            // The account of A is as absent as one that there is not.
            for (theirs, none) in [("a", "z"), (number, &*nobody)] {
                let (mut of_a, mut of_none) = (asked.clone(), asked.clone());
                of_a["account"] = json!(theirs);
                of_none["account"] = json!(none);
                let told = wall.ask(&wall.b, operation, &of_a).await;
                let unknown = wall.ask(&wall.b, operation, &of_none).await;
                let same = match (&told, &unknown) {
                    (Err(told), Err(unknown)) => {
                        told.replace(&format!("`{theirs}`"), "")
                            == unknown.replace(&format!("`{none}`"), "")
                    }
                    _ => false,
                };
                if !same {
                    wall.notes.note(format!(
                        "{operation} {of_a}: {told:?}, and of nobody's {unknown:?}"
                    ));
                }
            }
            if asked == wall.asked(operation, "another") {
                break;
            }
        }
    }
    assert_eq!(commands(&wall), before, "B has moved something of A");
    let own = wall
        .ask(&wall.a, "get_positions", &json!({}))
        .await
        .unwrap();
    assert!(own.contains("321"), "A sees its own: {own}");
    wall.stage.end().await;
    wall.notes.settle(&format!("{wire:?}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_one_account_sees_nothing_of_another_at_the_paper_broker() {
    apart(Wire::Paper).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_one_account_sees_nothing_of_another_at_tiger() {
    apart(Wire::Tiger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_one_account_sees_nothing_of_another_at_interactive_brokers() {
    apart(Wire::Ibkr).await;
}
