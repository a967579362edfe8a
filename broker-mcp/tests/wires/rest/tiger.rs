//! The paths of the REST API for Tiger Brokers, with the bodies of its script.

use broker_core::dec;
use serde_json::{Value, json};

use super::visit::{Visit, account, with_account};
use crate::{notes::decimal, stage::Wire};

pub(super) async fn told(visit: &mut Visit) {
    accounts(visit).await;
    prices(visit).await;
    companies(visit).await;
    orders(visit).await;
    first_version(visit).await;
}

async fn accounts(visit: &mut Visit) {
    let number = visit.stage.wire.accounts()[0];
    for route in ["/api/accounts", "/tiger/accounts"] {
        if let Some(answer) = visit.get(route, &[]).await {
            let rows = answer["data"]["accounts"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            visit.holds(route, rows.len() == 1, &answer);
            visit.word(route, &answer["data"]["accounts"][0]["account"], "a");
            visit.word(route, &answer["data"]["accounts"][0]["id"], number);
        }
    }
    if let Some(data) = visit.post("/api/account/status", account()).await {
        let valid = data.pointer("/token/valid") == Some(&json!(true));
        visit.holds(
            "the token",
            valid == (visit.stage.wire == Wire::Tiger),
            &data,
        );
    }
    if let Some(data) = visit.post("/api/accounts/default", account()).await {
        visit.holds("the default", data.is_object(), &data);
    }
    if let Some(data) = visit.post("/api/token/refresh", account()).await {
        let until = &data["results"][0]["expires_at"];
        visit.holds("a new token", until.is_string(), &data);
    }
    for route in ["/api/trade/account-info", "/tiger/get_account_info"] {
        if let Some(data) = visit.post(route, account()).await {
            let known = visit.stage.summary();
            if let Some(cash) = known.cash {
                visit.money(route, &data["cash"], cash);
            }
            if let Some(worth) = known.net_liquidation {
                visit.money(route, &data["net_liquidation"], worth);
            }
        }
    }
}

fn quoted(visit: &mut Visit, symbol: &str, told: &Value) {
    let known = visit.stage.quote(symbol);
    visit.word("symbol", &told["symbol"], symbol);
    let figures = [
        ("latest_price", known.last),
        ("bid_price", known.bid),
        ("ask_price", known.ask),
    ];
    for (field, price) in figures {
        if let Some(price) = price {
            visit.figure(field, &told[field], price.get());
        }
    }
}

async fn prices(visit: &mut Visit) {
    let symbol = with_account(json!({ "symbol": "AAPL" }));
    if let Some(data) = visit.post("/api/market/quote", symbol.clone()).await {
        quoted(visit, "AAPL", &data);
    }
    let both = with_account(json!({ "symbols": ["AAPL", "MSFT"] }));
    if let Some(data) = visit.post("/api/market/batch", both).await {
        quoted(visit, "AAPL", &data["quotes"][0]);
        quoted(visit, "MSFT", &data["quotes"][1]);
    }
    let days = with_account(json!({ "symbol": "AAPL", "period": "day", "limit": 10 }));
    if let Some(data) = visit.post("/api/market/kline", days).await {
        let bars = data["bars"].as_array().cloned().unwrap_or_default();
        visit.holds("ten bars", bars.len() == 10, &data);
        let known = visit.stage.days("AAPL");
        for (told, known) in bars.iter().rev().zip(known.iter().rev()) {
            visit.figure(&known.start.to_string(), &told["close"], known.close.get());
        }
    }
    let word = with_account(json!({ "keyword": "AAPL", "market": "US" }));
    if let Some(data) = visit.post("/api/market/search", word).await {
        visit.word("found", &data["results"][0]["instrument"]["symbol"], "AAPL");
    }
    if let Some(data) = visit.post("/api/market/option-chain", symbol).await {
        let dates: Vec<String> = visit
            .stage
            .expirations("AAPL")
            .iter()
            .map(ToString::to_string)
            .collect();
        visit.holds(
            "expirations",
            data["expirations"] == json!(dates),
            &data["expirations"],
        );
        let strikes = visit.stage.strikes("AAPL");
        let listed =
            |leg: &Value| decimal(&leg["strike"]).is_some_and(|one| strikes.contains(&one));
        let calls = data["calls"].as_array().cloned().unwrap_or_default();
        visit.holds(
            "calls",
            !calls.is_empty() && calls.iter().all(listed),
            &data["calls"],
        );
    }
    if let Some(data) = visit
        .post(
            "/api/market/status",
            with_account(json!({ "market": "US" })),
        )
        .await
    {
        visit.word("the market", &data["status"], "open");
    }
}

async fn companies(visit: &mut Visit) {
    let symbols = with_account(json!({ "symbols": ["AAPL"] }));
    if let Some(data) = visit.post("/api/info/contracts", symbols.clone()).await {
        let name = visit.stage.contract("AAPL").name.clone();
        visit.word("its name", &data["contracts"][0]["name"], &name);
        visit.word("its currency", &data["contracts"][0]["currency"], "USD");
    }
    for (route, list) in [
        ("/api/info/financials", "financials"),
        ("/api/info/corporate-actions", "actions"),
        ("/api/info/earnings", "earnings"),
    ] {
        if let Some(data) = visit.post(route, symbols.clone()).await {
            visit.holds(
                route,
                data[list].is_array() || data[list].is_object(),
                &data,
            );
        }
    }
}

async fn orders(visit: &mut Visit) {
    let market = json!({ "symbol": "AAPL", "action": "BUY", "order_type": "MKT", "quantity": 10 });
    if let Some(data) = visit
        .post("/api/trade/place-order", with_account(market))
        .await
    {
        visit.word("bought", &data["symbol"], "AAPL");
        visit.stage.holds_soon("AAPL", dec!(10)).await;
    }
    // The other three types of the script, all of them far from the market.
    for (kind, side, prices) in [
        ("LMT", "BUY", json!({ "limit_price": 40.0 })),
        ("STP", "BUY", json!({ "stop_price": 100.0 })),
        (
            "STP_LMT",
            "BUY",
            json!({ "stop_price": 58.0, "limit_price": 59.0 }),
        ),
    ] {
        let mut order = json!({ "symbol": "KO", "action": side, "order_type": kind, "quantity": 7, "time_in_force": "GTC" });
        for (field, price) in prices.as_object().unwrap() {
            order[field] = price.clone();
        }
        let Some(data) = visit
            .post("/api/trade/place-order", with_account(order))
            .await
        else {
            continue;
        };
        visit.taken(kind, &data["status"]);
        visit.stage.works_soon(1).await;
        let id = data["order_id"].clone();
        let change = with_account(json!({ "order_id": id, "quantity": 8 }));
        if let Some(data) = visit.post("/api/trade/modify-order", change).await {
            visit.holds(kind, data["modified_fields"] == json!(["quantity"]), &data);
            let amount = visit
                .stage
                .working()
                .first()
                .map(|order| order.terms.amount);
            let eight = broker_core::model::Quantity::new(dec!(8)).unwrap();
            let fits = amount == Some(broker_core::model::OrderAmount::Quantity(eight));
            visit.holds("changed at the broker", fits, &json!(format!("{amount:?}")));
        }
        let cancel = with_account(json!({ "order_id": id }));
        if let Some(data) = visit.post("/api/trade/cancel-order", cancel).await {
            visit.canceled(kind, &data["status"]);
            visit.stage.works_soon(0).await;
        }
    }
    let filled = with_account(json!({ "status": "Filled" }));
    if let Some(data) = visit.post("/api/trade/orders", filled).await {
        visit.holds("one order was filled", data["count"] == 1, &data);
        if let [fill] = visit.stage.truth().fills.as_slice() {
            visit.figure("at", &data["orders"][0]["avg_fill_price"], fill.price.get());
        }
    }
    for route in ["/api/trade/positions", "/tiger/get_positions"] {
        if let Some(data) = visit.post(route, account()).await {
            let held = visit.stage.held("AAPL");
            visit.holds(route, data["count"] == 1, &data);
            visit.figure(route, &data["positions"][0]["position_qty"], held);
        }
    }
}

async fn first_version(visit: &mut Visit) {
    let order =
        json!({ "symbol": "KO", "side": "BUY", "quantity": 1, "order_type": "LMT", "price": 40 });
    if let Some(data) = visit.post("/tiger/place_order", with_account(order)).await {
        visit.stage.works_soon(1).await;
        let cancel = with_account(json!({ "order_id": data["order_id"] }));
        if let Some(data) = visit.post("/tiger/cancel_order", cancel).await {
            visit.canceled("cancelled", &data["status"]);
            visit.stage.works_soon(0).await;
        }
    }
}
