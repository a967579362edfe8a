use serde_json::{Value, json};

use super::test_support::{Wire, somebody, tools};
use crate::{alias::Profile, principal::Role};

const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

fn reading() -> super::BrokerTools {
    tools().speaking_for(somebody("reader", &[Role::Read]))
}

fn names(listed: &Value) -> Vec<String> {
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names = tools.iter().map(|tool| tool["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_revision_of_initialize_gets_quotes() {
    for version in VERSIONS {
        let mut wire = Wire::of(reading(), version, json!({})).await;
        let answer = wire
            .call("get_quotes", json!({ "symbols": ["AAPL"] }))
            .await;
        let result = &answer["result"];
        assert_eq!(result["isError"], false, "{answer}");
        let structured = &result["structuredContent"];
        assert_eq!(structured["data"]["quotes"][0]["symbol"], "AAPL");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), *structured);
        assert_eq!(result.get("resultType"), None, "{version}");
    }
}

#[tokio::test]
async fn a_client_without_initialize_is_served_and_lists_are_private() {
    let mut wire = Wire::modern(reading(), &json!({}));
    let found = wire.ask("server/discover", json!({})).await;
    assert_eq!(
        found["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "broker-mcp",
        "{found}"
    );
    let answer = wire
        .call("get_quotes", json!({ "symbols": ["AAPL"] }))
        .await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    for method in [
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "prompts/list",
    ] {
        let listed = wire.ask(method, json!({})).await;
        assert_eq!(
            listed["result"]["cacheScope"], "private",
            "{method}: {listed}"
        );
        assert!(listed["result"]["ttlMs"].as_u64().unwrap() > 0, "{method}");
    }
}

#[tokio::test]
async fn the_server_says_its_own_name_and_only_what_it_has() {
    let mut wire = Wire::to(reading());
    let hello = wire.initialize("2025-11-25", json!({})).await;
    let result = &hello["result"];
    assert_eq!(result["serverInfo"]["name"], "broker-mcp");
    let declared = result["capabilities"].as_object().unwrap();
    let declared: Vec<&str> = declared.keys().map(String::as_str).collect();
    assert_eq!(declared, ["completions", "prompts", "resources", "tools"]);
    assert_eq!(result["capabilities"]["resources"]["subscribe"], true);
    for method in ["logging/setLevel", "tasks/get", "skills/list"] {
        let params = json!({ "level": "info", "taskId": "1" });
        let refused = wire.ask(method, params).await;
        assert_eq!(refused["error"]["code"], -32601, "{method}: {refused}");
    }
}

#[tokio::test]
async fn a_list_shows_what_somebody_may_call_with_all_four_hints() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    let listed = wire.ask("tools/list", json!({})).await;
    assert!(names(&listed).contains(&"get_quotes".to_owned()));
    assert!(!names(&listed).contains(&"place_order".to_owned()));
    let trader = tools().speaking_for(somebody("trader", &[Role::Read, Role::Trade]));
    let mut wire = Wire::of(trader, "2025-11-25", json!({})).await;
    let listed = wire.ask("tools/list", json!({})).await;
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let hints = &tool["annotations"];
        for hint in [
            "readOnlyHint",
            "destructiveHint",
            "idempotentHint",
            "openWorldHint",
        ] {
            assert!(hints[hint].is_boolean(), "{tool}");
        }
        assert!(
            tool["outputSchema"].is_object() && tool["title"].is_string(),
            "{tool}"
        );
        let writes = tool["name"] == "place_order";
        if writes {
            assert_eq!(hints["readOnlyHint"], false);
            assert_eq!(hints["destructiveHint"], true);
        }
    }
    let mut sorted = names(&listed);
    sorted.sort();
    assert_eq!(sorted, names(&listed));
}

#[tokio::test]
async fn a_tool_that_is_hidden_does_not_exist() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    let order = json!({ "symbol": "AAPL", "quantity": 1 });
    let hidden = wire.call("place_order", order).await;
    let unknown = wire.call("no_such_tool", json!({})).await;
    assert_eq!(hidden["error"]["code"], -32602);
    assert_eq!(unknown["error"]["code"], -32602);
    let same = |answer: &Value| answer["error"]["message"].as_str().unwrap().len();
    assert_eq!(
        same(&hidden) - "place_order".len(),
        same(&unknown) - "no_such_tool".len()
    );
}

#[tokio::test]
async fn a_fault_is_one_text_that_a_model_can_act_on() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    for arguments in [
        json!({ "symbols": [] }),
        json!({ "symbol": "AAPL" }),
        json!({}),
    ] {
        let answer = wire.call("get_quotes", arguments).await;
        let result = &answer["result"];
        assert_eq!(result["isError"], true, "{answer}");
        assert_eq!(result.get("structuredContent"), None);
        assert_eq!(result["content"].as_array().unwrap().len(), 1);
        let fault = result["content"][0]["text"].as_str().unwrap();
        let fault: Value = serde_json::from_str(fault).unwrap();
        assert_eq!(fault["code"], "invalid_request");
        assert_eq!(fault["retry_safe"], false);
        assert!(fault["message"].is_string());
    }
}

