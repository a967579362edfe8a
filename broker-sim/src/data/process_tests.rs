use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{PriceProcess, ProcessSettings, Reversion, SettingError};

const MINUTE: f64 = 1.0 / (252.0 * 390.0);
const DAY: f64 = 1.0 / 252.0;

fn settings() -> ProcessSettings {
    ProcessSettings::new(Decimal::from(100), Decimal::new(1, 2))
}

fn prices(
    seed: u64,
    symbol: &str,
    settings: ProcessSettings,
    step: f64,
    count: usize,
) -> Vec<Decimal> {
    let mut process = PriceProcess::new(seed, symbol, settings).unwrap();
    (0..count).map(|_| process.next_price(step)).collect()
}

fn text(prices: &[Decimal]) -> Vec<String> {
    prices.iter().map(ToString::to_string).collect()
}

fn euro() -> ProcessSettings {
    ProcessSettings::new(Decimal::new(10_850, 4), Decimal::new(5, 5))
        .with_annual(0.0, 0.08)
        .with_reversion(Reversion {
            level: Decimal::new(11, 1),
            speed: 2.0,
        })
}

proptest! {
    #[test]
    fn prices_are_positive_and_on_the_grid(
        seed: u64, start in 1_i64..1_000_000, mantissa in prop::sample::select(vec![1_i64, 3, 5, 25]),
        scale in 0_u32..6, drift in -10.0..10.0_f64, volatility in 0.0..10.0_f64,
        step in prop_oneof![Just(MINUTE), Just(DAY), Just(3.0), any::<f64>()],
    ) {
        let increment = Decimal::new(mantissa, scale);
        let settings = ProcessSettings::new(increment * Decimal::from(start), increment)
            .with_annual(drift, volatility);
        for price in prices(seed, "AA", settings, step, 30) {
            prop_assert!(price > Decimal::ZERO && price <= super::MAX_PRICE);
            prop_assert!((price % increment).is_zero(), "{}", price);
        }
    }

    #[test]
    fn a_further_symbol_never_changes_the_prices_of_another(seed: u64) {
        let alone = prices(seed, "AA", settings(), MINUTE, 20);
        let mut first = PriceProcess::new(seed, "AA", settings()).unwrap();
        let mut second = PriceProcess::new(seed, "BB", settings()).unwrap();
        for price in alone {
            second.next_step(DAY);
            prop_assert_eq!(first.next_price(MINUTE), price);
        }
        prop_assert_ne!(prices(seed, "AA", settings(), DAY, 20), prices(seed, "BB", settings(), DAY, 20));
        let other = prices(seed.wrapping_add(1), "AA", settings(), DAY, 20);
        prop_assert_ne!(prices(seed, "AA", settings(), DAY, 20), other);
    }

    #[test]
    fn asking_for_volume_does_not_change_prices(seed: u64) {
        let mut process = PriceProcess::new(seed, "AA", settings()).unwrap();
        for price in prices(seed, "AA", settings(), DAY, 20) {
            let step = process.next_step(DAY);
            prop_assert_eq!(step.price, price);
            prop_assert!(step.volume >= Decimal::ZERO && step.volume.fract().is_zero());
        }
    }
}

#[test]
fn prices_are_the_same_on_every_platform() {
    assert_eq!(
        text(&prices(42, "ACME", settings(), DAY, 5)),
        ["101.16", "100.68", "100.42", "98.33", "99.23"]
    );
    assert_eq!(
        text(&prices(42, "EUR.USD", euro(), DAY, 5)),
        ["1.08375", "1.07950", "1.07510", "1.06690", "1.06785"]
    );
}

#[test]
fn the_first_price_is_the_start() {
    let process = PriceProcess::new(1, "AA", settings()).unwrap();
    assert_eq!(process.price(), Decimal::from(100));
}

#[test]
fn the_highest_price_is_the_highest_multiple_that_is_accepted() {
    // 10^9 is nearer to the multiple above it, 1000000001.
    let settings = ProcessSettings::new(super::MAX_PRICE, Decimal::from(7));
    let process = PriceProcess::new(1, "AA", settings).unwrap();
    assert_eq!(process.price(), Decimal::from(999_999_994));
}

#[test]
fn without_volatility_the_price_follows_its_drift() {
    let settings = settings().with_annual(0.1, 0.0);
    assert_eq!(
        text(&prices(1, "AA", settings, 1.0, 2)),
        ["110.52", "122.14"]
    );
}

