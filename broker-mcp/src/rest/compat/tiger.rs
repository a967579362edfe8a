//! `/api/…` and `/tiger/…`: an envelope around everything, numbers as numbers.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value, json};

use super::{
    fields::{Fields, with},
    frame::{Arguments, account, by_id, in_account, quote, quoted, sent},
    shape::{also, at, count, each},
    way::{
        Ask,
        Plan::{One, Several},
        Style::Tiger,
        Way,
    },
};
use crate::{Fault, FaultCode, principal::Role};

/// What an administrator's requests have besides: a person's word for them.
const ADMIN: &[(&str, &str)] = &[("account", "account"), ("preview_id", "preview_id")];

fn renewed(fields: &Fields) -> Arguments {
    fields.need("account")?;
    Ok(fields.as_named(ADMIN))
}

#[rustfmt::skip]
pub(super) const WAYS: &[Way] = &[
    Tiger.way("get", "/api/accounts", "list_accounts", Role::Read, "Accounts that this key may use.", Several(accounts)),
    Tiger.way("post", "/api/token/refresh", "refresh_token", Role::Admin, "Renews the token of an account.", One(renewed, same)),
    Tiger.way("post", "/api/market/quote", "get_quotes", Role::Read, "Real-time quote of a symbol.", One(quote, one_quote)),
    Tiger.way("post", "/api/market/kline", "get_bars", Role::Read, "Bars of a symbol.", One(kline, bars)),
    Tiger.way("post", "/api/market/batch", "get_quotes", Role::Read, "Quotes of several symbols.", One(batch, quotes)),
    Tiger.way("post", "/api/market/search", "search_instruments", Role::Read, "Symbols by a word.", One(search, matches)),
    Tiger.way("post", "/api/market/option-chain", "get_option_chain", Role::Read, "Expirations and options of a symbol.", Several(option_chain)),
    Tiger.way("post", "/api/market/status", "get_market_status", Role::Read, "Whether a market is open.", One(market, same)),
    Tiger.way("post", "/api/info/contracts", "get_contracts", Role::Read, "Contract details.", One(contracts, contract_rows)),
    Tiger.way("post", "/api/info/financials", "get_financials", Role::Read, "Financial figures of companies.", Several(financials)),
    Tiger.way("post", "/api/info/corporate-actions", "get_corporate_actions", Role::Read, "Dividends, splits, mergers.", One(actions, action_rows)),
    Tiger.way("post", "/api/info/earnings", "get_earnings", Role::Read, "Earnings calendar.", One(earnings, earning_rows)),
    Tiger.way("post", "/api/trade/positions", "get_positions", Role::Read, "Positions.", One(account, positions)),
    Tiger.way("post", "/api/trade/account-info", "get_account_summary", Role::Read, "Balance and margin.", One(account, same)),
    Tiger.way("post", "/api/trade/orders", "get_orders", Role::Read, "Orders.", One(orders, order_rows)),
    Tiger.way("post", "/api/trade/place-order", "place_order", Role::Trade, "Sends an order.", One(place, placed)),
    Tiger.way("post", "/api/trade/modify-order", "modify_order", Role::Trade, "Changes an order.", One(modify, placed)),
    Tiger.way("post", "/api/trade/cancel-order", "cancel_order", Role::Trade, "Cancels an order.", One(order, placed)),
    Tiger.way("post", "/api/account/status", "get_account_status", Role::Read, "How an account is.", One(account, same)),
    Tiger.way("post", "/api/accounts/default", "set_default_account", Role::Admin, "Chooses the account that is asked when none is named.", One(default_account, same)),
    Tiger.way("get", "/tiger/accounts", "list_accounts", Role::Read, "As /api/accounts.", Several(accounts)),
    Tiger.way("post", "/tiger/get_positions", "get_positions", Role::Read, "As /api/trade/positions.", One(account, positions)),
    Tiger.way("post", "/tiger/get_account_info", "get_account_summary", Role::Read, "As /api/trade/account-info.", One(account, same)),
    Tiger.way("post", "/tiger/place_order", "place_order", Role::Trade, "Sends an order, in the words of the first version.", One(first_place, placed)),
    Tiger.way("post", "/tiger/cancel_order", "cancel_order", Role::Trade, "As /api/trade/cancel-order.", One(order, placed)),
];

fn same(_: &Fields, data: &Value) -> Result<Value, Fault> {
    Ok(data.clone())
}

fn accounts(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let answer = ask.call("list_accounts", Map::new()).await?;
        let rows = each(&at(&answer, "data"), "accounts", |one| {
            let names = [
                ("alias", "account"),
                ("broker", "tiger_id"),
                ("kind", "account_type"),
                ("license", "license"),
            ];
            also(one.clone(), &names)
        });
        let roles = ask.principal.roles.iter().map(|role| role.as_str());
        Ok(json!({
            "accounts": rows,
            "permissions": roles.collect::<Vec<_>>(),
            "api_key_name": ask.principal.name,
        }))
    }
    .boxed()
}

