//! `/options/…`, `/orders/…`, `/gateway/…`: options, orders and the gateway, no envelope.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value, json};

use super::{
    fields::{Fields, with},
    frame::{Arguments, by_id, in_account, inside, quote, quoted, sent},
    shape::{also, at, count, each, renamed},
    way::{
        ASIDE, Ask,
        Plan::{One, Several},
        Style::Plain,
        Way,
    },
};
use crate::{Fault, FaultCode, principal::Role, rest::health};

#[rustfmt::skip]
pub(super) const WAYS: &[Way] = &[
    Plain.way("post", "/restart-workers", "restart_workers", Role::Admin, "Connects all connections anew.", One(broker, restarted)),
    Plain.way("get", "/options/quote/{symbol}", "get_quotes", Role::Read, "Quote of an underlying.", One(quote, quote_row)),
    Plain.way("get", "/options/expirations/{symbol}", "get_option_expirations", Role::Read, "Expirations of a symbol's options.", Several(expirations)),
    Plain.way("get", "/options/chain/{symbol}/{expiration}", "get_option_chain", Role::Read, "Options of an expiration with Greeks; `strikes` each side of the money.", One(chain, chained)),
    Plain.way("get", "/gateway/status", "get_status", Role::Read, "How the gateway is.", Several(gateway_status)),
    Plain.way("post", "/gateway/logout", "gateway_control", Role::Admin, "Stops the gateway until login.", Several(logout)),
    Plain.way("post", "/gateway/login", "gateway_control", Role::Admin, "Starts the gateway.", Several(login)),
    Plain.way("post", "/gateway/reconnect", "gateway_control", Role::Admin, "Stops and starts the gateway.", Several(reconnect)),
    Plain.way("post", "/gateway/ensure-ready", "gateway_control", Role::Admin, "Waits until the gateway is connected; `timeout` in seconds, `strict=true` for 503 when it is not. A read key may ask while it is.", Several(ensure_ready)),
    Plain.way("get", "/orders/capability", "get_status", Role::Read, "Whether orders can be sent.", Several(capability)),
    Plain.way("get", "/orders", "get_orders", Role::Read, "Orders.", Several(orders)),
    Plain.way("get", "/orders/{order_id}", "get_order", Role::Read, "An order.", One(order, one_order)),
    Plain.way("post", "/orders/single", "place_order", Role::Trade, "Sends an order for an option.", One(single, placed)),
    Plain.way("post", "/orders/combo", "place_order", Role::Trade, "Sends an order for a combination; a negative price is a credit.", One(combo, placed)),
    Plain.way("delete", "/orders/{order_id}", "cancel_order", Role::Trade, "Cancels an order.", One(order, canceled)),
];

/// What an administrator's requests have: which connection, and a person's word for it.
const ADMIN: &[(&str, &str)] = &[("broker", "broker"), ("preview_id", "preview_id")];

fn broker(fields: &Fields) -> Arguments {
    Ok(fields.as_named(ADMIN))
}

fn restarted(_: &Fields, data: &Value) -> Result<Value, Fault> {
    Ok(json!({ "message": "all connections are made anew", "restarted": at(data, "restarted") }))
}

fn quote_row(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    let quote = quoted(data)?;
    let price = ["last", "bid", "ask", "prev_close"]
        .iter()
        .map(|name| at(quote, name))
        .find(|price| !price.is_null());
    Ok(json!({
        "symbol": fields.text("symbol"),
        "price": price,
        "bid": at(quote, "bid"),
        "ask": at(quote, "ask"),
        "last": at(quote, "last"),
        "volume": at(quote, "volume"),
        "source": "market_data",
        "delayed": at(quote, "delayed"),
        "timestamp": at(quote, "time"),
    }))
}

fn compact(date: &str) -> String {
    date.chars().filter(|one| *one != '-').collect()
}

/// What is not found is answered as an empty list, with the status that fits.
fn expirations(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let symbol = ask.fields.need("symbol")?;
        let arguments = in_account(&ask.fields, "instrument", symbol.clone());
        match ask.call("get_option_expirations", arguments).await {
            Ok(answer) => {
                let dates = at(&answer, "data/expirations");
                let dates = dates.as_array().into_iter().flatten();
                let dates = dates.filter_map(|date| date.as_str().map(compact));
                let dates: Vec<String> = dates.collect();
                Ok(json!({ "symbol": symbol, "count": dates.len(), "expirations": dates }))
            }
            Err(fault) if fault.code == FaultCode::NotFound => Ok(json!({
                "error": fault.message,
                "symbol": symbol,
                "expirations": [],
                ASIDE: { "status": 404 },
            })),
            Err(fault) => Err(fault),
        }
    }
    .boxed()
}

