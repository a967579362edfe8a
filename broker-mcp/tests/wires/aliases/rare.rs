//! What few clients of `tws-mcp` call, and what there is no operation for.

use serde_json::{Value, json};

use super::story::Story;
use crate::stage::Wire;

/// By both names of each tool.
pub(super) async fn told(story: &mut Story, number: &Value) {
    computed(story).await;
    scanned(story).await;
    traded(story).await;
    for name in [
        "get_security_definition_by_conid",
        "ibkr_get_security_definition_by_conid",
    ] {
        if let Some(answer) = story.ask(name, json!({ "conId": number })).await {
            let told = &answer.text["contracts"];
            let is_so = if story.stage.wire == Wire::Ibkr {
                told[0]["conId"] == *number
                    && told[0]["symbol"] == "AAPL"
                    && told[0]["secType"] == "STK"
            } else {
                // Nobody else has these numbers.
                *told == json!([])
            };
            story.holds(name, is_so, &answer.text);
        }
    }
    let share = json!({ "symbol": "AAPL" });
    for (name, other, asked) in [
        ("get_news_providers", "ibkr_get_news_providers", json!({})),
        (
            "get_market_rule",
            "ibkr_get_market_rule",
            json!({ "marketRuleId": 26 }),
        ),
        (
            "get_head_timestamp",
            "ibkr_get_head_timestamp",
            share.clone(),
        ),
        (
            "set_market_data_type",
            "ibkr_set_market_data_type",
            json!({ "marketDataType": 3 }),
        ),
        ("get_histogram_data", "ibkr_get_histogram_data", share),
        (
            "get_scanner_parameters",
            "ibkr_get_scanner_parameters",
            json!({}),
        ),
        (
            "get_smart_components",
            "ibkr_get_smart_components",
            json!({ "bboExchange": "9c0001" }),
        ),
        ("get_wsh_meta_data", "ibkr_get_wsh_meta_data", json!({})),
        (
            "get_wsh_event_data",
            "ibkr_get_wsh_event_data",
            json!({ "conId": 265_598 }),
        ),
        ("get_current_time", "ibkr_get_current_time", json!({})),
    ] {
        for name in [name, other] {
            story.ask_in_vain(name, asked.clone(), "unsupported").await;
        }
    }
}

/// A call at the money is worth something and moves with its share.
async fn computed(story: &mut Story) {
    let expiry = story.stage.expirations("AAPL")[2];
    let strikes = story.stage.strikes("AAPL");
    let strike = strikes[strikes.len() / 2];
    for name in ["calculate_option_price", "ibkr_calculate_option_price"] {
        let asked = json!({
            "symbol": "AAPL", "expiration": expiry.format("%Y%m%d").to_string(), "strike": strike.to_string(),
            "right": "C", "underlyingPrice": strike.to_string(), "volatility": "0.3",
        });
        if let Some(answer) = story.ask(name, asked).await {
            let delta = crate::notes::decimal(&answer.text["delta"]);
            let moves = delta.is_some_and(|delta| {
                (broker_core::dec!(0.3)..broker_core::dec!(0.8)).contains(&delta)
            });
            story.holds(name, moves, &answer.text);
            let worth = crate::notes::decimal(&answer.text["optionPrice"]);
            story.holds(
                name,
                worth.is_some_and(|worth| worth > broker_core::Decimal::ZERO),
                &answer.text,
            );
        }
    }
}

async fn scanned(story: &mut Story) {
    for name in ["run_market_scanner", "ibkr_run_market_scanner"] {
        let asked = json!({
            "scanCode": "TOP_PERC_GAIN", "instrument": "STK", "locationCode": "STK.US.MAJOR",
            "numberOfRows": 3,
        });
        if let Some(answer) = story.ask(name, asked).await {
            let rows = answer.text["results"].as_array().map(Vec::len);
            story.holds(
                name,
                rows.is_some_and(|rows| (1..=3).contains(&rows)),
                &answer.text,
            );
        }
    }
}

async fn traded(story: &mut Story) {
    for name in ["get_tick_by_tick_data", "ibkr_get_tick_by_tick_data"] {
        let asked = json!({ "symbol": "AAPL", "tickType": "Last", "numberOfTicks": 5 });
        if let Some(answer) = story.ask(name, asked).await {
            let ticks = answer.text["ticks"].as_array().map(Vec::len);
            story.holds(name, ticks.is_some_and(|ticks| ticks <= 5), &answer.text);
        }
    }
}
