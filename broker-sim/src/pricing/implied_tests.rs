use proptest::prelude::*;
use rust_decimal::Decimal;

use super::properties_tests::any_inputs;
use super::{FutureOptionInputs, OptionInputs, PricingError, Right, Style};

fn call() -> OptionInputs {
    OptionInputs {
        spot: Decimal::from(100),
        strike: Decimal::from(90),
        years: 0.5,
        rate: 0.04,
        dividend_yield: 0.01,
        volatility: f64::NAN, // plays no part
        right: Right::Call,
        style: Style::European,
    }
}

fn implied(inputs: OptionInputs, price: &str) -> Option<f64> {
    inputs.implied_volatility(price.parse().unwrap()).unwrap()
}

#[test]
fn prices_outside_the_bounds_have_no_volatility() {
    // The discounted intrinsic value is 100 e^-0.005 - 90 e^-0.02 = 11.2834.
    assert_eq!(implied(call(), "11.28"), None);
    assert_eq!(implied(call(), "-1"), None);
    assert_eq!(implied(call(), "99.51"), None); // above the discounted spot
    assert!(implied(call(), "11.2835").is_some_and(|found| found > 0.0));
    let put = OptionInputs {
        right: Right::Put,
        style: Style::American,
        ..call()
    };
    let put = OptionInputs {
        strike: Decimal::from(120),
        ..put
    };
    assert_eq!(implied(put, "19.99"), None); // below the intrinsic value of 20
    assert_eq!(implied(put, "20"), Some(0.0));
    assert_eq!(implied(put, "121"), None);
    assert_eq!(
        implied(
            OptionInputs {
                years: 0.0,
                ..call()
            },
            "10"
        ),
        None
    );
}

#[test]
fn bad_inputs_are_errors_and_not_an_absent_volatility() {
    let price = Decimal::from(12);
    let bad = OptionInputs {
        rate: f64::NAN,
        ..call()
    };
    assert_eq!(
        bad.implied_volatility(price),
        Err(PricingError::NotFinite("rate"))
    );
    let bad = OptionInputs {
        rate: -1e5,
        ..call()
    };
    assert_eq!(
        bad.implied_volatility(price),
        Err(PricingError::Overflow("price"))
    );
}

#[test]
fn a_future_option_gives_back_its_volatility() {
    for style in [Style::European, Style::American] {
        let inputs = FutureOptionInputs {
            future: Decimal::from(4500),
            strike: Decimal::from(4600),
            years: 0.2,
            rate: 0.05,
            volatility: 0.1875,
            right: Right::Put,
            style,
        };
        let found = inputs
            .implied_volatility(inputs.price().unwrap())
            .unwrap()
            .unwrap();
        assert!((found - 0.1875).abs() < 1e-8, "{style:?} {found}");
    }
}

proptest! {
    #[test]
    fn implied_volatility_undoes_the_price(
        inputs in any_inputs(Style::European),
        american in any::<bool>(),
    ) {
        let style = if american { Style::American } else { Style::European };
        let inputs = OptionInputs { style, ..inputs };
        let price = inputs.price().unwrap();
        let found = inputs.implied_volatility(price).unwrap().unwrap();
        // The price comes back always, the volatility where the price depends on it.
        let again = OptionInputs { volatility: found, ..inputs }.value().unwrap();
        let price: f64 = price.to_string().parse().unwrap();
        prop_assert!((again - price).abs() < 2e-8, "{again} {price}");
        // Within the region of immediate exercise every volatility gives the same price.
        let least = OptionInputs { volatility: 0.0, ..inputs }.value().unwrap();
        if inputs.greeks().unwrap().vega > 0.1 && price > least + 0.01 {
            prop_assert!((found - inputs.volatility).abs() < 1e-6, "{found} {inputs:?}");
        }
    }
}
