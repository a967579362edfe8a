//! Orders and executions.

use serde_json::{Value, json};

use super::{Given, contract, id, list};
use crate::alias::shape::field::{at, number};

pub(in crate::alias) fn next_id(answer: &Value, _: &Given) -> Value {
    let number = at(answer, "data.broker_number");
    let next = if number.is_null() {
        at(answer, "data.id")
    } else {
        number
    };
    json!({ "nextValidId": id(next) })
}

/// TWS's words for where an order stands.
fn status_word(status: &Value) -> Value {
    let word = match status.as_str().unwrap_or_default() {
        "pending" => "PendingSubmit",
        "submitted" | "partially_filled" => "Submitted",
        "filled" => "Filled",
        "pending_cancel" => "PendingCancel",
        "cancelled" | "canceled" | "expired" => "Cancelled",
        "rejected" | "inactive" => "Inactive",
        // A word of its own for what nobody knows would be taken for one of the others.
        other => other,
    };
    json!(word)
}

fn type_word(order_type: &Value) -> Value {
    let word = match order_type.as_str().unwrap_or_default() {
        "MARKET" => "MKT",
        "LIMIT" => "LMT",
        "STOP" => "STP",
        "STOP_LIMIT" => "STP LMT",
        "TRAIL_LIMIT" => "TRAIL LIMIT",
        other => other,
    };
    json!(word)
}

fn the_order(answer: &Value) -> &Value {
    let data = &answer["data"];
    data.get("order").unwrap_or(data)
}

pub(crate) fn placed(answer: &Value, _: &Given) -> Value {
    let order = the_order(answer);
    json!({
        "orderId": id(&order["order_id"]),
        "clientOrderId": order["client_order_id"],
        "status": status_word(&order["status"]),
        "filled": number(&order["filled"]),
        "remaining": number(&order["remaining"]),
        "symbol": at(order, "instrument.symbol"),
        "action": order["side"],
        "quantity": number(&order["quantity"]),
        "orderType": type_word(&order["type"]),
        "limitPrice": number(&order["limit_price"]),
        "auxPrice": number(&order["stop_price"]),
    })
}

pub(in crate::alias) fn bracket(answer: &Value, given: &Given) -> Value {
    let order = the_order(answer);
    let of = |role: &str| id(at(answer, &format!("data.{role}.order_id")));
    json!({
        "symbol": given.get("symbol"),
        "parentOrderId": id(&order["order_id"]),
        "takeProfitOrderId": of("take_profit"),
        "stopLossOrderId": of("stop_loss"),
        "status": status_word(&order["status"]),
    })
}

pub(crate) fn canceled(answer: &Value, _: &Given) -> Value {
    let order = the_order(answer);
    json!({ "orderId": id(&order["order_id"]), "status": status_word(&order["status"]) })
}

fn row(order: &Value) -> Value {
    json!({
        "orderId": id(&order["order_id"]),
        "contract": contract(order),
        "order": {
            "action": order["side"],
            "totalQuantity": number(&order["quantity"]),
            "orderType": type_word(&order["type"]),
            "lmtPrice": number(&order["limit_price"]),
            "auxPrice": number(&order["stop_price"]),
            "tif": order["time_in_force"],
        },
        "status": status_word(&order["status"]),
        "filled": number(&order["filled"]),
        "remaining": number(&order["remaining"]),
        "avgFillPrice": number(&order["avg_fill_price"]),
        "whyHeld": order.get("reason").cloned().unwrap_or_else(|| json!("")),
    })
}

pub(crate) fn orders(answer: &Value, _: &Given) -> Value {
    let orders = at(answer, "data.orders").as_array();
    let rows = orders.into_iter().flatten().map(row).collect();
    list(answer, "orders", rows)
}

pub(in crate::alias) fn order(answer: &Value, _: &Given) -> Value {
    row(the_order(answer))
}

pub(crate) fn executions(answer: &Value, _: &Given) -> Value {
    let fills = at(answer, "data.fills").as_array();
    let rows = fills.into_iter().flatten().map(|fill| {
        let side = match fill["side"].as_str() {
            Some("BUY") => "BOT",
            Some(_) => "SLD",
            None => "",
        };
        json!({
            "execId": fill["exec_id"],
            "orderId": id(&fill["order_id"]),
            "time": fill["time"],
            "contract": contract(fill),
            "execution": {
                "shares": number(&fill["quantity"]),
                "price": number(&fill["price"]),
                "side": side,
                "cumQty": number(&fill["cum_quantity"]),
                "avgPrice": number(&fill["avg_price"]),
            },
            "commissionReport": {
                "commission": number(&fill["commission"]),
                "currency": fill["commission_currency"],
                "realizedPNL": number(&fill["realized_pnl"]),
            },
        })
    });
    list(answer, "executions", rows.collect())
}
