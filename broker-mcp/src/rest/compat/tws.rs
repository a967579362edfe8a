//! `/api/v1/…`: contracts and orders as TWS names their fields, no envelope.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value, json};

use super::{
    fields::{Fields, with},
    frame::{Arguments, account, by_id, in_account, sent},
    shape::{at, count, each, renamed},
    way::{
        Ask,
        Plan::{Events, One, Several},
        Style::Plain,
        Way,
    },
};
use crate::{
    Fault,
    alias::{shape::tws as words, tws::prices::prices},
    principal::Role,
};

#[rustfmt::skip]
pub(super) const WAYS: &[Way] = &[
    Plain.way("get", "/api/v1/health", "get_status", Role::Read, "How the server is; needs no key.", Several(health)),
    Plain.way("post", "/api/v1/connect_tws", "connect", Role::Admin, "Connects to a configured host.", One(connect, connected)),
    Plain.way("post", "/api/v1/disconnect_tws", "disconnect", Role::Admin, "Ends the connection.", One(disconnect, disconnected)),
    Plain.way("get", "/api/v1/get_connection_status", "get_status", Role::Read, "Whether a broker is connected.", One(nothing, is_connected)),
    Plain.way("get", "/api/v1/get_next_valid_id", "get_next_order_id", Role::Admin, "The next order id.", One(broker, next_id)),
    Plain.way("post", "/api/v1/get_contract_details", "get_contracts", Role::Read, "Contract details.", One(contract, contract_rows)),
    Plain.way("post", "/api/v1/get_historical_data", "get_bars", Role::Read, "Bars of a contract.", One(history, bars)),
    Plain.way("get", "/api/v1/stream_market_data", "stream_market_data", Role::Read, "Prices as server-sent events, until the reader leaves.", Events(quotes)),
    Plain.way("get", "/api/v1/get_account_summary", "get_account_summary", Role::Read, "Balance and margin by tag.", One(account, summary)),
    Plain.way("get", "/api/v1/get_positions", "get_positions", Role::Read, "Positions.", One(account, positions)),
    Plain.way("get", "/api/v1/stream_account_updates", "stream_account_updates", Role::Read, "Balance and positions as server-sent events, until the reader leaves.", Events(account)),
    Plain.way("get", "/api/v1/get_pnl", "get_pnl", Role::Read, "Profit and loss of an account.", One(account, pnl)),
    Plain.way("get", "/api/v1/get_pnl_single", "get_pnl", Role::Read, "Profit and loss of a position.", One(one_pnl, pnl)),
    Plain.way("post", "/api/v1/place_order", "place_order", Role::Trade, "Sends an order.", One(place, placed)),
    Plain.way("delete", "/api/v1/cancel_order/{orderId}", "cancel_order", Role::Trade, "Cancels an order.", One(cancel, canceled)),
    Plain.way("get", "/api/v1/get_open_orders", "get_orders", Role::Read, "Orders that work.", One(open_orders, orders)),
    Plain.way("get", "/api/v1/get_executions", "get_executions", Role::Read, "Executions.", One(executions, fills)),
];

fn health(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let status = ask.rest.status().await;
        Ok(json!({ "status": crate::rest::health::word(&status) }))
    }
    .boxed()
}

fn nothing(_: &Fields) -> Arguments {
    Ok(Map::new())
}

fn connect(fields: &Fields) -> Arguments {
    let arguments = fields.as_named(&[
        ("broker", "broker"),
        ("host", "host"),
        ("preview_id", "preview_id"),
    ]);
    let numbers = [
        ("port", "port"),
        ("clientId", "client_id"),
        ("client_id", "client_id"),
    ];
    numbers
        .iter()
        .try_fold(arguments, |arguments, (theirs, ours)| {
            Ok(match fields.whole(theirs)? {
                Some(number) => with(arguments, ours, number),
                None => arguments,
            })
        })
}

/// An answer as clients of the other server get it from a tool, too.
fn shaped(
    fields: &Fields,
    data: &Value,
    shape: fn(&Value, &Map<String, Value>) -> Value,
) -> Result<Value, Fault> {
    let answer = json!({ "data": data, "meta": { "account": fields.get("account") } });
    Ok(shape(&answer, &fields.0))
}

