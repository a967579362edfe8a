//! Equity index futures on CME Globex.
//!
//! Sources: CME Group contract specifications (E-mini S&P 500: Sunday to Friday, 17:00 to 16:00
//! Central Time with a daily break from 16:00) and the CME Globex holiday calendars.
//!
//! Simplified: today's hours are used for every year, so the 15:15 halt (until June 2021) and the
//! earlier close times before 2014 are absent; so is the short session on a Good Friday on which
//! the employment report falls. The holidays are those of the New York exchanges.

use std::ops::RangeInclusive;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::date::is_weekend;
use super::rules::{LocalDay, LocalSession, Minutes, Rules, clock, evening_before};
use super::session::{DayKind, SessionKind};
use super::us_holidays;

const OPEN: Minutes = evening_before(17, 0);
const CLOSE: Minutes = clock(16, 0);
/// Trading halts at noon on a United States holiday and goes on at 17:00.
const HOLIDAY_HALT: Minutes = clock(12, 0);
const EARLY_CLOSE: Minutes = clock(12, 15);
/// The stock market's opening on days of mourning.
const MOURNING_CLOSE: Minutes = clock(8, 30);
/// Hurricane Sandy, 29 and 30 October 2012.
const SANDY_CLOSE: Minutes = clock(8, 15);
const DAY: Minutes = clock(24, 0);

/// What Globex does in the 23 hours up to 16:00 of a calendar weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch {
    /// Trades under the date itself until this time.
    Own(Minutes),
    /// Trades until noon under the next trade date: the holiday has no settlement.
    Next(&'static str),
    /// Does not trade.
    Shut(&'static str),
}

fn stretch(date: NaiveDate) -> Stretch {
    if let Some(reason) = us_holidays::special_closure(date) {
        let close = if reason == "Hurricane Sandy" {
            SANDY_CLOSE
        } else {
            MOURNING_CLOSE
        };
        return Stretch::Own(close);
    }
    match us_holidays::day(date) {
        DayKind::Open => Stretch::Own(CLOSE),
        DayKind::EarlyClose => Stretch::Own(EARLY_CLOSE),
        DayKind::Holiday(name @ ("New Year's Day" | "Good Friday" | "Christmas Day")) => {
            Stretch::Shut(name)
        }
        DayKind::Holiday(name) => Stretch::Next(name),
        DayKind::Weekend => Stretch::Shut("weekend"),
    }
}

/// Globex equity index futures.
#[derive(Debug)]
pub(super) struct CmeIndexFutures;

impl Rules for CmeIndexFutures {
    fn name(&self) -> &'static str {
        "XCME"
    }

    fn time_zone(&self) -> Tz {
        Tz::America__Chicago
    }

    fn covered_years(&self) -> RangeInclusive<i32> {
        2012..=2099
    }

    fn roll(&self) -> Minutes {
        OPEN
    }

    fn day(&self, date: NaiveDate) -> DayKind {
        if is_weekend(date) {
            return DayKind::Weekend;
        }
        match stretch(date) {
            Stretch::Own(CLOSE) => DayKind::Open,
            Stretch::Own(_) => DayKind::EarlyClose,
            Stretch::Next(name) | Stretch::Shut(name) => DayKind::Holiday(name),
        }
    }

    fn sessions(&self, date: NaiveDate, _early_close: bool) -> LocalDay {
        let mut sessions = Vec::new();
        // Holidays in front of the date lend it their mornings; never more than four days away.
        for back in (1..=4).rev() {
            let earlier = date - TimeDelta::days(back);
            if matches!(stretch(earlier), Stretch::Next(_)) && leads_to(earlier, date) {
                let shift = back * DAY;
                sessions.push(LocalSession::new(
                    SessionKind::Regular,
                    OPEN - shift,
                    HOLIDAY_HALT - shift,
                ));
            }
        }
        if let Stretch::Own(close) = stretch(date) {
            sessions.push(LocalSession::new(SessionKind::Regular, OPEN, close));
        }
        LocalDay {
            sessions,
            ..LocalDay::default()
        }
    }
}

/// True when no trade date lies between the holiday and the date.
fn leads_to(holiday: NaiveDate, date: NaiveDate) -> bool {
    holiday
        .iter_days()
        .skip(1)
        .take_while(|day| *day < date)
        .all(|day| !matches!(stretch(day), Stretch::Own(_)))
}
