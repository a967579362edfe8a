use core::time::Duration;
use std::sync::Arc;

use broker_core::{Acknowledgement, BrokerExt as _, dec};
use broker_sim::paper::PaperBroker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    BrokerTools,
    test_support::{Wire, service_over, somebody, tools},
};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Effect, Operation, Request},
    principal::{Role, Toolset},
    service::Scope,
};

/// Positions as far as these tests need them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Positions {
    #[serde(default)]
    account: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Held {
    positions: Vec<String>,
}

impl Request for Positions {
    type Data = Held;
    const ABOUT: About = About {
        name: "get_positions",
        title: "Positions",
        summary: "What an account holds.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Held>, Fault> {
        let scope = Scope {
            account: self.account,
            broker: None,
        };
        let need = broker_runtime::registry::Permission::Read;
        let (account, seat) = service.seat(call, &scope, need).await?;
        let portfolio = seat.broker.portfolio().unwrap();
        let positions = portfolio
            .positions(&account.key.account)
            .await?
            .complete()?;
        let positions = positions.iter().map(|one| one.instrument.to_string());
        let meta = Meta::of_broker(account.name, "paper", chrono::DateTime::UNIX_EPOCH);
        Ok(Answer::new(
            Held {
                positions: positions.collect(),
            },
            meta,
        ))
    }
}

fn over(broker: &Arc<dyn broker_core::Broker>, roles: &[Role]) -> BrokerTools {
    let service = service_over(broker);
    let table = (**service.operations()).clone();
    let service = service.offering(table.with(Operation::of::<Positions>()));
    let tools = BrokerTools::over(Arc::new(service)).unwrap();
    tools.speaking_for(somebody("resources", roles))
}

fn paper() -> Arc<PaperBroker> {
    Arc::new(PaperBroker::builder().build().unwrap())
}

