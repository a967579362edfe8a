//! A client of `tws-mcp`, by both names of each tool.

use broker_mcp::alias::Profile;
use serde_json::{Value, json};

use super::{rare, story::Story, tws_orders};
use crate::stage::Wire;

pub(super) async fn told(wire: Wire) {
    let mut story = Story::over(wire, Profile::Tws).await;
    connection(&mut story).await;
    let number = contracts(&mut story).await;
    prices(&mut story).await;
    options(&mut story, &number).await;
    rare::told(&mut story, &number).await;
    words(&mut story).await;
    tws_orders::told(&mut story).await;
    account(&mut story, &number).await;
    updates(&mut story).await;
    ended(&mut story).await;
    story.end().await;
}

async fn connection(story: &mut Story) {
    for name in ["get_connection_status", "ibkr_get_status"] {
        if let Some(answer) = story.ask(name, json!({})).await {
            story.holds(name, answer.text["is_connected"] == true, &answer.text);
        }
    }
    for name in ["connect_tws", "ibkr_connect"] {
        if let Some(answer) = story.ask(name, json!({})).await {
            story.word(name, &answer.text["status"], "already_connected");
        }
        // Nobody but the operator says where there is a gateway.
        let elsewhere = json!({ "host": "10.1.2.3", "port": 7497, "clientId": 1 });
        story.ask_in_vain(name, elsewhere, "forbidden").await;
    }
    for name in ["get_next_valid_id", "ibkr_get_next_valid_id"] {
        if let Some(answer) = story.ask(name, json!({})).await {
            story.holds(name, !answer.text["nextValidId"].is_null(), &answer.text);
        }
    }
    for name in ["get_managed_accounts", "ibkr_get_managed_accounts"] {
        if let Some(answer) = story.ask(name, json!({})).await {
            let only = json!([story.stage.wire.accounts()[0]]);
            story.holds(name, answer.text["accounts"] == only, &answer.text);
        }
    }
}

/// The contract number of Apple's share; that of Interactive Brokers where the broker has none.
async fn contracts(story: &mut Story) -> Value {
    let mut number = json!(265_598);
    for name in ["get_contract_details", "ibkr_get_contract_details"] {
        if let Some(answer) = story.ask(name, json!({ "symbol": "AAPL" })).await {
            let told = &answer.text["contracts"][0];
            story.word(name, &told["symbol"], "AAPL");
            story.word(name, &told["currency"], "USD");
            let known = story.stage.contract("AAPL");
            story.word(name, &told["longName"], &known.name);
            if story.stage.wire == Wire::Ibkr {
                story.holds("a contract number", told["conId"].is_number(), told);
                number = told["conId"].clone();
            }
        }
    }
    for name in [
        "search_symbols",
        "ibkr_search_symbols",
        "get_matching_symbols",
        "ibkr_get_matching_symbols",
    ] {
        if let Some(answer) = story.ask(name, json!({ "pattern": "AAPL" })).await {
            story.word(name, &answer.text["results"][0]["symbol"], "AAPL");
        }
    }
    number
}

