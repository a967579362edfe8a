//! The volatility at which the model gives a price.

use super::european;
use super::terms::{MAX_VOLATILITY, Terms};

/// Prices arrive rounded to eight places, so the bounds are not sharper than that.
const BOUND_TOLERANCE: f64 = 1e-8;

/// Every fourth step halves the bracket, so this many reach the last bit of a volatility.
const MAX_STEPS: usize = 220;

/// Relative to the strike, no closer match of the price is sought.
const PRICE_TOLERANCE: f64 = 1e-13;

/// The volatility from 0 to 10 at which `terms` are worth `target`, if there is one.
///
/// Newton's method with the European vega inside a bracket that bisection keeps shrinking. The
/// slope is only approximate for an American option, which costs a few steps and no accuracy.
pub(super) fn volatility(terms: &Terms, target: f64) -> Option<f64> {
    if terms.is_expired() || !target.is_finite() {
        return None;
    }
    let at = |volatility| Terms {
        volatility,
        ..*terms
    };
    let (lowest, highest) = (at(0.0).value(), at(MAX_VOLATILITY).value());
    if !(lowest - BOUND_TOLERANCE..=highest + BOUND_TOLERANCE).contains(&target) {
        return None;
    }
    if target <= lowest + BOUND_TOLERANCE {
        return Some(0.0);
    }
    let tolerance = PRICE_TOLERANCE * terms.strike;
    let (mut low, mut high) = (0.0, MAX_VOLATILITY);
    let mut guess = first_guess(terms);
    for step in 1..=MAX_STEPS {
        let excess = at(guess).value() - target;
        if excess.abs() <= tolerance {
            return Some(guess);
        }
        if excess > 0.0 {
            high = guess;
        } else {
            low = guess;
        }
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        let newton = guess - excess / european::greeks(&at(guess)).vega;
        // A NaN or infinite step fails the comparison and bisects as well.
        let inside = low < newton && newton < high;
        guess = if inside && step % 4 != 0 {
            newton
        } else {
            middle
        };
    }
    Some(guess)
}

/// Where vega is largest (Manaster and Koehler, 1982), from which Newton's method cannot overshoot.
fn first_guess(terms: &Terms) -> f64 {
    let moneyness = libm::fabs(libm::log(terms.forward() / terms.strike));
    libm::sqrt(2.0 * moneyness / terms.years).clamp(0.1, 2.0)
}
