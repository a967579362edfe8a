//! The holidays of the New York exchanges, by rule.
//!
//! Sources: NYSE Rule 7.2 (holidays and how they move off a weekend) and the yearly "NYSE Group
//! holiday and early closings calendar" notices.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::date::{is_good_friday, is_last, is_nth, is_weekend};
use super::session::DayKind;

/// Closures by decision of the exchange, outside any rule: year, month, day, reason.
pub(super) const SPECIAL_CLOSURES: [(i32, u32, u32, &str); 5] = [
    (2007, 1, 2, "National Day of Mourning for Gerald Ford"),
    (2012, 10, 29, "Hurricane Sandy"),
    (2012, 10, 30, "Hurricane Sandy"),
    (
        2018,
        12,
        5,
        "National Day of Mourning for George H. W. Bush",
    ),
    (2025, 1, 9, "National Day of Mourning for Jimmy Carter"),
];

/// What the New York exchanges do on a date from 2007 on.
pub(super) fn day(date: NaiveDate) -> DayKind {
    if is_weekend(date) {
        return DayKind::Weekend;
    }
    if let Some(reason) = special_closure(date).or_else(|| holiday(date)) {
        return DayKind::Holiday(reason);
    }
    if is_early_close(date) {
        DayKind::EarlyClose
    } else {
        DayKind::Open
    }
}

/// The reason of a special closure on the date.
pub(super) fn special_closure(date: NaiveDate) -> Option<&'static str> {
    let key = (date.year(), date.month(), date.day());
    SPECIAL_CLOSURES
        .iter()
        .find(|(year, month, day, _)| (*year, *month, *day) == key)
        .map(|(.., reason)| *reason)
}

/// The regular holiday observed on a weekday.
pub(super) fn holiday(date: NaiveDate) -> Option<&'static str> {
    let year = date.year();
    if is_new_year(date) {
        Some("New Year's Day")
    } else if date.month() == 1 && is_nth(date, 3, Weekday::Mon) {
        Some("Martin Luther King Jr. Day")
    } else if date.month() == 2 && is_nth(date, 3, Weekday::Mon) {
        Some("Washington's Birthday")
    } else if is_good_friday(date) {
        Some("Good Friday")
    } else if date.month() == 5 && is_last(date, Weekday::Mon) {
        Some("Memorial Day")
    } else if year >= 2022 && is_observed(date, 6, 19) {
        // A federal holiday since June 2021; the exchanges first closed for it in 2022.
        Some("Juneteenth")
    } else if is_observed(date, 7, 4) {
        Some("Independence Day")
    } else if date.month() == 9 && is_nth(date, 1, Weekday::Mon) {
        Some("Labor Day")
    } else if is_thanksgiving(date) {
        Some("Thanksgiving Day")
    } else if is_observed(date, 12, 25) {
        Some("Christmas Day")
    } else {
        None
    }
}

/// True when the weekday stands in for the fixed date: itself, the Friday before a Saturday or
/// the Monday after a Sunday (NYSE Rule 7.2).
fn is_observed(date: NaiveDate, month: u32, day: u32) -> bool {
    let actual = match date.weekday() {
        Weekday::Fri if !is_date(date, month, day) => date + TimeDelta::days(1),
        Weekday::Mon if !is_date(date, month, day) => date - TimeDelta::days(1),
        _ => date,
    };
    is_date(actual, month, day)
}

/// New Year's Day never moves to the Friday before, which ends an accounting year: a New Year on
/// a Saturday is not observed at all (NYSE Rule 7.2; so it was in 2011 and 2022).
fn is_new_year(date: NaiveDate) -> bool {
    is_date(date, 1, 1) || (is_date(date, 1, 2) && date.weekday() == Weekday::Mon)
}

fn is_thanksgiving(date: NaiveDate) -> bool {
    date.month() == 11 && is_nth(date, 4, Weekday::Thu)
}

/// The exchanges close at 13:00 on the day after Thanksgiving, and on July 3 and December 24 when
/// these are trading weekdays.
fn is_early_close(date: NaiveDate) -> bool {
    date.pred_opt().is_some_and(is_thanksgiving) || is_date(date, 7, 3) || is_date(date, 12, 24)
}

fn is_date(date: NaiveDate, month: u32, day: u32) -> bool {
    date.month() == month && date.day() == day
}