fn uris(listed: &Value) -> Vec<&str> {
    let listed = listed["result"]["resources"].as_array().unwrap();
    listed
        .iter()
        .map(|one| one["uri"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_may_be_read_is_listed_and_reads_as_the_tool_answers() {
    let broker: Arc<dyn broker_core::Broker> = paper();
    let mut wire = Wire::of(over(&broker, &[Role::Read]), "2025-11-25", json!({})).await;
    let listed = wire.ask("resources/list", json!({})).await;
    assert!(
        uris(&listed).contains(&"broker://positions/PAPER-1"),
        "{listed}"
    );
    assert!(uris(&listed).contains(&"broker://limits"));
    let templates = wire.ask("resources/templates/list", json!({})).await;
    let templates = templates["result"]["resourceTemplates"].to_string();
    assert!(
        templates.contains("broker://quotes/{symbol}"),
        "{templates}"
    );
    let uri = "broker://quotes/AAPL";
    let read = wire.ask("resources/read", json!({ "uri": uri })).await;
    let content = &read["result"]["contents"][0];
    assert_eq!(content["mimeType"], "application/json");
    assert_eq!(content["uri"], uri);
    let answer: Value = serde_json::from_str(content["text"].as_str().unwrap()).unwrap();
    assert_eq!(answer["data"]["quotes"][0]["symbol"], "AAPL");
    let limits = wire
        .ask("resources/read", json!({ "uri": "broker://limits" }))
        .await;
    let limits = limits["result"]["contents"][0]["text"].as_str().unwrap();
    let limits: Value = serde_json::from_str(limits).unwrap();
    assert_eq!(limits["roles"], json!(["read"]));
    assert_eq!(limits["accounts"], json!(["PAPER-1"]));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_as_each_revision_says_it() {
    let uris = [
        "broker://nothing",
        "broker://positions/OTHER",
        "broker://quotes/NOPE",
        "file:///etc/passwd",
    ];
    let broker: Arc<dyn broker_core::Broker> = paper();
    let mut wire = Wire::of(over(&broker, &[Role::Read]), "2025-11-25", json!({})).await;
    for uri in uris {
        let read = wire.ask("resources/read", json!({ "uri": uri })).await;
        assert_eq!(read["error"]["code"], -32002, "{uri}: {read}");
        assert_eq!(read["error"]["data"]["uri"], uri);
    }
    let mut wire = Wire::modern(over(&broker, &[Role::Read]), &json!({}));
    for uri in uris {
        let read = wire.ask("resources/read", json!({ "uri": uri })).await;
        assert_eq!(read["error"]["code"], -32602, "{uri}: {read}");
    }
}

#[tokio::test]
async fn what_one_may_not_call_one_cannot_read_or_watch() {
    let broker: Arc<dyn broker_core::Broker> = paper();
    let mut wire = Wire::of(over(&broker, &[Role::Trade]), "2025-11-25", json!({})).await;
    let listed = wire.ask("resources/list", json!({})).await;
    assert_eq!(uris(&listed), ["broker://limits"]);
    for method in ["resources/read", "resources/subscribe"] {
        let uri = json!({ "uri": "broker://positions/PAPER-1" });
        let refused = wire.ask(method, uri).await;
        assert_eq!(refused["error"]["code"], -32002, "{method}: {refused}");
    }
}

async fn buy(broker: &PaperBroker) {
    let (_, taken) = broker.buy("AAPL", dec!(1)).submit().await.unwrap();
    assert!(
        matches!(taken, Acknowledgement::Accepted { .. }),
        "{taken:?}"
    );
}

async fn updated(wire: &mut Wire) -> Value {
    let heard = tokio::time::timeout(Duration::from_secs(30), wire.hear());
    heard.await.expect("nothing was heard")
}

#[tokio::test]
async fn a_change_is_told_to_whoever_subscribed_until_they_do_not_want_it() {
    let broker = paper();
    let dynamic: Arc<dyn broker_core::Broker> = Arc::clone(&broker) as _;
    let mut wire = Wire::of(over(&dynamic, &[Role::Read]), "2025-11-25", json!({})).await;
    let uri = "broker://positions/PAPER-1";
    let subscribed = wire.ask("resources/subscribe", json!({ "uri": uri })).await;
    assert_eq!(subscribed["result"], json!({}), "{subscribed}");
    buy(&broker).await;
    let update = updated(&mut wire).await;
    assert_eq!(update["method"], "notifications/resources/updated");
    assert_eq!(update["params"]["uri"], uri);
    let ended = wire
        .ask("resources/unsubscribe", json!({ "uri": uri }))
        .await;
    assert_eq!(ended["result"], json!({}));
    wire.heard.clear();
    buy(&broker).await;
    let ping = wire.ask("ping", json!({})).await;
    assert_eq!(ping["result"], json!({}));
    let quiet = tokio::time::timeout(Duration::from_millis(700), wire.read());
    assert!(quiet.await.is_err() && wire.heard.is_empty());
}

#[tokio::test]
async fn a_listener_of_the_new_revision_hears_what_it_named() {
    let broker = paper();
    let dynamic: Arc<dyn broker_core::Broker> = Arc::clone(&broker) as _;
    let mut wire = Wire::modern(over(&dynamic, &[Role::Read]), &json!({}));
    let uri = "broker://positions/PAPER-1";
    let filter = json!({
        "notifications": {
            "toolsListChanged": true,
            "resourceSubscriptions": [uri, "broker://nothing"],
        },
    });
    let id = wire.send("subscriptions/listen", filter).await;
    let accepted = wire.hear().await;
    assert_eq!(
        accepted["method"],
        "notifications/subscriptions/acknowledged"
    );
    let accepted = &accepted["params"]["notifications"];
    assert_eq!(
        accepted["resourceSubscriptions"],
        json!([uri]),
        "{accepted}"
    );
    assert_eq!(accepted.get("toolsListChanged"), None);
    // It begins to hear after it has been acknowledged; a read in between says that it does.
    let read = wire.ask("resources/read", json!({ "uri": uri })).await;
    assert!(read["result"]["contents"].is_array());
    buy(&broker).await;
    let update = updated(&mut wire).await;
    assert_eq!(update["params"]["uri"], uri, "{update}");
    let subscription = &update["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
    assert_eq!(*subscription, json!(id), "{update}");
}

#[tokio::test]
async fn a_session_watches_so_much_and_no_more() {
    let tools = tools().speaking_for(somebody("greedy", &[Role::Read]));
    let mut wire = Wire::of(tools, "2025-11-25", json!({})).await;
    let mut refused = None;
    for count in 0..60 {
        // Addresses differ by how they are written, so that one line at the broker is enough.
        let uri = format!("broker://quotes/{}AAPL", "%20".repeat(count));
        let answer = wire.ask("resources/subscribe", json!({ "uri": uri })).await;
        if answer.get("error").is_some() {
            refused = Some((count, answer));
            break;
        }
    }
    let (count, answer) = refused.unwrap();
    assert_eq!(
        (count, &answer["error"]["code"]),
        (50, &json!(-32600)),
        "{answer}"
    );
}

#[tokio::test]
async fn the_resources_of_tiger_mcp_are_there_with_its_profile_only() {
    let broker: Arc<dyn broker_core::Broker> = paper();
    let ours = || over(&broker, &[Role::Read]);
    let mut plain = Wire::of(ours(), "2025-11-25", json!({})).await;
    let tiger = ours().with_profiles([crate::alias::Profile::Tiger]);
    let mut tiger = Wire::of(tiger, "2025-11-25", json!({})).await;
    for uri in ["tiger://health", "tiger://info"] {
        let missing = plain.ask("resources/read", json!({ "uri": uri })).await;
        assert!(missing["error"].is_object(), "{missing}");
        let read = tiger.ask("resources/read", json!({ "uri": uri })).await;
        let content = &read["result"]["contents"][0];
        assert_eq!(content["uri"], uri, "{read}");
        let status: Value = serde_json::from_str(content["text"].as_str().unwrap()).unwrap();
        assert!(status["data"]["brokers"].is_array(), "{status}");
        let listed = tiger.ask("resources/list", json!({})).await;
        assert!(uris(&listed).contains(&uri), "{listed}");
    }
}