fn chain(fields: &Fields) -> Arguments {
    let arguments = in_account(fields, "instrument", fields.need("symbol")?);
    let arguments = with(arguments, "expiry", fields.need("expiration")?);
    let strikes = fields.whole("strikes")?.unwrap_or(20);
    Ok(with(arguments, "strikes", strikes))
}

fn option_row(one: &Value) -> Value {
    let names = [
        ("strike", "strike"),
        ("bid", "bid"),
        ("ask", "ask"),
        ("last", "last"),
        ("volume", "volume"),
        ("open_interest", "open_interest"),
        ("iv", "iv"),
    ];
    let greeks = ["delta", "gamma", "theta", "vega", "iv"];
    let mut row = renamed(one, &names);
    let greeks = renamed(one, &greeks.map(|name| (name, name)));
    if let Some(row) = row.as_object_mut() {
        row.insert("greeks".to_owned(), greeks);
    }
    row
}

fn chained(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    Ok(json!({
        "symbol": fields.text("symbol"),
        "expiration": fields.text("expiration").as_deref().map(compact),
        "underlying_price": at(data, "underlying_price"),
        "calls": each(data, "calls", option_row),
        "puts": each(data, "puts", option_row),
        "trading_class": at(data, "trading_class"),
        "multiplier": at(data, "multiplier"),
    }))
}

/// Whether any broker is connected.
async fn connected(ask: &Ask) -> Result<(Value, bool), Fault> {
    let answer = ask.call("get_status", Map::new()).await?;
    let status = at(&answer, "data");
    let brokers = status.get("brokers").and_then(Value::as_array);
    let connected = brokers.into_iter().flatten().any(health::is_connected);
    Ok((status, connected))
}

fn gateway_status(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let (status, connected) = connected(ask).await?;
        let first = status.pointer("/brokers/0");
        let state = first.map_or(Value::from("disconnected"), |broker| at(broker, "state"));
        // What only the gateway's controller knows is for administrators; others get what follows from the
        // connection.
        let control = match ask.principal.may(Role::Admin) {
            true => {
                ask.call("gateway_control", with(Map::new(), "action", "status"))
                    .await
            }
            false => Err(Fault::new(FaultCode::Forbidden, "")),
        };
        let known = control
            .map(|answer| at(&answer, "data"))
            .unwrap_or_default();
        let said = |name: &str| at(&known, name).as_bool();
        let follows = state.as_str() != Some("disconnected");
        let running = said("running").unwrap_or(follows);
        let follows = matches!(state.as_str(), Some("connected" | "api_ready"));
        let open = said("port_open").unwrap_or(follows);
        Ok(json!({
            "status": if connected { Value::from("connected") } else { state },
            "container_running": running,
            "api_port_open": open,
            "ib_connected": connected,
            "gateway_container": first.map(|broker| at(broker, "id")),
            "api_host": null,
            "api_port": null,
        }))
    }
    .boxed()
}

async fn control(ask: &Ask, action: &str, note: &str) -> Result<Value, Fault> {
    let arguments = with(ask.fields.as_named(ADMIN), "action", action);
    let answer = ask.call("gateway_control", arguments).await?;
    let state = at(&answer, "data/state");
    Ok(
        json!({ "success": true, "message": format!("gateway: {action}"), "note": note, "state": state }),
    )
}

fn logout(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    let note = "the session is free for another program; nothing is started until login";
    control(ask, "stop", note).boxed()
}

fn login(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    control(ask, "start", "this takes 30 to 60 s").boxed()
}

fn reconnect(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    control(ask, "restart", "this takes 30 to 60 s").boxed()
}

/// Longest wait, seconds.
const LONGEST: u64 = 120;

fn ensure_ready(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let timeout = ask.fields.whole("timeout")?.unwrap_or(90).min(LONGEST);
        if let Ok((_, true)) = connected(ask).await {
            return Ok(json!({ "ready": true, "message": "connected already", "waited": 0 }));
        }
        if !ask.principal.may(Role::Admin) {
            let message = "the gateway is not connected, and starting it needs the role admin";
            return Err(Fault::new(FaultCode::Forbidden, message));
        }
        let arguments = ask.fields.as_named(ADMIN);
        let arguments = with(arguments, "action", "ensure_ready");
        let asked = ask.call("gateway_control", with(arguments, "timeout", timeout));
        let (ready, message, waited) = match asked.await {
            Ok(answer) => {
                let data = at(&answer, "data");
                let ready = at(&data, "ready") == Value::Bool(true);
                let message = if ready {
                    "connected"
                } else {
                    "not connected yet"
                };
                (ready, message.to_owned(), at(&data, "waited"))
            }
            Err(fault)
                if matches!(
                    fault.code,
                    FaultCode::Timeout | FaultCode::NotConnected | FaultCode::OutcomeUnknown
                ) =>
            {
                (false, fault.message, Value::from(timeout))
            }
            Err(fault) => return Err(fault),
        };
        let mut told = json!({ "ready": ready, "message": message, "waited": waited });
        if let (false, Some(told)) = (ready, told.as_object_mut()) {
            let status = if ask.fields.is("strict") { 503 } else { 200 };
            told.insert(
                ASIDE.to_owned(),
                json!({ "status": status, "retry_after": 30 }),
            );
        }
        Ok(told)
    }
    .boxed()
}

