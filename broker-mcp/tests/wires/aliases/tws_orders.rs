//! Orders, brackets and executions of a client of `tws-mcp`.

use broker_core::{Decimal, dec};
use chrono::TimeDelta;
use serde_json::json;

use super::story::Story;
use crate::stage::Wire;

pub(super) async fn told(story: &mut Story) {
    let contract =
        json!({ "symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let market = json!({ "action": "BUY", "totalQuantity": 10, "orderType": "MKT" });
    if let Some(answer) = story
        .ask(
            "place_order",
            json!({ "contract": contract, "order": market }),
        )
        .await
    {
        story.word("symbol", &answer.text["symbol"], "AAPL");
        story.word("type", &answer.text["orderType"], "MKT");
        story.word("action", &answer.text["action"], "BUY");
        story.figure("quantity", &answer.text["quantity"], dec!(10));
    }
    story.stage.holds_soon("AAPL", dec!(10)).await;
    let rest = json!({ "symbol": "KO", "action": "BUY", "quantity": 7, "orderType": "LMT", "limitPrice": 40 });
    let mut resting = Vec::new();
    for name in ["ibkr_place_order", "place_order"] {
        if let Some(answer) = story.ask(name, rest.clone()).await {
            story.taken(name, &answer.text["status"]);
            resting.push(answer.text["orderId"].clone());
        }
    }
    story.stage.works_soon(resting.len()).await;
    open(story, resting.len()).await;
    for (name, id) in ["modify_order", "ibkr_modify_order"]
        .into_iter()
        .zip(&resting)
    {
        if let Some(answer) = story
            .ask(name, json!({ "orderId": id, "limitPrice": 41 }))
            .await
        {
            // The change may still be under way; what counts is what the broker has.
            let told = crate::notes::decimal(&answer.text["limitPrice"]);
            let known = [Some(dec!(40)), Some(dec!(41))];
            story.holds(name, known.contains(&told), &answer.text);
        }
    }
    let limits: Vec<Option<Decimal>> = story
        .stage
        .working()
        .iter()
        .map(|order| {
            order
                .terms
                .order_type
                .limit_price()
                .map(broker_core::model::Price::get)
        })
        .collect();
    story.holds(
        "changed at the broker",
        limits.iter().all(|limit| *limit == Some(dec!(41))),
        &json!(format!("{limits:?}")),
    );
    for (name, id) in ["get_order_status", "ibkr_get_order_status"]
        .into_iter()
        .zip(&resting)
    {
        if let Some(answer) = story.ask(name, json!({ "orderId": id })).await {
            story.taken(name, &answer.text["status"]);
            story.figure(name, &answer.text["remaining"], dec!(7));
        }
    }
    for (name, id) in ["cancel_order", "ibkr_cancel_order"]
        .into_iter()
        .zip(&resting)
    {
        if let Some(answer) = story.ask(name, json!({ "orderId": id })).await {
            story.canceled(name, &answer.text["status"]);
            story.holds(name, answer.text["orderId"] == *id, &answer.text);
        }
    }
    story.stage.works_soon(0).await;
    held(story).await;
    brackets(story).await;
    for name in ["get_all_orders", "ibkr_get_all_orders"] {
        if let Some(answer) = story.ask(name, json!({})).await {
            story.holds(name, answer.text["count"].as_u64() >= Some(3), &answer.text);
        }
    }
    executions(story).await;
}

async fn open(story: &mut Story, count: usize) {
    for name in ["get_open_orders", "ibkr_get_open_orders"] {
        if let Some(answer) = story.ask(name, json!({})).await {
            let told = &answer.text;
            story.holds(
                name,
                told["count"] == count && story.stage.working().len() == count,
                told,
            );
            let row = &told["orders"][0];
            story.word(name, &row["contract"]["symbol"], "KO");
            story.word(name, &row["order"]["orderType"], "LMT");
            story.figure(name, &row["order"]["lmtPrice"], dec!(40));
            story.figure(name, &row["remaining"], dec!(7));
        }
    }
}

/// An order that stays in TWS, and would trade at once if it did not; other brokers have no such thing.
async fn held(story: &mut Story) {
    let contract =
        json!({ "symbol": "KO", "secType": "STK", "exchange": "SMART", "currency": "USD" });
    let order =
        json!({ "action": "BUY", "totalQuantity": 2, "orderType": "MKT", "transmit": false });
    let (name, asked) = (
        "ibkr_place_order",
        json!({ "contract": contract, "order": order }),
    );
    if story.stage.wire != Wire::Ibkr {
        return story.ask_in_vain(name, asked, "unsupported").await;
    }
    let fills = story.stage.truth().fills.len();
    if let Some(answer) = story.ask(name, asked).await {
        story.word("held in TWS", &answer.text["status"], "Inactive");
        story.stage.world().advance(TimeDelta::seconds(5));
        if let Some(open) = story.ask("get_open_orders", json!({})).await {
            story.holds("held in TWS, listed", open.text["count"] == 1, &open.text);
        }
        let bought = story.stage.truth().fills.len() != fills;
        story.holds("held in TWS, not traded", !bought, &answer.text);
        let id = answer.text["orderId"].clone();
        if let Some(answer) = story.ask("cancel_order", json!({ "orderId": id })).await {
            story.canceled("held in TWS", &answer.text["status"]);
        }
        story.stage.works_soon(0).await;
    }
}

async fn brackets(story: &mut Story) {
    let bracket = json!({
        "symbol": "KO", "action": "BUY", "quantity": 3, "entryPrice": 40, "takeProfitPrice": 60, "stopLossPrice": 30,
    });
    for name in ["place_bracket_order", "ibkr_place_bracket_order"] {
        if let Some(answer) = story.ask(name, bracket.clone()).await {
            story.holds(name, !answer.text["parentOrderId"].is_null(), &answer.text);
            story.stage.works_soon(3).await;
            story
                .ask(
                    "cancel_order",
                    json!({ "orderId": answer.text["parentOrderId"] }),
                )
                .await;
            // The exits go with the entry.
            story.stage.works_soon(0).await;
        }
    }
    let expiry = story.stage.expirations("AAPL")[2]
        .format("%Y%m%d")
        .to_string();
    for name in ["place_option_order", "ibkr_place_option_order"] {
        let option = json!({
            "symbol": "AAPL", "expiration": expiry, "strike": 150, "right": "C", "action": "BUY", "quantity": 1,
            "orderType": "LMT", "limitPrice": 1,
        });
        if let Some(answer) = story.ask(name, option).await {
            story.word(name, &answer.text["symbol"], "AAPL");
            let id = answer.text["orderId"].clone();
            story.ask("cancel_order", json!({ "orderId": id })).await;
        }
    }
}

async fn executions(story: &mut Story) {
    let fills = story.stage.truth().fills;
    for name in ["get_executions", "ibkr_get_executions"] {
        if let Some(answer) = story.ask(name, json!({ "symbol": "AAPL" })).await {
            let told = &answer.text;
            story.holds(name, told["count"] == fills.len(), told);
            let row = &told["executions"][0];
            story.word(name, &row["execution"]["side"], "BOT");
            let shares: Decimal = fills.iter().map(|fill| fill.quantity).sum();
            story.figure("shares", &json!(10), shares);
            if let [fill] = fills.as_slice() {
                let price = fill.price.get();
                story.figure(name, &row["execution"]["price"], price);
                story.figure(name, &row["execution"]["cumQty"], shares);
                story.figure(name, &row["execution"]["avgPrice"], price);
            }
        }
    }
}
