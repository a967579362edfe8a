//! Trading hours as contract details write them.
//!
//! `20260116:0930-20260116:1600;20260117:CLOSED` is a list of windows and of dates without any, in
//! the zone of the exchange. Several windows of a date are written after each other or behind a
//! comma; older gateways leave the date of the end out.

use std::collections::BTreeMap;

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ibapi::contracts::ContractDetails as Wire;

use crate::convert;

/// Beginning and end.
pub(super) type Window = (DateTime<Utc>, DateTime<Utc>);
/// Windows by trading date; a date without windows is one on which nothing trades.
pub(super) type ByDate = BTreeMap<NaiveDate, Vec<Window>>;

/// The hours of an instrument for the dates that the gateway tells.
#[derive(Debug, Clone)]
pub(super) struct Hours {
    pub(super) zone: Tz,
    /// All hours.
    pub(super) trading: ByDate,
    /// The regular hours.
    pub(super) liquid: ByDate,
}

/// Reads the hours of contract details.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when they are malformed or in a zone that nobody knows.
pub(super) fn hours(wire: &Wire) -> Result<Hours> {
    let zone = if wire.time_zone_id.is_empty() {
        // Instruments that trade everywhere, such as currencies, have none on some gateways.
        Tz::UTC
    } else {
        convert::zone(&wire.time_zone_id)?
    };
    Ok(Hours {
        zone,
        trading: windows(&wire.trading_hours, zone)?,
        liquid: windows(&wire.liquid_hours, zone)?,
    })
}

fn windows(parts: &[String], zone: Tz) -> Result<ByDate> {
    let mut dates = ByDate::new();
    let parts = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty());
    for part in parts {
        let (date, rest) = part.split_once(':').ok_or_else(|| malformed(part))?;
        let date = convert::day(date)?;
        if rest == "CLOSED" {
            dates.entry(date).or_default();
            continue;
        }
        for text in rest.split(',') {
            let window = window(date, text, zone).ok_or_else(|| malformed(part))?;
            // A window that begins in the evening before belongs to the date on which it ends.
            let trading_date = window.1.with_timezone(&zone).date_naive();
            let late = window.1 - TimeDelta::seconds(1);
            let owner = if window.0.with_timezone(&zone).date_naive() == trading_date {
                date
            } else {
                late.with_timezone(&zone).date_naive()
            };
            dates.entry(owner).or_default().push(window);
        }
    }
    for windows in dates.values_mut() {
        windows.sort_unstable();
        windows.dedup();
    }
    Ok(dates)
}

/// `0930-20260116:1600`, `0930-1600` or, after a comma, either with its own date.
fn window(date: NaiveDate, text: &str, zone: Tz) -> Option<Window> {
    let (open, close) = text.split_once('-')?;
    let (open_date, open) = moment(date, open)?;
    let (close_date, close) = moment(open_date, close)?;
    let from = convert::at_zone(open_date.and_time(open), zone);
    let mut to = convert::at_zone(close_date.and_time(close), zone);
    if to <= from {
        let next = close_date.succ_opt()?;
        to = convert::at_zone(next.and_time(close), zone);
    }
    Some((from, to))
}

fn moment(date: NaiveDate, text: &str) -> Option<(NaiveDate, NaiveTime)> {
    let (date, clock) = match text.split_once(':') {
        Some((day, clock)) => (convert::day(day).ok()?, clock),
        None => (date, text),
    };
    if clock == "2400" {
        return Some((date.succ_opt()?, NaiveTime::MIN));
    }
    let clock = NaiveTime::parse_from_str(clock, "%H%M").ok()?;
    Some((date, clock))
}

fn malformed(text: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("{text:?} is no list of trading hours"),
    )
}
