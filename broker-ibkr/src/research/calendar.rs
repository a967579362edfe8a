//! The event calendar of Wall Street Horizon, which the gateway passes on as JSON.
//!
//! An answer is a list of events, each with `event_type`, `index_date` and `data`. Dividends are
//! `wshe_div`, splits `wshe_splits`, published earnings `wshe_eps`, coming earnings `wshe_ed`.
//! The other twenty kinds (meetings, conferences, option expiry and so on) change neither what a
//! share is worth nor how many there are.

use broker_core::{
    Error, ErrorKind, Result,
    model::{CorporateAction, CorporateEvent, Currency, Instrument},
};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::convert;

type Fields = Map<String, Value>;

/// Reads an answer: the events of the kinds that core has, by date ascending.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when it is not JSON, or an event of a known kind does not say
/// what it has to: an action that is left out would read as one that does not happen.
pub(super) fn actions(json: &str, instrument: &Instrument) -> Result<Vec<CorporateAction>> {
    if json.trim().is_empty() {
        return Ok(Vec::new());
    }
    let answer: Value = serde_json::from_str(json)
        .map_err(|error| malformed("the calendar is not JSON").with_source(error))?;
    let events = match &answer {
        Value::Array(events) => events,
        Value::Object(fields) => match fields.get("events") {
            Some(Value::Array(events)) => events,
            _ => return Err(malformed("the calendar has no list of events")),
        },
        _ => return Err(malformed("the calendar is not a list of events")),
    };
    let mut actions = Vec::new();
    for event in events {
        let Value::Object(event) = event else {
            return Err(malformed("an event of the calendar has no fields"));
        };
        actions.extend(action(event, instrument)?);
    }
    actions.sort_by_key(|action: &CorporateAction| action.ex_date);
    Ok(actions)
}

fn action(event: &Fields, instrument: &Instrument) -> Result<Option<CorporateAction>> {
    let kind = text(event, "event_type").ok_or_else(|| malformed("an event without a type"))?;
    let data = match event.get("data") {
        Some(Value::Object(data)) => data,
        _ => event,
    };
    let dated = |names: &[&str]| {
        let own = names.iter().find_map(|name| date(data, name));
        let own = own.or_else(|| date(event, "index_date"));
        own.ok_or_else(|| malformed(&format!("a {kind} event without a date")))
    };
    let action = match kind.as_str() {
        "wshe_div" => {
            let Some(amount) = number(data, "dividend_oc") else {
                // Announced, but not how much yet.
                return Ok(None);
            };
            let currency = text(data, "dividend_currency")
                .or_else(|| text(data, "currency"))
                .and_then(|code| code.parse::<Currency>().ok())
                .or_else(|| instrument.currency())
                .ok_or_else(|| malformed("a dividend without a currency"))?;
            let event = CorporateEvent::CashDividend { amount, currency };
            let ex_date = dated(&["ex_div_date", "ex_date"])?;
            let mut action = CorporateAction::new(instrument.clone(), event, ex_date);
            action.record_date = date(data, "record_date");
            action.pay_date = date(data, "pay_date");
            action
        }
        "wshe_splits" => {
            let ratio = text(data, "ratio").ok_or_else(|| malformed("a split without a ratio"))?;
            let (from, to) = split(&ratio).ok_or_else(|| malformed("a split without a ratio"))?;
            let ex_date = dated(&["ex_date", "effective_date"])?;
            let event = CorporateEvent::Split { from, to };
            let mut action = CorporateAction::new(instrument.clone(), event, ex_date);
            action.record_date = date(data, "record_date");
            action.pay_date = date(data, "pay_date");
            action
        }
        "wshe_eps" => {
            let event = CorporateEvent::Earnings {
                expected: number(data, "estimated_eps"),
                actual: number(data, "amount_oc"),
            };
            CorporateAction::new(instrument.clone(), event, dated(&["earnings_date"])?)
        }
        "wshe_ed" => {
            let event = CorporateEvent::Earnings {
                expected: None,
                actual: None,
            };
            CorporateAction::new(instrument.clone(), event, dated(&["earnings_date"])?)
        }
        _ => return Ok(None),
    };
    Ok(Some(action))
}

/// Text, or a number as text.
fn text(fields: &Fields, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(fields: &Fields, name: &str) -> Option<Decimal> {
    convert::text(&text(fields, name)?)
}

/// `20260116`, `2026-01-16`, either perhaps with a time behind it.
fn date(fields: &Fields, name: &str) -> Option<NaiveDate> {
    let text = text(fields, name)?;
    let dashed = text.get(..10).unwrap_or(&text);
    NaiveDate::parse_from_str(dashed, "%Y-%m-%d")
        .ok()
        .or_else(|| convert::day(&text).ok())
}

/// Old and new shares out of `4:1`, `4-for-1`, `4/1`, or one factor such as `4` or `0.1`: the new
/// ones come first in all of them.
fn split(ratio: &str) -> Option<(u32, u32)> {
    let lower = ratio.to_ascii_lowercase().replace("for", ":");
    let mut parts = lower.split([':', '/']);
    let new = parts
        .next()?
        .trim_matches([' ', '-'])
        .parse::<Decimal>()
        .ok()?;
    let old = match parts.next() {
        Some(old) => old.trim_matches([' ', '-']).parse::<Decimal>().ok()?,
        None => Decimal::ONE,
    };
    // Whole numbers: 1.5 for 1 is 3 for 2.
    let scale = new.normalize().scale().max(old.normalize().scale());
    let factor = Decimal::from(10_u64.checked_pow(scale)?);
    let whole = |value: Decimal| u32::try_from((value * factor).normalize()).ok();
    let (mut new, mut old) = (whole(new)?, whole(old)?);
    let common = divisor(new, old);
    new = new.checked_div(common)?;
    old = old.checked_div(common)?;
    (new > 0 && old > 0).then_some((old, new))
}

fn divisor(mut one: u32, mut other: u32) -> u32 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, what)
}
