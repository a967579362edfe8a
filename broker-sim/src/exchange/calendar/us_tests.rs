use chrono::{DateTime, NaiveDate, Utc};

use super::{Auction, Calendar, DayKind, Phase, SessionKind};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The published closures and 13:00 closes of the New York Stock Exchange, month and day.
#[rustfmt::skip]
const PUBLISHED: [(i32, &str, &str); 20] = [
    (2007, "01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25", "07-03 11-23 12-24"),
    (2008, "01-01 01-21 02-18 03-21 05-26 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"),
    (2009, "01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25", "11-27 12-24"),
    (2010, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24", "11-26"),
    (2011, "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26", "11-25"),
    (2012, "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25", "07-03 11-23 12-24"),
    (2013, "01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"),
    (2014, "01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"),
    (2015, "01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25", "11-27 12-24"),
    (2016, "01-01 01-18 02-15 03-25 05-30 07-04 09-05 11-24 12-26", "11-25"),
    (2017, "01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25", "07-03 11-24"),
    (2018, "01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25", "07-03 11-23 12-24"),
    (2019, "01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"),
    (2020, "01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25", "11-27 12-24"),
    (2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24", "11-26"),
    (2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26", "11-25"),
    (2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25", "07-03 11-24"),
    (2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"),
    (2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"),
    (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25", "11-27 12-24"),
];

#[test]
fn every_day_of_twenty_years_is_as_published() {
    let calendar = Calendar::us_equities();
    for (year, closures, early_closes) in PUBLISHED {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        for day in first
            .iter_days()
            .take_while(|day| chrono::Datelike::year(day) == year)
        {
            let name = day.format("%m-%d").to_string();
            let kind = calendar.day(day).unwrap();
            let weekend = super::date::is_weekend(day);
            assert_eq!(kind == DayKind::Weekend, weekend, "{day}");
            let closed = closures.split(' ').any(|listed| listed == name);
            assert_eq!(
                matches!(kind, DayKind::Holiday(_)),
                closed,
                "{day} {kind:?}"
            );
            let early = early_closes.split(' ').any(|listed| listed == name);
            assert_eq!(kind == DayKind::EarlyClose, early, "{day} {kind:?}");
        }
    }
}

#[test]
fn holidays_carry_their_names() {
    let table = [
        ("2023-01-02", "New Year's Day"),
        ("2018-01-15", "Martin Luther King Jr. Day"),
        ("2018-02-19", "Washington's Birthday"),
        ("2018-03-30", "Good Friday"),
        ("2018-05-28", "Memorial Day"),
        ("2022-06-20", "Juneteenth"),
        ("2027-06-18", "Juneteenth"),
        ("2020-07-03", "Independence Day"),
        ("2018-09-03", "Labor Day"),
        ("2018-11-22", "Thanksgiving Day"),
        ("2021-12-24", "Christmas Day"),
        ("2012-10-30", "Hurricane Sandy"),
        (
            "2018-12-05",
            "National Day of Mourning for George H. W. Bush",
        ),
        ("2025-01-09", "National Day of Mourning for Jimmy Carter"),
    ];
    for (day, name) in table {
        assert_eq!(
            Calendar::us_equities().day(date(day)),
            Ok(DayKind::Holiday(name)),
            "{day}"
        );
        assert_eq!(
            Calendar::us_options().day(date(day)),
            Ok(DayKind::Holiday(name)),
            "{day}"
        );
    }
    // Not observed: a Saturday New Year, and Juneteenth before 2022.
    assert_eq!(
        Calendar::us_equities().day(date("2021-12-31")),
        Ok(DayKind::Open)
    );
    assert_eq!(
        Calendar::us_equities().day(date("2021-06-18")),
        Ok(DayKind::Open)
    );
}

#[test]
fn sessions_follow_new_york_across_daylight_saving() {
    // Clocks change on Sunday 10 March and Sunday 3 November 2024.
    let table = [
        ("2024-03-08", ["09:00", "14:30", "21:00", "01:00"]),
        ("2024-03-11", ["08:00", "13:30", "20:00", "00:00"]),
        ("2024-11-01", ["08:00", "13:30", "20:00", "00:00"]),
        ("2024-11-04", ["09:00", "14:30", "21:00", "01:00"]),
        ("2024-07-03", ["08:00", "13:30", "17:00", "21:00"]),
        ("2024-11-29", ["09:00", "14:30", "18:00", "22:00"]),
    ];
    for (day, expected) in table {
        let found = Calendar::us_equities()
            .trading_date(date(day))
            .unwrap()
            .unwrap();
        let kinds: Vec<_> = found.windows.iter().map(|window| window.kind).collect();
        assert_eq!(
            kinds,
            [
                SessionKind::PreMarket,
                SessionKind::Regular,
                SessionKind::PostMarket
            ],
            "{day}"
        );
        let mut times: Vec<_> = found
            .windows
            .iter()
            .map(|window| window.open.format("%H:%M").to_string())
            .collect();
        times.push(found.close().unwrap().format("%H:%M").to_string());
        assert_eq!(times, expected, "{day}");
        assert_eq!(found.opening_cross, found.regular_open(), "{day}");
        assert_eq!(found.closing_cross, found.regular_close(), "{day}");
    }
}

#[test]
fn options_have_one_session_and_no_extended_hours() {
    let options = Calendar::us_options();
    let found = options.trading_date(date("2024-07-03")).unwrap().unwrap();
    assert!(found.early_close);
    assert_eq!(found.windows.len(), 1);
    assert_eq!(found.regular_open(), Some(utc("2024-07-03T13:30:00Z")));
    assert_eq!(found.close(), Some(utc("2024-07-03T17:00:00Z")));
    assert!(!options.is_open(utc("2024-07-01T12:00:00Z"), true));
    assert!(Calendar::us_equities().is_open(utc("2024-07-01T12:00:00Z"), true));
    assert!(!Calendar::us_equities().is_open(utc("2024-07-01T12:00:00Z"), false));
}

#[test]
fn a_trading_day_steps_through_its_boundaries() {
    let calendar = Calendar::us_equities();
    let mut now = utc("2024-07-03T00:00:01Z");
    let mut steps = Vec::new();
    for _ in 0..5 {
        let (at, transition) = calendar.next_transition(now).unwrap();
        steps.push((at.to_rfc3339(), transition.to.kind(), transition.auction));
        now = at;
    }
    let step = |at: &str, kind, auction| (format!("{at}:00+00:00"), kind, auction);
    assert_eq!(
        steps,
        [
            step("2024-07-03T08:00", Some(SessionKind::PreMarket), None),
            step(
                "2024-07-03T13:30",
                Some(SessionKind::Regular),
                Some(Auction::Opening)
            ),
            step(
                "2024-07-03T17:00",
                Some(SessionKind::PostMarket),
                Some(Auction::Closing)
            ),
            step("2024-07-03T21:00", None, None),
            // Independence Day lies between.
            step("2024-07-05T08:00", Some(SessionKind::PreMarket), None),
        ]
    );
}

#[test]
fn a_session_includes_its_open_and_excludes_its_close() {
    let calendar = Calendar::us_options();
    let open = utc("2024-07-01T13:30:00Z");
    let close = utc("2024-07-01T20:00:00Z");
    let nanosecond = chrono::TimeDelta::nanoseconds(1);
    assert_eq!(calendar.at(open - nanosecond), Phase::Closed);
    assert!(calendar.at(open).is_regular());
    assert!(calendar.at(close - nanosecond).is_regular());
    assert_eq!(calendar.at(close), Phase::Closed);
    assert_eq!(calendar.next_open(open - nanosecond), Some(open));
    assert_eq!(calendar.next_open(open), Some(utc("2024-07-02T13:30:00Z")));
    assert_eq!(calendar.next_close(close - nanosecond), Some(close));
    assert_eq!(
        calendar.next_close(close),
        Some(utc("2024-07-02T20:00:00Z"))
    );
}

#[test]
fn trade_dates_move_over_weekends_and_holidays() {
    let calendar = Calendar::us_equities();
    let table = [
        ("2024-07-03T23:59:00Z", "2024-07-03"), // after the close, still that day in New York
        ("2024-07-04T15:00:00Z", "2024-07-05"),
        ("2024-07-05T03:59:59Z", "2024-07-05"),
        ("2024-07-06T12:00:00Z", "2024-07-08"),
    ];
    for (now, expected) in table {
        assert_eq!(
            calendar.trade_date_of(utc(now)),
            Ok(date(expected)),
            "{now}"
        );
    }
    assert_eq!(
        calendar.next_trading_date(date("2024-07-03")),
        Ok(date("2024-07-05"))
    );
    assert_eq!(
        calendar.previous_trading_date(date("2024-07-05")),
        Ok(date("2024-07-03"))
    );
}

#[test]
fn expiries_leave_holidays_for_the_day_before() {
    let calendar = Calendar::us_options();
    let table = [
        (2024, 1, "2024-01-19"),
        (2024, 3, "2024-03-15"),
        (2022, 4, "2022-04-14"), // Good Friday
        (2026, 6, "2026-06-18"), // Juneteenth
        (2027, 3, "2027-03-19"),
    ];
    for (year, month, expected) in table {
        assert_eq!(
            calendar.third_friday(year, month),
            Ok(date(expected)),
            "{year}-{month}"
        );
    }
}

#[test]
fn a_night_belongs_to_the_trade_date_after_it() {
    let calendar = Calendar::us_equities_overnight();
    let kind = |text: &str| calendar.at(utc(text)).kind();
    // Sunday evening to Friday morning, in winter.
    assert_eq!(kind("2022-01-10T00:59:59Z"), None);
    assert_eq!(kind("2022-01-10T01:00:00Z"), Some(SessionKind::Overnight));
    assert_eq!(kind("2022-01-10T08:59:59Z"), Some(SessionKind::Overnight));
    assert_eq!(kind("2022-01-10T09:00:00Z"), Some(SessionKind::PreMarket));
    assert_eq!(kind("2022-01-14T08:59:59Z"), Some(SessionKind::Overnight));
    assert_eq!(kind("2022-01-15T01:00:00Z"), None);
    // The Monday of the week after was a holiday: no night leads to it.
    assert_eq!(kind("2022-01-17T03:00:00Z"), None);
    assert_eq!(kind("2022-01-18T03:00:00Z"), Some(SessionKind::Overnight));
    let of = |text: &str| calendar.trade_date_of(utc(text)).unwrap();
    assert_eq!(of("2022-01-11T00:59:59Z"), date("2022-01-10"));
    assert_eq!(of("2022-01-11T01:00:00Z"), date("2022-01-11"));
    // An hour earlier in summer.
    assert_eq!(kind("2022-07-12T00:00:00Z"), Some(SessionKind::Overnight));
    assert!(calendar.has_nights() && !Calendar::us_equities().has_nights());
}
