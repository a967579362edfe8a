use broker_core::{BrokerExt, model::ClientOrderId};
use serde_json::{Value, json};

use crate::{
    FaultCode,
    service::rig::{Rig, id},
};

/// Two orders that are filled and three that wait, in A-1.
async fn traded(rig: &Rig) -> Vec<ClientOrderId> {
    let mut ids = Vec::new();
    for symbol in ["AAPL", "KO"] {
        ids.push(
            rig.alpha
                .buy(symbol, 10)
                .account(id("A-1"))
                .submit()
                .await
                .unwrap()
                .0,
        );
    }
    for symbol in ["MSFT", "AAPL", "XOM"] {
        let order = rig
            .alpha
            .buy(symbol, 5)
            .account(id("A-1"))
            .limit(broker_core::dec!(1.00));
        ids.push(order.submit().await.unwrap().0);
    }
    ids
}

fn symbols(answer: &Value) -> Vec<String> {
    let orders = answer["data"]["orders"].as_array().unwrap().iter();
    orders
        .map(|order| order["instrument"]["symbol"].as_str().unwrap().to_owned())
        .collect()
}

async fn orders(rig: &Rig, more: Value) -> Value {
    let mut asked = json!({ "account": "A-1" });
    asked
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    rig.ask("get_orders", asked).await.unwrap()
}

