//! The order of observations within a series.

use chrono::{DateTime, Utc};

use super::error::{DataErrorKind, Fault};
use super::record::BarTime;

/// A bar follows another when it is later and of the same sort of time.
pub(super) fn check_follows(before: Option<BarTime>, at: BarTime) -> Result<(), Fault> {
    let show = |time: BarTime| match time {
        BarTime::Date(date) => date.to_string(),
        BarTime::Start(start) => start.to_rfc3339(),
    };
    match (before, at) {
        (Some(BarTime::Date(_)), BarTime::Start(_)) => Err(Fault::new(
            DataErrorKind::BadDate,
            "a date, as in the rows before",
        )),
        (Some(BarTime::Start(_)), BarTime::Date(_)) => Err(Fault::new(
            DataErrorKind::BadDate,
            "a timestamp, as in the rows before",
        )),
        (Some(before), at) if at == before => {
            let expected = format!("one bar only for {}", show(at));
            Err(Fault::new(DataErrorKind::Duplicate, expected))
        }
        (Some(before), at) if at < before => {
            let expected = format!("a time after {}", show(before));
            Err(Fault::new(DataErrorKind::OutOfOrder, expected))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// A tick follows another when it is not earlier.
pub(super) fn check_not_before(
    before: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Result<(), Fault> {
    match before.filter(|before| at < *before) {
        Some(before) => {
            let expected = format!("a time not before {}", before.to_rfc3339());
            Err(Fault::new(DataErrorKind::OutOfOrder, expected))
        }
        None => Ok(()),
    }
}
