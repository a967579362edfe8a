use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{at_zone, date, day, instant, to_date, to_offset, utc, zone};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn every_form_of_an_instant_is_understood() {
    for (text, expected) in [
        ("20260116 09:30:00 US/Eastern", "2026-01-16T14:30:00Z"),
        ("20260716 09:30:00 US/Eastern", "2026-07-16T13:30:00Z"),
        ("20260716  09:30:00 EST", "2026-07-16T13:30:00Z"),
        (
            "20260116 14:30:00 China Standard Time",
            "2026-01-16T06:30:00Z",
        ),
        ("20260116-14:30:00", "2026-01-16T14:30:00Z"),
        ("1768573800", "2026-01-16T14:30:00Z"),
    ] {
        assert_eq!(instant(text, None).unwrap(), at(expected), "{text}");
    }
}

#[test]
fn a_reading_without_a_zone_needs_a_default() {
    assert!(instant("20260116 09:30:00", None).is_err());
    let told = instant("20260116 09:30:00", Some(Tz::Asia__Hong_Kong)).unwrap();
    assert_eq!(told, at("2026-01-16T01:30:00Z"));
}

#[test]
fn an_unknown_zone_is_not_guessed() {
    assert!(zone("Middle Earth").is_err());
    assert!(instant("20260116 09:30:00 Middle Earth", None).is_err());
}

#[test]
fn malformed_instants_are_errors() {
    for text in [
        "",
        "20260116",
        "20261316 09:30:00 UTC",
        "2026-01-16",
        "20260116 9h UTC",
        "-5",
    ] {
        assert!(instant(text, Some(Tz::UTC)).is_err(), "{text}");
    }
}

#[test]
fn an_hour_that_happens_twice_is_the_earlier_one() {
    let twice = instant("20261101 01:30:00 US/Eastern", None).unwrap();
    assert_eq!(twice, at("2026-11-01T05:30:00Z"));
}

#[test]
fn an_hour_that_does_not_happen_is_the_one_after() {
    let skipped = instant("20260308 02:30:00 US/Eastern", None).unwrap();
    assert_eq!(skipped, at("2026-03-08T07:30:00Z"));
    let lisbon = instant("20260329 02:30:00 MET", None).unwrap();
    assert_eq!(lisbon, at("2026-03-29T01:30:00Z"));
}

#[test]
fn a_date_may_have_a_time_behind_it() {
    let expected = NaiveDate::from_ymd_opt(2026, 1, 16).unwrap();
    assert_eq!(day("20260116").unwrap(), expected);
    assert_eq!(day("20260116 15:00:00 US/Central").unwrap(), expected);
    assert!(day("202601").is_err());
    assert!(day("+2026011").is_err());
}

proptest! {
    #[test]
    fn every_instant_survives_its_wall_clock_outside_the_doubled_hour(seconds in 946_684_800_i64..2_500_000_000) {
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        for zone in [Tz::America__New_York, Tz::Europe__London, Tz::Asia__Hong_Kong, Tz::Australia__Sydney] {
            let back = at_zone(instant.with_timezone(&zone).naive_local(), zone);
            // In the doubled hour the earlier instant is meant, which is one hour before.
            prop_assert!(back == instant || back == instant - TimeDelta::hours(1));
        }
    }

    #[test]
    fn instants_and_dates_survive_the_client(seconds in 0_i64..4_000_000_000) {
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert_eq!(utc(to_offset(instant).unwrap()).unwrap(), instant);
        let today = instant.date_naive();
        prop_assert_eq!(date(to_date(today).unwrap()).unwrap(), today);
    }
}