#[tokio::test]
async fn orders_are_found_by_status_instrument_and_time() {
    let rig = Rig::new();
    traded(&rig).await;
    assert_eq!(symbols(&orders(&rig, json!({})).await).len(), 5);
    assert_eq!(
        symbols(&orders(&rig, json!({ "open_only": true })).await).len(),
        3
    );
    let filled = orders(&rig, json!({ "status": "Filled" })).await;
    assert_eq!(symbols(&filled).len(), 2);
    assert!(
        filled["data"]["orders"][0]["commission"].is_string(),
        "{filled}"
    );
    let both = orders(&rig, json!({ "status": ["FILLED", "Submitted"] })).await;
    assert_eq!(symbols(&both).len(), 5);
    assert_eq!(
        symbols(&orders(&rig, json!({ "instrument": "AAPL" })).await),
        ["AAPL", "AAPL"]
    );
    let today = rig.world.now().date_naive().to_string();
    assert_eq!(
        symbols(&orders(&rig, json!({ "start": today, "end": today })).await).len(),
        5
    );
    let never = orders(&rig, json!({ "end": "1999-12-31" })).await;
    assert!(symbols(&never).is_empty());
    let other = rig
        .ask("get_orders", json!({ "account": "A-2" }))
        .await
        .unwrap();
    assert!(symbols(&other).is_empty(), "another account's orders");
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended() {
    let rig = Rig::new();
    traded(&rig).await;
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = Value::Null;
    for page in 0..3 {
        let answer = orders(&rig, json!({ "limit": 2, "cursor": cursor })).await;
        let found = answer["data"]["orders"].as_array().unwrap();
        assert_eq!(found.len(), if page == 2 { 1 } else { 2 });
        seen.extend(
            found
                .iter()
                .map(|order| order["client_order_id"].to_string()),
        );
        cursor = answer["meta"]
            .get("next_cursor")
            .cloned()
            .unwrap_or_default();
        assert_eq!(cursor.is_null(), page == 2);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for asked in [
        json!({ "account": "A-1", "cursor": "nonsense" }),
        json!({ "account": "A-1", "limit": 501 }),
        json!({ "account": "A-1", "limit": 0 }),
    ] {
        assert_eq!(
            rig.ask("get_orders", asked).await.unwrap_err().code,
            FaultCode::InvalidRequest
        );
    }
}

#[tokio::test]
async fn an_order_is_found_by_each_of_its_names() {
    let rig = Rig::new();
    let ids = traded(&rig).await;
    let by_client = json!({ "account": "A-1", "client_order_id": ids[0].as_str() });
    let order = rig.ask("get_order", by_client).await.unwrap()["data"].clone();
    assert_eq!(
        (&order["status"], &order["type"], &order["side"]),
        (&json!("filled"), &json!("MARKET"), &json!("BUY"))
    );
    let by_broker = json!({ "account": "A-1", "order_id": order["order_id"] });
    assert_eq!(
        rig.ask("get_order", by_broker).await.unwrap()["data"]["client_order_id"],
        ids[0].as_str()
    );
    let absent = json!({ "account": "A-1", "order_id": "no-such-order" });
    assert_eq!(
        rig.ask("get_order", absent).await.unwrap_err().code,
        FaultCode::NotFound
    );
    let foreign = json!({ "account": "A-2", "client_order_id": ids[0].as_str() });
    assert_eq!(
        rig.ask("get_order", foreign).await.unwrap_err().code,
        FaultCode::NotFound
    );
    for asked in [
        json!({}),
        json!({ "order_id": "1", "client_order_id": "2" }),
        json!({ "order_id": " " }),
    ] {
        assert_eq!(
            rig.ask("get_order", asked).await.unwrap_err().code,
            FaultCode::InvalidRequest
        );
    }
}

#[tokio::test]
async fn an_order_that_was_sent_before_the_connection_was_lost_is_not_said_to_be_absent() {
    let rig = Rig::new();
    traded(&rig).await;
    rig.alpha
        .inject(broker_sim::fault::Fault::Disconnect { down_ms: 60_000 });
    let asked = json!({ "account": "A-1", "order_id": "no-such-order" });
    let fault = rig.ask("get_order", asked).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::NotConnected, "{fault}");
}

#[tokio::test]
async fn executions_have_their_commission_and_their_order() {
    let rig = Rig::new();
    let ids = traded(&rig).await;
    let all = rig
        .ask("get_executions", json!({ "account": "A-1" }))
        .await
        .unwrap();
    let fills = all["data"]["fills"].as_array().unwrap();
    assert!(fills.len() >= 2);
    assert!(
        fills
            .iter()
            .all(|fill| fill["commission"].is_string() && fill["side"] == "BUY"),
        "{all}"
    );
    let one = json!({ "account": "A-1", "order_id": ids[0].as_str() });
    let one = rig.ask("get_executions", one).await.unwrap();
    let one = one["data"]["fills"].as_array().unwrap();
    assert!(
        !one.is_empty()
            && one
                .iter()
                .all(|fill| fill["client_order_id"] == ids[0].as_str())
    );
    let cola = json!({ "account": "A-1", "instrument": "KO" });
    let cola = rig.ask("get_executions", cola).await.unwrap();
    assert!(
        cola["data"]["fills"]
            .as_array()
            .unwrap()
            .iter()
            .all(|fill| fill["instrument"]["symbol"] == "KO")
    );
    let sold = json!({ "account": "A-1", "side": "SLD" });
    assert_eq!(
        rig.ask("get_executions", sold).await.unwrap()["data"]["fills"],
        json!([])
    );
    let cut = rig
        .ask("get_executions", json!({ "account": "A-1", "limit": 1 }))
        .await
        .unwrap();
    assert!(
        cut["meta"]["warnings"][0]
            .as_str()
            .unwrap()
            .contains("left out"),
        "{cut}"
    );
}

#[tokio::test]
async fn executions_are_those_from_a_time_on_and_before_another() {
    let rig = Rig::new();
    traded(&rig).await;
    let times = async |asked: Value| -> Vec<String> {
        let told = rig.ask("get_executions", asked).await.unwrap();
        let fills = told["data"]["fills"].as_array().unwrap();
        let time = |fill: &Value| fill["time"].as_str().unwrap().to_owned();
        fills.iter().map(time).collect()
    };
    let all = times(json!({ "account": "A-1" })).await;
    let at = all.iter().max().unwrap();
    let before = times(json!({ "account": "A-1", "end": at })).await;
    let since = times(json!({ "account": "A-1", "start": at })).await;
    assert!(before.iter().all(|time| time < at), "{before:?}");
    assert!(!since.is_empty() && since.iter().all(|time| time == at));
    assert_eq!(before.len() + since.len(), all.len());
    let today = rig.world.now().date_naive();
    let day = json!({ "account": "A-1", "start": today, "end": today });
    assert_eq!(times(day).await.len(), all.len());
    let past = json!({ "account": "A-1", "end": "1999-12-31" });
    assert!(times(past).await.is_empty());
}

#[tokio::test]
async fn all_accounts_have_no_pages() {
    let rig = Rig::new();
    traded(&rig).await;
    let all = rig
        .ask("get_orders", json!({ "account": "all", "limit": 2 }))
        .await
        .unwrap();
    assert!(
        all["meta"]["warnings"]
            .to_string()
            .contains("A-1: there is more"),
        "{all}"
    );
    let wrong = json!({ "account": "all", "cursor": "1~a" });
    assert_eq!(
        rig.ask("get_orders", wrong).await.unwrap_err().code,
        FaultCode::InvalidRequest
    );
}