async fn prices(story: &mut Story) {
    let contract =
        json!({ "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let objects = json!({ "contract": contract, "durationStr": "30 D", "barSizeSetting": "1 day" });
    let flat = json!({ "symbol": "AAPL", "duration": "30 D", "barSize": "1 day" });
    for (name, asked) in [
        ("get_historical_data", objects),
        ("ibkr_get_historical_data", flat),
    ] {
        if let Some(answer) = story.ask(name, asked).await {
            let told = &answer.text;
            story.word(name, &told["symbol"], "AAPL");
            let bars = told["bars"].as_array().cloned().unwrap_or_default();
            story.holds(name, (18..=31).contains(&bars.len()), told);
            let known = story.stage.days("AAPL");
            for (told, known) in bars.iter().rev().zip(known.iter().rev()) {
                let day = format!("{name}: {}", known.start);
                story.figure(&day, &told["close"], known.close.get());
            }
        }
    }
    for name in ["stream_market_data", "ibkr_stream_market_data"] {
        let asked = json!({ "symbol": "AAPL", "duration_seconds": 1 });
        if let Some(answer) = story.ask(name, asked).await {
            let known = story.stage.quote("AAPL");
            if let Some(last) = known.last {
                story.figure(name, &answer.text["latest"]["lastPrice"], last.get());
            }
            if let Some(bid) = known.bid {
                story.figure(name, &answer.text["latest"]["bid"], bid.get());
            }
        }
    }
}

async fn options(story: &mut Story, number: &Value) {
    let expiry = story.stage.expirations("AAPL")[2]
        .format("%Y%m%d")
        .to_string();
    for name in ["get_option_chain", "ibkr_get_option_chain"] {
        let asked = json!({ "symbol": "AAPL", "expiration": expiry });
        if let Some(answer) = story.ask(name, asked).await {
            let strikes = story.stage.strikes("AAPL");
            let rows = answer.text["chain"].as_array().cloned().unwrap_or_default();
            story.holds(name, !rows.is_empty(), &answer.text);
            for row in rows {
                let strike = crate::notes::decimal(&row["strike"]);
                story.holds(name, strike.is_some_and(|one| strikes.contains(&one)), &row);
            }
        }
    }
    for name in ["get_option_chain_params", "ibkr_get_option_chain_params"] {
        let asked = json!({ "underlyingConId": number });
        if let Some(answer) = story.ask(name, asked).await {
            let known: Vec<String> = story
                .stage
                .expirations("AAPL")
                .iter()
                .map(ToString::to_string)
                .collect();
            story.holds(
                name,
                answer.text["chains"][0]["expirations"] == json!(known),
                &answer.text,
            );
        }
    }
}

/// What is written about companies.
async fn words(story: &mut Story) {
    let mut article = (json!("BRFUPDN"), json!("1"));
    for name in ["get_news_articles", "ibkr_get_news_articles"] {
        if let Some(answer) = story
            .ask(name, json!({ "symbol": "AAPL", "totalResults": 5 }))
            .await
        {
            let first = &answer.text["articles"][0];
            story.holds(name, first["headline"].is_string(), &answer.text);
            article = (first["providerCode"].clone(), first["articleId"].clone());
        }
    }
    for name in ["get_news_article", "ibkr_get_news_article"] {
        let asked = json!({ "providerCode": article.0, "articleId": article.1 });
        if let Some(answer) = story.ask(name, asked).await {
            story.holds(name, answer.text["articleText"].is_string(), &answer.text);
        }
    }
    let asked = json!({ "symbol": "AAPL", "reportType": "ReportSnapshot" });
    if let Some(answer) = story.ask("ibkr_get_fundamental_data", asked).await {
        story.holds(
            "fundamentals",
            answer.text["data"].is_object(),
            &answer.text,
        );
    }
}

async fn account(story: &mut Story, number: &Value) {
    let known = story.stage.summary();
    for name in ["get_account_summary", "ibkr_get_account_summary"] {
        if let Some(answer) = story.ask(name, json!({ "account": "" })).await {
            let told = &answer.text["summary"];
            if let Some(cash) = known.cash {
                story.money(name, &told["TotalCashValue"]["value"], cash);
            }
            if let Some(worth) = known.net_liquidation {
                story.money(name, &told["NetLiquidation"]["value"], worth);
            }
        }
    }
    for name in ["get_account_values", "ibkr_get_account_values"] {
        if let (Some(answer), Some(cash)) = (story.ask(name, json!({})).await, known.cash) {
            story.money(
                name,
                &answer.text["values"]["TotalCashValue_USD"]["value"],
                cash,
            );
        }
    }
    for name in ["get_positions", "ibkr_get_positions"] {
        if let Some(answer) = story.ask(name, json!({ "account": "" })).await {
            let told = &answer.text;
            story.holds(name, told["count"] == 1, told);
            let row = &told["positions"][0];
            story.word(name, &row["contract"]["symbol"], "AAPL");
            let held = story.stage.held("AAPL");
            story.figure(name, &row["position"], held);
            if story.stage.wire == Wire::Ibkr {
                story.holds("its number", row["contract"]["conId"] == *number, row);
            }
        }
    }
    for name in ["get_pnl", "ibkr_get_pnl"] {
        if let (Some(answer), Some(profit)) =
            (story.ask(name, json!({})).await, known.unrealized_pnl)
        {
            story.money(name, &answer.text["unrealizedPnL"], profit);
        }
    }
    for name in ["get_pnl_single", "ibkr_get_pnl_single"] {
        let asked = json!({ "account": "a", "conId": number });
        if let Some(answer) = story.ask(name, asked).await {
            let held = story.stage.held("AAPL");
            story.figure(name, &answer.text["position"], held);
        }
    }
}

async fn updates(story: &mut Story) {
    for name in ["stream_account_updates", "ibkr_stream_account_updates"] {
        if let Some(answer) = story.ask(name, json!({ "duration_seconds": 1 })).await {
            story.holds(name, answer.text["latest"].is_object(), &answer.text);
        }
    }
}

async fn ended(story: &mut Story) {
    for (ends, begins) in [
        ("disconnect_tws", "connect_tws"),
        ("ibkr_disconnect", "ibkr_connect"),
    ] {
        if let Some(answer) = story.ask(ends, json!({})).await {
            story.word(ends, &answer.text["status"], "disconnected");
        }
        if let Some(answer) = story.ask("get_connection_status", json!({})).await {
            story.holds(ends, answer.text["is_connected"] == false, &answer.text);
        }
        if let Some(answer) = story.ask(begins, json!({})).await {
            story.word(begins, &answer.text["status"], "connected");
        }
    }
    if let Some(answer) = story.ask("get_positions", json!({ "account": "" })).await {
        let held = story.stage.held("AAPL");
        story.figure(
            "after it was made anew",
            &answer.text["positions"][0]["position"],
            held,
        );
    }
}