/// Whether every account that can be seen is only for reading.
fn read_only(status: &Value) -> bool {
    let brokers = status.get("brokers").and_then(Value::as_array);
    let mut brokers = brokers.into_iter().flatten();
    brokers.all(|one| at(one, "read_only") == Value::Bool(true))
}

fn capability(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let (status, connected) = connected(ask).await?;
        let trades = ask.principal.may(Role::Trade);
        let read_only = read_only(&status) || !trades;
        let note = match (trades, connected) {
            (false, _) => "this key has no role to trade",
            (true, false) => "no broker is connected",
            (true, true) if read_only => "the connection is for reading only",
            (true, true) => "orders can be sent",
        };
        Ok(json!({
            "readonly": read_only,
            "connected": connected,
            "can_place_orders": connected && !read_only,
            "note": note,
        }))
    }
    .boxed()
}

fn row(order: &Value) -> Value {
    let names = [
        ("order_id", "orderId"),
        ("instrument/symbol", "symbol"),
        ("side", "action"),
        ("type", "order_type"),
    ];
    also(order.clone(), &names)
}

fn orders(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let names = [("account", "account"), ("status", "status")];
        let answer = ask.call("get_orders", ask.fields.as_named(&names)).await?;
        let rows = each(&at(&answer, "data"), "orders", row);
        let trades = ask.principal.may(Role::Trade);
        Ok(json!({ "count": count(&rows), "orders": rows, "readonly": !trades }))
    }
    .boxed()
}

fn order(fields: &Fields) -> Arguments {
    by_id(fields, "order_id")
}

fn one_order(_: &Fields, data: &Value) -> Result<Value, Fault> {
    Ok(row(inside(data)))
}

fn placed(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let row = row(inside(data));
    let message = format!("order {}", at(&row, "status").as_str().unwrap_or_default());
    Ok(
        json!({ "success": true, "message": message, "order_id": at(&row, "order_id"), "order": row }),
    )
}

fn canceled(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let row = row(inside(data));
    Ok(json!({ "success": true, "order_id": at(&row, "order_id"), "status": at(&row, "status") }))
}

/// The option that four fields name.
fn option(fields: &Fields) -> Arguments {
    for name in ["symbol", "expiration", "strike", "right"] {
        fields.need(name)?;
    }
    let names = [
        ("symbol", "symbol"),
        ("expiration", "expiry"),
        ("strike", "strike"),
        ("right", "right"),
    ];
    Ok(with(fields.as_named(&names), "sec_type", "OPT"))
}

fn terms(fields: &Fields) -> Map<String, Value> {
    let names = [
        ("action", "side"),
        ("quantity", "quantity"),
        ("limit_price", "limit_price"),
        ("time_in_force", "time_in_force"),
    ];
    let kind = fields
        .text("order_type")
        .unwrap_or_else(|| "LMT".to_owned());
    with(fields.as_named(&names), "type", kind)
}

fn single(fields: &Fields) -> Arguments {
    fields.need("action")?;
    fields.need("quantity")?;
    Ok(sent(
        fields,
        with(terms(fields), "instrument", option(fields)?),
    ))
}

fn combo(fields: &Fields) -> Arguments {
    let Some(Value::Array(legs)) = fields.get("legs") else {
        return Err(Fault::invalid("legs", "are needed"));
    };
    let mut ours = Vec::new();
    for leg in legs {
        let Value::Object(leg) = leg else {
            return Err(Fault::invalid("legs", "are objects"));
        };
        let leg = Fields(leg.clone());
        leg.need("action")?;
        let ratio = leg.whole("ratio")?.unwrap_or(1);
        ours.push(json!({
            "instrument": option(&leg)?,
            "side": leg.get("action"),
            "ratio": ratio,
        }));
    }
    let mut order = with(terms(fields), "legs", ours);
    order.entry("side").or_insert_with(|| Value::from("BUY"));
    fields.need("quantity")?;
    Ok(sent(fields, order))
}
