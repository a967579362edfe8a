use broker_core::{dec, model::Price};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{decimal, figure, number::is_unset, optional, price, quote_price, size, text, to_wire};

#[test]
fn a_price_is_what_its_shortest_text_says() {
    for (wire, expected) in [
        (187.1, "187.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1.085_625, "1.085625"),
        (100.0, "100"),
        (1e-9, "0.000000001"),
        (-0.35, "-0.35"),
        (0.000_012_345, "0.000012345"),
        (99_999.999, "99999.999"),
        (123_456_789_012.25, "123456789012.25"),
    ] {
        assert_eq!(decimal(wire).unwrap().to_string(), expected);
    }
}

#[test]
fn what_means_no_value_is_no_value() {
    for unset in [
        f64::MAX,
        -f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::from(i32::MAX),
        9_223_372_036_854_775_807.0,
        -9_223_372_036_854_775_808.0,
    ] {
        assert!(is_unset(unset), "{unset}");
        assert_eq!(optional(unset), None, "{unset}");
        assert_eq!(price(unset), None, "{unset}");
        assert_eq!(figure(unset), None, "{unset}");
        assert_eq!(size(unset), None, "{unset}");
        assert!(decimal(unset).is_err(), "{unset}");
    }
}

#[test]
fn minus_one_without_a_quantity_is_no_quote() {
    assert_eq!(quote_price(-1.0, Some(0.0)), None);
    assert_eq!(quote_price(-1.0, None), None);
    assert_eq!(quote_price(0.0, Some(0.0)), None);
    assert_eq!(quote_price(-1.0, Some(3.0)), Price::new(dec!(-1)).ok());
    assert_eq!(quote_price(0.0, Some(3.0)), Some(Price::ZERO));
    assert_eq!(quote_price(-0.05, None), Price::new(dec!(-0.05)).ok());
}

#[test]
fn a_negative_quantity_is_no_value() {
    assert_eq!(size(-1.0), None);
    assert_eq!(size(0.0), Some(Decimal::ZERO));
    assert_eq!(size(-0.0), Some(Decimal::ZERO));
    assert_eq!(size(0.5), Some(dec!(0.5)));
}

#[test]
fn the_noise_of_an_average_ends_at_the_twelfth_digit() {
    assert_eq!(price(0.1 + 0.2), Price::new(dec!(0.3)).ok());
    assert_eq!(figure(1.0e-20), Some(Decimal::ZERO));
    assert_eq!(figure(2.0 / 3.0), Some(dec!(0.666666666667)));
}

#[test]
fn numbers_in_text_are_exact_too() {
    assert_eq!(
        text("0.10000000000000000001"),
        Some(dec!(0.10000000000000000001))
    );
    assert_eq!(text("1.7976931348623157e+308"), None);
    assert_eq!(text("1.7976931348623157E308"), None);
    assert_eq!(text("2147483647"), None);
    assert_eq!(text(""), None);
    assert_eq!(text("abc"), None);
    assert_eq!(text("1e3"), Some(dec!(1000)));
}

#[test]
fn a_decimal_that_the_wire_cannot_carry_is_refused() {
    assert!(to_wire(dec!(0.1234567890123456789)).is_err());
    assert!((to_wire(dec!(187.50)).unwrap() - 187.5).abs() < f64::EPSILON);
}

proptest! {
    #[test]
    fn every_decimal_survives_the_wire(whole in -999_999_999_999_i64..999_999_999_999, scale in 0_u32..9) {
        let value = Decimal::new(whole, scale);
        let wire = to_wire(value).unwrap();
        prop_assert_eq!(decimal(wire).unwrap(), value);
        prop_assert_eq!(optional(wire).unwrap(), value);
    }

    #[test]
    fn the_short_way_says_what_the_text_says(value in -1e9_f64..1e9) {
        let long = Decimal::from_str_exact(&value.to_string()).unwrap();
        prop_assert_eq!(decimal(value).unwrap(), long);
        let cents = (value * 100.0).round() / 100.0;
        let long = Decimal::from_str_exact(&cents.to_string()).unwrap();
        prop_assert_eq!(decimal(cents).unwrap().to_string(), long.normalize().to_string());
    }
}
