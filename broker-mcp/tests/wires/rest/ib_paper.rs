//! The paths of the server for a paper account at Interactive Brokers.

use serde_json::{Value, json};

use super::visit::Visit;
use crate::notes::decimal;

pub(super) async fn told(visit: &mut Visit) {
    if let Some(answer) = visit.get("/gateway/status", &[]).await {
        visit.word("gateway", &answer["status"], "connected");
        visit.holds("connected", answer["ib_connected"] == true, &answer);
    }
    if let Some(answer) = visit.get("/orders/capability", &[]).await {
        visit.holds("orders", answer["can_place_orders"] == true, &answer);
    }
    options(visit).await;
    orders(visit).await;
    gateway(visit).await;
}

async fn options(visit: &mut Visit) {
    if let Some(answer) = visit.get("/options/quote/{symbol}", &["AAPL"]).await {
        let known = visit.stage.quote("AAPL");
        if let Some(last) = known.last {
            visit.figure("last", &answer["last"], last.get());
        }
    }
    let dates = visit.stage.expirations("AAPL");
    let compact: Vec<String> = dates
        .iter()
        .map(|date| date.format("%Y%m%d").to_string())
        .collect();
    if let Some(answer) = visit.get("/options/expirations/{symbol}", &["AAPL"]).await {
        visit.holds(
            "expirations",
            answer["expirations"] == json!(compact),
            &answer,
        );
    }
    let parts = ["AAPL", &*compact[2], "?strikes=3"];
    if let Some(answer) = visit
        .get("/options/chain/{symbol}/{expiration}", &parts)
        .await
    {
        let strikes = visit.stage.strikes("AAPL");
        for side in ["calls", "puts"] {
            let legs = answer[side].as_array().cloned().unwrap_or_default();
            let listed =
                |leg: &Value| decimal(&leg["strike"]).is_some_and(|one| strikes.contains(&one));
            visit.holds(
                side,
                (1..=7).contains(&legs.len()) && legs.iter().all(listed),
                &answer,
            );
        }
    }
}

async fn orders(visit: &mut Visit) {
    let expiry = visit.stage.expirations("AAPL")[2]
        .format("%Y%m%d")
        .to_string();
    let single = json!({
        "symbol": "AAPL", "expiration": expiry, "strike": 150, "right": "C", "action": "BUY", "quantity": 1,
        "limit_price": 1.0,
    });
    let leg = |strike: u32, action: &str| json!({ "symbol": "AAPL", "expiration": expiry, "strike": strike, "right": "C", "action": action });
    let combo = json!({
        "legs": [leg(150, "BUY"), leg(160, "SELL")], "action": "BUY", "quantity": 1, "order_type": "LMT",
        "limit_price": 0.05,
    });
    for (route, order) in [("/orders/single", single), ("/orders/combo", combo)] {
        let Some(answer) = visit.ask("POST", route, &[], Some(order)).await else {
            continue;
        };
        visit.stage.works_soon(1).await;
        let id = answer["order_id"].as_str().unwrap_or_default().to_owned();
        if let Some(answer) = visit.get("/orders/{order_id}", &[&id]).await {
            visit.taken(route, &answer["status"]);
        }
        if let Some(answer) = visit
            .ask("DELETE", "/orders/{order_id}", &[&id], None)
            .await
        {
            visit.canceled(route, &answer["status"]);
            visit.stage.works_soon(0).await;
        }
    }
    if let Some(answer) = visit.get("/orders", &[]).await {
        visit.holds("orders", answer["count"].as_u64() >= Some(2), &answer);
    }
}

/// Nobody has said how a gateway is started here.
async fn gateway(visit: &mut Visit) {
    if let Some(answer) = visit
        .ask("POST", "/gateway/ensure-ready", &["?timeout=5"], None)
        .await
    {
        visit.holds("ready", answer["ready"] == true, &answer);
    }
    for route in ["/gateway/logout", "/gateway/login", "/gateway/reconnect"] {
        visit.ask("POST", route, &[], None).await;
    }
    if let Some(answer) = visit.ask("POST", "/restart-workers", &[], None).await {
        visit.holds("made anew", answer["restarted"] == 1, &answer);
    }
}
