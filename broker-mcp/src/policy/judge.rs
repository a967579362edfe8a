use broker_core::{
    Broker, Decimal, dec,
    model::{AssetClass, ClientOrderId, Instrument, NewOrder, OrderAmount},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Facts, KeyLimits, cash,
    facts::{cost, parts},
    holding,
};
use crate::{Fault, FaultCode};

/// One limit held against an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Check {
    /// The limit.
    pub rule: String,
    /// Whether the order keeps it.
    pub ok: bool,
    /// What is allowed, and what would be.
    pub detail: String,
}

pub(super) fn check(rule: &str, ok: bool, detail: impl Into<String>) -> Check {
    Check {
        rule: rule.to_owned(),
        ok,
        detail: detail.into(),
    }
}

/// The words by which an operator may name an instrument.
fn names(instrument: &Instrument) -> Vec<String> {
    let symbol = match instrument {
        Instrument::Equity(part) => part.symbol.to_string(),
        Instrument::Option(part) => part.symbol.root().to_owned(),
        Instrument::Future(part) => part.root.to_string(),
        Instrument::FutureOption(part) => part.root.to_string(),
        Instrument::Index(part) => part.symbol.to_string(),
        Instrument::Fund(part) => part.symbol.to_string(),
        Instrument::Warrant(part) => part.symbol.to_string(),
        // The others have no shorter name than the whole.
        other => other.to_string(),
    };
    vec![symbol, instrument.to_string()]
}

fn symbols(limits: &KeyLimits, order: &NewOrder) -> Option<Check> {
    let rule = &limits.symbols;
    if rule.allow.is_none() && rule.deny.is_empty() {
        return None;
    }
    for (instrument, ..) in parts(order) {
        let names = names(instrument);
        let listed =
            |set: &std::collections::BTreeSet<String>| names.iter().any(|n| set.contains(n));
        let allowed = match &rule.allow {
            Some(allow) => listed(allow),
            // Which symbol a number stands for is not known, and it may be one of those.
            None => !matches!(instrument, Instrument::Native(_)),
        };
        if !allowed || listed(&rule.deny) {
            let detail = format!("this key does not trade {instrument}");
            return Some(check("symbols", false, detail));
        }
    }
    Some(check("symbols", true, "allowed"))
}

fn classes(limits: &KeyLimits, order: &NewOrder) -> Option<Check> {
    let allowed = limits.asset_classes.as_ref()?;
    let class = order.instrument.asset_class();
    let parts = parts(order);
    // A combination is allowed by its legs; naming `combo` is not needed.
    let classes = parts.iter().map(|(one, ..)| one.asset_class());
    let wrong = classes
        .filter(|class| *class != AssetClass::Combo)
        .find(|class| !allowed.contains(class));
    Some(match wrong {
        Some(wrong) => check(
            "asset_classes",
            false,
            format!("this key does not trade {wrong}"),
        ),
        None => check("asset_classes", true, class.as_str()),
    })
}

fn quantity(limits: &KeyLimits, order: &NewOrder) -> Option<Check> {
    let most = limits.max_order_quantity?.0;
    let OrderAmount::Quantity(quantity) = order.amount else {
        let detail = "an order for an amount of money has no quantity to hold against the limit";
        return Some(check("max_order_quantity", false, detail));
    };
    let largest = parts(order)
        .iter()
        .map(|(.., ratio)| *ratio)
        .max()
        .unwrap_or(1);
    let units = quantity.get().saturating_mul(Decimal::from(largest));
    let detail = format!("the limit is {most}, the order {units}");
    Some(check("max_order_quantity", units <= most, detail))
}

fn notional(limits: &KeyLimits, facts: &Facts) -> Option<Check> {
    if !limits.needs_notional() {
        return None;
    }
    let currency = limits.currency;
    let most = [limits.max_order_notional, limits.max_daily_notional];
    let most = most.into_iter().flatten().map(|most| most.0).min()?;
    Some(match &facts.limited {
        Ok(value) => {
            let detail = format!(
                "the limit is {most} {currency}, the order {}",
                value.round_dp(2)
            );
            check("max_order_notional", *value <= most, detail)
        }
        Err(why) => {
            let detail =
                format!("the limit is {most} {currency}, the order's value is not known: {why}");
            check("max_order_notional", false, detail)
        }
    })
}

/// Whether there is a price for an order that has none of its own.
fn priced(limits: &KeyLimits, order: &NewOrder, facts: &Facts) -> Option<Check> {
    if order.order_type.limit_price().is_some() {
        return None;
    }
    Some(match &facts.price {
        Ok(price) => check("price_known", true, format!("the market is at {price}")),
        Err(why) => {
            let detail = format!("no price is known: {why}; give a limit price");
            check("price_known", limits.unpriced_orders, detail)
        }
    })
}

