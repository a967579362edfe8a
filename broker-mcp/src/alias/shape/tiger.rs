//! `{success, …, error, timestamp, account_id}`, with numbers as numbers.

use serde_json::{Map, Value, json};

use super::field::{Field, at, each, num, number, pick, put, same};

type Given = Map<String, Value>;

/// The envelope around fields of its own.
fn envelope(answer: &Value, fields: Value) -> Value {
    let mut all = json!({
        "success": true,
        "error": null,
        "timestamp": at(answer, "meta.as_of"),
        "account_id": at(answer, "meta.account"),
    });
    if let (Some(all), Value::Object(fields)) = (all.as_object_mut(), fields) {
        all.extend(fields);
    }
    all
}

const QUOTE: &[Field] = &[
    same("symbol", "symbol"),
    num("latest_price", "last"),
    num("bid_price", "bid"),
    num("ask_price", "ask"),
    num("bid_size", "bid_size"),
    num("ask_size", "ask_size"),
    num("volume", "volume"),
    num("prev_close", "prev_close"),
    num("open", "open"),
    num("high", "high"),
    num("low", "low"),
    num("change", "change"),
    num("change_rate", "change_pct"),
    same("latest_time", "time"),
];

pub(in crate::alias) fn quote(answer: &Value, _: &Given) -> Value {
    let first = at(answer, "data.quotes").get(0).unwrap_or(&Value::Null);
    if first.is_null() {
        let reason = at(answer, "data.missing")
            .get(0)
            .map(|one| one["reason"].clone());
        let failed = json!({ "success": false, "data": null, "error": reason });
        return envelope(answer, failed);
    }
    envelope(answer, json!({ "data": pick(first, QUOTE) }))
}

pub(in crate::alias) fn quotes(answer: &Value, _: &Given) -> Value {
    let data = each(at(answer, "data.quotes"), QUOTE);
    envelope(
        answer,
        json!({ "data": data, "missing": at(answer, "data.missing") }),
    )
}

const BAR: &[Field] = &[
    same("time", "time"),
    num("open", "open"),
    num("high", "high"),
    num("low", "low"),
    num("close", "close"),
    num("volume", "volume"),
];

pub(in crate::alias) fn bars(answer: &Value, _: &Given) -> Value {
    envelope(
        answer,
        json!({ "data": each(at(answer, "data.bars"), BAR) }),
    )
}

const MATCH: &[Field] = &[
    same("symbol", "instrument.symbol"),
    same("name", "name"),
    same("market", "market"),
    same("instrument", "instrument.id"),
];

pub(in crate::alias) fn matches(answer: &Value, _: &Given) -> Value {
    envelope(
        answer,
        json!({ "data": each(at(answer, "data.matches"), MATCH) }),
    )
}

const OPTION: &[Field] = &[
    same("instrument", "instrument"),
    num("strike", "strike"),
    num("bid", "bid"),
    num("ask", "ask"),
    num("last_price", "last"),
    num("volume", "volume"),
    num("open_interest", "open_interest"),
    num("implied_volatility", "iv"),
    num("delta", "delta"),
    num("gamma", "gamma"),
    num("theta", "theta"),
    num("vega", "vega"),
];

fn legs(side: &Value, expiry: &Value) -> Value {
    let mut legs = each(side, OPTION);
    for leg in legs.as_array_mut().into_iter().flatten() {
        leg["expiry"] = expiry.clone();
    }
    legs
}

pub(in crate::alias) fn chain(answer: &Value, _: &Given) -> Value {
    let data = &answer["data"];
    envelope(
        answer,
        json!({
            "underlying_price": number(&data["underlying_price"]),
            "calls": legs(&data["calls"], &data["expiry"]),
            "puts": legs(&data["puts"], &data["expiry"]),
            "expiration_dates": data["expiration_dates"],
        }),
    )
}

