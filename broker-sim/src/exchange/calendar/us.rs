//! United States equities and listed options.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::rules::{LocalDay, LocalSession, Minutes, Rules, clock, evening_before};
use super::session::{DayKind, SessionKind};
use super::us_holidays;

/// The first year checked against the exchange's notices, and the last for which the rules are
/// extrapolated.
pub(super) const COVERED: RangeInclusive<i32> = 2007..=2099;

const PRE_MARKET_OPEN: Minutes = clock(4, 0);
const OPEN: Minutes = clock(9, 30);
const CLOSE: Minutes = clock(16, 0);
const EARLY_CLOSE: Minutes = clock(13, 0);
const POST_MARKET_CLOSE: Minutes = clock(20, 0);
const EARLY_POST_MARKET_CLOSE: Minutes = clock(17, 0);
const NIGHT_OPEN: Minutes = evening_before(20, 0);

/// XNYS and XNAS.
#[derive(Debug)]
pub(super) struct UsEquities;

impl Rules for UsEquities {
    fn name(&self) -> &'static str {
        "XNYS"
    }

    fn time_zone(&self) -> Tz {
        Tz::America__New_York
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        COVERED
    }

    fn roll(&self) -> Minutes {
        0
    }

    fn day(&self, date: NaiveDate) -> DayKind {
        us_holidays::day(date)
    }

    fn sessions(&self, _date: NaiveDate, early_close: bool) -> LocalDay {
        let (close, post_close) = if early_close {
            (EARLY_CLOSE, EARLY_POST_MARKET_CLOSE)
        } else {
            (CLOSE, POST_MARKET_CLOSE)
        };
        LocalDay {
            sessions: vec![
                LocalSession::new(SessionKind::PreMarket, PRE_MARKET_OPEN, OPEN),
                LocalSession::new(SessionKind::Regular, OPEN, close),
                LocalSession::new(SessionKind::PostMarket, close, post_close),
            ],
            // Orders for the crosses are taken while continuous trading goes on, so the auctions
            // are instants here and not sessions.
            opening_cross: Some(OPEN),
            closing_cross: Some(close),
        }
    }
}

/// The same with the night before each trade date, which alternative trading systems offer: from 20:00
/// to 04:00, Sunday evening to Friday morning.
#[derive(Debug)]
pub(super) struct UsEquitiesOvernight;

impl Rules for UsEquitiesOvernight {
    fn name(&self) -> &'static str {
        "XNYS overnight"
    }

    fn time_zone(&self) -> Tz {
        UsEquities.time_zone()
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        COVERED
    }

    fn roll(&self) -> Minutes {
        NIGHT_OPEN
    }

    fn day(&self, date: NaiveDate) -> DayKind {
        us_holidays::day(date)
    }

    fn sessions(&self, date: NaiveDate, early_close: bool) -> LocalDay {
        let mut day = UsEquities.sessions(date, early_close);
        let night = LocalSession::new(SessionKind::Overnight, NIGHT_OPEN, PRE_MARKET_OPEN);
        day.sessions.insert(0, night);
        day
    }
}

/// The listed options exchanges (OPRA).
#[derive(Debug)]
pub(super) struct UsOptions;

impl Rules for UsOptions {
    fn name(&self) -> &'static str {
        "OPRA"
    }

    fn time_zone(&self) -> Tz {
        Tz::America__New_York
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        COVERED
    }

    fn roll(&self) -> Minutes {
        0
    }

    fn day(&self, date: NaiveDate) -> DayKind {
        us_holidays::day(date)
    }

    fn sessions(&self, _date: NaiveDate, early_close: bool) -> LocalDay {
        let close = if early_close { EARLY_CLOSE } else { CLOSE };
        LocalDay {
            sessions: vec![LocalSession::new(SessionKind::Regular, OPEN, close)],
            ..LocalDay::default()
        }
    }
}
