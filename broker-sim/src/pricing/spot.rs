use rust_decimal::Decimal;

use super::boundary::{finite_result, to_decimal, to_float};
use super::error::PricingError;
use super::greeks::Greeks;
use super::surface::VolatilitySurface;
use super::terms::{Right, Style, Terms, Unchecked};
use super::{american, european, implied};

/// An option on a share, index, currency or coin, priced with Black-Scholes-Merton.
///
/// European options use the closed form; American ones a binomial tree of 200 steps,
/// which bounds the cost of a price to a few tens of microseconds. All rates are continuously compounded
/// and per year.
///
/// Prices enter as the nearest `f64` and leave rounded to eight decimal places, ties to even.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptionInputs {
    /// Price of the underlying, greater than zero.
    pub spot: Decimal,
    /// Strike price, greater than zero, in the currency of `spot`.
    pub strike: Decimal,
    /// Time to expiry in years of 365 days; zero or less is expired and worth the intrinsic value.
    pub years: f64,
    /// Risk-free rate (0.05 is five percent); may be negative.
    pub rate: f64,
    /// Dividend yield, or the foreign rate for a currency.
    pub dividend_yield: f64,
    /// Volatility of the underlying per year (0.20 is twenty percent), from 0 to 10.
    pub volatility: f64,
    /// Call or put.
    pub right: Right,
    /// European or American exercise.
    pub style: Style,
}

impl OptionInputs {
    /// The price of the option on one unit of the underlying, rounded to eight decimal places.
    ///
    /// # Errors
    ///
    /// [`PricingError::NotFinite`], [`PricingError::NotPositive`] or [`PricingError::OutOfRange`]
    /// for an input outside its range, and [`PricingError::Overflow`] for a price that no
    /// [`Decimal`] holds.
    pub fn price(&self) -> Result<Decimal, PricingError> {
        to_decimal(self.value()?, "price")
    }

    /// The price of the option as the model computes it, not rounded.
    ///
    /// # Errors
    ///
    /// As [`price`](Self::price).
    pub fn value(&self) -> Result<f64, PricingError> {
        self.terms()?.checked_value()
    }

    /// The sensitivities of the price: exact for a European option, central differences on the
    /// tree for an American one, at nine times the cost of its price.
    ///
    /// # Errors
    ///
    /// As [`price`](Self::price).
    pub fn greeks(&self) -> Result<Greeks, PricingError> {
        greeks_of(&self.terms()?)
    }

    /// The volatility, from 0 to 10, at which [`price`](Self::price) gives this price; the
    /// `volatility` field plays no part.
    ///
    /// `None` when no volatility does: the price is below the option's least value (the intrinsic
    /// value of an American option, the discounted one of a European), above its greatest, or the
    /// option has expired. A price within 1e-8 of the least value gives 0.
    ///
    /// # Errors
    ///
    /// As [`price`](Self::price).
    ///
    /// ```
    /// use broker_sim::pricing::{OptionInputs, Right, Style};
    /// use rust_decimal::Decimal;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let call = OptionInputs {
    ///     spot: Decimal::from(21),
    ///     strike: Decimal::from(20),
    ///     years: 0.25,
    ///     rate: 0.10,
    ///     dividend_yield: 0.0,
    ///     volatility: 0.0,
    ///     right: Right::Call,
    ///     style: Style::European,
    /// };
    /// let implied = call.implied_volatility("1.875".parse()?)?.ok_or("no solution")?;
    /// assert!((implied - 0.2345).abs() < 1e-4);
    /// assert_eq!(call.implied_volatility("1.40".parse()?)?, None); // below intrinsic
    /// # Ok(())
    /// # }
    /// ```
    pub fn implied_volatility(&self, price: Decimal) -> Result<Option<f64>, PricingError> {
        let terms = Self {
            volatility: 0.0,
            ..*self
        }
        .terms()?;
        terms.checked_value()?;
        Ok(implied::volatility(&terms, to_float(price, "price")?))
    }

    /// The same option with the volatility that the surface gives its strike and expiry.
    ///
    /// # Errors
    ///
    /// As [`price`](Self::price).
    pub fn with_surface(&self, surface: &VolatilitySurface) -> Result<Self, PricingError> {
        let terms = Self {
            volatility: 0.0,
            ..*self
        }
        .terms()?;
        let forward = finite_result(terms.forward(), "forward")?;
        let volatility = surface.volatility(forward, terms.strike, terms.years)?;
        Ok(Self {
            volatility,
            ..*self
        })
    }

    fn terms(&self) -> Result<Terms, PricingError> {
        Unchecked {
            underlying: (self.spot, "spot"),
            strike: self.strike,
            years: self.years,
            rate: self.rate,
            dividend_yield: Some(self.dividend_yield),
            volatility: self.volatility,
            right: self.right,
            style: self.style,
        }
        .check()
    }
}

/// The greeks of checked terms.
pub(super) fn greeks_of(terms: &Terms) -> Result<Greeks, PricingError> {
    let greeks = match terms.style {
        Style::European => european::greeks(terms),
        Style::American => american::greeks(terms),
    };
    if greeks.is_finite() {
        Ok(greeks)
    } else {
        Err(PricingError::Overflow("greeks"))
    }
}