const MARKET: &[Field] = &[
    same("status", "status"),
    same("is_trading_day", "is_trading_day"),
    same("trading_date", "trading_date"),
    same("open_time", "next_open"),
    same("close_time", "next_close"),
    same("timezone", "time_zone"),
    same("pre_market_open", "pre_market_open"),
    same("post_market_close", "post_market_close"),
    same("next_trading_day", "next_trading_day"),
];

pub(in crate::alias) fn market(answer: &Value, _: &Given) -> Value {
    envelope(answer, pick(&answer["data"], MARKET))
}

const CONTRACT: &[Field] = &[
    same("symbol", "instrument.symbol"),
    same("sec_type", "instrument.sec_type"),
    same("exchange", "exchange"),
    same("currency", "currency"),
    same("name", "name"),
    same("local_symbol", "local_symbol"),
    num("lot_size", "lot_size"),
    num("multiplier", "multiplier"),
    num("tick_size", "tick_size"),
    same("market", "market"),
    same("expiry", "instrument.expiry"),
    num("strike", "instrument.strike"),
    same("right", "instrument.right"),
];

pub(in crate::alias) fn contracts(answer: &Value, _: &Given) -> Value {
    envelope(
        answer,
        json!({ "data": each(at(answer, "data.contracts"), CONTRACT) }),
    )
}

pub(in crate::alias) fn financials(answer: &Value, _: &Given) -> Value {
    let facts = at(answer, "data.facts")
        .as_array()
        .cloned()
        .unwrap_or_default();
    let named = facts.iter().filter_map(|fact| {
        let name = fact["name"].as_str()?;
        Some((name.to_owned(), number(&fact["value"])))
    });
    envelope(answer, json!({ "data": named.collect::<Map<_, _>>() }))
}

const ACTION: &[Field] = &[
    same("action_type", "kind"),
    same("ex_date", "ex_date"),
    same("record_date", "record_date"),
    same("payment_date", "pay_date"),
    same("effective_date", "effective_date"),
    same("announcement_date", "announce_date"),
    num("amount", "amount"),
    same("currency", "currency"),
    num("ratio_from", "ratio_from"),
    num("ratio_to", "ratio_to"),
    same("status", "status"),
];

pub(in crate::alias) fn actions(answer: &Value, _: &Given) -> Value {
    envelope(
        answer,
        json!({ "data": each(at(answer, "data.actions"), ACTION) }),
    )
}

const EARNINGS: &[Field] = &[
    same("symbol", "instrument.symbol"),
    same("report_date", "date"),
    same("session", "session"),
    same("period", "period"),
    num("eps_actual", "eps_actual"),
    num("eps_estimate", "eps_estimate"),
    num("surprise", "surprise"),
    num("revenue_actual", "revenue_actual"),
    num("revenue_estimate", "revenue_estimate"),
];

pub(in crate::alias) fn earnings(answer: &Value, _: &Given) -> Value {
    envelope(
        answer,
        json!({ "data": each(at(answer, "data.events"), EARNINGS) }),
    )
}

const ACCOUNT: &[Field] = &[
    same("id", "id"),
    same("account_name", "alias"),
    same("account_number", "id"),
    same("account_type", "type"),
    same("environment", "kind"),
    same("status", "status"),
    same("state", "state"),
    same("is_default_trading", "default_trading"),
    same("is_default_data", "default_data"),
    same("last_error", "last_error"),
    same("market_permissions", "markets"),
    same("permissions", "permissions"),
];

pub(in crate::alias) fn account_list(answer: &Value, _: &Given) -> Value {
    let accounts = each(at(answer, "data.accounts"), ACCOUNT);
    let total = accounts.as_array().map_or(0, Vec::len);
    envelope(answer, json!({ "accounts": accounts, "total": total }))
}

/// The account as our answer has it.
pub(in crate::alias) fn account(answer: &Value, _: &Given) -> Value {
    envelope(answer, json!({ "account": answer["data"] }))
}

