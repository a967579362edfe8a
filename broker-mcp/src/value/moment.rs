use core::str::FromStr;
use std::borrow::Cow;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time as people and vendors write it: `30 D`, `2 W`, `6 M`, `1 Y`, `3600 S`, `90 min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Seconds.
    Seconds(u32),
    /// Calendar days.
    Days(u32),
    /// Calendar months.
    Months(u32),
}

impl Span {
    /// The instant that lies so far before another.
    #[must_use]
    pub fn before(self, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Seconds(count) => end.checked_sub_signed(TimeDelta::seconds(i64::from(count))),
            Self::Days(count) => end.checked_sub_days(Days::new(u64::from(count))),
            Self::Months(count) => end.checked_sub_months(Months::new(count)),
        }
    }
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let text = super::Untrusted::line(text, 40);
            format!("`{text}` is no length of time such as `30 D`, `2 W`, `6 M`, `1 Y` or `3600 S`")
        };
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
        let count: u32 = count.parse().map_err(|_| wrong())?;
        let times = |factor: u32| count.checked_mul(factor).ok_or_else(wrong);
        let unit = unit.trim();
        // A small m is a minute to some and a month to others, so it is neither.
        Ok(match (unit, unit.to_ascii_lowercase().as_str()) {
            ("M", _) | (_, "mo" | "mon" | "month" | "months") => Self::Months(count),
            (_, "y" | "year" | "years") => Self::Months(times(12)?),
            (_, "w" | "week" | "weeks") => Self::Days(times(7)?),
            (_, "d" | "day" | "days") => Self::Days(count),
            (_, "h" | "hour" | "hours") => Self::Seconds(times(3_600)?),
            (_, "min" | "mins" | "minute" | "minutes") => Self::Seconds(times(60)?),
            (_, "s" | "sec" | "secs" | "second" | "seconds") => Self::Seconds(count),
            _ => return Err(wrong()),
        })
    }
}

/// An instant, a date, or so long ago, in the spellings of people and vendors.
///
/// RFC 3339, `2026-03-20 15:30:00` and `20260320-15:30:00` (UTC unless a zone is said), `2026-03-20`,
/// `20260320`, seconds or milliseconds since 1970, or a [`Span`] before the end of the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    At(DateTime<Utc>),
    /// A whole date, UTC.
    On(NaiveDate),
    /// So long before the end of the range.
    Ago(Span),
}

impl Moment {
    /// The instant from which a range goes that ends at `end`.
    #[must_use]
    pub fn start(self, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::At(instant) => Some(instant),
            Self::On(date) => Some(midnight(date)),
            Self::Ago(span) => span.before(end),
        }
    }

    /// The instant before which a range ends: a date belongs to the range as a whole.
    #[must_use]
    pub fn end(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::At(instant) => Some(instant),
            Self::On(date) => date.succ_opt().map(midnight),
            Self::Ago(span) => span.before(now),
        }
    }
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// Seconds and milliseconds since 1970 that are told apart by their size: this many seconds are in 5138.
const MOST_SECONDS: i64 = 100_000_000_000;

fn since_1970(number: i64) -> Option<DateTime<Utc>> {
    if number.abs() < MOST_SECONDS {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    }
}

impl FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        const LOCAL: [&str; 6] = [
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y%m%d-%H:%M:%S",
            "%Y%m%d %H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%dT%H:%M",
        ];
        let text = text.trim();
        if let Ok(date) = read_date(text) {
            return Ok(Self::On(date));
        }
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(instant.to_utc()));
        }
        let bare = text.strip_suffix(" UTC").or_else(|| text.strip_suffix('Z'));
        let bare = bare.unwrap_or(text);
        for format in LOCAL {
            if let Ok(time) = NaiveDateTime::parse_from_str(bare, format) {
                return Ok(Self::At(time.and_utc()));
            }
        }
        if text.len() >= 9
            && let Some(instant) = text.parse().ok().and_then(since_1970)
        {
            return Ok(Self::At(instant));
        }
        text.parse().map(Self::Ago).map_err(|_| {
            let text = super::Untrusted::line(text, 40);
            format!("`{text}` is no time such as `2026-03-20`, `2026-03-20T15:30:00Z` or `30 D`")
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(instant) => instant.serialize(serializer),
            Self::On(date) => date.serialize(serializer),
            Self::Ago(Span::Seconds(count)) => serializer.collect_str(&format_args!("{count} S")),
            Self::Ago(Span::Days(count)) => serializer.collect_str(&format_args!("{count} D")),
            Self::Ago(Span::Months(count)) => serializer.collect_str(&format_args!("{count} M")),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text.parse().map_err(de::Error::custom),
            serde_json::Value::Number(number) => {
                let instant = match number.as_i64() {
                    // 20260320 is a date and not a day of August 1970.
                    Some(number @ 19_000_101..=21_001_231) => {
                        return number.to_string().parse().map_err(de::Error::custom);
                    }
                    Some(number) => since_1970(number),
                    None => None,
                };
                instant
                    .map(Self::At)
                    .ok_or_else(|| de::Error::custom("a time is text such as `2026-03-20`"))
            }
            _ => Err(de::Error::custom("a time is text such as `2026-03-20`")),
        }
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A date: `2026-03-20` or `20260320`. It is answered as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

pub(super) fn read_date(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    let formats: [(&str, usize); 3] = [("%Y-%m-%d", 10), ("%Y%m%d", 8), ("%Y/%m/%d", 10)];
    formats
        .iter()
        .filter(|(_, length)| text.len() == *length)
        .find_map(|(format, _)| NaiveDate::parse_from_str(text, format).ok())
        .ok_or_else(|| {
            let text = super::Untrusted::line(text, 40);
            format!("`{text}` is no date such as `2026-03-20`")
        })
}

impl FromStr for Day {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        read_date(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            _ => return Err(de::Error::custom("a date is text such as `2026-03-20`")),
        };
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}