fn quote_row(quote: &Value) -> Value {
    let names = [
        ("last", "latest_price"),
        ("bid", "bid_price"),
        ("ask", "ask_price"),
        ("prev_close", "pre_close"),
        ("change_pct", "change_rate"),
        ("time", "latest_time"),
    ];
    also(quote.clone(), &names)
}

fn one_quote(_: &Fields, data: &Value) -> Result<Value, Fault> {
    quoted(data).map(quote_row)
}

fn kline(fields: &Fields) -> Arguments {
    fields.need("symbol")?;
    let names = [
        ("account", "account"),
        ("symbol", "instrument"),
        ("begin_time", "start"),
        ("end_time", "end"),
    ];
    let period = fields.text("period").unwrap_or_else(|| "day".to_owned());
    let arguments = with(fields.as_named(&names), "bar", period);
    let count = fields.whole("limit")?.unwrap_or(100);
    Ok(with(arguments, "count", count))
}

fn bars(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    let bars = at(data, "bars");
    Ok(json!({ "symbol": fields.text("symbol"), "count": count(&bars), "bars": bars }))
}

fn batch(fields: &Fields) -> Arguments {
    Ok(fields.as_named(&[
        ("account", "account"),
        ("symbols", "symbols"),
        ("fields", "fields"),
    ]))
}

fn quotes(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = each(data, "quotes", quote_row);
    Ok(json!({ "quotes": rows, "missing": at(data, "missing"), "count": count(&rows) }))
}

fn search(fields: &Fields) -> Arguments {
    fields.need("keyword")?;
    let names = [
        ("account", "account"),
        ("keyword", "query"),
        ("market", "market"),
    ];
    Ok(fields.as_named(&names))
}

fn matches(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = at(data, "matches");
    Ok(json!({ "count": count(&rows), "results": rows }))
}

/// Without an expiry, the options are those of the nearest one.
fn option_chain(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let symbol = ask.fields.need("symbol")?;
        let asked = in_account(&ask.fields, "instrument", symbol.clone());
        let answer = ask.call("get_option_expirations", asked.clone()).await?;
        let expirations = at(&answer, "data/expirations");
        let nearest = expirations.pointer("/0").and_then(Value::as_str);
        let expiry = ask.fields.text("expiry").or(nearest.map(str::to_owned));
        let Some(expiry) = expiry else {
            let message = format!("{symbol} has no options");
            return Err(Fault::new(FaultCode::NotFound, message));
        };
        let answer = ask
            .call("get_option_chain", with(asked, "expiry", expiry.clone()))
            .await?;
        let chain = at(&answer, "data");
        Ok(json!({
            "symbol": symbol,
            "expirations": expirations,
            "expiration_dates": expirations,
            "expiry": expiry,
            "underlying_price": at(&chain, "underlying_price"),
            "calls": at(&chain, "calls"),
            "puts": at(&chain, "puts"),
        }))
    }
    .boxed()
}

fn market(fields: &Fields) -> Arguments {
    let market = fields.text("market").unwrap_or_else(|| "US".to_owned());
    Ok(in_account(fields, "market", market))
}

/// A list, or one of it.
fn symbols(fields: &Fields) -> Result<Vec<Value>, Fault> {
    match fields.get("symbols").or_else(|| fields.get("symbol")) {
        Some(Value::Array(symbols)) => Ok(symbols.clone()),
        Some(one) => Ok(vec![one.clone()]),
        None => Err(Fault::invalid("symbols", "is needed")),
    }
}

fn contracts(fields: &Fields) -> Arguments {
    let kind = fields.text("sec_type").unwrap_or_else(|| "STK".to_owned());
    let symbols = symbols(fields)?.into_iter();
    let instruments = symbols.map(|symbol| match kind.as_str() {
        "STK" => symbol,
        _ => json!({ "symbol": symbol, "sec_type": kind }),
    });
    let instruments: Vec<Value> = instruments.collect();
    Ok(in_account(fields, "instruments", instruments))
}

fn contract_rows(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = at(data, "contracts");
    Ok(json!({ "count": count(&rows), "contracts": rows, "missing": at(data, "missing") }))
}

fn financials(ask: &Ask) -> BoxFuture<'_, Result<Value, Fault>> {
    async move {
        let mut rows = Map::new();
        let mut first = None;
        for symbol in symbols(&ask.fields)? {
            let name = symbol.as_str().unwrap_or_default().to_owned();
            let arguments = in_account(&ask.fields, "instrument", symbol);
            match ask.call("get_financials", arguments).await {
                Ok(answer) => {
                    rows.insert(name, at(&answer, "data"));
                }
                Err(fault) => {
                    rows.insert(name, json!({ "error": fault.message }));
                    first.get_or_insert(fault);
                }
            }
        }
        let all_failed = rows.values().all(|row| row.get("error").is_some());
        match first {
            Some(fault) if all_failed => Err(fault),
            _ => Ok(json!({ "financials": rows })),
        }
    }
    .boxed()
}

