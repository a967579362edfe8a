use proptest::prelude::*;

use super::{Price, Side, TickBand, TickTable};
use crate::{Decimal, dec, test_support::price};

/// Hundredths of a cent below a dollar, cents below a hundred, five cents above.
fn banded() -> TickTable {
    TickTable::banded([("0", "0.0001"), ("1", "0.01"), ("100", "0.05")]).unwrap()
}

#[test]
fn increments_hold_from_the_edge_of_their_band() {
    for (at, increment) in [
        ("0", dec!(0.0001)),
        ("0.9999", dec!(0.0001)),
        ("1", dec!(0.01)),
        ("-1", dec!(0.01)),
        ("99.99", dec!(0.01)),
        ("100", dec!(0.05)),
        ("-250", dec!(0.05)),
    ] {
        assert_eq!(banded().increment(price(at)), increment, "{at}");
    }
}

#[test]
fn snapping_never_gets_worse_for_the_side() {
    for (at, buy, sell) in [
        ("187.50", "187.50", "187.50"),
        ("187.51", "187.50", "187.55"),
        ("99.995", "99.99", "100.00"),
        ("100.01", "100.00", "100.05"),
        ("0.99995", "0.9999", "1.0000"),
        ("1.005", "1.00", "1.01"),
        ("0.00001", "0.0000", "0.0001"),
        ("-0.00001", "-0.0001", "0.0000"),
        ("-0.99995", "-1.0000", "-0.9999"),
        ("-1.005", "-1.01", "-1.00"),
        ("-99.995", "-100.00", "-99.99"),
    ] {
        for (side, expected) in [
            (Side::Buy, buy),
            (Side::Sell, sell),
            (Side::SellShort, sell),
        ] {
            let snapped = banded().snap(price(at), side);
            assert_eq!(snapped, price(expected), "{at} {side}");
            assert!(banded().is_valid(snapped), "{at} {side}");
        }
    }
}

#[test]
fn a_band_whose_edge_is_off_its_own_increment_loses_no_price() {
    let odd = TickTable::banded([("0", "0.03"), ("1", "0.3"), ("2", "0.25")]).unwrap();
    for (at, buy, sell) in [
        ("0.995", "0.99", "1.2"),
        ("1", "0.99", "1.2"),
        ("1.15", "0.99", "1.2"),
        ("1.85", "1.8", "2"),
        ("-1.1", "-1.2", "-0.99"),
    ] {
        assert_eq!(odd.snap(price(at), Side::Buy), price(buy), "{at}");
        assert_eq!(odd.snap(price(at), Side::Sell), price(sell), "{at}");
    }
}

#[test]
fn the_edge_of_a_band_belongs_to_the_upper_one() {
    // 1 is a whole number of the lower increment and not of the upper one, which holds there.
    let odd = TickTable::banded([("0", "0.5"), ("1", "0.3")]).unwrap();
    assert!(!odd.is_valid(price("1")));
    assert_eq!(odd.snap(price("1.1"), Side::Buy), price("0.5"));
    assert_eq!(odd.snap(price("0.6"), Side::Sell), price("1.2"));
}

#[test]
fn at_the_edge_of_the_range_the_price_stays() {
    let table = TickTable::uniform(dec!(7)).unwrap();
    let most = price("1000000000000");
    assert_eq!(table.snap(most, Side::Sell), most);
    assert_eq!(table.snap(most, Side::Buy), price("999999999999"));
}

#[test]
fn tables_that_make_no_sense_are_refused() {
    for bands in [
        vec![],
        vec![("1", "0.01")],
        vec![("0", "0")],
        vec![("0", "-0.01")],
        vec![("0", "0.0000000000001")],
        vec![("0", "0.01"), ("1", "0")],
        vec![("0", "0.01"), ("0", "0.02")],
        vec![("0", "0.01"), ("2", "0.02"), ("1", "0.05")],
        vec![("0", "x")],
        vec![("x", "1")],
    ] {
        assert!(TickTable::banded(bands.clone()).is_err(), "{bands:?}");
    }
    assert_eq!(banded().bands()[1], TickBand::new(price("1"), dec!(0.01)));
}

#[test]
fn a_table_in_json_is_its_bands() {
    let json = r#"[{"from":"0","increment":"0.01"}]"#;
    let table: TickTable = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&table).unwrap(), json);
    for wrong in [
        r"[]",
        r#"[{"from":"1","increment":"0.01"}]"#,
        r#"[{"from":"0","increment":"0.01","step":"1"}]"#,
    ] {
        assert!(serde_json::from_str::<TickTable>(wrong).is_err(), "{wrong}");
    }
}

/// Tables whose bands begin anywhere.
fn table() -> impl Strategy<Value = TickTable> {
    let step = prop::sample::select(vec!["0.0001", "0.005", "0.01", "0.03", "0.05", "0.25", "1"]);
    let band = (1..40_u32, step.clone());
    (step, prop::collection::vec(band, 0..4)).prop_map(|(first, bands)| {
        let band = |from: Decimal, increment: &str| {
            TickBand::new(Price::new(from).unwrap(), increment.parse().unwrap())
        };
        let mut edge = Decimal::ZERO;
        let mut all = vec![band(edge, first)];
        for (width, increment) in bands {
            edge += Decimal::new(i64::from(width), 1);
            all.push(band(edge, increment));
        }
        TickTable::try_from(all).unwrap()
    })
}

proptest! {
    #[test]
    fn a_snapped_price_is_valid_and_the_nearest_not_worse(
        table in table(),
        units in -2_000_000..2_000_000_i64,
        buy in any::<bool>(),
    ) {
        let at = Price::new(Decimal::new(units, 5)).unwrap();
        let side = if buy { Side::Buy } else { Side::Sell };
        let snapped = table.snap(at, side);
        prop_assert!(table.is_valid(snapped), "{} to {}", at, snapped);
        let (better, step) = if buy { (snapped <= at, dec!(-0.00001)) } else { (snapped >= at, dec!(0.00001)) };
        prop_assert!(better, "{} to {}", at, snapped);
        prop_assert_eq!(table.snap(snapped, side), snapped);
        // Nothing valid lies between; all increments here are multiples of 0.0001.
        let mut between = at.get();
        for _ in 0..200 {
            if between == snapped.get() {
                break;
            }
            prop_assert!(!table.is_valid(Price::new(between).unwrap()), "{} to {}", at, snapped);
            between += step;
        }
        let largest = table.bands().iter().map(|band| band.increment).max().unwrap();
        prop_assert!((snapped.get() - at.get()).abs() < largest * dec!(2));
    }

    #[test]
    fn with_aligned_bands_the_distance_is_below_one_increment(units in -20_000_000..20_000_000_i64) {
        let at = Price::new(Decimal::new(units, 5)).unwrap();
        for side in [Side::Buy, Side::Sell] {
            let snapped = banded().snap(at, side);
            let distance = (snapped.get() - at.get()).abs();
            prop_assert!(distance < banded().increment(at), "{} to {}", at, snapped);
        }
    }
}
