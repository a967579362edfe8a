//! Connections and accounts.

use serde_json::{Map, Value, json};

use super::{Given, contract, list};
use crate::alias::shape::field::{Field, accounts, at, failures, num, number, pick, put};

pub(crate) fn connected(answer: &Value, given: &Given) -> Value {
    let data = &answer["data"];
    let already = data["already"] == true;
    let status = if already {
        json!("already_connected")
    } else if matches!(
        data["state"].as_str(),
        Some("connected" | "api_ready" | "ready")
    ) {
        json!("connected")
    } else {
        data["state"].clone()
    };
    json!({
        "status": status,
        "host": given.get("host"),
        "port": given.get("port"),
        "clientId": given.get("clientId"),
    })
}

pub(crate) fn disconnected(answer: &Value, _: &Given) -> Value {
    let state = at(answer, "data.state");
    let ended = state.is_null() || state == "closed";
    json!({ "status": if ended { json!("disconnected") } else { state.clone() } })
}

pub(in crate::alias) fn status(answer: &Value, _: &Given) -> Value {
    json!({ "is_connected": at(answer, "data.connected") == true })
}

const TAGS: &[(&str, &str)] = &[
    ("NetLiquidation", "net_liquidation"),
    ("TotalCashValue", "cash"),
    ("SettledCash", "settled_cash"),
    ("BuyingPower", "buying_power"),
    ("GrossPositionValue", "gross_position_value"),
    ("InitMarginReq", "margin.initial"),
    ("MaintMarginReq", "margin.maintenance"),
    ("ExcessLiquidity", "margin.excess"),
];

/// `{summary: {tag: {value, currency, account}}, account}`. With several accounts a tag has the value of
/// the last, as there; `accounts` has all.
pub(in crate::alias) fn summary(answer: &Value, given: &Given) -> Value {
    let wanted = given
        .get("tags")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    let asked = |tag: &str| wanted.iter().all(|one| one.is_empty()) || wanted.contains(&tag);
    let mut summary = Map::new();
    let mut by_account = Map::new();
    let all = accounts(answer);
    for (account, data) in &all {
        let mut tags = Map::new();
        for (tag, path) in TAGS {
            let value = at(data, path);
            if asked(tag) && !value.is_null() {
                let value = json!({
                    // Text, as there.
                    "value": value,
                    "currency": data["currency"],
                    "account": account,
                });
                tags.insert((*tag).to_owned(), value);
            }
        }
        summary.extend(tags.clone());
        by_account.insert(account.as_str().unwrap_or_default().to_owned(), tags.into());
    }
    let account = match (given.get("account").and_then(Value::as_str), all.as_slice()) {
        (Some(name), _) if !name.is_empty() => json!(name),
        (_, [(only, _)]) => only.clone(),
        _ => json!("All"),
    };
    let mut shaped = json!({ "summary": summary, "account": account });
    if all.len() > 1 {
        put(&mut shaped, "accounts", by_account.into());
    }
    if let Some(failed) = failures(answer) {
        put(&mut shaped, "errors", failed);
    }
    shaped
}

/// `{account, values: {tag_currency: {value, currency, account}}, count}`.
pub(in crate::alias) fn values(answer: &Value, _: &Given) -> Value {
    let account = at(answer, "meta.account");
    let data = &answer["data"];
    let mut values = Map::new();
    for (tag, path) in TAGS {
        let value = at(data, path);
        if !value.is_null() {
            let currency = data["currency"].as_str().unwrap_or_default();
            values.insert(
                format!("{tag}_{currency}"),
                json!({ "value": value, "currency": currency, "account": account }),
            );
        }
    }
    json!({ "account": account, "count": values.len(), "values": values })
}

pub(in crate::alias) fn positions(answer: &Value, _: &Given) -> Value {
    let mut rows = Vec::new();
    for (account, data) in accounts(answer) {
        for position in data["positions"].as_array().into_iter().flatten() {
            rows.push(json!({
                "account": account,
                "contract": contract(position),
                "position": number(&position["quantity"]),
                "avgCost": number(&position["avg_cost"]),
            }));
        }
    }
    list(answer, "positions", rows)
}

const PNL: &[Field] = &[
    num("dailyPnL", "daily"),
    num("unrealizedPnL", "unrealized"),
    num("realizedPnL", "realized"),
    num("position", "position"),
    num("value", "value"),
];

pub(in crate::alias) fn pnl(answer: &Value, given: &Given) -> Value {
    let mut all = pick(&answer["data"], PNL);
    put(&mut all, "account", at(answer, "meta.account").clone());
    match (given.get("conId"), all.as_object_mut()) {
        (Some(con_id), _) => put(&mut all, "conId", con_id.clone()),
        (None, Some(all)) => {
            all.remove("position");
            all.remove("value");
        }
        (None, None) => {}
    }
    all
}

/// What the account said while it was watched.
pub(in crate::alias) fn account_updates(answer: &Value, _: &Given) -> Value {
    json!({
        "account": at(answer, "meta.account"),
        "updates_count": at(answer, "data.updates_count"),
        "latest": at(answer, "data.latest"),
    })
}

pub(in crate::alias) fn managed_accounts(answer: &Value, _: &Given) -> Value {
    let accounts = at(answer, "data.accounts").as_array();
    let ids = accounts.into_iter().flatten().map(|one| one["id"].clone());
    list(answer, "accounts", ids.collect())
}
