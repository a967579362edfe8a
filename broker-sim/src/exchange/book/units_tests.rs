//! Conversions are exact or refused.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{BookPrice, BookQuantity};

#[test]
fn decimals_convert_exactly_or_not_at_all() {
    let cases: [(&str, Option<i64>); 15] = [
        ("0", Some(0)),
        ("101.25", Some(10_125_000_000)),
        ("-37.63", Some(-3_763_000_000)),
        ("0.00000001", Some(1)),
        ("0.000000010000", Some(1)),
        ("1.0000000000000000000000000000", Some(100_000_000)),
        ("123456.7890000000000000000000", Some(12_345_678_900_000)),
        ("0.000000001", None),
        ("0.0000000000000000000000000001", None),
        ("1.0000000000000000000000000001", None),
        ("92233720368.54775807", Some(i64::MAX)),
        ("-92233720368.54775808", Some(i64::MIN)),
        ("92233720368.54775808", None),
        ("100000000000", None),
        ("79228162514264337593543950335", None),
    ];
    for (text, steps) in cases {
        let decimal: Decimal = text.parse().unwrap();
        let price = BookPrice::from_decimal(decimal);
        assert_eq!(price.map(BookPrice::steps), steps, "{text}");
        if let Some(price) = price {
            assert_eq!(price.to_decimal(), decimal, "{text}");
            assert_eq!(
                price.to_decimal().scale(),
                decimal.normalize().scale(),
                "{text}"
            );
        }
    }
}

#[test]
fn a_quantity_is_never_negative() {
    assert_eq!(BookQuantity::from_steps(-1), None);
    assert_eq!(BookQuantity::from_decimal(Decimal::new(-1, 8)), None);
    assert_eq!(
        BookQuantity::from_decimal(Decimal::ZERO),
        Some(BookQuantity::ZERO)
    );
    let three = BookQuantity::whole(3);
    assert_eq!(BookQuantity::ZERO.saturating_sub(three), BookQuantity::ZERO);
    assert_eq!(BookQuantity::MAX.saturating_add(three), BookQuantity::MAX);
    assert_eq!(BookQuantity::MAX.checked_add(three), None);
    assert_eq!(
        BookQuantity::whole(u32::MAX).to_decimal(),
        Decimal::from(u32::MAX)
    );
}

#[test]
fn a_whole_price_out_of_range_is_refused() {
    assert_eq!(
        BookPrice::whole(-5).map(BookPrice::steps),
        Some(-500_000_000)
    );
    assert_eq!(BookPrice::whole(i64::MAX), None);
}

proptest! {
    #[test]
    fn every_price_survives_the_way_to_a_decimal_and_back(steps in any::<i64>()) {
        let price = BookPrice::from_steps(steps);
        prop_assert_eq!(BookPrice::from_decimal(price.to_decimal()), Some(price));
        prop_assert_eq!(price.to_decimal(), Decimal::new(steps, 8));
    }
}