#[tokio::test]
async fn nobody_is_refused_and_is_not_taken_for_somebody() {
    let mut wire = Wire::of(tools(), "2025-11-25", json!({})).await;
    for method in ["tools/list", "resources/list", "prompts/list"] {
        let refused = wire.ask(method, json!({})).await;
        assert_eq!(refused["error"]["code"], -32600, "{method}: {refused}");
    }
    let refused = wire
        .call("get_quotes", json!({ "symbols": ["AAPL"] }))
        .await;
    assert_eq!(refused["error"]["code"], -32600);
}

#[test]
fn a_request_over_http_is_never_taken_for_the_one_at_standard_input() {
    use std::sync::Arc;

    use rmcp::model::Extensions;

    let tools = reading();
    let mut extensions = Extensions::new();
    assert!(tools.principal(&extensions).is_ok());
    let (parts, ()) = http::Request::new(()).into_parts();
    extensions.insert(parts);
    assert!(tools.principal(&extensions).is_err());
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts
        .extensions
        .insert(Arc::new(somebody("web", &[Role::Trade])));
    extensions.insert(parts);
    assert_eq!(&*tools.principal(&extensions).unwrap().id, "web");
}

#[tokio::test]
async fn a_long_call_says_how_far_it_is_to_whoever_asked() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    let params = json!({
        "name": "stream_market_data",
        "arguments": { "seconds": 3 },
        "_meta": { "progressToken": "p" },
    });
    let answer = wire.ask("tools/call", params).await;
    let count = &answer["result"]["structuredContent"]["data"]["updates_count"];
    assert_eq!(count, 3, "{answer}");
    let progress = wire
        .heard
        .iter()
        .filter(|one| one["method"] == "notifications/progress");
    let progress: Vec<&Value> = progress.collect();
    assert_eq!(progress.len(), 3);
    assert_eq!(progress[2]["params"]["progressToken"], "p");
    assert_eq!(progress[2]["params"]["progress"].as_f64(), Some(3.0));
    assert_eq!(progress[2]["params"]["total"].as_f64(), Some(3.0));
    let silent = wire
        .call("stream_market_data", json!({ "seconds": 3 }))
        .await;
    assert_eq!(silent["result"]["isError"], false);
    assert_eq!(wire.heard.len(), 3);
}

#[tokio::test]
async fn a_canceled_call_ends() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    let params = json!({
        "name": "stream_market_data",
        "arguments": { "seconds": u32::MAX },
        "_meta": { "progressToken": "p" },
    });
    let id = wire.send("tools/call", params).await;
    assert_eq!(wire.hear().await["method"], "notifications/progress");
    let cancel = json!({
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": { "requestId": id },
    });
    wire.write(&cancel).await;
    // It would never end by itself, and whoever waits for the next answer would wait for it.
    let answer = wire
        .call("get_quotes", json!({ "symbols": ["AAPL"] }))
        .await;
    assert_eq!(answer["result"]["isError"], false);
}

#[tokio::test]
async fn other_names_are_understood_when_their_profile_is_on() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    let unknown = wire
        .call("tiger_get_quote", json!({ "symbol": "AAPL" }))
        .await;
    assert_eq!(unknown["error"]["code"], -32602);
    let tools = reading().with_profiles([Profile::Tiger]);
    let mut wire = Wire::of(tools, "2025-11-25", json!({})).await;
    let answer = wire
        .call("tiger_get_quote", json!({ "symbol": "AAPL" }))
        .await;
    let data = &answer["result"]["structuredContent"]["data"];
    assert!(data["latest_price"].is_number(), "{answer}");
    assert_eq!(data["symbol"], "AAPL");
    let hidden = json!({ "symbol": "AAPL", "side": "BUY", "quantity": 1, "order_type": "MARKET" });
    let hidden = wire.call("tiger_place_order", hidden).await;
    assert_eq!(hidden["error"]["code"], -32602, "{hidden}");
    let listed = wire.ask("tools/list", json!({})).await;
    assert!(!names(&listed).iter().any(|name| name.starts_with("tiger_")));
}

#[tokio::test]
async fn other_names_are_listed_when_asked_and_only_those_that_may_be_called() {
    let tools = reading()
        .with_profiles([Profile::Tiger, Profile::Tws])
        .listing_aliases();
    let mut wire = Wire::of(tools, "2025-11-25", json!({})).await;
    let listed = wire.ask("tools/list", json!({})).await;
    let names = names(&listed);
    assert!(names.contains(&"tiger_get_quote".to_owned()));
    assert!(!names.contains(&"tiger_place_order".to_owned()));
    let once: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(once.len(), names.len());
}

#[tokio::test]
async fn completions_are_accounts_that_one_may_use() {
    let mut wire = Wire::of(reading(), "2025-11-25", json!({})).await;
    let params = |begun: &str| {
        json!({
            "ref": { "type": "ref/resource", "uri": "broker://positions/{account}" },
            "argument": { "name": "account", "value": begun },
        })
    };
    let found = wire.ask("completion/complete", params("pap")).await;
    assert_eq!(
        found["result"]["completion"]["values"],
        json!(["PAPER-1"]),
        "{found}"
    );
    let none = wire.ask("completion/complete", params("x")).await;
    assert_eq!(none["result"]["completion"]["values"], json!([]));
}
