//! Markets without a daily close: foreign exchange and crypto.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::date::is_weekend;
use super::rules::{LocalDay, LocalSession, Minutes, Rules, clock, evening_before};
use super::session::{DayKind, SessionKind};

/// Rules without holidays hold as far as the time zone data does.
const COVERED: RangeInclusive<i32> = 1990..=2099;

/// Interbank spot foreign exchange, Sunday 17:00 to Friday 17:00 New York.
#[derive(Debug)]
pub(super) struct Forex;

const FOREX_ROLL: Minutes = evening_before(17, 0);

impl Rules for Forex {
    fn name(&self) -> &'static str {
        "FOREX"
    }

    fn time_zone(&self) -> Tz {
        Tz::America__New_York
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        COVERED
    }

    fn roll(&self) -> Minutes {
        FOREX_ROLL
    }

    fn day(&self, date: NaiveDate) -> DayKind {
        if is_weekend(date) {
            DayKind::Weekend
        } else {
            DayKind::Open
        }
    }

    fn sessions(&self, _date: NaiveDate, _early_close: bool) -> LocalDay {
        whole_day(FOREX_ROLL)
    }
}

/// Crypto, every UTC day of the year.
#[derive(Debug)]
pub(super) struct AlwaysOpen;

impl Rules for AlwaysOpen {
    fn name(&self) -> &'static str {
        "24/7"
    }

    fn time_zone(&self) -> Tz {
        Tz::UTC
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        COVERED
    }

    fn roll(&self) -> Minutes {
        0
    }

    fn day(&self, _date: NaiveDate) -> DayKind {
        DayKind::Open
    }

    fn sessions(&self, _date: NaiveDate, _early_close: bool) -> LocalDay {
        whole_day(0)
    }
}

/// One session from the roll to the next roll.
fn whole_day(roll: Minutes) -> LocalDay {
    LocalDay {
        sessions: vec![LocalSession::new(
            SessionKind::Regular,
            roll,
            roll + clock(24, 0),
        )],
        ..LocalDay::default()
    }
}
