//! Points in time as clients write them.

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;

/// What a client is told about a time that cannot be read.
pub(super) const WRONG: &str = "End Date/Time: The date, time, or time-zone entered is invalid. \
The correct format is yyyymmdd hh:mm:ss xx/xxxx where xx/xxxx is optional, or yyyymmdd-hh:mm:ss for UTC.";

/// Reads `20220103 16:00:00 US/Eastern`, the same without a zone (then in the instrument's), or
/// `20220103-21:00:00` (UTC).
pub(super) fn read(text: &str, instrument_zone: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(utc) = NaiveDateTime::parse_from_str(text, "%Y%m%d-%H:%M:%S") {
        return Some(utc.and_utc());
    }
    let mut parts = text.splitn(3, ' ');
    let (date, time) = (parts.next()?, parts.next()?);
    let zone = match parts.next().map(str::trim) {
        None | Some("") => instrument_zone,
        Some(name) => name.parse().ok()?,
    };
    let format = if time.len() == 5 {
        "%Y%m%d %H:%M"
    } else {
        "%Y%m%d %H:%M:%S"
    };
    let wall = NaiveDateTime::parse_from_str(&format!("{date} {time}"), format).ok()?;
    // In the hour that comes twice the first is meant; one that does not come is wrong.
    Some(
        zone.from_local_datetime(&wall)
            .earliest()?
            .with_timezone(&Utc),
    )
}
