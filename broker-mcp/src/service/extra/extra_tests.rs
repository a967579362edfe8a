use std::sync::Arc;

use broker_core::{Decimal, dec};
use serde_json::json;

use crate::{
    Call, FaultCode, Principal,
    principal::{Role, Toolset},
    service::rig::{Rig, reader},
};

/// Somebody to whom the operator has given the toolset.
fn extra() -> Call {
    let mut principal = Principal::new("extra", [Role::Read]);
    principal.toolsets.insert(Toolset::IbExtra);
    Call::by(Arc::new(principal), "test")
}

#[tokio::test]
async fn what_few_need_does_not_exist_unless_it_is_given() {
    let rig = Rig::new();
    let asked = json!({ "instrument": "AAPL" });
    let fault = rig
        .ask_as(&reader(), "get_trades", asked.clone())
        .await
        .unwrap_err();
    assert_eq!(fault.code, FaultCode::NotFound);
    rig.ask_as(&extra(), "get_trades", asked).await.unwrap();
}

#[tokio::test]
async fn the_option_calculator_goes_both_ways() {
    let rig = Rig::new();
    let chain = json!({ "instrument": "AAPL", "strikes": 1 });
    let chain = rig.ask("get_option_chain", chain).await.unwrap();
    let option = chain["data"]["calls"][0]["instrument"].clone();
    let asked = |field: &str, value: &serde_json::Value| json!({ "instrument": option, "underlying_price": "180", field: value });
    let priced = rig
        .ask_as(
            &extra(),
            "compute_option",
            asked("volatility", &json!("0.30")),
        )
        .await
        .unwrap();
    let price = priced["data"]["price"].clone();
    let found = rig
        .ask_as(&extra(), "compute_option", asked("price", &price))
        .await
        .unwrap();
    let number =
        |value: &serde_json::Value| -> Decimal { value.as_str().unwrap().parse().unwrap() };
    let off = (number(&found["data"]["iv"]) - dec!(0.30)).abs();
    assert!(off < dec!(0.01), "{priced} {found}");
    assert!(number(&found["data"]["delta"]) > dec!(0), "{found}");
    for (more, word) in [
        (json!({}), "volatility"),
        (json!({ "volatility": "0.3", "price": "1" }), "volatility"),
    ] {
        let mut asked = json!({ "instrument": option, "underlying_price": "180" });
        let fields = asked.as_object_mut().unwrap();
        fields.append(&mut more.as_object().unwrap().clone());
        let fault = rig.ask_as(&extra(), "compute_option", asked).await;
        let fault = fault.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest);
        assert!(fault.message.contains(word), "{fault}");
    }
}

#[tokio::test]
async fn trades_come_one_by_one_and_not_more_than_asked() {
    let rig = Rig::new();
    for wrong in [0, 1001] {
        let asked = json!({ "instrument": "AAPL", "limit": wrong });
        let fault = rig.ask_as(&extra(), "get_trades", asked).await.unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidRequest, "{wrong}");
    }
    let asked = json!({ "instrument": "AAPL", "limit": 3 });
    let answer = rig.ask_as(&extra(), "get_trades", asked).await.unwrap();
    let trades = answer["data"]["trades"].as_array().unwrap();
    assert!(trades.len() <= 3, "{answer}");
    assert_eq!(answer["data"]["instrument"]["symbol"], "AAPL");
}

#[tokio::test]
async fn a_scanner_is_asked_in_our_words_and_in_vendors() {
    let rig = Rig::new();
    for ranking in ["top_gainers", "TOP_PERC_GAIN"] {
        let asked = json!({ "ranking": ranking, "limit": 2 });
        let answer = rig.ask_as(&extra(), "scan_market", asked).await.unwrap();
        let rows = answer["data"]["rows"].as_array().unwrap();
        assert!((1..=2).contains(&rows.len()), "{answer}");
        assert_eq!(rows[0]["rank"], 1);
        assert!(rows[0]["instrument"]["symbol"].is_string());
    }
    let none = json!({ "ranking": "HOT_BY_VOLUME" });
    let fault = rig.ask_as(&extra(), "scan_market", none).await.unwrap_err();
    assert!(fault.message.contains("top_gainers"), "{fault}");
}
