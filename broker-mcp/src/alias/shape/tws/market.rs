//! Contracts, bars, chains, news.

use serde_json::{Value, json};

use super::{Given, contract, id, list};
use crate::alias::shape::field::{Field, at, each, num, pick, put, same};

const CONTRACT: &[Field] = &[
    same("symbol", "instrument.symbol"),
    same("conId", "con_id"),
    same("longName", "name"),
    same("industry", "industry"),
    same("category", "category"),
    same("secType", "instrument.sec_type"),
    same("exchange", "exchange"),
    same("currency", "currency"),
    same("localSymbol", "local_symbol"),
    num("minTick", "tick_size"),
    same("validExchanges", "valid_exchanges"),
    num("multiplier", "multiplier"),
    same("timeZoneId", "time_zone"),
];

pub(in crate::alias) fn contracts(answer: &Value, _: &Given) -> Value {
    let mut all = each(at(answer, "data.contracts"), CONTRACT);
    for one in all.as_array_mut().into_iter().flatten() {
        one["conId"] = id(&one["conId"]);
    }
    json!({ "contracts": all })
}

const BAR: &[Field] = &[
    same("date", "time"),
    num("open", "open"),
    num("high", "high"),
    num("low", "low"),
    num("close", "close"),
    num("volume", "volume"),
    num("average", "vwap"),
    same("barCount", "trades"),
];

pub(in crate::alias) fn bars(answer: &Value, given: &Given) -> Value {
    let rows = each(at(answer, "data.bars"), BAR);
    let mut all = list(answer, "bars", rows.as_array().cloned().unwrap_or_default());
    let contract = given.get("contract").map(|contract| &contract["symbol"]);
    let symbol = given.get("symbol").or(contract);
    put(&mut all, "symbol", symbol.cloned().unwrap_or_default());
    all
}

const TICK: &[Field] = &[
    same("time", "time"),
    num("lastPrice", "last"),
    num("bid", "bid"),
    num("ask", "ask"),
    num("volume", "volume"),
];

pub(in crate::alias) fn ticks(answer: &Value, given: &Given) -> Value {
    let data = &answer["data"];
    let latest = data["latest"].get(0).unwrap_or(&data["latest"]);
    json!({
        "symbol": given.get("symbol"),
        "updates_count": data["updates_count"],
        "latest": pick(latest, TICK),
    })
}

const CHAIN: &[Field] = &[
    num("strike", "strike"),
    num("bid", "bid"),
    num("ask", "ask"),
    num("last", "last"),
    num("volume", "volume"),
    num("openInterest", "open_interest"),
    num("impliedVolatility", "iv"),
    num("delta", "delta"),
    num("gamma", "gamma"),
    num("theta", "theta"),
    num("vega", "vega"),
];

pub(in crate::alias) fn chain(answer: &Value, given: &Given) -> Value {
    let data = &answer["data"];
    let calls = each(&data["calls"], CHAIN);
    let puts = each(&data["puts"], CHAIN);
    let mut strikes: Vec<Value> = Vec::new();
    for one in [&calls, &puts]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
    {
        if !strikes.contains(&one["strike"]) {
            strikes.push(one["strike"].clone());
        }
    }
    let at_strike = |side: &Value, strike: &Value| {
        let found = side.as_array().into_iter().flatten();
        found
            .into_iter()
            .find(|one| one["strike"] == *strike)
            .cloned()
    };
    let rows: Vec<Value> = strikes
        .iter()
        .map(|strike| {
            json!({
                "strike": strike,
                "call": at_strike(&calls, strike),
                "put": at_strike(&puts, strike),
            })
        })
        .collect();
    json!({
        "symbol": given.get("symbol"),
        "expiration": data.get("expiry").or_else(|| given.get("expiration")),
        "strikeCount": rows.len(),
        "chain": rows,
    })
}

