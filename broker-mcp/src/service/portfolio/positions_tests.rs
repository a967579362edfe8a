use broker_core::BrokerExt;
use serde_json::json;

use crate::{
    FaultCode,
    service::rig::{Rig, id, reader_of},
};

async fn bought(rig: &Rig) {
    for (account, symbol, quantity) in
        [("A-1", "AAPL", 100), ("A-1", "KO", 50), ("A-2", "MSFT", 10)]
    {
        let order = rig.alpha.buy(symbol, quantity).account(id(account));
        assert!(order.submit().await.unwrap().1.is_accepted());
    }
    let (_, acknowledged) = rig.beta.buy("XOM", 7).submit().await.unwrap();
    assert!(acknowledged.is_accepted());
}

#[tokio::test]
async fn positions_have_their_value_and_sums() {
    let rig = Rig::new();
    bought(&rig).await;
    let answer = rig
        .ask("get_positions", json!({ "account": "A-1" }))
        .await
        .unwrap();
    let data = &answer["data"];
    assert_eq!(data["positions"].as_array().unwrap().len(), 2);
    let apple = &data["positions"][0];
    assert_eq!(
        (&apple["instrument"]["id"], &apple["quantity"]),
        (&json!("AAPL.XNAS"), &json!("100"))
    );
    for field in ["avg_cost", "market_price", "market_value", "unrealized_pnl"] {
        assert!(apple[field].is_string(), "{field}: {apple}");
    }
    let value = |row: &serde_json::Value| -> broker_core::Decimal {
        row["market_value"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(data["totals"][0]["count"], 2);
    assert_eq!(
        value(&data["totals"][0]),
        value(apple) + value(&data["positions"][1])
    );
    let one = json!({ "account": "A-1", "instrument": { "symbol": "KO" } });
    let one = rig.ask("get_positions", one).await.unwrap();
    assert_eq!(one["data"]["positions"][0]["instrument"]["symbol"], "KO");
    assert_eq!(one["data"]["positions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn profit_is_of_the_account_or_of_one_position() {
    let rig = Rig::new();
    bought(&rig).await;
    let all = rig
        .ask("get_pnl", json!({ "account": "A-1" }))
        .await
        .unwrap();
    for field in ["daily", "unrealized", "realized"] {
        assert!(all["data"][field].is_string(), "{field}: {all}");
    }
    let one = json!({ "account": "A-1", "instrument": "KO" });
    let one = rig.ask("get_pnl", one).await.unwrap();
    assert_eq!(one["data"]["position"], "50");
    assert!(one["data"]["value"].is_string(), "{one}");
    let none = json!({ "account": "A-1", "instrument": "MSFT" });
    assert_eq!(
        rig.ask("get_pnl", none).await.unwrap_err().code,
        FaultCode::NotFound
    );
}

#[tokio::test]
async fn all_accounts_answer_apart_and_one_that_is_down_does_not_hide_the_others() {
    let rig = Rig::new();
    bought(&rig).await;
    let all = rig
        .ask("get_positions", json!({ "account": "all" }))
        .await
        .unwrap();
    let rows = all["accounts"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["account"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["A-1", "A-2", "B-1"]);
    assert_eq!(
        rows[2]["data"]["positions"][0]["instrument"]["symbol"],
        "XOM"
    );
    rig.beta
        .inject(broker_sim::fault::Fault::Disconnect { down_ms: 60_000 });
    let all = rig
        .ask("get_positions", json!({ "account": "all" }))
        .await
        .unwrap();
    let rows = all["accounts"].as_array().unwrap();
    assert!(rows[0]["data"].is_object() && rows[1]["data"].is_object());
    assert_eq!(rows[2]["error"]["code"], "not_connected");
    assert!(rows[2].get("data").is_none());
    let warnings = all["meta"]["warnings"].to_string();
    assert!(warnings.contains("1 of 3 accounts"), "{warnings}");
    let summary = rig
        .ask(
            "get_account_summary",
            json!({ "account": "all", "broker": "alpha" }),
        )
        .await
        .unwrap();
    assert_eq!(summary["accounts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_foreign_account_does_not_exist_for_a_caller() {
    let rig = Rig::new();
    bought(&rig).await;
    let call = reader_of(&["B-1"]);
    for operation in [
        "get_positions",
        "get_account_summary",
        "get_pnl",
        "get_orders",
        "get_executions",
        "get_account_status",
    ] {
        let foreign = rig
            .ask_as(&call, operation, json!({ "account": "A-1" }))
            .await
            .unwrap_err();
        let absent = rig
            .ask_as(&call, operation, json!({ "account": "Z-9" }))
            .await
            .unwrap_err();
        assert_eq!(foreign.code, FaultCode::NotFound, "{operation}");
        assert_eq!(
            foreign.message.replace("A-1", "Z-9"),
            absent.message,
            "{operation}"
        );
        let all = rig
            .ask_as(&call, operation, json!({ "account": "all" }))
            .await
            .unwrap();
        let text = all.to_string();
        assert_eq!(all["accounts"].as_array().unwrap().len(), 1, "{operation}");
        assert!(
            !text.contains("A-1") && !text.contains("A-2") && !text.contains("alpha"),
            "{operation}: {text}"
        );
        let own = rig.ask_as(&call, operation, json!({})).await.unwrap();
        assert_eq!(own["meta"]["account"], "B-1", "{operation}");
    }
    for operation in ["list_accounts", "get_status"] {
        let text = rig
            .ask_as(&call, operation, json!({}))
            .await
            .unwrap()
            .to_string();
        assert!(
            !text.contains("A-1") && !text.contains("alpha"),
            "{operation}: {text}"
        );
        assert!(text.contains("beta"), "{operation}: {text}");
    }
}