fn connected(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    shaped(fields, data, words::connected)
}

fn disconnect(fields: &Fields) -> Arguments {
    Ok(fields.as_named(&[("broker", "broker"), ("preview_id", "preview_id")]))
}

fn broker(fields: &Fields) -> Arguments {
    Ok(fields.as_named(&[("broker", "broker")]))
}

fn disconnected(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    shaped(fields, data, words::disconnected)
}

fn is_connected(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let brokers = data.get("brokers").and_then(Value::as_array);
    let mut brokers = brokers.into_iter().flatten();
    Ok(json!({ "is_connected": brokers.any(crate::rest::health::is_connected) }))
}

fn next_id(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let number = at(data, "broker_number");
    let id = if number.is_null() {
        at(data, "id")
    } else {
        number
    };
    Ok(json!({ "next_valid_id": id, "orderId": id }))
}

/// A contract, either in an object or in the request itself.
fn instrument(fields: &Fields) -> Result<Value, Fault> {
    let inner = fields.part("contract");
    let fields = inner.as_ref().unwrap_or(fields);
    let names = [
        ("symbol", "symbol"),
        ("secType", "sec_type"),
        ("exchange", "exchange"),
        ("currency", "currency"),
        ("lastTradeDateOrContractMonth", "expiry"),
        ("strike", "strike"),
        ("right", "right"),
        ("multiplier", "multiplier"),
        ("localSymbol", "local_symbol"),
    ];
    let mut parts = fields.as_named(&names);
    if let Some(id) = fields.text("conId").filter(|id| id != "0") {
        parts.insert("con_id".to_owned(), Value::String(id));
    }
    // TWS's word for wherever it is best is no exchange.
    if parts.get("exchange").and_then(Value::as_str) == Some("SMART") {
        parts.remove("exchange");
    }
    if parts.is_empty() {
        return Err(Fault::invalid("contract", "is needed"));
    }
    Ok(Value::Object(parts))
}

fn contract(fields: &Fields) -> Arguments {
    let wanted = json!([instrument(fields)?]);
    Ok(in_account(fields, "instruments", wanted))
}

fn contract_rows(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let names = [
        ("instrument/symbol", "symbol"),
        ("name", "longName"),
        ("industry", "industry"),
        ("category", "category"),
        ("instrument/sec_type", "secType"),
        ("currency", "currency"),
        ("exchange", "exchange"),
    ];
    let rows = each(data, "contracts", |one| {
        let mut row = renamed(one, &names);
        if let Some(row) = row.as_object_mut() {
            let number = words::id(&at(one, "con_id"));
            row.insert("conId".to_owned(), number);
        }
        row
    });
    let missing = data.pointer("/missing/0/reason").and_then(Value::as_str);
    match (rows.as_array().is_some_and(Vec::is_empty), missing) {
        (true, Some(reason)) => {
            let message = format!("Contract not found: {reason}");
            Err(Fault::new(crate::FaultCode::NotFound, message))
        }
        _ => Ok(rows),
    }
}

fn history(fields: &Fields) -> Arguments {
    let names = [
        ("account", "account"),
        ("durationStr", "start"),
        ("barSizeSetting", "bar"),
        ("whatToShow", "what"),
        ("endDateTime", "end"),
    ];
    let mut arguments = with(fields.as_named(&names), "instrument", instrument(fields)?);
    if fields.get("useRTH").is_some() {
        let session = if fields.is("useRTH") {
            "regular"
        } else {
            "extended"
        };
        arguments.insert("session".to_owned(), Value::from(session));
    }
    Ok(with(arguments, "count", 5_000))
}

fn bars(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    let names = [
        ("time", "date"),
        ("open", "open"),
        ("high", "high"),
        ("low", "low"),
        ("close", "close"),
        ("volume", "volume"),
        ("vwap", "average"),
        ("trades", "barCount"),
    ];
    let rows = each(data, "bars", |bar| renamed(bar, &names));
    let inner = fields.part("contract");
    let symbol = inner.as_ref().unwrap_or(fields).text("symbol");
    Ok(json!({ "symbol": symbol, "count": count(&rows), "bars": rows }))
}

