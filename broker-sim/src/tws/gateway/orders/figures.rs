//! Numbers and instants between the wire and the model.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::{Tz, US::Eastern};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

/// A number for the wire, which has doubles.
pub(in crate::tws::gateway) fn double(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

/// A number from the wire by its shortest text; none for TWS's word for "unset" (the largest
/// double), for what is no number and for what no amount can be.
pub(super) fn decimal(value: Option<f64>) -> Option<Decimal> {
    let value = value.filter(|value| value.abs() < 1e15)?;
    value.to_string().parse().ok()
}

/// The same without zero, which many clients send for a field that they leave alone.
pub(super) fn nonzero(value: Option<f64>) -> Option<Decimal> {
    decimal(value).filter(|value| !value.is_zero())
}

/// A quantity as TWS writes it.
pub(in crate::tws::gateway) fn quantity(value: Decimal) -> String {
    value.normalize().to_string()
}

/// An instant as TWS writes it.
pub(super) fn written(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&Eastern);
    format!("{} US/Eastern", local.format("%Y%m%d %H:%M:%S"))
}

/// An instant as clients write it: `20260102 15:30:00 US/Eastern`, without a zone in TWS's own,
/// `20260102-20:30:00` in UTC, or a date alone for its end.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(utc) = NaiveDateTime::parse_from_str(text, "%Y%m%d-%H:%M:%S") {
        return Some(utc.and_utc());
    }
    let mut words = text.split_whitespace();
    let date = NaiveDate::parse_from_str(words.next()?, "%Y%m%d").ok()?;
    let time = words.next().unwrap_or("23:59:59");
    let time = chrono::NaiveTime::parse_from_str(time, "%H:%M:%S")
        .or_else(|_| chrono::NaiveTime::parse_from_str(time, "%H:%M"))
        .ok()?;
    let zone = match words.next() {
        None | Some("EST" | "EDT" | "ET") => Eastern,
        Some(name) => name.parse::<Tz>().ok()?,
    };
    let local = zone.from_local_datetime(&date.and_time(time)).earliest()?;
    Some(local.to_utc())
}
