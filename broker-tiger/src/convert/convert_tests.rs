use broker_core::{Decimal, dec};
use chrono::{DateTime, TimeZone as _, Utc};
use proptest::prelude::*;
use serde::Deserialize;

use super::{Figure, Flag, Rows, Text, Whole, from_millis, json_number, stamp};

fn figure(json: &str) -> Option<Decimal> {
    serde_json::from_str::<Figure>(json).unwrap().get()
}

#[test]
fn a_number_is_what_its_text_says() {
    for (json, expected) in [
        ("0.30000000000000004", dec!(0.30000000000000004)),
        ("187.1", dec!(187.1)),
        ("\"187.10\"", dec!(187.10)),
        ("-0.05", dec!(-0.05)),
        ("1e-7", dec!(0.0000001)),
        ("1.5E+3", dec!(1500)),
        ("41000000000000002", dec!(41000000000000002)),
        ("9007199254740993", dec!(9007199254740993)),
        (
            "79228162514264337593543950335",
            dec!(79228162514264337593543950335),
        ),
    ] {
        assert_eq!(figure(json), Some(expected), "{json}");
    }
}

#[test]
fn what_means_no_value_is_none_and_never_zero() {
    for json in [
        "null",
        "\"\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"-Infinity\"",
        "\"--\"",
        "1.7976931348623157E308",
        "-1.7976931348623157e308",
        "1e400",
    ] {
        assert_eq!(figure(json), None, "{json}");
    }
    #[derive(Deserialize)]
    struct Row {
        #[serde(default)]
        price: Figure,
    }
    assert_eq!(
        serde_json::from_str::<Row>("{}").unwrap().price,
        Figure(None)
    );
    assert!(Figure(None).required("price").is_err());
}

#[test]
fn what_is_no_number_is_refused() {
    for json in ["\"abc\"", "true", "[]", "{}", "\"1,5\""] {
        assert!(serde_json::from_str::<Figure>(json).is_err(), "{json}");
    }
}

#[test]
fn a_scale_moves_the_point() {
    let shares = |quantity, scale| Figure(Some(quantity)).scaled(Whole(scale)).unwrap();
    assert_eq!(shares(dec!(773), Some(5)), Some(dec!(0.00773)));
    assert_eq!(shares(dec!(100), None), Some(dec!(100)));
    assert!(Figure(Some(dec!(1))).scaled(Whole(Some(-1))).is_err());
    assert!(Figure(Some(dec!(1))).scaled(Whole(Some(29))).is_err());
}

#[test]
fn whole_numbers_come_as_numbers_and_as_texts() {
    let whole = |json: &str| serde_json::from_str::<Whole>(json).map(Whole::get).ok();
    assert_eq!(
        whole("41000000000000002"),
        Some(Some(41_000_000_000_000_002))
    );
    assert_eq!(
        whole("\"41000000000000002\""),
        Some(Some(41_000_000_000_000_002))
    );
    assert_eq!(whole("10.0"), Some(Some(10)));
    assert_eq!(whole("4.1e16"), Some(Some(41_000_000_000_000_000)));
    assert_eq!(whole("null"), Some(None));
    assert_eq!(whole("\"\""), Some(None));
    assert_eq!(whole("1.5"), None);
    assert_eq!(whole("99999999999999999999"), None);
}

#[test]
fn texts_and_flags_come_in_several_forms() {
    let text = |json: &str| serde_json::from_str::<Text>(json).unwrap().0;
    assert_eq!(text("200.0").as_deref(), Some("200.0"));
    assert_eq!(text("\"200.0\"").as_deref(), Some("200.0"));
    assert_eq!(text("null"), None);
    let flag = |json: &str| serde_json::from_str::<Flag>(json).unwrap().get();
    assert_eq!(flag("true"), Some(true));
    assert_eq!(flag("\"false\""), Some(false));
    assert_eq!(flag("1"), Some(true));
    assert_eq!(flag("null"), None);
    assert!(serde_json::from_str::<Flag>("2").is_err());
}

#[derive(Debug, Deserialize)]
struct Order {
    id: Whole,
    #[serde(default, rename = "userMark")]
    user_mark: Text,
}

#[test]
fn one_odd_row_does_not_hide_the_others() {
    let data = r#"{"items":[{"id":1,"userMark":null},{"id":"x"},{"id":3,"userMark":"m"}]}"#;
    let read = Rows::<Order>::of(data).unwrap();
    assert_eq!(read.rows.len(), 2);
    assert_eq!(read.rows[0].id, Whole(Some(1)));
    assert_eq!(read.rows[1].user_mark.get(), Some("m"));
    assert_eq!(read.unreadable.len(), 1);
}

#[test]
fn a_list_may_be_bare_missing_or_null() {
    assert_eq!(Rows::<Order>::of(r#"[{"id":1}]"#).unwrap().rows.len(), 1);
    assert!(Rows::<Order>::of("{}").unwrap().rows.is_empty());
    assert!(
        Rows::<Order>::of(r#"{"items":null}"#)
            .unwrap()
            .rows
            .is_empty()
    );
    assert!(Rows::<Order>::of("null").unwrap().rows.is_empty());
    assert!(Rows::<Order>::of("7").is_err());
    assert!(Rows::<Order>::whole("[]").unwrap().rows.is_empty());
    for none in ["null", "{}", r#"{"items":null}"#] {
        assert!(Rows::<Order>::whole(none).is_err(), "{none}");
    }
}

#[test]
fn the_stamp_is_the_clock_of_shanghai() {
    let now = Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap();
    assert_eq!(stamp(now), "2025-08-13 10:30:00");
    let night = Utc.with_ymd_and_hms(2025, 12, 31, 16, 0, 0).unwrap();
    assert_eq!(stamp(night), "2026-01-01 00:00:00");
}

#[test]
fn nothing_and_never_are_no_instants() {
    assert_eq!(from_millis(-1), None);
    assert_eq!(from_millis(0), None);
    assert_eq!(from_millis(1), DateTime::from_timestamp_millis(1));
}

proptest! {
    #[test]
    fn every_decimal_survives_the_wire(mantissa in any::<i64>(), scale in 0_u32..=12) {
        let value = Decimal::new(mantissa, scale);
        let json = json_number(value).unwrap();
        prop_assert_eq!(figure(json.get()), Some(value.normalize()));
    }

    #[test]
    fn every_text_is_read_or_refused(text in "\\PC{0,40}") {
        let json = serde_json::to_string(&text).unwrap();
        let _ = serde_json::from_str::<Figure>(&json);
        let _ = serde_json::from_str::<Whole>(&json);
    }
}
