use chrono::{DateTime, NaiveDate, Utc};

use super::{Calendar, DayKind, Phase};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn windows(day: &str) -> Vec<(String, String)> {
    let found = Calendar::cme_index_futures()
        .trading_date(date(day))
        .unwrap()
        .unwrap();
    let time = |at: DateTime<Utc>| at.format("%m-%dT%H:%M").to_string();
    found
        .windows
        .iter()
        .map(|window| (time(window.open), time(window.close)))
        .collect()
}

fn window(open: &str, close: &str) -> (String, String) {
    (open.to_owned(), close.to_owned())
}

#[test]
fn a_trade_date_runs_from_the_evening_before_across_daylight_saving() {
    assert_eq!(
        windows("2024-03-08"),
        [window("03-07T23:00", "03-08T22:00")]
    );
    // Clocks change on the Sunday on which this date opens.
    assert_eq!(
        windows("2024-03-11"),
        [window("03-10T22:00", "03-11T21:00")]
    );
    assert_eq!(
        windows("2024-11-04"),
        [window("11-03T23:00", "11-04T22:00")]
    );
}

#[test]
fn the_trade_date_rolls_at_five_in_chicago() {
    let calendar = Calendar::cme_index_futures();
    let table = [
        ("2024-07-01T20:59:59Z", "2024-07-01"),
        ("2024-07-01T21:30:00Z", "2024-07-01"), // the daily break belongs to the date it ends
        ("2024-07-01T22:00:00Z", "2024-07-02"),
        ("2024-06-28T22:00:00Z", "2024-07-01"), // Friday evening
        ("2024-06-30T22:00:00Z", "2024-07-01"), // Sunday evening
        ("2024-01-15T15:00:00Z", "2024-01-16"), // the morning of Martin Luther King Jr. Day
    ];
    for (now, expected) in table {
        assert_eq!(
            calendar.trade_date_of(utc(now)),
            Ok(date(expected)),
            "{now}"
        );
    }
}

#[test]
fn the_daily_break_is_closed() {
    let calendar = Calendar::cme_index_futures();
    assert!(calendar.at(utc("2024-07-01T20:59:59Z")).is_regular());
    assert_eq!(calendar.at(utc("2024-07-01T21:00:00Z")), Phase::Closed);
    assert_eq!(
        calendar.next_open(utc("2024-07-01T21:00:00Z")),
        Some(utc("2024-07-01T22:00:00Z"))
    );
    assert_eq!(calendar.at(utc("2024-06-30T21:59:59Z")), Phase::Closed);
    assert!(calendar.at(utc("2024-06-30T22:00:00Z")).is_regular());
}

#[test]
fn a_holiday_morning_trades_for_the_next_trade_date() {
    // Thanksgiving 2024: halt at 12:00, reopening at 17:00, then a 12:15 close.
    let holiday = Calendar::cme_index_futures().day(date("2024-11-28"));
    assert_eq!(holiday, Ok(DayKind::Holiday("Thanksgiving Day")));
    assert_eq!(
        windows("2024-11-29"),
        [
            window("11-27T23:00", "11-28T18:00"),
            window("11-28T23:00", "11-29T18:15")
        ]
    );
    // Juneteenth 2026 is a Friday: its morning belongs to Monday.
    assert_eq!(
        windows("2026-06-22"),
        [
            window("06-18T22:00", "06-19T17:00"),
            window("06-21T22:00", "06-22T21:00")
        ]
    );
}

#[test]
fn good_friday_and_christmas_do_not_trade_at_all() {
    let calendar = Calendar::cme_index_futures();
    assert_eq!(
        calendar.next_open(utc("2024-03-28T21:00:00Z")),
        Some(utc("2024-03-31T22:00:00Z"))
    );
    assert_eq!(
        windows("2024-12-24"),
        [window("12-23T23:00", "12-24T18:15")]
    );
    assert_eq!(
        calendar.next_open(utc("2024-12-24T18:15:00Z")),
        Some(utc("2024-12-25T23:00:00Z"))
    );
}

#[test]
fn days_of_mourning_and_the_hurricane_end_in_the_morning() {
    let calendar = Calendar::cme_index_futures();
    for (day, close) in [
        ("2012-10-29", "2012-10-29T13:15:00Z"),
        ("2018-12-05", "2018-12-05T14:30:00Z"),
        ("2025-01-09", "2025-01-09T14:30:00Z"),
    ] {
        assert_eq!(calendar.day(date(day)), Ok(DayKind::EarlyClose));
        let found = calendar.trading_date(date(day)).unwrap().unwrap();
        assert_eq!(found.close(), Some(utc(close)), "{day}");
    }
}

#[test]
fn an_expiry_on_good_friday_moves_to_thursday() {
    let expiry = Calendar::cme_index_futures().third_friday(2022, 4);
    assert_eq!(expiry, Ok(date("2022-04-14")));
}
