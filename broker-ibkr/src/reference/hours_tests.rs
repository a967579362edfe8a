use broker_core::model::SessionKind;
use chrono::{DateTime, NaiveDate, Utc};
use ibapi::contracts::ContractDetails;

use super::{
    hours::{ByDate, hours},
    schedule::days,
};

fn wire(zone: &str, trading: &str, liquid: &str) -> ContractDetails {
    let parts = |text: &str| text.split(';').map(str::to_owned).collect();
    ContractDetails {
        time_zone_id: zone.to_owned(),
        trading_hours: parts(trading),
        liquid_hours: parts(liquid),
        ..ContractDetails::default()
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

const TRADING: &str = "20260306:0400-20260306:2000;20260307:CLOSED;20260308:CLOSED;20260309:0400-20260309:2000;20260310:0400-20260310:1700";
const LIQUID: &str = "20260306:0930-20260306:1600;20260307:CLOSED;20260308:CLOSED;20260309:0930-20260309:1600;20260310:0930-20260310:1300";

#[test]
fn days_have_their_windows_over_a_clock_change() {
    let hours = hours(&wire("US/Eastern", TRADING, LIQUID)).unwrap();
    let schedule = days(
        &hours,
        &ByDate::new(),
        date("2026-03-06"),
        date("2026-03-10"),
    )
    .unwrap();
    assert_eq!(schedule.days.len(), 5);
    let friday = &schedule.days[0];
    let kinds: Vec<_> = friday.windows.iter().map(|window| window.kind).collect();
    assert_eq!(
        kinds,
        [
            SessionKind::PreMarket,
            SessionKind::Regular,
            SessionKind::PostMarket
        ]
    );
    assert_eq!(friday.windows[1].open, at("2026-03-06T14:30:00Z"));
    assert!(schedule.days[1].windows.is_empty());
    let monday = &schedule.days[3];
    assert_eq!(monday.windows[1].open, at("2026-03-09T13:30:00Z"));
    assert!(!monday.early_close && schedule.days[4].early_close);
    assert!(schedule.time_zone.parse::<chrono_tz::Tz>().is_ok());
}

#[test]
fn a_date_that_nobody_told_is_refused() {
    let hours = hours(&wire("US/Eastern", TRADING, LIQUID)).unwrap();
    assert!(
        days(
            &hours,
            &ByDate::new(),
            date("2026-03-10"),
            date("2026-03-11")
        )
        .is_err()
    );
    assert!(
        days(
            &hours,
            &ByDate::new(),
            date("2026-03-05"),
            date("2026-03-06")
        )
        .is_ok()
    );
}

#[test]
fn a_lunch_break_makes_two_windows() {
    let hong_kong = "20260116:0930-20260116:1200,20260116:1300-20260116:1600";
    let hours = hours(&wire("Asia/Hong_Kong", hong_kong, hong_kong)).unwrap();
    let windows = &hours.liquid[&date("2026-01-16")];
    assert_eq!(windows.len(), 2);
    assert_eq!(windows[1].0, at("2026-01-16T05:00:00Z"));
}

#[test]
fn the_old_form_without_the_closing_date_is_understood() {
    let old = "20260116:0700-1830,1830-2330;20260117:CLOSED";
    let hours = hours(&wire("EST", old, old)).unwrap();
    assert_eq!(hours.trading[&date("2026-01-16")].len(), 2);
}

#[test]
fn a_session_that_begins_in_the_evening_belongs_to_the_next_date() {
    let futures = "20260115:1700-20260116:1600";
    let hours = hours(&wire("US/Central", futures, "20260116:0830-20260116:1600")).unwrap();
    assert_eq!(
        hours.trading[&date("2026-01-16")][0].0,
        at("2026-01-15T23:00:00Z")
    );
}

#[test]
fn malformed_hours_are_errors() {
    for text in [
        "nonsense",
        "20260116:0930",
        "20260116:0930-2561",
        "2026:CLOSED",
    ] {
        assert!(hours(&wire("US/Eastern", text, "")).is_err(), "{text}");
    }
    assert!(hours(&wire("Middle Earth", TRADING, LIQUID)).is_err());
}