fn actions(fields: &Fields) -> Arguments {
    let names = [
        ("account", "account"),
        ("action_type", "kinds"),
        ("begin_date", "start"),
        ("end_date", "end"),
    ];
    Ok(with(
        fields.as_named(&names),
        "instruments",
        symbols(fields)?,
    ))
}

fn action_rows(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = each(data, "actions", |one| {
        also(one.clone(), &[("kind", "action_type")])
    });
    Ok(json!({ "count": count(&rows), "actions": rows }))
}

fn earnings(fields: &Fields) -> Arguments {
    let names = [
        ("account", "account"),
        ("begin_date", "start"),
        ("end_date", "end"),
    ];
    Ok(with(
        fields.as_named(&names),
        "instruments",
        symbols(fields)?,
    ))
}

fn earning_rows(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = at(data, "events");
    Ok(json!({ "count": count(&rows), "earnings": rows }))
}

fn positions(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = each(data, "positions", |one| {
        let names = [
            ("instrument/symbol", "symbol"),
            ("instrument/sec_type", "sec_type"),
            ("avg_cost", "average_cost"),
            ("quantity", "position_qty"),
            ("quantity", "quantity_raw"),
        ];
        also(one.clone(), &names)
    });
    Ok(json!({ "count": count(&rows), "positions": rows, "totals": at(data, "totals") }))
}

fn orders(fields: &Fields) -> Arguments {
    let names = [
        ("account", "account"),
        ("status", "status"),
        ("symbol", "instrument"),
        ("start_date", "start"),
        ("end_date", "end"),
    ];
    let arguments = fields.as_named(&names);
    Ok(match fields.whole("limit")? {
        Some(limit) => with(arguments, "limit", limit),
        None => arguments,
    })
}

/// An order in these programs' words.
fn order_row(order: &Value) -> Value {
    let names = [
        ("order_id", "account_order_id"),
        ("instrument/symbol", "symbol"),
        ("side", "action"),
        ("type", "order_type"),
        ("time_in_force", "tif"),
        ("filled", "filled_quantity"),
        ("created_at", "order_time"),
        ("updated_at", "update_time"),
        ("reason", "status_details"),
    ];
    also(order.clone(), &names)
}

fn order_rows(_: &Fields, data: &Value) -> Result<Value, Fault> {
    let rows = each(data, "orders", order_row);
    Ok(json!({ "count": count(&rows), "orders": rows }))
}

fn placed(fields: &Fields, data: &Value) -> Result<Value, Fault> {
    // Either the order itself, or the order and what is said about it.
    let order = data.get("order").filter(|order| order.is_object());
    let mut row = order_row(order.unwrap_or(data));
    if let (Some(object), Some(Value::Object(around))) =
        (row.as_object_mut(), order.is_some().then_some(data))
    {
        for (name, value) in around.iter().filter(|(name, _)| *name != "order") {
            object.entry(name.clone()).or_insert_with(|| value.clone());
        }
        if let Some(asked) = fields.get("order_id") {
            object.insert("requested_order_id".to_owned(), asked.clone());
        }
    }
    Ok(row)
}

fn place(fields: &Fields) -> Arguments {
    let names = [
        ("symbol", "instrument"),
        ("action", "side"),
        ("order_type", "type"),
        ("quantity", "quantity"),
        ("limit_price", "limit_price"),
        ("stop_price", "stop_price"),
        ("time_in_force", "time_in_force"),
    ];
    for (name, _) in names.iter().take(4) {
        fields.need(name)?;
    }
    let mut order = fields.as_named(&names);
    if fields.is("outside_rth") {
        order.insert("session".to_owned(), Value::from("extended"));
    }
    Ok(sent(fields, order))
}

fn first_place(fields: &Fields) -> Arguments {
    let kind = fields.need("order_type")?;
    let price = if kind.to_ascii_uppercase().starts_with("ST") {
        "stop_price"
    } else {
        "limit_price"
    };
    let names = [
        ("symbol", "instrument"),
        ("side", "side"),
        ("order_type", "type"),
        ("quantity", "quantity"),
        ("price", price),
        ("stop_price", "stop_price"),
        ("limit_price", "limit_price"),
    ];
    Ok(sent(fields, fields.as_named(&names)))
}

fn order(fields: &Fields) -> Arguments {
    by_id(fields, "order_id")
}

fn modify(fields: &Fields) -> Arguments {
    let names = [
        ("account", "account"),
        ("quantity", "quantity"),
        ("limit_price", "limit_price"),
        ("stop_price", "stop_price"),
        ("preview_id", "preview_id"),
    ];
    let id = fields.need("order_id")?;
    Ok(with(fields.as_named(&names), "order_id", id))
}

fn default_account(fields: &Fields) -> Arguments {
    fields.need("account")?;
    let purpose = fields.text("purpose").unwrap_or_else(|| "data".to_owned());
    Ok(with(fields.as_named(ADMIN), "purpose", purpose))
}
