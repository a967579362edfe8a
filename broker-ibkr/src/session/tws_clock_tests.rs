use chrono::{DateTime, TimeDelta, Utc};
use time::{OffsetDateTime, UtcOffset};

use super::tws_clock::TwsClock;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The clock of a TWS so many hours east of UTC, which showed `told` when ours showed `now`.
fn clock(hours: i8, told: &str, now: &str) -> TwsClock {
    let told = OffsetDateTime::from_unix_timestamp(at(told).timestamp()).unwrap();
    let told = told.to_offset(UtcOffset::from_hms(hours, 0, 0).unwrap());
    TwsClock::at_handshake(Some(told), at(now))
}

/// The clock of a TWS in New York that shows what ours shows.
fn new_york() -> TwsClock {
    clock(-5, "2026-01-15T15:00:00Z", "2026-01-15T15:00:00Z")
}

#[test]
fn what_happened_today_is_listed_and_what_happened_yesterday_is_not() {
    let today = new_york().today(at("2026-01-15T22:00:00Z"));
    assert!(today.has_ours(at("2026-01-15T14:30:00Z")));
    assert!(!today.has_ours(at("2026-01-15T04:59:00Z")));
}

#[test]
fn a_day_that_is_over_where_tws_runs_proves_nothing() {
    // Half past midnight in Hong Kong, and noon in New York.
    let hong_kong = clock(8, "2026-01-15T15:00:00Z", "2026-01-15T15:00:00Z");
    let today = hong_kong.today(at("2026-01-15T16:30:00Z"));
    assert!(!today.has_ours(at("2026-01-15T15:30:00Z")));
    assert!(today.has_ours(at("2026-01-15T16:10:00Z")));
}

#[test]
fn nothing_is_sure_near_midnight_or_where_the_zone_is_not_known() {
    let midnight = new_york().today(at("2026-01-16T04:59:30Z"));
    assert!(!midnight.has_ours(at("2026-01-16T04:59:00Z")));
    let nowhere = TwsClock::at_handshake(None, at("2026-01-15T15:00:00Z"));
    let today = nowhere.today(at("2026-01-15T15:00:00Z"));
    assert!(!today.has_ours(at("2026-01-15T15:00:00Z")));
}

#[test]
fn the_instant_from_which_on_all_is_listed_is_where_the_day_begins_for_sure() {
    let hong_kong = clock(8, "2026-01-15T15:00:00Z", "2026-01-15T15:00:00Z");
    // In the night before the clocks of New York go forward, and a moment before their midnight.
    for (clock, now, from) in [
        (new_york(), "2026-01-15T22:00:00Z", "2026-01-15T05:01:00Z"),
        (new_york(), "2026-03-08T12:00:00Z", "2026-03-08T05:01:00Z"),
        (new_york(), "2026-01-16T04:59:30Z", "2026-01-16T05:01:00Z"),
        (hong_kong, "2026-01-15T16:30:00Z", "2026-01-15T16:01:00Z"),
        (hong_kong, "2026-01-15T12:00:00Z", "2026-01-15T05:01:00Z"),
    ] {
        let today = clock.today(at(now));
        assert_eq!(today.begins(), Some(at(from)), "{now}");
        assert!(!today.has(at(from) - TimeDelta::seconds(1)), "{now}");
        assert!(at(now) < at(from) || today.has(at(from)), "{now}");
    }
    let nowhere = TwsClock::at_handshake(None, at("2026-01-15T15:00:00Z"));
    assert_eq!(nowhere.today(at("2026-01-15T15:00:00Z")).begins(), None);
}

#[test]
fn the_day_is_that_of_the_clock_of_tws() {
    // Ours is two hours slow: it shows one in the night, and yesterday's evening for the order.
    let ours = at("2026-01-15T06:00:00Z");
    let clock = clock(-5, "2026-01-15T08:00:00Z", "2026-01-15T06:00:00Z");
    assert!(clock.today(ours).has_ours(at("2026-01-15T04:30:00Z")));
    // What TWS says itself is in its own time.
    assert!(!clock.today(ours).has(at("2026-01-15T04:30:00Z")));
}

#[test]
fn an_answer_that_took_long_does_not_set_the_clock() {
    let asked = at("2026-01-15T15:00:00Z");
    let mut clock = new_york();
    let before = clock;
    clock.measure(asked, asked, at("2026-01-16T15:00:00Z"));
    assert_eq!(clock, before);
    clock.measure(at("2026-01-16T15:00:00Z"), asked, asked);
    assert!(clock.today(asked).has(at("2026-01-16T14:00:00Z")));
}
