use rust_decimal::Decimal;

use super::{FutureOptionInputs, OptionInputs, PricingError, Right, Style};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Spot, strike, years, rate, yield, volatility.
type Case = (&'static str, &'static str, f64, f64, f64, f64);

fn option(case: Case, right: Right, style: Style) -> OptionInputs {
    let (spot, strike, years, rate, dividend_yield, volatility) = case;
    OptionInputs {
        spot: decimal(spot),
        strike: decimal(strike),
        years,
        rate,
        dividend_yield,
        volatility,
        right,
        style,
    }
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} is not {expected}"
    );
}

const HALF_YEAR: Case = ("42", "40", 0.5, 0.10, 0.0, 0.20);

#[test]
fn european_prices_are_those_of_the_textbooks() {
    let table = [
        (HALF_YEAR, Right::Call, 4.7594), // Hull, example 15.6
        (HALF_YEAR, Right::Put, 0.8086),
        (("49", "50", 0.3846, 0.05, 0.0, 0.20), Right::Call, 2.4005), // Hull, ch. 19
        (("60", "65", 0.25, 0.08, 0.0, 0.30), Right::Call, 2.1334),   // Haug, 1.1.1
        (("100", "95", 0.5, 0.10, 0.05, 0.20), Right::Put, 2.4648),   // Haug, 1.1.2
    ];
    for (case, right, expected) in table {
        close(
            option(case, right, Style::European).value().unwrap(),
            expected,
            1e-4,
        );
    }
    // Hull, example 17.1, given to the cent.
    let index = option(
        ("930", "900", 2.0 / 12.0, 0.08, 0.03, 0.20),
        Right::Call,
        Style::European,
    );
    close(index.value().unwrap(), 51.83, 0.005);
}

#[test]
fn future_options_are_those_of_black() {
    let future = |price: &str, years, rate, volatility, right| FutureOptionInputs {
        future: decimal(price),
        strike: decimal(price),
        years,
        rate,
        volatility,
        right,
        style: Style::European,
    };
    // Hull, example 18.6, and Haug, 1.1.3.
    close(
        future("20", 4.0 / 12.0, 0.09, 0.25, Right::Put)
            .value()
            .unwrap(),
        1.1166,
        1e-4,
    );
    for right in [Right::Call, Right::Put] {
        close(
            future("19", 0.75, 0.10, 0.28, right).value().unwrap(),
            1.7011,
            1e-4,
        );
    }
}

#[test]
fn american_prices_agree_with_a_converged_tree() {
    // Cox-Ross-Rubinstein trees of 8,000 and 8,001 steps, averaged. The first is Hull, ch. 21.
    let table = [
        (
            ("50", "50", 5.0 / 12.0, 0.10, 0.0, 0.40),
            Right::Put,
            4.28425,
        ),
        (("100", "110", 0.5, 0.10, 0.10, 0.15), Right::Put, 10.81081),
        (("100", "90", 1.0, 0.05, 0.08, 0.30), Right::Call, 15.10299),
        (("100", "100", 2.0, 0.03, 0.05, 0.20), Right::Call, 9.23045),
        (("40", "45", 0.25, 0.0488, 0.0, 0.30), Right::Put, 5.49590),
        (("100", "100", 0.02, 0.05, 0.02, 0.20), Right::Put, 1.10122),
        (("105", "100", 0.75, 0.04, 0.01, 0.25), Right::Put, 5.69961),
        (("80", "100", 1.0, 0.03, 0.0, 0.30), Right::Put, 22.02424),
        (
            ("200", "100", 1.5, 0.02, 0.06, 0.50),
            Right::Call,
            100.47896,
        ),
        (("95", "100", 2.5, 0.12, 0.02, 0.10), Right::Put, 5.0),
    ];
    for (case, right, expected) in table {
        let found = option(case, right, Style::American).value().unwrap();
        let strike: f64 = case.1.parse().unwrap();
        close(found, expected, 5e-5 * strike + 1e-4 * expected);
    }
}

#[test]
fn an_american_option_on_a_future_is_worth_more_than_the_european() {
    let inputs = |style| FutureOptionInputs {
        future: decimal("120"),
        strike: decimal("100"),
        years: 1.0,
        rate: 0.08,
        volatility: 0.20,
        right: Right::Call,
        style,
    };
    let american = inputs(Style::American).value().unwrap();
    assert!(american > inputs(Style::European).value().unwrap() + 0.1);
    assert!(american >= 20.0);
}

