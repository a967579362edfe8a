use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Day, Moment, Span};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn read(value: serde_json::Value) -> Result<Moment, serde_json::Error> {
    serde_json::from_value(value)
}

#[test]
fn times_are_read_in_the_spellings_of_people_and_vendors() {
    let same = [
        json!("2026-03-20T15:30:00Z"),
        json!("2026-03-20T11:30:00-04:00"),
        json!("2026-03-20 15:30:00"),
        json!("2026-03-20 15:30"),
        json!("20260320-15:30:00"),
        json!("20260320 15:30:00"),
        json!("20260320 15:30:00 UTC"),
        json!(1_774_020_600),
        json!(1_774_020_600_000_i64),
        json!("1774020600000"),
    ];
    for value in same {
        let read = read(value.clone()).unwrap();
        assert_eq!(read, Moment::At(at("2026-03-20T15:30:00Z")), "{value}");
    }
}

#[test]
fn a_date_is_its_whole_day() {
    for value in [json!("2026-03-20"), json!("20260320"), json!(20_260_320)] {
        let date = read(value).unwrap();
        let now = at("2026-05-01T00:00:00Z");
        assert_eq!(date.start(now), Some(at("2026-03-20T00:00:00Z")));
        assert_eq!(date.end(now), Some(at("2026-03-21T00:00:00Z")));
    }
}

#[test]
fn lengths_of_time_count_back_from_the_end() {
    let end = at("2026-03-31T12:00:00Z");
    let back = [
        ("30 D", "2026-03-01T12:00:00Z"),
        ("2 W", "2026-03-17T12:00:00Z"),
        ("1 M", "2026-02-28T12:00:00Z"),
        ("1 Y", "2025-03-31T12:00:00Z"),
        ("3600 S", "2026-03-31T11:00:00Z"),
        ("90 min", "2026-03-31T10:30:00Z"),
    ];
    for (text, start) in back {
        assert_eq!(
            read(json!(text)).unwrap().start(end),
            Some(at(start)),
            "{text}"
        );
    }
}

#[test]
fn what_could_mean_two_things_is_refused() {
    // Minutes or months?
    assert!("6 m".parse::<Span>().is_err());
    for text in [
        "",
        "yesterday",
        "2026-02-30",
        "2026-13-01",
        "30",
        "99999999999 D",
        "-5 D",
        "D",
    ] {
        assert!(read(json!(text)).is_err(), "{text}");
    }
    assert!(read(json!(1.5)).is_err());
    assert!(read(json!(null)).is_err());
}

#[test]
fn a_span_beyond_the_calendar_is_no_instant_and_no_panic() {
    let span: Span = "4294967295 M".parse().unwrap();
    assert_eq!(span.before(at("2026-01-01T00:00:00Z")), None);
}

#[test]
fn days_are_read_with_and_without_dashes() {
    let day: Day = serde_json::from_value(json!("20260116")).unwrap();
    assert_eq!(serde_json::to_value(day).unwrap(), json!("2026-01-16"));
    assert!(serde_json::from_value::<Day>(json!("2026-1-16")).is_err());
}
