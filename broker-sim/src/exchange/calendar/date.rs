//! Date arithmetic that holiday rules share.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

/// Month and day of Western Easter Sunday in a Gregorian year.
///
/// The anonymous Gregorian computus (Nature, 20 April 1876; Meeus, Astronomical Algorithms, ch. 8).
pub(super) fn easter(year: i32) -> (u32, u32) {
    let a = year.rem_euclid(19);
    let b = year.div_euclid(100);
    let c = year.rem_euclid(100);
    let d = b / 4;
    let e = b % 4;
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let i = c / 4;
    let k = c % 4;
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    ((sum / 31).unsigned_abs(), (sum % 31 + 1).unsigned_abs())
}

/// True when the date is the Friday before Western Easter.
pub(super) fn is_good_friday(date: NaiveDate) -> bool {
    let (month, day) = easter(date.year());
    NaiveDate::from_ymd_opt(date.year(), month, day)
        .is_some_and(|sunday| sunday - TimeDelta::days(2) == date)
}

/// Which occurrence of its weekday in the month the date is, from 1.
pub(super) fn occurrence(date: NaiveDate) -> u32 {
    (date.day() - 1) / 7 + 1
}

/// True when the date is the `nth` such weekday of its month.
pub(super) fn is_nth(date: NaiveDate, nth: u32, weekday: Weekday) -> bool {
    date.weekday() == weekday && occurrence(date) == nth
}

/// True when the date is the last such weekday of its month.
pub(super) fn is_last(date: NaiveDate, weekday: Weekday) -> bool {
    date.weekday() == weekday && (date + TimeDelta::days(7)).month() != date.month()
}

/// True on Saturday and Sunday.
pub(super) fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}