#[test]
fn without_volatility_a_reverting_price_halves_its_distance() {
    let reversion = Reversion {
        level: Decimal::from(400),
        speed: std::f64::consts::LN_2,
    };
    let settings = settings().with_annual(0.0, 0.0).with_reversion(reversion);
    assert_eq!(
        text(&prices(1, "AA", settings, 1.0, 2)),
        ["200.00", "282.84"]
    );
}

#[test]
fn returns_have_the_volatility_asked_for() {
    let settings =
        ProcessSettings::new(Decimal::from(100_000), Decimal::new(1, 4)).with_annual(0.0, 0.2);
    let logs: Vec<f64> = prices(3, "AA", settings, DAY, 5000)
        .iter()
        .map(|price| libm::log(price.to_string().parse().unwrap()))
        .collect();
    let squares: f64 = logs
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).powi(2))
        .sum();
    let volatility = (squares / 4999.0 * 252.0).sqrt();
    assert!((0.19..0.21).contains(&volatility), "{volatility}");
}

#[test]
fn a_reverting_price_stays_near_its_level() {
    let all = prices(9, "EUR.USD", euro(), DAY, 5000);
    let (low, high) = (Decimal::new(9, 1), Decimal::new(135, 2));
    assert!(all.iter().all(|price| (low..high).contains(price)));
}

#[test]
fn the_volume_of_a_session_is_about_what_was_asked_for() {
    let mut process = PriceProcess::new(5, "AA", settings()).unwrap();
    let total: Decimal = (0..3900).map(|_| process.next_step(MINUTE).volume).sum();
    let sessions = total / Decimal::from(10_000_000);
    assert!(
        (Decimal::new(95, 2)..Decimal::new(105, 2)).contains(&sessions),
        "{sessions}"
    );
}

#[test]
fn a_step_without_length_leaves_the_price_and_has_no_volume() {
    let mut process = PriceProcess::new(5, "AA", settings()).unwrap();
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let step = process.next_step(step);
        assert_eq!(
            (step.price, step.volume),
            (Decimal::from(100), Decimal::ZERO)
        );
    }
}

#[test]
fn settings_outside_their_range_are_refused() {
    let name = |settings: ProcessSettings| {
        PriceProcess::new(1, "AA", settings)
            .map_err(|error: SettingError| error.name())
            .err()
    };
    let price = |price| ProcessSettings::new(price, Decimal::new(1, 2));
    let revert = |level, speed| settings().with_reversion(Reversion { level, speed });
    assert_eq!(name(settings()), None);
    assert_eq!(name(euro()), None);
    assert_eq!(name(price(Decimal::ZERO)), Some("start_price"));
    assert_eq!(
        name(price(Decimal::from(2_000_000_000))),
        Some("start_price")
    );
    assert_eq!(
        name(ProcessSettings::new(Decimal::ONE, Decimal::ZERO)),
        Some("price_increment")
    );
    assert_eq!(
        name(settings().with_annual(f64::NAN, 0.1)),
        Some("annual_drift")
    );
    assert_eq!(
        name(settings().with_annual(0.0, -0.1)),
        Some("annual_volatility")
    );
    assert_eq!(
        name(settings().with_annual(0.0, f64::INFINITY)),
        Some("annual_volatility")
    );
    assert_eq!(
        name(settings().with_session_volume(-Decimal::ONE)),
        Some("session_volume")
    );
    assert_eq!(name(revert(Decimal::ZERO, 1.0)), Some("level"));
    assert_eq!(name(revert(Decimal::ONE, 0.0)), Some("speed"));
}

#[test]
fn a_price_at_its_limit_can_leave_it_again() {
    // A walk without drift: the pull is too weak to be felt.
    let settings = settings().with_annual(0.0, 10.0).with_reversion(Reversion {
        level: Decimal::from(100),
        speed: 1e-12,
    });
    for seed in 0..20 {
        let mut process = PriceProcess::new(seed, "AA", settings).unwrap();
        process.next_price(1000.0);
        let limit = process.next_price(1000.0);
        if limit == super::MAX_PRICE || limit == Decimal::new(1, 2) {
            assert!(
                (0..50).any(|_| process.next_price(DAY) != limit),
                "seed {seed}"
            );
        }
    }
}
