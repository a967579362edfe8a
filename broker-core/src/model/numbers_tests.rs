use proptest::prelude::*;

use super::{Currency, MAX_MAGNITUDE, Money, Price, Quantity, SignedQuantity, ValueError};
use crate::{Decimal, dec};

fn read<T: std::str::FromStr<Err = ValueError>>(text: &str) -> Result<T, ValueError> {
    text.parse()
}

#[test]
fn numbers_are_read_as_written() {
    for text in [
        "187.50",
        "0",
        "-0.35",
        "0.000000000001",
        "1000000000000",
        "-1000000000000",
    ] {
        assert_eq!(read::<Price>(text).unwrap().to_string(), text);
    }
    assert_eq!(
        format!("{:?}", read::<Price>("1.10").unwrap()),
        "Price(1.10)"
    );
    assert_eq!(format!("{:>8}", read::<Price>("1.10").unwrap()), "    1.10");
}

#[test]
fn what_is_no_plain_number_is_refused() {
    for text in [
        "",
        " ",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e5",
        "1E-2",
        "1_000",
        "1,000",
        "0x10",
        "1.2.3",
        "--1",
        "1-",
        "1 ",
        " 1",
        "$1",
        "٣",
        "１２",
        "½",
        "−1",
        ".",
        // More digits than a decimal holds.
        "123456789012345678901234567890",
        "0.123456789012345678901234567890",
        // A double's largest value, which some brokers send for "no value".
        "1.7976931348623157E308",
    ] {
        let error = read::<Price>(text).unwrap_err();
        assert_eq!((error.what(), error.text()), ("Price", text), "{text}");
        assert!(
            read::<Quantity>(text).is_err() && read::<SignedQuantity>(text).is_err(),
            "{text}"
        );
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let tiny = Decimal::new(1, 13);
    for value in [
        MAX_MAGNITUDE + dec!(0.01),
        -MAX_MAGNITUDE - Decimal::ONE,
        tiny,
        Decimal::MAX,
    ] {
        assert!(
            Price::new(value).is_err() && SignedQuantity::new(value).is_err(),
            "{value}"
        );
        assert!(Quantity::new(value).is_err(), "{value}");
    }
    // Zeros at the end are no decimal places.
    assert!(Price::new(dec!(1.0000000000000)).is_ok());
    assert!(Quantity::new(MAX_MAGNITUDE).is_ok());
}

#[test]
fn quantities_are_above_zero() {
    for text in ["0", "-0", "0.00", "-1"] {
        assert!(read::<Quantity>(text).is_err(), "{text}");
    }
    assert!(read::<SignedQuantity>("-1").is_ok() && Price::try_from(-1_i32).is_ok());
    assert!(Quantity::try_from(0_i64).is_err() && Quantity::try_from(Decimal::ONE).is_ok());
}

#[test]
fn json_numbers_are_taken_only_when_whole() {
    let whole: Price = serde_json::from_str("187").unwrap();
    assert_eq!(whole, Price::try_from(187).unwrap());
    assert_eq!(
        serde_json::from_str::<Price>("-3").unwrap(),
        Price::try_from(-3).unwrap()
    );
    for json in [
        "187.5", "187.0", "1e2", "null", "true", "[1]", "\"1e2\"", "\"\"", "1e999",
    ] {
        assert!(serde_json::from_str::<Price>(json).is_err(), "{json}");
    }
    let error = serde_json::from_str::<Price>("187.5")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a JSON number with a fraction is not exact"),
        "{error}"
    );
    // In range for JSON, out of range for a price.
    assert!(serde_json::from_str::<Price>("18446744073709551615").is_err());
}

#[test]
fn a_signed_quantity_turns_round() {
    let long = SignedQuantity::from(Quantity::try_from(5).unwrap());
    assert_eq!((-long).get(), dec!(-5));
    assert!(SignedQuantity::FLAT.is_flat() && !long.is_flat());
}

#[test]
fn money_adds_within_its_currency() {
    let dollars = |amount| Money::new(amount, Currency::USD);
    assert_eq!(
        dollars(dec!(1)).checked_add(dollars(dec!(2))),
        Some(dollars(dec!(3)))
    );
    assert_eq!(
        dollars(dec!(1)).checked_add(Money::zero(Currency::EUR)),
        None
    );
    assert_eq!(dollars(Decimal::MAX).checked_add(dollars(dec!(1))), None);
    assert_eq!(format!("{:?}", dollars(dec!(1.50))), "Money(1.50 USD)");
}

#[test]
fn currencies_are_upper_case_codes() {
    for text in ["USD", "USDT", "1INCH", "ABCDEFGH"] {
        assert_eq!(text.parse::<Currency>().unwrap().to_string(), text);
    }
    for text in ["", "US", "usd", "ABCDEFGHI", "U D", "ÜSD", "US\0"] {
        assert!(text.parse::<Currency>().is_err(), "{text}");
    }
    let digits =
        ["JPY", "KWD", "BTC", "USD"].map(|c| c.parse::<Currency>().unwrap().minor_digits());
    assert_eq!(digits, [0, 3, 8, 2]);
}

#[test]
fn an_error_shows_only_the_beginning_of_long_text() {
    let long = "é".repeat(100);
    let error = read::<Price>(&long).unwrap_err();
    assert_eq!(error.text(), format!("{}…", "é".repeat(48)));
    let error = read::<Quantity>("x").unwrap_err();
    assert_eq!(
        error.to_string(),
        r#""x" is not a valid Quantity: expected a decimal number such as 187.50, at most 28 digits"#
    );
}

proptest! {
    #[test]
    fn every_price_comes_back_from_text_and_json(units in any::<i64>(), scale in 0..=12_u32) {
        let value = Decimal::new(units, scale);
        if let Ok(price) = Price::new(value) {
            prop_assert_eq!(price.to_string().parse::<Price>().unwrap().to_string(), price.to_string());
            let json = serde_json::to_string(&price).unwrap();
            prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
        } else {
            prop_assert!(value.abs() > MAX_MAGNITUDE);
        }
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,40}") {
        let _ = (read::<Price>(&text), read::<Quantity>(&text), text.parse::<Currency>());
    }
}
