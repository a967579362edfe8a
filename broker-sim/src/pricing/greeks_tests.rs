use proptest::prelude::*;
use rust_decimal::Decimal;

use super::properties_tests::any_inputs;
use super::{FutureOptionInputs, Greeks, OptionInputs, Right, Style};

fn hull() -> OptionInputs {
    OptionInputs {
        spot: Decimal::from(49),
        strike: Decimal::from(50),
        years: 0.3846,
        rate: 0.05,
        dividend_yield: 0.0,
        volatility: 0.20,
        right: Right::Call,
        style: Style::European,
    }
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}

#[test]
fn greeks_are_those_of_the_textbook_in_the_documented_units() {
    // Hull, ch. 19: delta 0.522, gamma 0.066, vega 12.1, theta -4.31 a year, rho 8.91.
    let greeks = hull().greeks().unwrap();
    close(greeks.delta, 0.522, 5e-4);
    close(greeks.gamma, 0.066, 5e-4);
    close(greeks.vega, 12.1, 0.05);
    close(greeks.vega_per_point(), 0.121, 5e-4);
    close(greeks.theta, -4.31 / 365.0, 5e-5);
    close(greeks.rho, 8.91, 0.005);
    close(greeks.rho_per_point(), 0.0891, 5e-5);
}

#[test]
fn an_expired_option_moves_with_its_underlying_or_not_at_all() {
    let expired = OptionInputs {
        years: 0.0,
        ..hull()
    };
    assert_eq!(expired.greeks(), Ok(Greeks::default()));
    let put = OptionInputs {
        right: Right::Put,
        style: Style::American,
        ..expired
    };
    assert_eq!(
        put.greeks(),
        Ok(Greeks {
            delta: -1.0,
            ..Greeks::default()
        })
    );
}

#[test]
fn without_volatility_there_is_no_gamma_or_vega() {
    for style in [Style::European, Style::American] {
        let certain = OptionInputs {
            volatility: 0.0,
            style,
            ..hull()
        };
        let greeks = certain.greeks().unwrap();
        close(greeks.gamma, 0.0, 1e-6);
        assert_eq!(greeks.vega, 0.0);
    }
}

/// Central differences of `value`, with theta per calendar day.
fn differences(inputs: OptionInputs) -> Greeks {
    let value = |inputs: OptionInputs| inputs.value().unwrap();
    let step: f64 = 0.01;
    let spot = |sign: i64| {
        value(OptionInputs {
            spot: inputs.spot + Decimal::new(sign, 2),
            ..inputs
        })
    };
    let small = 1e-5;
    let volatility = |shift| {
        value(OptionInputs {
            volatility: inputs.volatility + shift,
            ..inputs
        })
    };
    let years = |shift| {
        value(OptionInputs {
            years: inputs.years + shift,
            ..inputs
        })
    };
    let rate = |shift| {
        value(OptionInputs {
            rate: inputs.rate + shift,
            ..inputs
        })
    };
    Greeks {
        delta: (spot(1) - spot(-1)) / (2.0 * step),
        gamma: (spot(1) - 2.0 * value(inputs) + spot(-1)) / (step * step),
        vega: (volatility(small) - volatility(-small)) / (2.0 * small),
        theta: (years(-small) - years(small)) / (2.0 * small) / 365.0,
        rho: (rate(small) - rate(-small)) / (2.0 * small),
    }
}

#[test]
fn american_rho_is_smooth_where_early_exercise_starts_to_pay() {
    let put = OptionInputs {
        right: Right::Put,
        style: Style::American,
        rate: 5e-5,
        ..hull()
    };
    let european = OptionInputs {
        style: Style::European,
        ..put
    };
    close(
        put.greeks().unwrap().rho,
        european.greeks().unwrap().rho,
        1.0,
    );
}

#[test]
fn an_american_option_in_its_last_hours_loses_its_value_at_a_daily_rate() {
    let put = OptionInputs {
        right: Right::Put,
        years: 0.5 / 365.0,
        ..hull()
    };
    let put = OptionInputs {
        strike: put.spot,
        ..put
    };
    let exact = put.greeks().unwrap().theta;
    let found = OptionInputs {
        style: Style::American,
        ..put
    }
    .greeks()
    .unwrap()
    .theta;
    close(found / exact, 1.0, 0.3);
}

