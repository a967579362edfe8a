//! What the tables have in common: a request about an account, the quote of one symbol, an order and what is
//! around it.

use serde_json::{Map, Value, json};

use super::fields::{Fields, with};
use crate::{Fault, FaultCode};

/// What an operation is asked with.
pub(super) type Arguments = Result<Map<String, Value>, Fault>;

/// The account of a request, which is all that many have.
const ACCOUNT: &[(&str, &str)] = &[("account", "account")];

/// A request about an account, and nothing else.
pub(super) fn account(fields: &Fields) -> Arguments {
    Ok(of_account(fields))
}

pub(super) fn of_account(fields: &Fields) -> Map<String, Value> {
    fields.as_named(ACCOUNT)
}

/// A request about something in an account.
pub(super) fn in_account(
    fields: &Fields,
    name: &str,
    value: impl Into<Value>,
) -> Map<String, Value> {
    with(of_account(fields), name, value)
}

/// The quote of one symbol is asked for.
pub(super) fn quote(fields: &Fields) -> Arguments {
    let symbol = fields.need("symbol")?;
    Ok(in_account(fields, "symbols", json!([symbol])))
}

/// The quote that was asked for.
pub(super) fn quoted(data: &Value) -> Result<&Value, Fault> {
    data.pointer("/quotes/0").ok_or_else(|| {
        let reason = data.pointer("/missing/0/reason").and_then(Value::as_str);
        Fault::new(FaultCode::NotFound, reason.unwrap_or("there is no quote"))
    })
}

/// An order is meant by the id that is in this field.
pub(super) fn by_id(fields: &Fields, name: &str) -> Arguments {
    Ok(in_account(fields, "order_id", fields.need(name)?))
}

/// An order, and the arguments around it.
pub(super) fn sent(fields: &Fields, order: Map<String, Value>) -> Map<String, Value> {
    let names = [
        ("account", "account"),
        ("client_order_id", "client_order_id"),
        ("preview_id", "preview_id"),
        ("dry_run", "dry_run"),
    ];
    with(fields.as_named(&names), "order", order)
}

/// The order in an answer: either it is the answer, or something is said about it.
pub(super) fn inside(data: &Value) -> &Value {
    let order = data.get("order").filter(|order| order.is_object());
    order.unwrap_or(data)
}
