use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::date::{easter, is_good_friday, is_last, is_nth};
use super::rules::{clock, evening_before, instant};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn easter_falls_on_its_known_dates() {
    let known = [
        (1818, (3, 22)),
        (1943, (4, 25)),
        (2000, (4, 23)),
        (2008, (3, 23)),
        (2018, (4, 1)),
        (2019, (4, 21)),
        (2024, (3, 31)),
        (2025, (4, 20)),
        (2038, (4, 25)),
        (2076, (4, 19)),
    ];
    for (year, expected) in known {
        assert_eq!(easter(year), expected, "{year}");
    }
    assert!(is_good_friday(date("2024-03-29")));
    assert!(!is_good_friday(date("2024-03-22")));
}

#[test]
fn weekdays_are_counted_from_both_ends_of_the_month() {
    assert!(is_nth(date("2024-11-28"), 4, chrono::Weekday::Thu));
    assert!(!is_nth(date("2023-11-30"), 4, chrono::Weekday::Thu));
    assert!(is_last(date("2021-05-31"), chrono::Weekday::Mon));
    assert!(!is_last(date("2021-05-24"), chrono::Weekday::Mon));
}

#[test]
fn wall_clock_times_become_utc_on_both_sides_of_a_clock_change() {
    let zone = Tz::America__New_York;
    let table = [
        ("2024-03-08", clock(9, 30), "2024-03-08T14:30:00Z"),
        ("2024-03-11", clock(9, 30), "2024-03-11T13:30:00Z"),
        ("2024-11-01", clock(16, 0), "2024-11-01T20:00:00Z"),
        ("2024-11-04", clock(16, 0), "2024-11-04T21:00:00Z"),
        ("2024-03-11", evening_before(17, 0), "2024-03-10T21:00:00Z"),
    ];
    for (day, minutes, expected) in table {
        assert_eq!(
            instant(zone, date(day), minutes),
            expected.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        );
    }
}

#[test]
fn a_skipped_wall_clock_time_is_read_as_if_clocks_had_not_moved() {
    // Clocks go from 02:00 EST to 03:00 EDT, so 02:30 does not exist: 02:30 EST is 07:30 UTC.
    let found = instant(Tz::America__New_York, date("2024-03-10"), clock(2, 30));
    assert_eq!(found.to_rfc3339(), "2024-03-10T07:30:00+00:00");
    // Samoa skipped the whole of 30 December 2011.
    let skipped = instant(Tz::Pacific__Apia, date("2011-12-30"), clock(12, 0));
    let before = instant(Tz::Pacific__Apia, date("2011-12-29"), clock(12, 0));
    assert_eq!(skipped - before, TimeDelta::days(1));
}

#[test]
fn a_repeated_wall_clock_time_is_read_as_its_first_occurrence() {
    let found = instant(Tz::America__New_York, date("2024-11-03"), clock(1, 30));
    assert_eq!(found.to_rfc3339(), "2024-11-03T05:30:00+00:00");
}
