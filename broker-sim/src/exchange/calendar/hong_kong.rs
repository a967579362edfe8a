//! The securities market of Hong Kong.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::date::is_weekend;
use super::hong_kong_holidays::{CLOSURES, COVERED, HALF_DAYS};
use super::rules::{LocalDay, LocalSession, Minutes, Rules, clock};
use super::session::{DayKind, SessionKind};

const PRE_OPENING: Minutes = clock(9, 0);
const OPEN: Minutes = clock(9, 30);
const LUNCH: Minutes = clock(12, 0);
const AFTERNOON: Minutes = clock(13, 0);
const CLOSE: Minutes = clock(16, 0);
const CLOSING_AUCTION: Minutes = 10;

/// XHKG.
#[derive(Debug)]
pub(super) struct HongKong;

impl Rules for HongKong {
    fn name(&self) -> &'static str {
        "XHKG"
    }

    fn time_zone(&self) -> Tz {
        Tz::Asia__Hong_Kong
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        COVERED
    }

    fn roll(&self) -> Minutes {
        0
    }

    fn day(&self, date: NaiveDate) -> DayKind {
        if is_weekend(date) {
            return DayKind::Weekend;
        }
        let key = (date.year(), date.month(), date.day());
        let closure = CLOSURES
            .iter()
            .find(|(year, month, day, _)| (*year, *month, *day) == key);
        if let Some((.., reason)) = closure {
            DayKind::Holiday(reason)
        } else if HALF_DAYS.contains(&key) {
            DayKind::EarlyClose
        } else {
            DayKind::Open
        }
    }

    fn sessions(&self, _date: NaiveDate, early_close: bool) -> LocalDay {
        let close = if early_close { LUNCH } else { CLOSE };
        let end = close + CLOSING_AUCTION;
        let mut sessions = vec![
            LocalSession::new(SessionKind::OpeningAuction, PRE_OPENING, OPEN),
            LocalSession::new(SessionKind::Regular, OPEN, LUNCH),
        ];
        if !early_close {
            sessions.push(LocalSession::new(SessionKind::Regular, AFTERNOON, CLOSE));
        }
        sessions.push(LocalSession::new(SessionKind::ClosingAuction, close, end));
        LocalDay {
            sessions,
            opening_cross: Some(OPEN),
            closing_cross: Some(end),
        }
    }
}
