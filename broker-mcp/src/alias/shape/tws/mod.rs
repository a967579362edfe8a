//! The words of Trader Workstation: `orderId`, `lmtPrice`, `avgCost`, with numbers as numbers.
//!
//! `market.rs`, `account.rs` and `orders.rs` are the shapes, here is what they share.

mod account;
mod market;
mod orders;

use serde_json::{Map, Value, json};

pub(crate) use account::*;
pub(in crate::alias) use market::*;
pub(crate) use orders::*;

use super::field::{failures, number, put};

type Given = Map<String, Value>;

fn list(answer: &Value, name: &str, rows: Vec<Value>) -> Value {
    let mut all = json!({ "count": rows.len() });
    put(&mut all, name, Value::Array(rows));
    if let Some(failed) = failures(answer) {
        put(&mut all, "errors", failed);
    }
    all
}

/// Identifiers that are numbers there are numbers, if ours is one.
pub(crate) fn id(value: &Value) -> Value {
    let text = value.as_str();
    let number = text.and_then(|text| text.parse::<i64>().ok());
    number.map_or_else(|| value.clone(), Value::from)
}

/// The contract of a row, with its number where that stands beside it.
pub(crate) fn contract(of: &Value) -> Value {
    let instrument = &of["instrument"];
    json!({
        "conId": id(of.get("con_id").unwrap_or(&instrument["con_id"])),
        "symbol": instrument["symbol"],
        "secType": instrument["sec_type"],
        "exchange": instrument["exchange"],
        "currency": instrument.get("currency").unwrap_or(&of["currency"]),
        "localSymbol": instrument["id"],
        "lastTradeDateOrContractMonth": instrument["expiry"],
        "strike": number(&instrument["strike"]),
        "right": instrument["right"],
    })
}
