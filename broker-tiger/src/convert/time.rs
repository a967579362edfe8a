//! The vendor's clock.

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;

/// The time stamp of a request. The vendor lives in Shanghai; its SDKs use several zones, and this one
/// cannot be wrong.
pub(crate) fn stamp(now: DateTime<Utc>) -> String {
    now.with_timezone(&Shanghai)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// The instant of a count of milliseconds since 1970; `None` for 0 and below, which mean "none".
pub(crate) fn from_millis(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis).filter(|_| millis > 0)
}