fn quotes(fields: &Fields) -> Arguments {
    let symbol = fields.need("symbol")?;
    let stock = fields.text("secType").is_none_or(|kind| kind == "STK");
    let wanted = if stock {
        Value::String(symbol)
    } else {
        instrument(fields)?
    };
    Ok(in_account(fields, "symbols", json!([wanted])))
}

/// What the summary's figures are called at TWS.
const TAGS: [(&str, &str); 9] = [
    ("net_liquidation", "NetLiquidation"),
    ("cash", "TotalCashValue"),
    ("settled_cash", "SettledCash"),
    ("buying_power", "BuyingPower"),
    ("gross_position_value", "GrossPositionValue"),
    ("margin/initial", "InitMarginReq"),
    ("margin/maintenance", "MaintMarginReq"),
    ("margin/excess", "ExcessLiquidity"),
    ("available_funds", "AvailableFunds"),
];

fn summary(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    let account = fields.text("account");
    let currency = at(data, "currency");
    let tags = TAGS.iter().filter_map(|(ours, tag)| {
        let value = at(data, ours);
        let row = json!({ "value": value, "currency": currency, "account": account });
        (!value.is_null()).then(|| ((*tag).to_owned(), row))
    });
    let tags: Map<String, Value> = tags.collect();
    Ok(json!({ "summary": tags, "account": account }))
}

fn positions(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    let account = fields.text("account");
    let rows = each(data, "positions", |one| {
        json!({
            "account": account,
            "contract": words::contract(one),
            "position": at(one, "quantity"),
            "avgCost": at(one, "avg_cost"),
            "marketPrice": at(one, "market_price"),
            "marketValue": at(one, "market_value"),
        })
    });
    Ok(json!({ "count": count(&rows), "positions": rows }))
}

fn one_pnl(fields: &Fields) -> Arguments {
    let id = fields.need("conId")?;
    let instrument = json!({ "con_id": id });
    Ok(in_account(fields, "instrument", instrument))
}

fn pnl(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    let mut told = json!({
        "account": fields.text("account"),
        "dailyPnL": at(data, "daily"),
        "unrealizedPnL": at(data, "unrealized"),
        "realizedPnL": at(data, "realized"),
    });
    if let (Some(id), Some(told)) = (fields.get("conId"), told.as_object_mut()) {
        told.insert("conId".to_owned(), id.clone());
        told.insert("position".to_owned(), at(data, "position"));
        told.insert("value".to_owned(), at(data, "value"));
    }
    Ok(told)
}

/// An order: `contract` and `order`, or everything in one.
fn place(fields: &Fields) -> Arguments {
    let inner = fields.part("order");
    let terms = inner.as_ref().unwrap_or(fields);
    let names = [
        ("action", "side"),
        ("totalQuantity", "quantity"),
        ("quantity", "quantity"),
        ("lmtPrice", "limit_price"),
        ("limitPrice", "limit_price"),
        ("auxPrice", "aux"),
        ("trailingPercent", "percent"),
        ("tif", "time_in_force"),
        ("transmit", "transmit"),
    ];
    let mut order = terms.as_named(&names);
    let kind = terms.text("orderType").unwrap_or_else(|| "MKT".to_owned());
    if terms.is("outsideRth") {
        order.insert("session".to_owned(), Value::from("extended"));
    }
    order.insert("type".to_owned(), Value::String(kind));
    order.insert("instrument".to_owned(), instrument(fields)?);
    let mut arguments = sent(fields, order);
    prices(&mut arguments)?;
    Ok(arguments)
}

fn placed(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    shaped(fields, data, words::placed)
}

fn cancel(fields: &Fields) -> Arguments {
    by_id(fields, "orderId")
}

fn canceled(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    shaped(fields, data, words::canceled)
}

fn open_orders(fields: &Fields) -> Arguments {
    Ok(in_account(fields, "open_only", true))
}

fn orders(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    shaped(fields, data, words::orders)
}

fn executions(fields: &Fields) -> Arguments {
    let names = [("account", "account"), ("symbol", "instrument")];
    Ok(fields.as_named(&names))
}

fn fills(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    shaped(fields, data, words::executions)
}
