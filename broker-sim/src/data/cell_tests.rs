use super::DataErrorKind::{BadDate, BadNumber, BadSymbol, NotPositive, TooLarge};
use super::cell;

#[test]
fn prices_are_read_exactly_as_written() {
    for text in [
        "40.832",
        "1845.859985",
        "0.000000000000000001",
        "1000000000",
        "007.50",
    ] {
        let price = cell::price(text).unwrap();
        assert_eq!(price.to_string(), text.trim_start_matches("00"), "{text}");
    }
}

#[test]
fn text_that_is_not_plain_digits_is_no_price() {
    let cases = [
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e400",
        "1e5",
        "1_000",
        "1,000.5",
        "+1",
        ".5",
        "5.",
        "1.2.3",
        "--1",
        "-",
        ".",
        "0x10",
        "１２",
        "1 2",
        "$5",
        "0.0000000000000000001",
    ];
    for text in cases {
        assert_eq!(cell::price(text).unwrap_err().kind, BadNumber, "{text}");
        assert_eq!(cell::volume(text).unwrap_err().kind, BadNumber, "{text}");
    }
}

#[test]
fn prices_and_volumes_keep_their_ranges() {
    let digits = "9".repeat(400);
    for text in [
        "1000000000.01",
        "1000000001",
        "79228162514264337593543950336",
        &digits,
    ] {
        assert_eq!(cell::price(text).unwrap_err().kind, TooLarge, "{text}");
    }
    for text in ["0", "0.00", "-0", "-1.5"] {
        assert_eq!(cell::price(text).unwrap_err().kind, NotPositive, "{text}");
    }
    assert_eq!(cell::volume("0").unwrap().to_string(), "0");
    assert_eq!(cell::volume("-0").unwrap().to_string(), "0");
    assert_eq!(cell::volume("-1").unwrap_err().kind, NotPositive);
    assert!(cell::volume("1000000000000000").is_ok());
    assert_eq!(cell::volume("1000000000000001").unwrap_err().kind, TooLarge);
}

#[test]
fn dates_must_exist_between_1900_and_2200() {
    for text in ["1900-01-01", "2200-12-31", "2024-02-29"] {
        assert_eq!(cell::date(text).unwrap().to_string(), text);
    }
    let cases = [
        "0000-00-00",
        "9999-12-31",
        "1899-12-31",
        "2201-01-01",
        "2023-02-29",
        "2024-13-01",
        "2024-1-2",
        "2024/01/02",
        "20240102",
        "02-01-2024",
        "+024-01-02",
        "2024-01-0२",
        "",
    ];
    for text in cases {
        assert_eq!(cell::date(text).unwrap_err().kind, BadDate, "{text}");
    }
}

#[test]
fn timestamps_need_a_zone_and_become_utc() {
    let instant = cell::timestamp("2024-01-02T09:30:00.25-05:00").unwrap();
    assert_eq!(instant.to_rfc3339(), "2024-01-02T14:30:00.250+00:00");
    let cases = [
        "2024-01-02T09:30:00",
        "2024-01-02",
        "1704205800",
        "1700-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    ];
    for text in cases {
        assert_eq!(cell::timestamp(text).unwrap_err().kind, BadDate, "{text}");
    }
}

#[test]
fn symbols_have_no_control_characters_and_at_most_64_bytes() {
    assert_eq!(cell::symbol("BRK B").unwrap(), "BRK B");
    for text in ["", "A\nB", "A\0", &"A".repeat(65)] {
        assert_eq!(cell::symbol(text).unwrap_err().kind, BadSymbol, "{text}");
    }
}
