use serde_json::json;

use crate::{FaultCode, service::rig::Rig};

#[tokio::test]
async fn a_summary_has_money_as_text_and_margin_together() {
    let rig = Rig::new();
    let answer = rig
        .ask("get_account_summary", json!({ "account": "A-2" }))
        .await
        .unwrap();
    let data = &answer["data"];
    let worth: broker_core::Decimal = data["net_liquidation"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        (worth, &data["currency"]),
        (broker_core::dec!(500_000), &json!("USD"))
    );
    assert!(
        data["buying_power"].is_string() && data["margin"].is_object(),
        "{data}"
    );
    assert_eq!(data["by_currency"][0]["currency"], "USD");
    assert_eq!(answer["meta"]["broker"], "alpha");
}

#[tokio::test]
async fn only_the_figures_asked_for_are_answered() {
    let rig = Rig::new();
    let asked = json!({ "account": "A-1", "fields": ["NetLiquidation", "BuyingPower"] });
    let answer = rig.ask("get_account_summary", asked).await.unwrap();
    let data = answer["data"].as_object().unwrap();
    assert!(data.contains_key("net_liquidation") && data.contains_key("buying_power"));
    assert!(
        !data.contains_key("cash") && !data.contains_key("by_currency"),
        "{data:?}"
    );
    let wrong = json!({ "account": "A-1", "fields": ["Luck"] });
    let fault = rig.ask("get_account_summary", wrong).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::InvalidRequest);
}

#[tokio::test]
async fn an_account_that_is_not_unique_has_to_be_named_with_its_broker() {
    let rig = Rig::new();
    let answer = rig
        .ask(
            "get_account_summary",
            json!({ "account": "B-1", "broker": "beta" }),
        )
        .await;
    assert!(answer.is_ok());
    let fault = rig
        .ask(
            "get_account_summary",
            json!({ "account": "B-1", "broker": "alpha" }),
        )
        .await;
    assert_eq!(fault.unwrap_err().code, FaultCode::NotFound);
}
