use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::hong_kong_holidays::{CLOSURES, COVERED, HALF_DAYS};
use super::{Auction, Calendar, CalendarError, DayKind, Phase, SessionKind};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn the_lists_are_sorted_weekdays_of_the_covered_years() {
    let days = CLOSURES
        .iter()
        .map(|(year, month, day, _)| (*year, *month, *day))
        .map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap());
    let half = HALF_DAYS
        .iter()
        .map(|(year, month, day)| NaiveDate::from_ymd_opt(*year, *month, *day).unwrap());
    let (days, half): (Vec<_>, Vec<_>) = (days.collect(), half.collect());
    for list in [&days, &half] {
        assert!(list.is_sorted_by(|left, right| left < right));
        assert!(list.iter().all(|day| !super::date::is_weekend(*day)));
        assert!(list.iter().all(|day| COVERED.contains(&day.year())));
    }
    assert!(half.iter().all(|day| !days.contains(day)));
}

#[test]
fn each_past_year_has_its_number_of_sessions() {
    // A row that an edit loses or doubles shows here.
    let known = [
        (2018, 246),
        (2019, 246),
        (2020, 248),
        (2021, 247),
        (2022, 246),
        (2023, 243),
    ];
    for (year, sessions) in known {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
        let found = Calendar::hong_kong()
            .trading_days(first, last)
            .unwrap()
            .len();
        assert_eq!(found, sessions, "{year}");
    }
}

#[test]
fn fixed_holidays_of_the_ordinance_are_in_the_list() {
    let calendar = Calendar::hong_kong();
    for year in COVERED {
        for (month, day) in [(1, 1), (5, 1), (7, 1), (10, 1), (12, 25)] {
            let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            assert!(!calendar.day(date).unwrap().is_trading(), "{date}");
        }
        let (month, day) = super::date::easter(year);
        let easter = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let good_friday = easter - chrono::TimeDelta::days(2);
        assert_eq!(
            calendar.day(good_friday),
            Ok(DayKind::Holiday("Good Friday"))
        );
        let easter_monday = easter + chrono::TimeDelta::days(1);
        assert!(
            !calendar.day(easter_monday).unwrap().is_trading(),
            "{easter_monday}"
        );
    }
    assert_eq!(
        calendar.day(date("2023-09-01")),
        Ok(DayKind::Holiday("Typhoon Saola"))
    );
    assert_eq!(calendar.day(date("2024-02-09")), Ok(DayKind::EarlyClose));
}

#[test]
fn the_lunch_break_is_closed() {
    let calendar = Calendar::hong_kong();
    let morning = utc("2024-07-02T03:59:59Z");
    assert!(calendar.at(morning).is_regular());
    assert_eq!(calendar.at(utc("2024-07-02T04:00:00Z")), Phase::Closed);
    assert_eq!(
        calendar.next_close(morning),
        Some(utc("2024-07-02T04:00:00Z"))
    );
    assert_eq!(
        calendar.next_open(morning),
        Some(utc("2024-07-02T05:00:00Z"))
    );
    let day = calendar.trading_date(date("2024-07-02")).unwrap().unwrap();
    assert_eq!(day.regular_close(), Some(utc("2024-07-02T08:00:00Z")));
}

#[test]
fn a_full_day_and_a_half_day_have_their_sessions() {
    let calendar = Calendar::hong_kong();
    let sessions = |day: &str| -> Vec<_> {
        let found = calendar.trading_date(date(day)).unwrap().unwrap();
        found
            .windows
            .iter()
            .map(|window| {
                let time = |at: DateTime<Utc>| at.format("%H:%M").to_string();
                (window.kind, time(window.open), time(window.close))
            })
            .collect()
    };
    let session = |kind, open: &str, close: &str| (kind, open.to_owned(), close.to_owned());
    assert_eq!(
        sessions("2024-12-23"),
        [
            session(SessionKind::OpeningAuction, "01:00", "01:30"),
            session(SessionKind::Regular, "01:30", "04:00"),
            session(SessionKind::Regular, "05:00", "08:00"),
            session(SessionKind::ClosingAuction, "08:00", "08:10"),
        ]
    );
    assert_eq!(
        sessions("2024-12-24"),
        [
            session(SessionKind::OpeningAuction, "01:00", "01:30"),
            session(SessionKind::Regular, "01:30", "04:00"),
            session(SessionKind::ClosingAuction, "04:00", "04:10"),
        ]
    );
}

#[test]
fn auctions_uncross_when_their_call_phase_ends() {
    let calendar = Calendar::hong_kong();
    let (at, opening) = calendar
        .next_transition(utc("2024-07-02T01:10:00Z"))
        .unwrap();
    assert_eq!(
        (at, opening.auction),
        (utc("2024-07-02T01:30:00Z"), Some(Auction::Opening))
    );
    assert_eq!(opening.from.kind(), Some(SessionKind::OpeningAuction));
    let (at, closing) = calendar
        .next_transition(utc("2024-07-02T08:00:00Z"))
        .unwrap();
    assert_eq!(
        (at, closing.auction),
        (utc("2024-07-02T08:10:00Z"), Some(Auction::Closing))
    );
    assert_eq!(closing.to, Phase::Closed);
}

#[test]
fn nothing_is_claimed_outside_the_list() {
    let calendar = Calendar::hong_kong();
    assert_eq!(calendar.covered_years(), 2018..=2027);
    let monday = date("2028-01-03");
    let unknown = CalendarError::NotCovered {
        calendar: "XHKG",
        date: monday,
        first_year: 2018,
        last_year: 2027,
    };
    assert_eq!(calendar.day(monday), Err(unknown.clone()));
    assert_eq!(calendar.trading_date(monday), Err(unknown.clone()));
    assert_eq!(
        calendar
            .trading_days(date("2027-12-01"), monday)
            .unwrap_err()
            .to_string(),
        "calendar XHKG covers 2018 to 2027; whether it trades on 2028-01-01 is unknown"
    );
    assert!(calendar.next_trading_date(date("2027-12-31")).is_err());
    assert!(calendar.previous_trading_date(date("2018-01-02")).is_err());
    for now in ["2017-12-29T02:00:00Z", "2028-01-03T02:00:00Z"].map(utc) {
        assert_eq!(calendar.at(now), Phase::Unknown);
        assert!(!calendar.is_open(now, true));
        assert_eq!(calendar.next_transition(now), None);
        assert!(calendar.trade_date_of(now).is_err());
    }
    // The last boundary of the list, then nothing.
    let last = utc("2027-12-31T04:10:00Z");
    assert_eq!(
        calendar
            .next_transition(utc("2027-12-31T04:09:59Z"))
            .unwrap()
            .0,
        last
    );
    assert_eq!(calendar.next_transition(last), None);
    assert_eq!(calendar.next_open(last), None);
    // The first instant of the first covered day, seen from the year before in UTC.
    assert_eq!(calendar.at(utc("2017-12-31T15:59:59Z")), Phase::Unknown);
    assert_eq!(calendar.at(utc("2017-12-31T16:00:00Z")), Phase::Closed);
    let (first, _) = calendar
        .next_transition(utc("2017-12-31T16:00:00Z"))
        .unwrap();
    assert_eq!(first, utc("2018-01-02T01:00:00Z"));
}

#[test]
fn a_month_outside_the_year_is_an_error() {
    let error = Calendar::hong_kong().third_friday(2024, 13);
    assert_eq!(
        error,
        Err(CalendarError::InvalidMonth {
            year: 2024,
            month: 13
        })
    );
}
