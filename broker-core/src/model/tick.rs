use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Price, Side, ValueError, decimal, numbers::in_range};

/// One price band and the increment that holds in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TickBand {
    /// The lowest price magnitude to which the increment applies, inclusive.
    pub from: Price,
    /// The smallest price change, above zero.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub increment: Decimal,
}

/// The price increments of an instrument by price band (FIX 969 and its band tables).
///
/// Bands are looked up by the magnitude of the price, so a combination that trades at −0.35 has the
/// same increment as at 0.35. A combination has a table of its own, which is not its legs'.
///
/// ```
/// use broker_core::model::{Price, Side, TickTable};
/// # fn main() -> Result<(), broker_core::model::ValueError> {
/// let table = TickTable::banded([("0", "0.0001"), ("1", "0.01")])?;
/// let price: Price = "187.507".parse()?;
/// assert!(!table.is_valid(price));
/// assert_eq!(table.snap(price, Side::Buy).to_string(), "187.50");   // never pays more
/// assert_eq!(table.snap(price, Side::Sell).to_string(), "187.51");  // never takes less
/// assert!(table.is_valid("0.5071".parse()?));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<TickBand>", into = "Vec<TickBand>")]
pub struct TickTable(Vec<TickBand>);

impl TickTable {
    /// One increment at every price.
    ///
    /// # Errors
    /// [`ValueError`] when the increment is not above zero.
    pub fn uniform(increment: Decimal) -> Result<Self, ValueError> {
        Self::try_from(vec![TickBand {
            from: Price::ZERO,
            increment,
        }])
    }

    /// Bands as `(from, increment)` in text, the first from zero, ascending.
    ///
    /// # Errors
    /// [`ValueError`] when a number is malformed, an increment is not above zero, the first band
    /// does not start at zero or the bands do not ascend.
    pub fn banded<'a>(
        bands: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ValueError> {
        let bands = bands
            .into_iter()
            .map(|(from, increment)| {
                Ok(TickBand {
                    from: from.parse()?,
                    increment: decimal::parse("TickTable", increment)?,
                })
            })
            .collect::<Result<Vec<_>, ValueError>>()?;
        Self::try_from(bands)
    }

    /// The bands in ascending order.
    #[must_use]
    pub fn bands(&self) -> &[TickBand] {
        &self.0
    }

    /// The increment that holds at a price.
    #[must_use]
    pub fn increment(&self, price: Price) -> Decimal {
        let magnitude = price.get().abs();
        let below = self
            .0
            .iter()
            .take_while(|band| band.from.get() <= magnitude)
            .last();
        // A table always has a band from zero, so the fallback is never taken.
        below
            .or(self.0.first())
            .map_or(Decimal::ONE, |band| band.increment)
    }

    /// Whether the price is a whole number of increments.
    #[must_use]
    pub fn is_valid(&self, price: Price) -> bool {
        (price.get() % self.increment(price)).is_zero()
    }

    /// The nearest valid price that is not worse for the side: a buy goes down, a sell up.
    ///
    /// A valid price is returned unchanged. At the edge of the range of [`Price`] the price itself is
    /// returned.
    #[must_use]
    pub fn snap(&self, price: Price, side: Side) -> Price {
        if self.is_valid(price) {
            return price;
        }
        let value = price.get();
        let rises = side.is_sell();
        // Away from zero for a rising positive price and for a falling negative one.
        let magnitude = if rises == value.is_sign_positive() {
            self.above(value.abs())
        } else {
            self.below(value.abs())
        };
        let snapped = if value.is_sign_negative() {
            -magnitude
        } else {
            magnitude
        };
        Price::new(snapped).unwrap_or(price)
    }

    /// The nearest valid magnitude at or below one.
    fn below(&self, magnitude: Decimal) -> Decimal {
        let mut ceiling = magnitude;
        // Whether the ceiling itself belongs to a band that is left.
        let mut beyond = false;
        for band in self.0.iter().rev() {
            let from = band.from.get();
            if from > ceiling || (beyond && from == ceiling) {
                continue;
            }
            let over = ceiling % band.increment;
            let valid = if beyond && over.is_zero() {
                ceiling - band.increment
            } else {
                ceiling - over
            };
            if valid >= from {
                return valid.round_dp(band.increment.scale());
            }
            ceiling = from;
            beyond = true;
        }
        Decimal::ZERO
    }

    /// The nearest valid magnitude at or above one.
    fn above(&self, magnitude: Decimal) -> Decimal {
        let mut floor = magnitude;
        for (index, band) in self.0.iter().enumerate() {
            let end = self.0.get(index + 1).map(|next| next.from.get());
            if end.is_some_and(|end| end <= floor) {
                continue;
            }
            let over = floor % band.increment;
            let valid = if over.is_zero() {
                floor
            } else {
                floor - over + band.increment
            };
            match end {
                Some(end) if valid >= end => floor = end,
                _ => return valid.round_dp(band.increment.scale()),
            }
        }
        floor
    }
}

impl TryFrom<Vec<TickBand>> for TickTable {
    type Error = ValueError;

    fn try_from(bands: Vec<TickBand>) -> Result<Self, ValueError> {
        if bands.first().is_none_or(|first| first.from != Price::ZERO) {
            return Err(ValueError::new(
                "TickTable",
                bands.len(),
                "bands that start at price 0",
            ));
        }
        if let Some(band) = bands
            .iter()
            .find(|band| band.increment <= Decimal::ZERO || !in_range(band.increment))
        {
            return Err(ValueError::new(
                "TickTable",
                band.increment,
                "an increment above 0 and at most 10^12 with at most 12 decimal places",
            ));
        }
        if let Some(pair) = bands.windows(2).find(|pair| match pair {
            [low, high] => low.from >= high.from,
            _ => false,
        }) {
            let from = pair.last().map_or(Price::ZERO, |band| band.from);
            return Err(ValueError::new(
                "TickTable",
                from,
                "bands in ascending order",
            ));
        }
        Ok(Self(bands))
    }
}

impl From<TickTable> for Vec<TickBand> {
    fn from(table: TickTable) -> Self {
        table.0
    }
}

impl TickBand {
    /// A band from a price magnitude upwards.
    #[must_use]
    pub const fn new(from: Price, increment: Decimal) -> Self {
        Self { from, increment }
    }
}
