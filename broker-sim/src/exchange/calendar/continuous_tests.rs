use chrono::{DateTime, NaiveDate, Utc};

use super::{Calendar, DayKind, Phase, SessionKind};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn forex_opens_on_sunday_and_closes_on_friday_at_five_in_new_york() {
    let forex = Calendar::forex();
    // Summer: 17:00 is 21:00 UTC.
    assert_eq!(forex.at(utc("2024-06-30T20:59:59Z")), Phase::Closed);
    assert!(forex.at(utc("2024-06-30T21:00:00Z")).is_regular());
    assert!(forex.at(utc("2024-07-05T20:59:59Z")).is_regular());
    assert_eq!(forex.at(utc("2024-07-05T21:00:00Z")), Phase::Closed);
    // The week of the November change opens in winter time.
    assert_eq!(forex.at(utc("2024-11-03T21:59:59Z")), Phase::Closed);
    assert!(forex.at(utc("2024-11-03T22:00:00Z")).is_regular());
    // Christmas trades.
    assert!(forex.is_open(utc("2024-12-25T12:00:00Z"), false));
}

#[test]
fn the_forex_trade_date_rolls_at_five_without_a_gap() {
    let forex = Calendar::forex();
    assert_eq!(
        forex.trade_date_of(utc("2024-07-01T20:59:59Z")),
        Ok(date("2024-07-01"))
    );
    assert_eq!(
        forex.trade_date_of(utc("2024-07-01T21:00:00Z")),
        Ok(date("2024-07-02"))
    );
    assert_eq!(
        forex.trade_date_of(utc("2024-07-05T21:00:00Z")),
        Ok(date("2024-07-08"))
    );
    let (at, roll) = forex.next_transition(utc("2024-07-01T12:00:00Z")).unwrap();
    assert_eq!(at, utc("2024-07-01T21:00:00Z"));
    assert_eq!(roll.from.kind(), Some(SessionKind::Regular));
    assert_eq!(roll.to.kind(), Some(SessionKind::Regular));
    assert_ne!(roll.from, roll.to);
}

#[test]
fn crypto_never_closes() {
    let crypto = Calendar::always_open();
    let saturday = utc("2024-07-06T23:59:59.999Z");
    assert!(crypto.is_open(saturday, false));
    assert_eq!(crypto.trade_date_of(saturday), Ok(date("2024-07-06")));
    assert_eq!(crypto.day(date("2024-12-25")), Ok(DayKind::Open));
    assert_eq!(
        crypto.next_close(saturday),
        Some(utc("2024-07-07T00:00:00Z"))
    );
    assert_eq!(
        crypto.next_open(saturday),
        Some(utc("2024-07-07T00:00:00Z"))
    );
    let leap = crypto
        .trading_days(date("2024-01-01"), date("2024-12-31"))
        .unwrap();
    assert_eq!(leap.len(), 366);
}
