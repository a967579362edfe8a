use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{
    FutureOptionInputs, OptionInputs, PricingError, Right, Style, SurfaceParameters,
    VolatilitySurface,
};

const SHAPE: SurfaceParameters = SurfaceParameters {
    short_volatility: 0.30,
    long_volatility: 0.20,
    term_years: 0.5,
    skew: -0.10,
    curvature: 0.05,
};

fn surface() -> VolatilitySurface {
    VolatilitySurface::new(SHAPE).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}

#[test]
fn each_parameter_does_what_it_says() {
    let at = |strike, years| surface().volatility(100.0, strike, years).unwrap();
    // Level and term: the loading of the short end at T = term is 1 - 1/e.
    close(at(100.0, 1e-9), 0.30, 5e-4);
    close(at(100.0, 1e3), 0.20, 1e-4);
    close(at(100.0, 0.5), 0.20 + 0.10 * 0.632_120_558_828_558, 1e-12);
    // Skew and curvature, one standard deviation away; the wings bend it to 4/sqrt(17).
    let level = at(100.0, 0.5);
    let one = libm::exp(level * libm::sqrt(0.5));
    let bent = 4.0 / libm::sqrt(17.0);
    let curve = 0.05 * bent * bent / 2.0;
    close(
        at(100.0 * one, 0.5),
        level * (1.0 - 0.10 * bent + curve),
        1e-12,
    );
    close(
        at(100.0 / one, 0.5),
        level * (1.0 + 0.10 * bent + curve),
        1e-12,
    );
}

#[test]
fn far_strikes_and_flat_surfaces_stay_in_range() {
    for strike in [1e-300, 1e-10, 1.0, 1e10, 1e300] {
        let found = surface().volatility(100.0, strike, 0.0).unwrap();
        assert!((0.1..0.7).contains(&found), "{strike}: {found}");
        assert_eq!(
            VolatilitySurface::flat(0.25)
                .unwrap()
                .volatility(1.0, strike, 1.0),
            Ok(0.25)
        );
    }
}

#[test]
fn shapes_outside_their_range_are_refused() {
    let table = [
        (
            SurfaceParameters {
                short_volatility: 0.0,
                ..SHAPE
            },
            "short volatility",
        ),
        (
            SurfaceParameters {
                long_volatility: 5.1,
                ..SHAPE
            },
            "long volatility",
        ),
        (
            SurfaceParameters {
                term_years: 0.0,
                ..SHAPE
            },
            "term years",
        ),
        (
            SurfaceParameters {
                skew: -0.6,
                ..SHAPE
            },
            "skew",
        ),
        (
            SurfaceParameters {
                curvature: -0.01,
                ..SHAPE
            },
            "curvature",
        ),
        (
            SurfaceParameters {
                skew: -0.4,
                curvature: 0.0,
                ..SHAPE
            },
            "smile",
        ),
    ];
    for (shape, name) in table {
        assert_eq!(
            VolatilitySurface::new(shape),
            Err(PricingError::OutOfRange(name))
        );
    }
    let shape = SurfaceParameters {
        skew: f64::NAN,
        ..SHAPE
    };
    assert_eq!(
        VolatilitySurface::new(shape),
        Err(PricingError::NotFinite("skew"))
    );
    assert_eq!(
        surface().volatility(0.0, 1.0, 1.0),
        Err(PricingError::NotPositive("forward"))
    );
    assert_eq!(
        surface().volatility(1.0, f64::NAN, 1.0),
        Err(PricingError::NotFinite("strike"))
    );
}

#[test]
fn an_option_takes_the_volatility_of_its_strike_against_the_forward() {
    let inputs = OptionInputs {
        spot: Decimal::from(100),
        strike: Decimal::from(110),
        years: 0.5,
        rate: 0.08,
        dividend_yield: 0.02,
        volatility: 9.0,
        right: Right::Put,
        style: Style::American,
    };
    let expected = surface()
        .volatility(100.0 * libm::exp(0.03), 110.0, 0.5)
        .unwrap();
    let found = inputs.with_surface(&surface()).unwrap();
    close(found.volatility, expected, 1e-12);
    assert_eq!(
        OptionInputs {
            volatility: 9.0,
            ..found
        },
        inputs
    );
}

#[test]
fn the_ready_made_surface_passes_the_checks_of_new() {
    let ready = VolatilitySurface::equity_index();
    assert_eq!(VolatilitySurface::new(*ready.parameters()), Ok(ready));
}

#[test]
fn the_index_surface_has_no_arbitrage_between_strikes_or_expiries() {
    let ready = VolatilitySurface::equity_index();
    let call = |strike: i64, years: f64| {
        OptionInputs {
            spot: Decimal::from(100),
            strike: Decimal::from(strike),
            years,
            rate: 0.0,
            dividend_yield: 0.0,
            volatility: 0.0,
            right: Right::Call,
            style: Style::European,
        }
        .with_surface(&ready)
        .unwrap()
        .value()
        .unwrap()
    };
    let expiries = [0.02, 0.1, 0.25, 0.5, 1.0, 2.0];
    for (index, years) in expiries.into_iter().enumerate() {
        for strike in 40..200 {
            let (low, middle, high) = (
                call(strike - 1, years),
                call(strike, years),
                call(strike + 1, years),
            );
            assert!(high <= middle + 1e-9, "a call spread at {strike}, {years}");
            assert!(
                low + high >= 2.0 * middle - 1e-9,
                "a butterfly at {strike}, {years}"
            );
            if let Some(later) = expiries.get(index + 1) {
                assert!(
                    call(strike, *later) >= middle - 1e-9,
                    "a calendar at {strike}, {years}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn parity_holds_on_the_surface(strike in 50_i64..200, years in 0.01_f64..2.0) {
        let price = |right| {
            let inputs = FutureOptionInputs {
                future: Decimal::from(100),
                strike: Decimal::from(strike),
                years,
                rate: 0.04,
                volatility: 0.0,
                right,
                style: Style::European,
            };
            inputs.with_surface(&surface()).unwrap().value().unwrap()
        };
        let strike: f64 = strike.to_string().parse().unwrap();
        let forward = (100.0 - strike) * libm::exp(-0.04 * years);
        prop_assert!((price(Right::Call) - price(Right::Put) - forward).abs() < 1e-9);
    }
}
