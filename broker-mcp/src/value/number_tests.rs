use serde_json::json;

use super::number::Number;

fn read(text: &str) -> Result<String, String> {
    let number: Result<Number, _> = serde_json::from_str(text);
    number
        .map(|number| number.0.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn a_number_is_what_was_written_or_it_is_refused() {
    for (written, read_as) in [
        ("187.5", "187.5"),
        ("0.1", "0.1"),
        ("1e3", "1000"),
        ("9007199254740993", "9007199254740993"),
        ("18446744073709551615", "18446744073709551615"),
        ("123456789012.345", "123456789012.345"),
        ("-0.000001", "-0.000001"),
        ("\"0.12345678901234567890\"", "0.12345678901234567890"),
        ("\"18446744073709551616\"", "18446744073709551616"),
    ] {
        assert_eq!(read(written).as_deref(), Ok(read_as), "{written}");
    }
    // Read as binary fractions, these are not what was written any more.
    for written in [
        "0.12345678901234567890",
        "1234567890123.4567891",
        "18446744073709551616",
        "12345678901234567890123",
        "206.25000000000003",
    ] {
        let error = read(written).unwrap_err();
        assert!(
            error.contains("write a number of so many digits as text"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_decimal_is_no_number() {
    for written in [
        "\"NaN\"",
        "\"inf\"",
        "\"1e9\"",
        "\"１０\"",
        "\"1_000\"",
        "\"1,000\"",
        "\"0x10\"",
        "\"\"",
        "\" \"",
        "\"+-1\"",
        "1e300",
        "-1e300",
        "true",
        "null",
        "[1]",
        "\"1234567890123456789012345678901234567890\"",
        "1234567890123456789012345678901234567890",
    ] {
        assert!(read(written).is_err(), "{written}: {:?}", read(written));
    }
    assert!(serde_json::from_value::<Number>(json!({ "$gt": 0 })).is_err());
}
