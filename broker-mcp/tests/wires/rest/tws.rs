//! The paths of the server for TWS.

use broker_core::dec;
use serde_json::{Value, json};

use super::visit::Visit;
use crate::stage::Wire;

pub(super) async fn told(visit: &mut Visit) {
    connection(visit).await;
    let number = prices(visit).await;
    orders(visit).await;
    account(visit, &number).await;
    ended(visit).await;
}

/// A body in no envelope.
async fn post(visit: &mut Visit, route: &'static str, body: Value) -> Option<Value> {
    visit.ask("POST", route, &[], Some(body)).await
}

async fn connection(visit: &mut Visit) {
    if let Some(answer) = visit.get("/api/v1/health", &[]).await {
        visit.word("health", &answer["status"], "healthy");
    }
    if let Some(answer) = post(visit, "/api/v1/connect_tws", json!({})).await {
        visit.word("connect", &answer["status"], "already_connected");
    }
    if let Some(answer) = visit.get("/api/v1/get_connection_status", &[]).await {
        visit.holds("connected", answer["is_connected"] == true, &answer);
    }
    if let Some(answer) = visit.get("/api/v1/get_next_valid_id", &[]).await {
        visit.holds("next id", !answer["orderId"].is_null(), &answer);
    }
}

async fn prices(visit: &mut Visit) -> Value {
    let mut number = json!(265_598);
    let share =
        json!({ "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    if let Some(answer) = post(visit, "/api/v1/get_contract_details", share.clone()).await {
        let name = visit.stage.contract("AAPL").name.clone();
        visit.word("name", &answer[0]["longName"], &name);
        if visit.stage.wire == Wire::Ibkr {
            number = answer[0]["conId"].clone();
            visit.holds("number", number.is_number(), &answer);
        }
    }
    let asked = json!({ "contract": share, "durationStr": "30 D", "barSizeSetting": "1 day", "useRTH": true });
    if let Some(answer) = post(visit, "/api/v1/get_historical_data", asked).await {
        let bars = answer["bars"].as_array().cloned().unwrap_or_default();
        visit.holds("a month", (18..=31).contains(&bars.len()), &answer);
        let known = visit.stage.days("AAPL");
        for (told, known) in bars.iter().rev().zip(known.iter().rev()) {
            visit.figure(&known.start.to_string(), &told["close"], known.close.get());
        }
    }
    let event = visit
        .hear("/api/v1/stream_market_data", "?symbol=AAPL&secType=STK")
        .await;
    let last = visit.stage.quote("AAPL").last;
    let shown = event.to_string();
    visit.holds(
        "the price",
        last.is_some_and(|last| shown.contains(&last.get().normalize().to_string())),
        &event,
    );
    number
}

async fn orders(visit: &mut Visit) {
    let before = visit.stage.held("AAPL");
    let share =
        json!({ "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let market = json!({ "action": "BUY", "totalQuantity": 5, "orderType": "MKT", "lmtPrice": 0, "auxPrice": 0 });
    if let Some(answer) = post(
        visit,
        "/api/v1/place_order",
        json!({ "contract": share, "order": market }),
    )
    .await
    {
        visit.word("type", &answer["orderType"], "MKT");
        visit.stage.holds_soon("AAPL", before + dec!(5)).await;
    }
    let ko = json!({ "symbol": "KO", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let limit = json!({ "action": "BUY", "totalQuantity": 7, "orderType": "LMT", "lmtPrice": 40, "tif": "GTC" });
    let Some(answer) = post(
        visit,
        "/api/v1/place_order",
        json!({ "contract": ko, "order": limit }),
    )
    .await
    else {
        return;
    };
    visit.taken("rests", &answer["status"]);
    visit.stage.works_soon(1).await;
    let id = match &answer["orderId"] {
        Value::String(id) => id.clone(),
        number => number.to_string(),
    };
    if let Some(open) = visit.get("/api/v1/get_open_orders", &[]).await {
        let known = visit.stage.working().len();
        visit.holds("one works", open["count"] == 1 && known == 1, &open);
        visit.word("of", &open["orders"][0]["contract"]["symbol"], "KO");
        visit.word("type", &open["orders"][0]["order"]["orderType"], "LMT");
        visit.figure("limit", &open["orders"][0]["order"]["lmtPrice"], dec!(40));
    }
    if let Some(answer) = visit
        .ask("DELETE", "/api/v1/cancel_order/{orderId}", &[&id], None)
        .await
    {
        visit.canceled("cancelled", &answer["status"]);
        visit.stage.works_soon(0).await;
    }
    if let Some(answer) = visit.get("/api/v1/get_executions", &["?symbol=AAPL"]).await {
        let fills = visit.stage.truth().fills;
        visit.holds("executions", answer["count"] == fills.len(), &answer);
        visit.word("side", &answer["executions"][0]["execution"]["side"], "BOT");
        if let Some(newest) = fills.last() {
            let told = &answer["executions"][0]["execution"]["price"];
            visit.figure("price", told, newest.price.get());
        }
    }
}

async fn account(visit: &mut Visit, number: &Value) {
    let known = visit.stage.summary();
    if let (Some(answer), Some(cash)) = (
        visit.get("/api/v1/get_account_summary", &[]).await,
        known.cash,
    ) {
        visit.money("cash", &answer["summary"]["TotalCashValue"]["value"], cash);
    }
    let held = visit.stage.held("AAPL");
    if let Some(answer) = visit.get("/api/v1/get_positions", &[]).await {
        visit.holds("positions", answer["count"] == 1, &answer);
        visit.figure("held", &answer["positions"][0]["position"], held);
        if visit.stage.wire == Wire::Ibkr {
            let told = &answer["positions"][0]["contract"]["conId"];
            visit.holds("its number", told == number, &answer);
        }
    }
    if let (Some(answer), Some(profit)) = (
        visit.get("/api/v1/get_pnl", &[]).await,
        known.unrealized_pnl,
    ) {
        visit.money("profit", &answer["unrealizedPnL"], profit);
    }
    let query = format!("?account=a&conId={number}");
    if let Some(answer) = visit.get("/api/v1/get_pnl_single", &[&query]).await {
        visit.figure("of the position", &answer["position"], held);
    }
    let event = visit
        .hear_of_a_trade("/api/v1/stream_account_updates")
        .await;
    visit.holds("an update", event.is_object(), &event);
}

async fn ended(visit: &mut Visit) {
    if let Some(answer) = post(visit, "/api/v1/disconnect_tws", json!({})).await {
        visit.word("ended", &answer["status"], "disconnected");
    }
    if let Some(answer) = post(visit, "/api/v1/connect_tws", json!({})).await {
        visit.word("begun", &answer["status"], "connected");
    }
}