pub(in crate::alias) fn chain_parameters(answer: &Value, given: &Given) -> Value {
    let data = &answer["data"];
    json!({
        "underlyingConId": given.get("underlyingConId"),
        "chains": [{
            "tradingClass": data["trading_classes"].get(0),
            "multiplier": data["multipliers"].get(0),
            "expirations": data["expirations"],
            "strikes": data["strikes"],
        }],
        "count": 1,
    })
}

const MATCH: &[Field] = &[
    same("conId", "con_id"),
    same("symbol", "instrument.symbol"),
    same("secType", "instrument.sec_type"),
    same("primaryExchange", "instrument.exchange"),
    same("currency", "instrument.currency"),
    same("description", "name"),
];

pub(in crate::alias) fn matches(answer: &Value, _: &Given) -> Value {
    let rows = each(at(answer, "data.matches"), MATCH);
    list(
        answer,
        "results",
        rows.as_array().cloned().unwrap_or_default(),
    )
}

const HEADLINE: &[Field] = &[
    same("time", "time"),
    same("providerCode", "provider"),
    same("articleId", "id"),
    same("headline", "headline"),
];

pub(in crate::alias) fn news(answer: &Value, given: &Given) -> Value {
    let rows = each(at(answer, "data.headlines"), HEADLINE);
    let mut all = list(
        answer,
        "articles",
        rows.as_array().cloned().unwrap_or_default(),
    );
    let symbol = given.get("symbol").cloned();
    put(&mut all, "symbol", symbol.unwrap_or_default());
    all
}

pub(in crate::alias) fn article(answer: &Value, given: &Given) -> Value {
    json!({
        "providerCode": given.get("providerCode"),
        "articleId": given.get("articleId"),
        "articleText": at(answer, "data.text"),
        "truncated": at(answer, "data.truncated"),
    })
}

pub(in crate::alias) fn fundamentals(answer: &Value, given: &Given) -> Value {
    json!({
        "symbol": given.get("symbol"),
        "reportType": given.get("reportType"),
        "data": answer["data"],
    })
}

const COMPUTED: &[Field] = &[
    num("optionPrice", "price"),
    num("impliedVolatility", "iv"),
    num("delta", "delta"),
    num("gamma", "gamma"),
    num("vega", "vega"),
    num("theta", "theta"),
];

pub(in crate::alias) fn computed(answer: &Value, given: &Given) -> Value {
    let mut all = pick(&answer["data"], COMPUTED);
    let asked = |name: &str| given.get(name).cloned().unwrap_or_default();
    let contract = ["symbol", "expiration", "strike", "right"];
    let contract = contract.map(|name| (name.to_owned(), asked(name)));
    put(&mut all, "contract", contract.into_iter().collect());
    put(&mut all, "underlyingPrice", asked("underlyingPrice"));
    all
}

const TRADE: &[Field] = &[
    same("time", "time"),
    num("price", "price"),
    num("size", "size"),
];

pub(in crate::alias) fn trades(answer: &Value, given: &Given) -> Value {
    let rows = each(at(answer, "data.trades"), TRADE);
    let mut all = list(
        answer,
        "ticks",
        rows.as_array().cloned().unwrap_or_default(),
    );
    for (name, usual) in [("symbol", Value::Null), ("tickType", json!("Last"))] {
        put(&mut all, name, given.get(name).cloned().unwrap_or(usual));
    }
    all
}

pub(in crate::alias) fn scanned(answer: &Value, given: &Given) -> Value {
    let rows = at(answer, "data.rows").as_array().into_iter().flatten();
    let rows = rows.map(|row| {
        // What TWS leaves empty for stocks is empty here, too.
        json!({
            "rank": row["rank"], "contract": contract(row),
            "distance": "", "benchmark": "", "projection": "", "legsStr": "",
        })
    });
    let mut all = list(answer, "results", rows.collect());
    for name in ["scanCode", "instrument", "locationCode"] {
        put(&mut all, name, given.get(name).cloned().unwrap_or_default());
    }
    all
}
