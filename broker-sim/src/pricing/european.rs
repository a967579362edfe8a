//! Black-Scholes-Merton in closed form; with the rate as the yield it is Black-76.
//!
//! Merton, "Theory of Rational Option Pricing" (1973); Black, "The Pricing of Commodity
//! Contracts" (1976); Hull, Options, Futures, and Other Derivatives, ch. 15, 17 and 18.

use super::greeks::{DAYS_PER_YEAR, Greeks};
use super::normal::{cumulative, density};
use super::terms::Terms;

/// Below this standard deviation the underlying counts as certain.
const CERTAIN: f64 = 1e-12;

/// The arguments of the two normal probabilities.
pub(super) fn d1_d2(terms: &Terms) -> (f64, f64) {
    let deviation = terms.deviation();
    if deviation < CERTAIN {
        let ends_above = terms.discounted_underlying() > terms.discounted_strike();
        let infinite = if ends_above {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        };
        return (infinite, infinite);
    }
    let drift = (terms.rate - terms.carry_yield) * terms.years;
    let d1 = (libm::log(terms.underlying / terms.strike) + drift) / deviation + 0.5 * deviation;
    (d1, d1 - deviation)
}

pub(super) fn value(terms: &Terms) -> f64 {
    if terms.is_expired() {
        return terms.payoff(terms.underlying);
    }
    let (d1, d2) = d1_d2(terms);
    let sign = terms.sign();
    let receive = terms.discounted_underlying() * cumulative(sign * d1);
    let pay = terms.discounted_strike() * cumulative(sign * d2);
    let value = sign * (receive - pay);
    // Rounding may end just below zero. Not `max`, which would turn a NaN into a price of zero.
    if value < 0.0 { 0.0 } else { value }
}

pub(super) fn greeks(terms: &Terms) -> Greeks {
    let sign = terms.sign();
    if terms.is_expired() {
        let in_the_money = terms.payoff(terms.underlying) > 0.0;
        return Greeks {
            delta: if in_the_money { sign } else { 0.0 },
            ..Greeks::default()
        };
    }
    let (d1, d2) = d1_d2(terms);
    let deviation = terms.deviation();
    let root_years = libm::sqrt(terms.years);
    let underlying = terms.discounted_underlying();
    let holding = underlying * cumulative(sign * d1);
    let paying = terms.discounted_strike() * cumulative(sign * d2);
    let spread = underlying * density(d1);
    let yearly_theta = sign * (terms.carry_yield * holding - terms.rate * paying)
        - spread * terms.volatility / (2.0 * root_years);
    Greeks {
        delta: sign * holding / terms.underlying,
        gamma: if deviation < CERTAIN {
            0.0
        } else {
            spread / (terms.underlying * terms.underlying * deviation)
        },
        vega: spread * root_years,
        theta: yearly_theta / DAYS_PER_YEAR,
        rho: if terms.on_future {
            -terms.years * sign * (holding - paying)
        } else {
            sign * terms.years * paying
        },
    }
}
