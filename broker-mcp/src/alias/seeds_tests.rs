//! Every alias, called with the other server's own spelling, over whatever operations there are.

use std::sync::Arc;

use broker_core::{Broker, model::AccountId};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use serde_json::{Map, Value, json};

use super::{Aliases, Profile, Reply, Target, seeds::seeds};
use crate::{
    BrokerService, Call, Fault, FaultCode, Principal,
    principal::{Confirm, Role, Toolset},
};

fn service() -> BrokerService {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build().unwrap());
    let registry = Registry::new();
    let account = AccountId::new("PAPER-1").unwrap();
    registry.add(paper, &account, Permission::Admin).unwrap();
    BrokerService::over(registry)
}

fn call() -> Call {
    let roles = [Role::Read, Role::Trade, Role::Admin];
    let mut principal = Principal::new("seeds", roles);
    principal.confirm = Confirm::Never;
    principal.toolsets.insert(Toolset::IbExtra);
    Call::by(Arc::new(principal), "test")
}

#[test]
fn every_alias_has_a_call_in_its_own_spelling() {
    let seeds = seeds();
    for alias in Aliases::of(Profile::ALL).iter() {
        let called = seeds
            .iter()
            .any(|(profile, name, ..)| *profile == alias.profile() && alias.names().contains(name));
        // One of two aliases that share a name is met by its arguments.
        let met = seeds.iter().any(|(profile, name, given, _)| {
            let given = given.as_object().unwrap();
            let found = Aliases::of([*profile]).find(name, given);
            found.is_some_and(|found| core::ptr::eq(found, alias))
        });
        assert!(called || met, "{alias:?}");
    }
}

async fn called(
    service: &BrokerService,
    profile: Profile,
    name: &str,
    given: &Map<String, Value>,
) -> Option<Result<Reply, Fault>> {
    let alias = Aliases::of([profile]).find(name, given).unwrap();
    if let Target::Unsupported(why) = alias.target() {
        let fault = alias.run(name, service, &call(), given.clone()).await;
        let fault = fault.unwrap_err();
        assert_eq!(fault.code, FaultCode::Unsupported, "{name}");
        assert!(fault.message.contains(why), "{fault}");
        return None;
    }
    let ours = alias.map(given).unwrap();
    let there = |target: &&str| {
        let operation = service.operations().get(target);
        // Where quotes are asked for by text only, an option in parts is not there yet.
        let text_only = |symbols: &Value| symbols["items"]["type"] == "string";
        let in_parts = ours.get("symbols").is_some_and(|all| all[0].is_object());
        operation.is_some_and(|one| !(in_parts && text_only(&one.input["properties"]["symbols"])))
    };
    if !alias.targets().iter().all(there) {
        return None;
    }
    Some(alias.run(name, service, &call(), given.clone()).await)
}

#[tokio::test]
async fn every_alias_answers_in_its_own_shape_as_far_as_there_are_operations() {
    let service = service();
    let mut answered = 0;
    for (profile, name, given, fields) in seeds() {
        let result = called(&service, profile, name, given.as_object().unwrap()).await;
        let Some(result) = result else { continue };
        let reply = match result {
            Ok(reply) => reply,
            // What is asked is understood, whatever becomes of it at a paper broker.
            Err(fault) => {
                let understood =
                    fault.code != FaultCode::InvalidRequest && fault.code != FaultCode::Internal;
                assert!(understood, "{profile}: {name}: {fault:?}");
                continue;
            }
        };
        let shaped = match (&reply.text, profile) {
            (Some(text), Profile::Tws) => serde_json::from_str(text).unwrap(),
            (Some(text), _) => {
                assert!(text.starts_with("# "), "{name}: {text}");
                reply.structured.clone()
            }
            (None, _) => reply.structured.clone(),
        };
        for field in fields {
            assert!(
                shaped.get(field).is_some(),
                "{profile}: {name}: {field}: {shaped}"
            );
        }
        answered += 1;
    }
    assert!(answered >= 2, "{answered}");
}

#[test]
fn numbers_are_numbers_and_what_is_unknown_is_null_in_the_shape_of_tiger() {
    let answer = json!({
        "data": { "quotes": [{ "symbol": "AAPL", "last": "150.10" }], "missing": [] },
        "meta": { "as_of": "2026-01-01T00:00:00Z", "account": "A" },
    });
    let given = json!({ "symbol": "AAPL" });
    let given = given.as_object().unwrap();
    let alias = Aliases::of([Profile::Tiger])
        .find("tiger_get_quote", given)
        .unwrap();
    let reply = alias.reply("tiger_get_quote", answer, given);
    assert_eq!(
        reply.structured["data"]["latest_price"].to_string(),
        "150.1"
    );
    assert_eq!(reply.structured["data"]["bid_price"], Value::Null);
    assert_eq!(reply.structured["success"], true);
    assert_eq!(reply.structured["account_id"], "A");
}

#[test]
fn under_the_name_of_an_operation_its_schema_holds_and_the_text_is_the_others() {
    let answer = json!({
        "data": { "positions": [{
            "instrument": { "id": "AAPL.XNAS", "symbol": "AAPL", "sec_type": "STK" },
            "quantity": "3", "avg_cost": "1.5",
        }] },
        "meta": { "as_of": "2026-01-01T00:00:00Z", "account": "DU1" },
    });
    let given = Map::new();
    let tws = Aliases::of([Profile::Tws])
        .find("get_positions", &given)
        .unwrap();
    let reply = tws.reply("get_positions", answer.clone(), &given);
    assert_eq!(reply.structured, answer);
    let text: Value = serde_json::from_str(reply.text.as_deref().unwrap()).unwrap();
    assert_eq!(text["positions"][0]["position"].as_f64(), Some(3.0));
    assert_eq!(text["positions"][0]["contract"]["symbol"], "AAPL");
    assert_eq!(text["count"], 1);
    let by_its_name = tws.reply("ibkr_get_positions", answer.clone(), &given);
    assert_eq!(by_its_name.structured["count"], 1);
    let paper = Aliases::of([Profile::IbPaper])
        .find("get_positions", &given)
        .unwrap();
    let reply = paper.reply("get_positions", answer.clone(), &given);
    assert_eq!(reply.structured, answer);
    assert!(reply.text.unwrap().contains("| AAPL | STK | 3 | 1.5 |"));
}

#[test]
fn what_others_wrote_stays_in_its_cell() {
    let answer = json!({
        "data": { "matches": [{
            "instrument": { "symbol": "A" },
            "name": "Evil | [click](http://x)\n# New heading `code` <b>",
        }] },
        "meta": { "as_of": "2026-01-01T00:00:00Z" },
    });
    let given = Map::new();
    let given_pattern = json!({ "pattern": "a" });
    let alias = Aliases::of([Profile::IbPaper])
        .find("search_contracts", given_pattern.as_object().unwrap())
        .unwrap();
    let text = alias
        .reply("search_contracts", answer, &given)
        .text
        .unwrap();
    let row = text.lines().find(|line| line.contains("Evil")).unwrap();
    assert_eq!(row.matches('|').count(), 6, "{row}");
    for markup in ["[", "]", "`", "<", "\n#"] {
        assert!(!row.contains(markup), "{row}");
    }
}
