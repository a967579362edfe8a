//! An account more, added while the server runs: proven with the broker's login, remembered by the server's own
//! file, there from the next start on, and for questions only.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use broker_core::Clock;
use broker_mcp::{Call, Fault, FaultCode, settings};
use broker_runtime::supervisor::Timing;
use broker_sim::paper::TimeMode;
use serde_json::{Value, json};

use crate::{
    client::principal,
    stage::{House, Wire, gateway, settings_of},
};

const SECRETS: &str = "[secrets]\nstore = \"broker.secrets\"\nkey = { file = \"master.key\" }\n";

/// What is in the secret that is no account.
const PRIVATE: &str = "MIICXAIBAAKBgQ";

async fn ask(house: &House, operation: &str, asked: Value) -> Result<Value, Fault> {
    let boss = Call::by(Arc::new(principal("boss", &["a", "two"])), "test");
    let asked = asked.as_object().unwrap().clone();
    house.service.call(&boss, operation, asked).await
}

fn add(alias: &str, wire: Wire, secret: &str, kind: &str) -> Value {
    json!({ "alias": alias, "broker": wire.kind(), "kind": kind, "credentials_ref": secret })
}

async fn positions(house: &House, account: &str) -> Result<Value, FaultCode> {
    let asked = ask(house, "get_positions", json!({ "account": account })).await;
    asked.map_err(|fault| fault.code)
}

/// A start of the server. What its file remembers counts.
async fn start(folder: &Path, text: &str, clock: &Arc<dyn Clock>) -> House {
    let clock = Arc::clone(clock);
    let house = House::open(folder, text, BTreeMap::new(), Timing::default(), clock).await;
    house.service.follow_withdrawn().await.unwrap();
    house
}

async fn end(house: House) {
    let within = core::time::Duration::from_secs(30);
    let ended = house.sessions.shutdown(within).await;
    assert!(ended.is_clean(), "{ended:?}");
}

async fn added(wire: Wire) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = TimeMode::Running { factor: 1 };
    let (_gateway, of_the_kind, clock) = gateway(wire, folder, running).await;
    let text = settings_of(wire, &of_the_kind, &["a"]) + SECRETS;
    let file = folder.join(settings::FILE_NAME);
    fs::write(&file, &text).unwrap();
    let [first, second] = wire.accounts();
    let whole = settings::read(settings::Place::File(file.clone()), [], []).unwrap();
    let secrets = whole.brokers.begin_secrets().unwrap();
    for (name, secret) in [
        ("second", format!("{second}\n")),
        ("first", first.to_owned()),
        ("file", format!("tiger_id=1\naccount = {second}\n")),
        ("stranger", format!("{}9", &second[..second.len() - 1])),
        ("password", PRIVATE.to_owned()),
        (
            "key",
            format!("-----BEGIN RSA PRIVATE KEY-----\n{PRIVATE}\n"),
        ),
    ] {
        secrets.store().unwrap().put(name, &secret.into()).unwrap();
    }

    let house = start(folder, &text, &clock).await;
    let refused = async |asked: Value| ask(&house, "add_account", asked).await.unwrap_err();
    for (asked, code) in [
        (add("two", wire, "nothing", "paper"), FaultCode::NotFound),
        (add("two", wire, "key", "paper"), FaultCode::InvalidRequest),
        (
            add("two", wire, "first", "paper"),
            FaultCode::InvalidRequest,
        ),
        (
            add("Two", wire, "second", "paper"),
            FaultCode::InvalidRequest,
        ),
        (add("two", wire, "second", "live"), FaultCode::Unsupported),
        (add("a", wire, "second", "paper"), FaultCode::Conflict),
    ] {
        let fault = refused(asked.clone()).await;
        assert_eq!(fault.code, code, "{asked}: {fault}");
        assert!(!fault.to_string().contains(PRIVATE), "{fault}");
    }
    // What is in another secret is not shown as the number of an account.
    let fault = refused(add("two", wire, "password", "paper")).await;
    assert!(!fault.to_string().contains(PRIVATE), "{fault}");
    if wire != Wire::Paper {
        // At the simulated exchange of this process there is every number of its form.
        let fault = refused(add("two", wire, "stranger", "paper")).await;
        assert_eq!(fault.code, FaultCode::NotFound, "{fault}");
        assert!(fault.message.contains("does not have"), "{fault}");
    }
    let done = ask(&house, "add_account", add("two", wire, "second", "paper")).await;
    assert_eq!(done.unwrap()["data"]["after_restart"], true);
    let again = ask(&house, "add_account", add("two", wire, "file", "paper")).await;
    again.unwrap();
    let other_name = refused(add("three", wire, "second", "paper")).await;
    assert_eq!(other_name.code, FaultCode::InvalidRequest, "{other_name}");
    assert_eq!(positions(&house, "two").await, Err(FaultCode::NotFound));
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "a person's file");
    end(house).await;

    let house = start(folder, &text, &clock).await;
    positions(&house, "two").await.unwrap();
    let order = json!({
        "instrument": "KO", "side": "BUY", "quantity": 1, "type": "LIMIT", "limit_price": "40",
    });
    let place = json!({ "account": "two", "order": order, "client_order_id": "two-1" });
    let fault = ask(&house, "place_order", place).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Forbidden, "{fault}");
    // Questions that name no account mean the one that they meant before there were two; an order has to
    // name its own now.
    let asked = ask(&house, "get_positions", json!({})).await.unwrap();
    assert_eq!(asked["meta"]["account"], "a", "{asked}");
    let place = json!({ "order": order, "client_order_id": "one-1" });
    let fault = ask(&house, "place_order", place).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::Ambiguous, "{fault}");
    let out = ask(&house, "remove_account", json!({ "account": "two" })).await;
    out.unwrap();
    end(house).await;

    let house = start(folder, &text, &clock).await;
    assert_eq!(positions(&house, "two").await, Err(FaultCode::NotFound));
    positions(&house, "a").await.unwrap();
    end(house).await;
}

#[tokio::test]
async fn an_account_of_the_paper_broker_is_added() {
    added(Wire::Paper).await;
}

#[tokio::test]
async fn an_account_of_the_login_at_tiger_is_added_and_one_of_another_login_is_not() {
    added(Wire::Tiger).await;
}

#[tokio::test]
async fn an_account_of_the_login_at_tws_is_added_and_one_of_another_login_is_not() {
    added(Wire::Ibkr).await;
}
