use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{Calendar, Phase};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn calendars_name_their_market_zone_and_years() {
    let table = [
        (
            Calendar::us_equities(),
            "XNYS",
            Tz::America__New_York,
            2007..=2099,
        ),
        (
            Calendar::us_options(),
            "OPRA",
            Tz::America__New_York,
            2007..=2099,
        ),
        (
            Calendar::hong_kong(),
            "XHKG",
            Tz::Asia__Hong_Kong,
            2018..=2027,
        ),
        (
            Calendar::cme_index_futures(),
            "XCME",
            Tz::America__Chicago,
            2012..=2099,
        ),
        (
            Calendar::forex(),
            "FOREX",
            Tz::America__New_York,
            1990..=2099,
        ),
        (Calendar::always_open(), "24/7", Tz::UTC, 1990..=2099),
    ];
    for (calendar, name, zone, years) in table {
        assert_eq!(calendar.name(), name);
        assert_eq!(calendar.time_zone(), zone);
        assert_eq!(calendar.covered_years(), years);
        assert_eq!(format!("{calendar:?}"), format!("Calendar({name:?})"));
    }
}

#[test]
fn the_ends_of_time_are_answered_without_panic() {
    for calendar in [
        Calendar::us_equities(),
        Calendar::forex(),
        Calendar::always_open(),
    ] {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(calendar.at(instant), Phase::Unknown);
            assert_eq!(calendar.next_transition(instant), None);
            assert_eq!(calendar.next_open(instant), None);
            assert!(calendar.trade_date_of(instant).is_err());
        }
        for date in [NaiveDate::MIN, NaiveDate::MAX] {
            assert!(calendar.day(date).is_err());
            assert!(calendar.trading_date(date).is_err());
            assert!(calendar.next_trading_date(date).is_err());
            assert!(calendar.previous_trading_date(date).is_err());
            assert!(calendar.trading_days(date, date).is_err());
        }
    }
}

#[test]
fn a_reversed_range_is_empty() {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let days = Calendar::us_equities().trading_days(date("2024-07-02"), date("2024-07-01"));
    assert_eq!(days, Ok(vec![]));
}

#[test]
fn boundaries_at_new_year_are_seen_from_both_years() {
    let calendar = Calendar::us_equities();
    // The post-market of 31 December 2024 ends at 01:00 UTC on 1 January 2025.
    let eve = utc("2024-12-31T23:30:00Z");
    let end = utc("2025-01-01T01:00:00Z");
    assert_eq!(
        calendar.next_transition(eve).map(|found| found.0),
        Some(end)
    );
    assert_eq!(calendar.at(utc("2025-01-01T00:30:00Z")), calendar.at(eve));
    assert_eq!(calendar.at(end), Phase::Closed);
}