fn collar(limits: &KeyLimits, order: &NewOrder, facts: &Facts) -> Option<Check> {
    let percent = limits.price_collar_percent?.0;
    let limit = order.order_type.limit_price()?.get();
    let Ok(price) = &facts.price else {
        // The order says itself what it costs at most.
        return None;
    };
    let price = price.get();
    let room = price.abs().saturating_mul(percent) / dec!(100);
    let worse = if order.side.is_sell() {
        price - limit
    } else {
        limit - price
    };
    let detail =
        format!("at most {percent} % worse than the market at {price}; the limit price is {limit}");
    Some(check("price_collar", worse <= room, detail))
}

fn hours(limits: &KeyLimits, facts: &Facts) -> Option<Check> {
    limits.market_hours.then(|| match &facts.open {
        Ok(true) => check("market_hours", true, "the market is open"),
        Ok(false) => check("market_hours", false, "the market is closed"),
        Err(why) => check(
            "market_hours",
            false,
            format!("the hours are not known: {why}"),
        ),
    })
}

fn short(limits: &KeyLimits, order: &NewOrder, facts: &Facts) -> Option<Check> {
    sells_held(limits, order).then(|| sold(&facts.short))
}

fn sold(short: &Result<Option<String>, String>) -> Check {
    match short {
        Ok(None) => check("short_selling", true, "it sells what is held"),
        Ok(Some(what)) => {
            let detail = format!("this key does not sell {what} beyond what is held");
            check("short_selling", false, detail)
        }
        Err(why) => check(
            "short_selling",
            false,
            format!("what is held is not known: {why}"),
        ),
    }
}

fn paid(limits: &KeyLimits, facts: &Facts) -> Option<Check> {
    limits.cash_only.then(|| from_cash(&facts.borrowed))
}

fn from_cash(borrowed: &Result<Option<String>, String>) -> Check {
    match borrowed {
        Ok(None) => check("cash_only", true, "nothing is borrowed for it"),
        Ok(Some(why)) => check(
            "cash_only",
            false,
            format!("this key borrows nothing: {why}"),
        ),
        Err(why) => check(
            "cash_only",
            false,
            format!("what it would be paid with is not known: {why}"),
        ),
    }
}

/// Whether an order may only sell what is held.
fn sells_held(limits: &KeyLimits, order: &NewOrder) -> bool {
    let sells = parts(order).iter().any(|(_, side, _)| side.is_sell());
    sells && !limits.sells_short()
}

/// Whether a limit depends on what is held or on the cash, which another order may take at the same moment.
pub(crate) fn needs_holdings(limits: &KeyLimits, order: &NewOrder) -> bool {
    limits.cash_only || sells_held(limits, order)
}

/// The limits that depend on what is held and on the cash, held against what is known now.
pub(crate) async fn holdings(
    broker: &dyn Broker,
    order: &NewOrder,
    limits: &KeyLimits,
    exempt: Option<&ClientOrderId>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    if sells_held(limits, order) {
        checks.push(sold(&holding::short(broker, order, exempt).await));
    }
    if limits.cash_only {
        let cost = cost(broker, order, limits).await;
        let borrowed = cash::borrowed(broker, order, &cost, limits, exempt).await;
        checks.push(from_cash(&borrowed));
    }
    checks
}

fn daily_loss(limits: &KeyLimits, facts: &Facts) -> Option<Check> {
    let (most, currency) = (limits.max_daily_loss?.0, limits.currency);
    let rule = "max_daily_loss";
    Some(match &facts.today {
        Ok(made) if -*made <= most => {
            let detail = format!("the limit is {most} {currency}, today's result {made}");
            check(rule, true, detail)
        }
        _ if facts.lessens => check(rule, true, "it only lessens what is held"),
        Ok(made) => {
            let detail = format!(
                "the limit is {most} {currency}, today's result {made}; orders that only lessen what \
                 is held pass"
            );
            check(rule, false, detail)
        }
        Err(why) => {
            let detail = format!("today's result is not known: {why}");
            check(rule, false, detail)
        }
    })
}

/// Every limit that says something about an order.
pub(crate) fn checks(limits: &KeyLimits, order: &NewOrder, facts: &Facts) -> Vec<Check> {
    let all = [
        symbols(limits, order),
        classes(limits, order),
        quantity(limits, order),
        priced(limits, order, facts),
        notional(limits, facts),
        collar(limits, order, facts),
        hours(limits, facts),
        short(limits, order, facts),
        paid(limits, facts),
        daily_loss(limits, facts),
    ];
    all.into_iter().flatten().collect()
}

/// The first limit that an order does not keep, as an answer to the caller.
pub(crate) fn first_refusal(checks: &[Check]) -> Result<(), Fault> {
    let Some(broken) = checks.iter().find(|check| !check.ok) else {
        return Ok(());
    };
    let message = format!("{}: {}. Nothing was sent.", broken.rule, broken.detail);
    let details = serde_json::json!({ "rule": broken.rule, "detail": broken.detail });
    Err(Fault::new(FaultCode::LimitExceeded, message).with_details(details))
}
