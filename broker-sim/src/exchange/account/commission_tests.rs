use broker_core::model::{AssetClass, Currency, Instrument, Mic};
use rust_decimal::{Decimal, dec};

use super::fixtures::*;
use super::{Charge, CommissionRule, CommissionSchedule};

fn due(instrument: &Instrument, quantity: Decimal, value: Decimal) -> Decimal {
    let rule = CommissionSchedule::default().rule(instrument);
    let currency = instrument.currency().unwrap();
    rule.due(quantity, value, currency).unwrap()
}

#[test]
fn the_default_schedule_by_class() {
    // 1000 shares × 0.005.
    assert_eq!(due(&apple(), dec!(1000), dec!(150000)), dec!(5));
    // 10 shares × 0.005 = 0.05, at least 1.00.
    assert_eq!(due(&apple(), dec!(10), dec!(1500)), dec!(1));
    // At most 1 % of 50.00: the maximum wins over the minimum.
    assert_eq!(due(&apple(), dec!(1), dec!(50)), dec!(0.50));
    assert_eq!(due(&option('C', 200), dec!(1), dec!(500)), dec!(1));
    assert_eq!(due(&option('C', 200), dec!(10), dec!(5000)), dec!(6.50));
    // 0.85 + 1.38.
    assert_eq!(due(&future(), dec!(3), dec!(750000)), dec!(6.69));
    // 0.2 basis points of 110 000 = 2.20; of 11 000 the minimum of 2.
    assert_eq!(due(&euro(), dec!(100000), dec!(110000)), dec!(2.20));
    assert_eq!(due(&euro(), dec!(10000), dec!(11000)), dec!(2));
    assert_eq!(due(&coin(), dec!(0.5), dec!(50000)), dec!(90));
}

#[test]
fn hong_kong_shares_pay_basis_points_and_stamp_duty_in_whole_dollars() {
    // 8 bp of 40 120 = 32.096; duty 40.12 → 41; 73.096 → 73.10.
    assert_eq!(due(&tencent(), dec!(100), dec!(40120)), dec!(73.10));
    // Minimum 18 + duty 4.012 → 5.
    assert_eq!(due(&tencent(), dec!(10), dec!(4012)), dec!(23));
}

#[test]
fn half_a_cent_is_rounded_away_from_zero() {
    let rule = CommissionRule {
        per_unit: dec!(0.005),
        ..CommissionRule::default()
    };
    let due = |units| rule.due(units, dec!(0), Currency::USD).unwrap();
    assert_eq!((due(dec!(1)), due(dec!(3))), (dec!(0.01), dec!(0.02)));
    assert_eq!(rule.due(dec!(100), dec!(0), Currency::JPY), Ok(dec!(1)));
}

#[test]
fn the_minimum_is_paid_once_per_order() {
    let rule = CommissionSchedule::default().rule(&apple());
    let mut charge = Charge::default();
    let mut paid = Vec::new();
    // 0.50, 1.00 and 1.50 would be due without the minimum.
    for _ in 0..3 {
        let next = rule
            .charge(charge, dec!(100), dec!(15000), Currency::USD)
            .unwrap();
        paid.push(next.charged - charge.charged);
        charge = next;
    }
    assert_eq!(paid, [dec!(1), dec!(0), dec!(0.50)]);
}

#[test]
fn the_first_entry_that_matches_holds() {
    let one = CommissionRule {
        minimum: dec!(1),
        ..CommissionRule::default()
    };
    let two = CommissionRule {
        minimum: dec!(2),
        ..one
    };
    let schedule = CommissionSchedule::free()
        .with(AssetClass::Equity, None, Some(Mic::XNYS), two)
        .with(AssetClass::Equity, Some(Currency::USD), None, one);
    let listed = |mic| Instrument::equity("X", mic, Currency::USD).unwrap();
    assert_eq!(schedule.rule(&listed(Mic::XNYS)), two);
    assert_eq!(schedule.rule(&listed(Mic::XNAS)), one);
    assert_eq!(schedule.rule(&tencent()), CommissionRule::default());
    assert_eq!(due(&apple(), dec!(0), dec!(0)), dec!(0));
}
