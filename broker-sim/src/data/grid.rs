//! The grid of prices that a price increment allows, counted in whole increments.

use rust_decimal::Decimal;

use super::setting::SettingError;

/// Whole multiples of one price increment.
///
/// Prices reach 10^9 and the increment has at most 9 decimal places, so a price on the grid,
/// times 10^9, fits an `i64`; off the grid (18 decimal places) it fits an `i128`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    mantissa: i64,
    scale: u32,
}

impl Grid {
    /// The grid of an increment (FIX `MinPriceIncrement`, tag 969).
    pub(super) fn new(increment: Decimal) -> Result<Self, SettingError> {
        let normal = increment.normalize();
        let refused = || {
            SettingError::new(
                "price_increment",
                increment,
                "0.000000001 to 1000000 with at most 9 decimal places",
            )
        };
        if normal <= Decimal::ZERO || normal > Decimal::from(1_000_000) || normal.scale() > 9 {
            return Err(refused());
        }
        let mantissa = i64::try_from(normal.mantissa()).map_err(|_| refused())?;
        Ok(Self {
            mantissa,
            scale: normal.scale(),
        })
    }

    /// Price divided by increment, as a fraction of whole numbers.
    fn fraction(self, price: Decimal) -> (i128, i128) {
        let power = |exponent: u32| 10_i128.saturating_pow(exponent);
        let increment = i128::from(self.mantissa);
        match self.scale.checked_sub(price.scale()) {
            Some(more) => (price.mantissa().saturating_mul(power(more)), increment),
            None => {
                let more = price.scale().saturating_sub(self.scale);
                (price.mantissa(), increment.saturating_mul(power(more)))
            }
        }
    }

    /// The most increments that do not exceed a price.
    pub(super) fn floor(self, price: Decimal) -> i64 {
        let (numerator, denominator) = self.fraction(price);
        clamp(numerator.div_euclid(denominator))
    }

    /// The fewest increments that are not below a price.
    pub(super) fn ceil(self, price: Decimal) -> i64 {
        let (numerator, denominator) = self.fraction(price);
        clamp(-(-numerator).div_euclid(denominator))
    }

    /// The number of increments nearest to a price, halves upwards, and at least one.
    pub(super) fn nearest(self, price: Decimal) -> i64 {
        let (numerator, denominator) = self.fraction(price);
        clamp((numerator * 2 + denominator).div_euclid(denominator * 2)).max(1)
    }

    /// The price of a number of increments.
    pub(super) fn price(self, increments: i64) -> Decimal {
        Decimal::new(increments.saturating_mul(self.mantissa), self.scale)
    }

    /// The increment itself.
    pub(super) fn increment(self) -> Decimal {
        self.price(1)
    }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
