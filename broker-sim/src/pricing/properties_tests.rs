use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{OptionInputs, Right, Style};

/// Options of every moneyness from days to years away, in calm and wild markets.
pub(super) fn any_inputs(style: Style) -> impl Strategy<Value = OptionInputs> {
    (
        (1_000_i64..30_000, 1_000_i64..30_000),
        0.002_f64..3.0,
        -0.03_f64..0.15,
        -0.03_f64..0.12,
        0.03_f64..1.5,
        any::<bool>(),
    )
        .prop_map(
            move |((spot, strike), years, rate, dividend_yield, volatility, call)| OptionInputs {
                spot: Decimal::new(spot, 2),
                strike: Decimal::new(strike, 2),
                years,
                rate,
                dividend_yield,
                volatility,
                right: if call { Right::Call } else { Right::Put },
                style,
            },
        )
}

proptest! {
    #[test]
    fn put_call_parity_holds(inputs in any_inputs(Style::European)) {
        let price = |right| OptionInputs { right, ..inputs }.value().unwrap();
        let (spot, strike): (f64, f64) =
            (inputs.spot.to_string().parse().unwrap(), inputs.strike.to_string().parse().unwrap());
        let forward = spot * libm::exp(-inputs.dividend_yield * inputs.years)
            - strike * libm::exp(-inputs.rate * inputs.years);
        prop_assert!((price(Right::Call) - price(Right::Put) - forward).abs() < 1e-9);
    }

    #[test]
    fn a_dearer_strike_lowers_calls_and_raises_puts(
        inputs in any_inputs(Style::European),
        american in any::<bool>(),
        distance in 1_i64..2_000,
    ) {
        let style = if american { Style::American } else { Style::European };
        let near = OptionInputs { style, ..inputs };
        let far = OptionInputs { strike: near.strike + Decimal::new(distance, 2), ..near };
        let (low, high) = match inputs.right {
            Right::Call => (far, near),
            Right::Put => (near, far),
        };
        prop_assert!(low.value().unwrap() <= high.value().unwrap() + 1e-9);
    }

    #[test]
    fn more_volatility_is_worth_more(
        inputs in any_inputs(Style::European),
        american in any::<bool>(),
        more in 0.01_f64..1.0,
    ) {
        let style = if american { Style::American } else { Style::European };
        let calm = OptionInputs { style, ..inputs };
        let wild = OptionInputs { volatility: calm.volatility + more, ..calm };
        prop_assert!(calm.value().unwrap() <= wild.value().unwrap() + 1e-9);
    }

    #[test]
    fn american_is_worth_at_least_european_and_intrinsic(inputs in any_inputs(Style::American)) {
        let american = inputs.value().unwrap();
        let european = OptionInputs { style: Style::European, ..inputs }.value().unwrap();
        let now = OptionInputs { years: 0.0, ..inputs }.value().unwrap();
        prop_assert!(american >= european);
        prop_assert!(american >= now);
    }

    #[test]
    fn nothing_but_finite_numbers_or_errors_comes_out(
        inputs in any_inputs(Style::American),
        years in any::<f64>(),
        rate in any::<f64>(),
        dividend_yield in any::<f64>(),
        volatility in any::<f64>(),
        which in 0..4,
    ) {
        let inputs = match which {
            0 => OptionInputs { years, ..inputs },
            1 => OptionInputs { rate, dividend_yield, ..inputs },
            2 => OptionInputs { volatility, ..inputs },
            _ => OptionInputs { years, rate, dividend_yield, volatility, ..inputs },
        };
        for style in [Style::European, Style::American] {
            let inputs = OptionInputs { style, ..inputs };
            prop_assert!(inputs.value().is_ok_and(|it| it >= 0.0 && it.is_finite())
                || inputs.value().is_err());
            if let Ok(greeks) = inputs.greeks() {
                prop_assert!(greeks.is_finite());
            }
        }
    }
}