#[test]
fn an_american_call_without_dividends_is_the_european_call() {
    let american = option(HALF_YEAR, Right::Call, Style::American).value();
    assert_eq!(
        american,
        option(HALF_YEAR, Right::Call, Style::European).value()
    );
}

#[test]
fn the_price_leaves_with_eight_places() {
    let call = option(HALF_YEAR, Right::Call, Style::European);
    assert_eq!(call.price(), Ok(decimal("4.75942239")));
    let worthless = option(
        ("1", "1000", 0.01, 0.0, 0.0, 0.1),
        Right::Call,
        Style::European,
    );
    assert_eq!(worthless.price().unwrap().to_string(), "0");
}

#[test]
fn results_have_the_same_bits_everywhere() {
    let european = option(HALF_YEAR, Right::Call, Style::European)
        .value()
        .unwrap();
    let american = option(HALF_YEAR, Right::Put, Style::American)
        .value()
        .unwrap();
    assert_eq!(
        (european.to_bits(), american.to_bits()),
        (4_617_044_651_656_146_672, 4_606_373_284_619_396_582)
    );
}

#[test]
fn an_expired_option_is_worth_its_intrinsic_value() {
    for style in [Style::European, Style::American] {
        for years in [0.0, -0.5] {
            let at = |spot, right| {
                option((spot, "40", years, 0.1, 0.02, 0.2), right, style)
                    .price()
                    .unwrap()
            };
            assert_eq!(at("42.125", Right::Call), decimal("2.125"));
            assert_eq!(at("42.125", Right::Put), Decimal::ZERO);
            assert_eq!(at("39.9", Right::Put), decimal("0.1"));
        }
    }
}

#[test]
fn without_volatility_the_forward_decides() {
    let case = ("100", "100", 1.0, 0.05, 0.0, 0.0);
    let call = option(case, Right::Call, Style::European).value().unwrap();
    close(call, 100.0 - 100.0 * libm::exp(-0.05), 1e-12);
    assert_eq!(option(case, Right::Put, Style::European).value(), Ok(0.0));
    // The holder of an American put takes the intrinsic value at once.
    let put = option(
        ("90", "100", 1.0, 0.05, 0.0, 0.0),
        Right::Put,
        Style::American,
    );
    assert_eq!(put.value(), Ok(10.0));
}

#[test]
fn bad_inputs_are_named() {
    let good = option(HALF_YEAR, Right::Call, Style::American);
    let table = [
        (
            OptionInputs {
                spot: Decimal::ZERO,
                ..good
            },
            PricingError::NotPositive("spot"),
        ),
        (
            OptionInputs {
                strike: decimal("-1"),
                ..good
            },
            PricingError::NotPositive("strike"),
        ),
        (
            OptionInputs {
                years: f64::NAN,
                ..good
            },
            PricingError::NotFinite("years"),
        ),
        (
            OptionInputs {
                years: f64::INFINITY,
                ..good
            },
            PricingError::NotFinite("years"),
        ),
        (
            OptionInputs {
                rate: f64::NAN,
                ..good
            },
            PricingError::NotFinite("rate"),
        ),
        (
            OptionInputs {
                dividend_yield: f64::NEG_INFINITY,
                ..good
            },
            PricingError::NotFinite("dividend yield"),
        ),
        (
            OptionInputs {
                volatility: f64::NAN,
                ..good
            },
            PricingError::NotFinite("volatility"),
        ),
        (
            OptionInputs {
                volatility: -0.1,
                ..good
            },
            PricingError::OutOfRange("volatility"),
        ),
        (
            OptionInputs {
                volatility: 10.5,
                ..good
            },
            PricingError::OutOfRange("volatility"),
        ),
        (
            OptionInputs { rate: -1e4, ..good },
            PricingError::Overflow("price"),
        ),
    ];
    for (inputs, expected) in table {
        for style in [Style::European, Style::American] {
            let inputs = OptionInputs { style, ..inputs };
            assert_eq!(inputs.value(), Err(expected), "{inputs:?}");
            assert!(inputs.price().is_err());
            assert!(inputs.greeks().is_err());
        }
    }
    let huge = OptionInputs {
        rate: -100.0,
        style: Style::European,
        right: Right::Put,
        ..good
    };
    let huge = OptionInputs { years: 1.0, ..huge };
    assert_eq!(huge.price(), Err(PricingError::Overflow("price")));
}
