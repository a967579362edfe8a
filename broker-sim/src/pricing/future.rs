use rust_decimal::Decimal;

use super::boundary::{to_decimal, to_float};
use super::error::PricingError;
use super::greeks::Greeks;
use super::implied;
use super::spot::greeks_of;
use super::surface::VolatilitySurface;
use super::terms::{Right, Style, Terms, Unchecked};

/// An option on a future, priced with Black-76; American exercise as for
/// [`OptionInputs`](super::OptionInputs).
///
/// Prices enter as the nearest `f64` and leave rounded to eight decimal places, ties to even. Rho
/// is taken with the future's price held fixed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FutureOptionInputs {
    /// Price of the future, greater than zero.
    pub future: Decimal,
    /// Strike price, greater than zero, in the units of `future`.
    pub strike: Decimal,
    /// Time to the option's expiry in years of 365 days; zero or less is expired.
    pub years: f64,
    /// Risk-free rate, continuously compounded, per year; may be negative.
    pub rate: f64,
    /// Volatility of the future per year, from 0 to 10.
    pub volatility: f64,
    /// Call or put.
    pub right: Right,
    /// European or American exercise.
    pub style: Style,
}

impl FutureOptionInputs {
    /// The price of the option on one unit of the future, rounded to eight decimal places.
    ///
    /// # Errors
    ///
    /// [`PricingError::NotFinite`], [`PricingError::NotPositive`] or [`PricingError::OutOfRange`]
    /// for an input outside its range, and [`PricingError::Overflow`] for a price that no
    /// [`Decimal`] holds.
    ///
    /// ```
    /// use broker_sim::pricing::{FutureOptionInputs, Right, Style};
    /// use rust_decimal::Decimal;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let put = FutureOptionInputs {
    ///     future: Decimal::from(20),
    ///     strike: Decimal::from(20),
    ///     years: 4.0 / 12.0,
    ///     rate: 0.09,
    ///     volatility: 0.25,
    ///     right: Right::Put,
    ///     style: Style::European,
    /// };
    /// assert_eq!(put.price()?.round_dp(2).to_string(), "1.12");
    /// # Ok(())
    /// # }
    /// ```
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

    /// The sensitivities of the price; the underlying is the future.
    ///
    /// # Errors
    ///
    /// As [`price`](Self::price).
    pub fn greeks(&self) -> Result<Greeks, PricingError> {
        greeks_of(&self.terms()?)
    }

    /// The volatility, from 0 to 10, at which [`price`](Self::price) gives this price, or `None`
    /// when none does; see [`OptionInputs::implied_volatility`](super::OptionInputs).
    ///
    /// # Errors
    ///
    /// As [`price`](Self::price).
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
        let volatility = surface.volatility(terms.underlying, terms.strike, terms.years)?;
        Ok(Self {
            volatility,
            ..*self
        })
    }

    fn terms(&self) -> Result<Terms, PricingError> {
        Unchecked {
            underlying: (self.future, "future"),
            strike: self.strike,
            years: self.years,
            rate: self.rate,
            dividend_yield: None,
            volatility: self.volatility,
            right: self.right,
            style: self.style,
        }
        .check()
    }
}
