use std::sync::Arc;

use broker_core::{Broker, model::AccountId};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use serde_json::{Map, Value, json};

use crate::{BrokerService, Call, FaultCode, Principal, principal::Role};

fn service() -> BrokerService {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build().unwrap());
    let registry = Registry::new();
    let account = AccountId::new("PAPER-1").unwrap();
    registry.add(paper, &account, Permission::Trade).unwrap();
    BrokerService::over(registry)
}

fn arguments(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn call(roles: &[Role]) -> Call {
    Call::by(
        Arc::new(Principal::new("tests", roles.iter().copied())),
        "test",
    )
}

#[tokio::test]
async fn a_reader_gets_quotes_and_what_was_not_found_apart() {
    let asked = arguments(&json!({ "symbols": ["AAPL", "NOPE"] }));
    let answer = service()
        .call(&call(&[Role::Read]), "get_quotes", asked)
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer["data"]["quotes"][0]["symbol"], "AAPL");
    assert!(answer["data"]["quotes"][0]["last"].is_string(), "{answer}");
    assert_eq!(answer["data"]["missing"][0]["symbol"], "NOPE");
    assert_eq!(answer["meta"]["account"], "PAPER-1");
}

#[tokio::test]
async fn what_a_caller_may_not_do_does_not_exist_for_it() {
    let asked = arguments(&json!({ "symbols": ["AAPL"] }));
    let answer = service()
        .call(&call(&[Role::Trade]), "get_quotes", asked)
        .await;
    assert_eq!(answer.unwrap_err().code, FaultCode::NotFound);
}

#[tokio::test]
async fn a_wrong_argument_is_named() {
    let asked = arguments(&json!({ "symbols": ["AAPL"], "acount": "PAPER-1" }));
    let answer = service()
        .call(&call(&[Role::Read]), "get_quotes", asked)
        .await;
    let fault = answer.unwrap_err();
    assert_eq!(fault.code, FaultCode::InvalidRequest);
    assert!(fault.message.contains("acount"), "{fault}");
}

#[tokio::test]
async fn a_key_has_so_many_requests_in_a_minute() {
    let service = service();
    let mut principal = Principal::new("tests", [Role::Read]);
    principal.requests_per_minute = Some(1);
    let call = Call::by(Arc::new(principal), "test");
    let asked = || arguments(&json!({ "symbols": ["AAPL"] }));
    service.call(&call, "get_quotes", asked()).await.unwrap();
    let fault = service
        .call(&call, "get_quotes", asked())
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::RateLimited);
    assert!(fault.retry_safe);
}
