//! The gateway's ways to write an instant.
//!
//! `20260116 09:30:00 US/Eastern` is a wall clock in a zone, `20260116-14:30:00` is UTC, a bare
//! number counts seconds since 1970, and a date alone is a date at the exchange.

use broker_core::{Error, ErrorKind, Result};
use chrono::{
    DateTime, Datelike as _, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta,
    TimeZone as _, Utc,
};
use chrono_tz::Tz;
use time::{Date, Month, OffsetDateTime};

/// Zone names that the gateway writes and the time zone database does not know, or knows as a
/// fixed offset although the gateway means the zone with its daylight saving.
const ZONES: &[(&str, Tz)] = &[
    ("EST", Tz::America__New_York),
    ("EDT", Tz::America__New_York),
    ("Eastern Standard Time", Tz::America__New_York),
    ("CST", Tz::America__Chicago),
    ("CDT", Tz::America__Chicago),
    ("Central Standard Time", Tz::America__Chicago),
    ("MST", Tz::America__Denver),
    ("MDT", Tz::America__Denver),
    ("PST", Tz::America__Los_Angeles),
    ("PDT", Tz::America__Los_Angeles),
    ("BST", Tz::Europe__London),
    ("GMT Standard Time", Tz::Europe__London),
    ("Greenwich Mean Time", Tz::Europe__London),
    ("British Summer Time", Tz::Europe__London),
    ("CEST", Tz::Europe__Berlin),
    ("MET", Tz::Europe__Berlin),
    ("MEST", Tz::Europe__Berlin),
    ("Central European Standard Time", Tz::Europe__Berlin),
    ("Central European Summer Time", Tz::Europe__Berlin),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("HKT", Tz::Asia__Hong_Kong),
    ("Hong Kong Standard Time", Tz::Asia__Hong_Kong),
    ("China Standard Time", Tz::Asia__Shanghai),
    ("JST", Tz::Asia__Tokyo),
    ("Tokyo Standard Time", Tz::Asia__Tokyo),
    ("SGT", Tz::Asia__Singapore),
    ("AEST", Tz::Australia__Sydney),
    ("AEDT", Tz::Australia__Sydney),
];

fn wrong(what: &str, text: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("{text:?} is not {what}"))
}

/// The zone of a name.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when nobody knows the name; it is never guessed.
pub(crate) fn zone(name: &str) -> Result<Tz> {
    let name = name.trim();
    // First: the database has `EST` and `MST` as zones without daylight saving.
    if let Some((_, zone)) = ZONES.iter().find(|(known, _)| *known == name) {
        return Ok(*zone);
    }
    name.parse().map_err(|_| wrong("a known time zone", name))
}

/// The instant of a wall clock reading.
///
/// When the clocks go back, a reading happens twice: the earlier one is meant. When they go forward,
/// an hour does not happen: a reading in it is taken as if the clocks had not been changed yet,
/// which is the same instant on the changed clock, one hour later.
pub(crate) fn at_zone(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.to_utc(),
        LocalResult::None => {
            let before = zone.from_local_datetime(&(wall - TimeDelta::hours(3)));
            match before.earliest() {
                Some(instant) => instant.to_utc() + TimeDelta::hours(3),
                // No zone has skipped more than a day, and none has two holes so near.
                None => zone.from_utc_datetime(&wall).to_utc(),
            }
        }
    }
}

/// A date written as `YYYYMMDD`, perhaps with a time behind it.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when it is not a date.
pub(crate) fn day(text: &str) -> Result<NaiveDate> {
    let digits = text.trim().get(..8).unwrap_or_default();
    let bare = digits.bytes().all(|byte| byte.is_ascii_digit());
    let date = bare.then(|| NaiveDate::parse_from_str(digits, "%Y%m%d").ok());
    date.flatten()
        .ok_or_else(|| wrong("a date such as 20260116", text))
}

/// An instant in any of the gateway's forms. A reading without a zone is in `default`.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when the text is malformed, the zone is not known, or there is
/// neither a zone nor a default.
pub(crate) fn instant(text: &str, default: Option<Tz>) -> Result<DateTime<Utc>> {
    let text = text.trim();
    let malformed = || wrong("an instant such as `20260116 09:30:00 US/Eastern`", text);
    if text.len() > 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().map_err(|_| malformed())?;
        return from_epoch(seconds);
    }
    if let Ok(utc) = NaiveDateTime::parse_from_str(text, "%Y%m%d-%H:%M:%S") {
        return Ok(utc.and_utc());
    }
    let mut words = text.splitn(2, ' ');
    let date = words.next().ok_or_else(malformed)?;
    let rest = words.next().ok_or_else(malformed)?.trim_start();
    let (clock, name) = rest.split_once(' ').unwrap_or((rest, ""));
    let clock = NaiveTime::parse_from_str(clock, "%H:%M:%S").map_err(|_| malformed())?;
    let wall = day(date)?.and_time(clock);
    let zone = match name.trim() {
        "" => default.ok_or_else(|| wrong("an instant with a time zone", text))?,
        name => zone(name)?,
    };
    Ok(at_zone(wall, zone))
}

/// Seconds since 1970.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) for a count that is before 1970 or after any calendar.
pub(crate) fn from_epoch(seconds: i64) -> Result<DateTime<Utc>> {
    let instant = DateTime::from_timestamp(seconds, 0).filter(|_| seconds >= 0);
    instant.ok_or_else(|| wrong("a count of seconds since 1970", &seconds.to_string()))
}

/// The client's instant.
///
/// # Errors
/// As [`from_epoch`].
pub(crate) fn utc(instant: OffsetDateTime) -> Result<DateTime<Utc>> {
    let seconds = from_epoch(instant.unix_timestamp())?;
    Ok(seconds + TimeDelta::nanoseconds(i64::from(instant.nanosecond())))
}

/// An instant for the client, in whole seconds.
///
/// # Errors
/// [`InvalidRequest`](ErrorKind::InvalidRequest) for an instant that the client cannot express.
pub(crate) fn to_offset(instant: DateTime<Utc>) -> Result<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(instant.timestamp()).map_err(|_| {
        Error::new(
            ErrorKind::InvalidRequest,
            format!("{instant} is out of range"),
        )
    })
}

/// The client's date.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) for a date outside the calendar.
pub(crate) fn date(date: Date) -> Result<NaiveDate> {
    let month = u32::from(u8::from(date.month()));
    NaiveDate::from_ymd_opt(date.year(), month, u32::from(date.day()))
        .ok_or_else(|| wrong("a date", &date.to_string()))
}

/// A date for the client.
///
/// # Errors
/// [`InvalidRequest`](ErrorKind::InvalidRequest) for a date that the client cannot express.
pub(crate) fn to_date(date: NaiveDate) -> Result<Date> {
    let wrong = || Error::new(ErrorKind::InvalidRequest, format!("{date} is out of range"));
    let month = u8::try_from(date.month()).map_err(|_| wrong())?;
    let day = u8::try_from(date.day()).map_err(|_| wrong())?;
    let month = Month::try_from(month).map_err(|_| wrong())?;
    Date::from_calendar_date(date.year(), month, day).map_err(|_| wrong())
}