const STATUS: &[Field] = &[
    same("account_details", "account"),
    same("token_status", "token"),
    same("health_status", "health"),
    same("routing_status", "routing"),
    same("process_status", "circuit"),
];

pub(in crate::alias) fn account_status(answer: &Value, _: &Given) -> Value {
    envelope(answer, pick(&answer["data"], STATUS))
}

const TOKEN: &[Field] = &[
    same("token_refreshed", "refreshed"),
    same("token_expires_at", "expires_at"),
];

pub(in crate::alias) fn token(answer: &Value, _: &Given) -> Value {
    let first = at(answer, "data.results").get(0).unwrap_or(&Value::Null);
    envelope(answer, pick(first, TOKEN))
}

const POSITION: &[Field] = &[
    same("symbol", "instrument.symbol"),
    same("instrument", "instrument.id"),
    same("sec_type", "instrument.sec_type"),
    num("quantity", "quantity"),
    num("average_cost", "avg_cost"),
    num("market_price", "market_price"),
    num("market_value", "market_value"),
    num("unrealized_pnl", "unrealized_pnl"),
    num("realized_pnl", "realized_pnl"),
    same("currency", "currency"),
];

/// The totals are those of the one currency; of several there is no sum.
fn positions_of(data: &Value) -> Value {
    let totals = data["totals"].as_array().map(Vec::as_slice);
    let total = match totals {
        Some([one]) => one,
        _ => &Value::Null,
    };
    json!({
        "positions": each(&data["positions"], POSITION),
        "total_market_value": number(&total["market_value"]),
        "total_pnl": number(&total["unrealized_pnl"]),
        "totals": data["totals"],
    })
}

pub(in crate::alias) fn positions(answer: &Value, _: &Given) -> Value {
    envelope(answer, positions_of(&answer["data"]))
}

const SUMMARY: &[Field] = &[
    num("net_liquidation", "net_liquidation"),
    num("total_cash", "cash"),
    num("settled_cash", "settled_cash"),
    num("buying_power", "buying_power"),
    num("gross_position_value", "gross_position_value"),
    num("initial_margin", "margin.initial"),
    num("maintenance_margin", "margin.maintenance"),
    num("excess_liquidity", "margin.excess"),
    same("currency", "currency"),
];

pub(in crate::alias) fn summary(answer: &Value, _: &Given) -> Value {
    envelope(answer, pick(&answer["data"], SUMMARY))
}

/// Positions and summary in one.
pub(in crate::alias) fn portfolio(answer: &Value, _: &Given) -> Value {
    let mut all = positions_of(at(answer, "positions.data"));
    let summary = pick(at(answer, "summary.data"), SUMMARY);
    put(&mut all, "account", summary);
    envelope(answer, all)
}

const ORDER: &[Field] = &[
    same("order_id", "order_id"),
    same("client_order_id", "client_order_id"),
    same("symbol", "instrument.symbol"),
    same("instrument", "instrument.id"),
    same("side", "side"),
    same("order_type", "type"),
    num("quantity", "quantity"),
    num("filled_quantity", "filled"),
    num("remaining_quantity", "remaining"),
    num("price", "limit_price"),
    num("stop_price", "stop_price"),
    num("average_fill_price", "avg_fill_price"),
    same("status", "status"),
    same("time_in_force", "time_in_force"),
    num("commission", "commission"),
    num("realized_pnl", "realized_pnl"),
    same("reason", "reason"),
    same("created_at", "created_at"),
    same("updated_at", "updated_at"),
];

pub(in crate::alias) fn orders(answer: &Value, _: &Given) -> Value {
    envelope(
        answer,
        json!({ "orders": each(at(answer, "data.orders"), ORDER) }),
    )
}

/// One order, wherever the answer has it.
pub(in crate::alias) fn order(answer: &Value, _: &Given) -> Value {
    let data = &answer["data"];
    let order = data.get("order").unwrap_or(data);
    envelope(answer, json!({ "order": pick(order, ORDER) }))
}
