use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::{Price, Side, ValueError, decimal};

/// One price band and the increment that holds in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
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
        let strategy = match side {
            Side::Buy => RoundingStrategy::ToNegativeInfinity,
            Side::Sell | Side::SellShort => RoundingStrategy::ToPositiveInfinity,
        };
        let increment = self.increment(price);
        let steps = (price.get() / increment).round_dp_with_strategy(0, strategy);
        let snapped = Price::new(steps * increment).unwrap_or(price);
        if self.is_valid(snapped) {
            return snapped;
        }
        // Rounding away from zero may enter a band with a coarser increment: snap once more there.
        let increment = self.increment(snapped);
        let steps = (snapped.get() / increment).round_dp_with_strategy(0, strategy);
        Price::new(steps * increment).unwrap_or(price)
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
        if let Some(band) = bands.iter().find(|band| band.increment <= Decimal::ZERO) {
            return Err(ValueError::new(
                "TickTable",
                band.increment,
                "an increment above 0",
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
