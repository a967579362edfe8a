use super::american;
use super::boundary::{finite, finite_result, positive};
use super::error::PricingError;
use super::european;
use rust_decimal::Decimal;

/// Whether an option buys or sells its underlying (FIX 201, `PutOrCall`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// The right to buy.
    Call,
    /// The right to sell.
    Put,
}

/// When an option may be exercised (FIX 1194, `ExerciseStyle`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// At expiry only.
    European,
    /// At any time up to expiry.
    American,
}

/// The highest volatility the models accept: 1,000 percent a year.
pub(super) const MAX_VOLATILITY: f64 = 10.0;

/// Checked model inputs: positive prices, everything finite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Price of the underlying, spot or future.
    pub(super) underlying: f64,
    pub(super) strike: f64,
    pub(super) years: f64,
    pub(super) rate: f64,
    /// What holding the underlying pays, continuously; the rate itself for a future.
    pub(super) carry_yield: f64,
    /// True for a future, whose yield moves with the rate.
    pub(super) on_future: bool,
    pub(super) volatility: f64,
    pub(super) right: Right,
    pub(super) style: Style,
}

/// Prices and numbers as they arrive, before they are checked.
pub(super) struct Unchecked {
    pub(super) underlying: (Decimal, &'static str),
    pub(super) strike: Decimal,
    pub(super) years: f64,
    pub(super) rate: f64,
    /// `None` for a future.
    pub(super) dividend_yield: Option<f64>,
    pub(super) volatility: f64,
    pub(super) right: Right,
    pub(super) style: Style,
}

impl Unchecked {
    pub(super) fn check(self) -> Result<Terms, PricingError> {
        let (underlying, name) = self.underlying;
        let rate = finite(self.rate, "rate")?;
        let volatility = finite(self.volatility, "volatility")?;
        if !(0.0..=MAX_VOLATILITY).contains(&volatility) {
            return Err(PricingError::OutOfRange("volatility"));
        }
        Ok(Terms {
            underlying: positive(underlying, name)?,
            strike: positive(self.strike, "strike")?,
            years: finite(self.years, "years")?,
            rate,
            carry_yield: finite(self.dividend_yield.unwrap_or(rate), "dividend yield")?,
            on_future: self.dividend_yield.is_none(),
            volatility,
            right: self.right,
            style: self.style,
        })
    }
}

impl Terms {
    /// The model price, never below zero.
    pub(super) fn value(&self) -> f64 {
        match self.style {
            Style::European => european::value(self),
            Style::American => american::value(self),
        }
    }

    /// The model price, or an error where it overflows.
    pub(super) fn checked_value(&self) -> Result<f64, PricingError> {
        finite_result(self.value(), "price")
    }

    /// `1.0` for a call, `-1.0` for a put.
    pub(super) const fn sign(&self) -> f64 {
        match self.right {
            Right::Call => 1.0,
            Right::Put => -1.0,
        }
    }

    /// What exercise at this price of the underlying pays, never below zero.
    pub(super) fn payoff(&self, underlying: f64) -> f64 {
        (self.sign() * (underlying - self.strike)).max(0.0)
    }

    pub(super) fn is_expired(&self) -> bool {
        self.years <= 0.0
    }

    /// Standard deviation of the logarithm of the underlying at expiry.
    pub(super) fn deviation(&self) -> f64 {
        self.volatility * libm::sqrt(self.years.max(0.0))
    }

    /// Present value of the underlying at expiry.
    pub(super) fn discounted_underlying(&self) -> f64 {
        self.underlying * libm::exp(-self.carry_yield * self.years)
    }

    /// Present value of the strike at expiry.
    pub(super) fn discounted_strike(&self) -> f64 {
        self.strike * libm::exp(-self.rate * self.years)
    }

    /// The price for delivery at expiry.
    pub(super) fn forward(&self) -> f64 {
        let years = self.years.max(0.0);
        self.underlying * libm::exp((self.rate - self.carry_yield) * years)
    }

    /// The same option with another rate; a future's yield follows.
    pub(super) fn with_rate(&self, rate: f64) -> Self {
        let carry_yield = if self.on_future {
            rate
        } else {
            self.carry_yield
        };
        Self {
            rate,
            carry_yield,
            ..*self
        }
    }
}