#[test]
fn an_american_option_on_a_future_only_discounts_with_the_rate() {
    let inputs = FutureOptionInputs {
        future: Decimal::from(100),
        strike: Decimal::from(100),
        years: 1.0,
        rate: 0.05,
        volatility: 0.20,
        right: Right::Call,
        style: Style::American,
    };
    let (rho, price) = (inputs.greeks().unwrap().rho, inputs.value().unwrap());
    // Early exercise spares some of the discounting of the European option.
    assert!((-price..0.0).contains(&rho), "{rho}");
}

proptest! {
    #[test]
    fn european_greeks_are_the_slopes_of_the_price(inputs in any_inputs(Style::European)) {
        // Below some standard deviation the one-cent steps are wider than the curve they measure.
        prop_assume!(inputs.volatility * libm::sqrt(inputs.years) > 0.02);
        let (exact, slopes) = (inputs.greeks().unwrap(), differences(inputs));
        for (name, exact, slope, tolerance) in [
            ("delta", exact.delta, slopes.delta, 2e-5),
            ("gamma", exact.gamma, slopes.gamma, 1e-4),
            ("vega", exact.vega, slopes.vega, 1e-3),
            ("theta", exact.theta, slopes.theta, 1e-3),
            ("rho", exact.rho, slopes.rho, 1e-3),
        ] {
            let scale = 1.0 + exact.abs();
            prop_assert!((exact - slope).abs() < tolerance * scale, "{name}: {exact} {slope}");
        }
    }

    #[test]
    fn american_greeks_are_near_the_slopes_of_the_price(inputs in any_inputs(Style::American)) {
        prop_assume!(inputs.volatility * libm::sqrt(inputs.years) > 0.05);
        // Theta spans a day, over which the price of a dying option bends.
        prop_assume!(inputs.years > 0.05);
        // The price steps by the tree's error where early exercise starts to pay at all.
        prop_assume!(inputs.rate.abs() > 1e-4 && inputs.dividend_yield.abs() > 1e-4);
        // Where the price meets its intrinsic value it has a kink and no slope.
        let now = OptionInputs { years: 0.0, ..inputs }.value().unwrap();
        let strike: f64 = inputs.strike.to_string().parse().unwrap();
        prop_assume!(inputs.value().unwrap() > now + 0.01 * strike);
        let (found, slopes) = (inputs.greeks().unwrap(), differences(inputs));
        for (name, found, slope, tolerance) in [
            ("delta", found.delta, slopes.delta, 0.03),
            ("vega", found.vega, slopes.vega, 0.5),
            ("theta", found.theta, slopes.theta, 0.05),
            ("rho", found.rho, slopes.rho, 0.5),
        ] {
            let scale = 1.0 + found.abs();
            prop_assert!((found - slope).abs() < tolerance * scale, "{name}: {found} {slope}");
        }
        prop_assert!(found.gamma >= -1e-3, "gamma {}", found.gamma);
    }

    #[test]
    fn future_greeks_are_the_slopes_of_the_price(inputs in any_inputs(Style::European)) {
        prop_assume!(inputs.volatility * libm::sqrt(inputs.years) > 0.02);
        let future = FutureOptionInputs {
            future: inputs.spot,
            strike: inputs.strike,
            years: inputs.years,
            rate: inputs.rate,
            volatility: inputs.volatility,
            right: inputs.right,
            style: Style::European,
        };
        let value = |inputs: FutureOptionInputs| inputs.value().unwrap();
        let greeks = future.greeks().unwrap();
        let step = 1e-5;
        let rho = (value(FutureOptionInputs { rate: future.rate + step, ..future })
            - value(FutureOptionInputs { rate: future.rate - step, ..future }))
            / (2.0 * step);
        prop_assert!((greeks.rho - rho).abs() < 1e-3 * (1.0 + rho.abs()));
        let theta = (value(FutureOptionInputs { years: future.years - step, ..future })
            - value(FutureOptionInputs { years: future.years + step, ..future }))
            / (2.0 * step) / 365.0;
        prop_assert!((greeks.theta - theta).abs() < 1e-3 * (1.0 + theta.abs()));
        let cent = Decimal::new(1, 2);
        let delta = (value(FutureOptionInputs { future: future.future + cent, ..future })
            - value(FutureOptionInputs { future: future.future - cent, ..future }))
            / 0.02;
        prop_assert!((greeks.delta - delta).abs() < 2e-5);
    }
}
