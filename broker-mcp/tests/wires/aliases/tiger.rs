//! A client of `tiger-mcp`.

use broker_core::dec;
use broker_mcp::alias::Profile;
use serde_json::{Value, json};

use super::story::Story;
use crate::{notes::decimal, stage::Wire};

pub(super) async fn told(wire: Wire) {
    let mut story = Story::over(wire, Profile::Tiger).await;
    prices(&mut story).await;
    companies(&mut story).await;
    accounts(&mut story).await;
    orders(&mut story).await;
    administration(&mut story).await;
    story.end().await;
}

fn quoted(story: &mut Story, symbol: &str, told: &Value) {
    let quote = story.stage.quote(symbol);
    story.word(symbol, &told["symbol"], symbol);
    let figures = [
        ("latest_price", quote.last),
        ("bid_price", quote.bid),
        ("ask_price", quote.ask),
    ];
    for (field, price) in figures {
        if let Some(price) = price {
            story.figure(&format!("{symbol} {field}"), &told[field], price.get());
        }
    }
}

async fn prices(story: &mut Story) {
    let symbol = json!({ "symbol": "AAPL" });
    if let Some(answer) = story.ask("tiger_get_quote", symbol.clone()).await {
        quoted(story, "AAPL", &answer.structured["data"]);
        story.holds(
            "success",
            answer.structured["success"] == true,
            &answer.structured,
        );
    }
    let symbols = json!({ "symbols": ["AAPL", "MSFT"] });
    if let Some(answer) = story.ask("tiger_get_market_data", symbols).await {
        for (row, symbol) in ["AAPL", "MSFT"].into_iter().enumerate() {
            quoted(story, symbol, &answer.structured["data"][row]);
        }
    }
    let days = json!({ "symbol": "AAPL", "period": "1d", "count": 5 });
    if let Some(answer) = story.ask("tiger_get_kline", days).await {
        let bars = answer.structured["data"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        story.holds("five bars", bars.len() == 5, &answer.structured);
        let known = story.stage.days("AAPL");
        for (told, known) in bars.iter().rev().zip(known.iter().rev()) {
            let day = format!("bar of {}", known.start);
            story.figure(&day, &told["close"], known.close.get());
            story.figure(&day, &told["open"], known.open.get());
            story.figure(&day, &told["high"], known.high.get());
            story.figure(&day, &told["low"], known.low.get());
        }
    }
    let keyword = json!({ "keyword": "AAPL", "market": "US" });
    if let Some(answer) = story.ask("tiger_search_symbols", keyword).await {
        story.word("search", &answer.structured["data"][0]["symbol"], "AAPL");
    }
    if let Some(answer) = story.ask("tiger_get_option_chain", symbol).await {
        let known = story.stage.expirations("AAPL");
        let dates: Vec<String> = known.iter().map(ToString::to_string).collect();
        let told = &answer.structured;
        story.holds(
            "expirations",
            told["expiration_dates"] == json!(dates),
            &told["expiration_dates"],
        );
        let strikes = story.stage.strikes("AAPL");
        for side in ["calls", "puts"] {
            let legs = told[side].as_array().cloned().unwrap_or_default();
            story.holds(side, !legs.is_empty(), told);
            for leg in legs {
                let listed =
                    decimal(&leg["strike"]).is_some_and(|strike| strikes.contains(&strike));
                story.holds("a listed strike", listed, &leg);
                story.holds(
                    "of the nearest expiry",
                    leg["expiry"] == json!(dates[0]),
                    &leg,
                );
            }
        }
    }
    if let Some(answer) = story
        .ask("tiger_get_market_status", json!({ "market": "US" }))
        .await
    {
        let told = &answer.structured;
        story.holds("the market is open", told["is_trading_day"] == true, told);
        story.word("status", &told["status"], "open");
        let zones = ["America/New_York", "US/Eastern"];
        let zone = told["timezone"].as_str().unwrap_or_default();
        story.holds("time zone", zones.contains(&zone), told);
    }
}

async fn companies(story: &mut Story) {
    if let Some(answer) = story
        .ask("tiger_get_contracts", json!({ "symbols": ["AAPL"] }))
        .await
    {
        let told = &answer.structured["data"][0];
        let known = story.stage.contract("AAPL");
        story.word("contract", &told["symbol"], "AAPL");
        story.word("currency", &told["currency"], "USD");
        story.word("class", &told["sec_type"], "STK");
        story.figure("multiplier", &told["multiplier"], known.multiplier);
        let lowest = known.ticks.bands()[0].increment;
        story.figure("tick of the lowest band", &told["tick_size"], lowest);
    }
    for name in [
        "tiger_get_financials",
        "tiger_get_corporate_actions",
        "tiger_get_earnings",
    ] {
        if let Some(answer) = story.ask(name, json!({ "symbol": "AAPL" })).await {
            let data = &answer.structured["data"];
            story.holds(
                name,
                data.is_array() || data.is_object(),
                &answer.structured,
            );
        }
    }
}

async fn accounts(story: &mut Story) {
    if let Some(answer) = story.ask("tiger_list_accounts", json!({})).await {
        let told = &answer.structured;
        let number = story.stage.wire.accounts()[0];
        story.holds("one account", told["total"] == 1, told);
        story.word("number", &told["accounts"][0]["account_number"], number);
        story.word("name", &told["accounts"][0]["account_name"], "a");
        story.word("environment", &told["accounts"][0]["environment"], "paper");
    }
    let account = json!({ "account_id": "a" });
    if let Some(answer) = story.ask("tiger_get_account_status", account).await {
        story.holds(
            "details",
            answer.structured["account_details"].is_object(),
            &answer.structured,
        );
        let token = &answer.structured["token_status"];
        let has_token = story.stage.wire == Wire::Tiger;
        story.holds(
            "the token",
            (token["valid"] == true) == has_token,
            &answer.structured,
        );
    }
    if let Some(answer) = story.ask("tiger_get_account_info", json!({})).await {
        figures(story, &answer.structured);
    }
}

fn figures(story: &mut Story, told: &Value) {
    let known = story.stage.summary();
    let figures = [
        ("net_liquidation", known.net_liquidation),
        ("total_cash", known.cash),
        ("buying_power", known.buying_power),
    ];
    for (field, money) in figures {
        if let Some(money) = money {
            story.money(field, &told[field], money);
        }
    }
}

async fn orders(story: &mut Story) {
    let buy = json!({ "symbol": "AAPL", "side": "BUY", "quantity": 10, "order_type": "MARKET" });
    if let Some(answer) = story.ask("tiger_place_order", buy).await {
        let order = &answer.structured["order"];
        story.word("side", &order["side"], "BUY");
        story.word("a market order", &order["order_type"], "MARKET");
        story.stage.holds_soon("AAPL", dec!(10)).await;
    }
    let rest = json!({
        "symbol": "KO", "side": "BUY", "quantity": 7, "order_type": "LIMIT", "price": 40.0,
        "time_in_force": "GTC",
    });
    let Some(answer) = story.ask("tiger_place_order", rest).await else {
        return;
    };
    let order = &answer.structured["order"];
    story.taken("a resting order", &order["status"]);
    story.stage.works_soon(1).await;
    let id = order["order_id"].clone();
    working(story, dec!(7), dec!(40));
    if let Some(answer) = story.ask("tiger_get_orders", json!({ "limit": 10 })).await {
        let rows = answer.structured["orders"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        story.holds("two orders", rows.len() == 2, &answer.structured);
    }
    for (status, symbol) in [("FILLED", "AAPL"), ("PENDING", "KO")] {
        let asked = json!({ "status": status, "limit": 10 });
        if let Some(answer) = story.ask("tiger_get_orders", asked).await {
            let rows = answer.structured["orders"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            story.holds(status, rows.len() == 1, &answer.structured);
            story.word(status, &answer.structured["orders"][0]["symbol"], symbol);
        }
    }
    let filled = story.stage.truth().fills;
    if let Some(answer) = story
        .ask("tiger_get_orders", json!({ "symbol": "AAPL" }))
        .await
    {
        let row = &answer.structured["orders"][0];
        story.word("filled", &row["status"], "filled");
        story.figure("filled", &row["filled_quantity"], dec!(10));
        if let [fill] = filled.as_slice() {
            story.figure(
                "average price",
                &row["average_fill_price"],
                fill.price.get(),
            );
        }
    }
    let change = json!({ "order_id": id, "new_price": 41.0, "new_quantity": 8 });
    if story.ask("tiger_modify_order", change).await.is_some() {
        working(story, dec!(8), dec!(41));
    }
    if let Some(answer) = story
        .ask("tiger_cancel_order", json!({ "order_id": id }))
        .await
    {
        story.canceled("cancelled", &answer.structured["order"]["status"]);
        story.stage.works_soon(0).await;
    }
    if let Some(answer) = story.ask("tiger_get_positions", json!({})).await {
        position(story, &answer.structured);
    }
    if let Some(answer) = story.ask("get_portfolio", json!({})).await {
        position(story, &answer.structured);
        figures(story, &answer.structured["account"]);
    }
    if let Some(answer) = story.ask("tiger_get_account_info", json!({})).await {
        figures(story, &answer.structured);
    }
}

/// The one order that works has these terms at the broker.
fn working(story: &mut Story, quantity: broker_core::Decimal, limit: broker_core::Decimal) {
    let working = story.stage.working();
    let terms = working.first().map(|order| {
        let limit = order
            .terms
            .order_type
            .limit_price()
            .map(broker_core::model::Price::get);
        (order.terms.amount, limit)
    });
    let seen = json!(format!("{terms:?}"));
    let fits = terms.is_some_and(|(amount, price)| {
        amount
            == broker_core::model::OrderAmount::Quantity(
                broker_core::model::Quantity::new(quantity).unwrap(),
            )
            && price == Some(limit)
    });
    story.holds(
        "what works at the broker",
        working.len() == 1 && fits,
        &seen,
    );
}

fn position(story: &mut Story, told: &Value) {
    let rows = told["positions"].as_array().cloned().unwrap_or_default();
    story.holds("one position", rows.len() == 1, told);
    let held = story.stage.held("AAPL");
    story.word("held", &told["positions"][0]["symbol"], "AAPL");
    story.figure("held", &told["positions"][0]["quantity"], held);
    if let [fill] = story.stage.truth().fills.as_slice() {
        let price = fill.price.get();
        story.figure("average cost", &told["positions"][0]["average_cost"], price);
    }
}

async fn administration(story: &mut Story) {
    let account = json!({ "account_id": "a" });
    if let Some(answer) = story.ask("tiger_refresh_token", account.clone()).await {
        let told = &answer.structured;
        story.holds("a new token", told["token_expires_at"].is_string(), told);
    }
    for name in [
        "tiger_set_default_data_account",
        "tiger_set_default_trading_account",
    ] {
        if let Some(answer) = story.ask(name, account.clone()).await {
            story.holds(
                name,
                answer.structured["account"].is_object(),
                &answer.structured,
            );
        }
    }
    // The configuration is a file that only the operator of the machine changes.
    let add = json!({ "name": "x", "credentials_ref": "none" });
    let code = match story.stage.wire {
        Wire::Tiger => "unsupported",
        // These tools mean the connection that is called so.
        Wire::Paper | Wire::Ibkr => "not_found",
    };
    story.ask_in_vain("tiger_add_account", add, code).await;
    let remove = json!({ "account_id": "none", "force": false });
    story
        .ask_in_vain("tiger_remove_account", remove, "not_found")
        .await;
    let secret = json!({ "name": "x", "api_key": "k", "secret_key": "s" });
    story
        .ask_in_vain("tiger_add_account", secret, "invalid_request")
        .await;
}
