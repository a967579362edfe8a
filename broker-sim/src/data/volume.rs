//! A made-up volume for series which recorded none.

use rust_decimal::Decimal;

use super::noise::{Noise, Purpose};
use super::setting::SettingError;

/// A constant volume per bar with even noise around it, by seed, in whole units.
///
/// The volume of a bar is `mean × (1 + e)` rounded down, where `e` is spread evenly over
/// `-noise..=noise`. It says nothing about the market; it keeps volume limits and displays
/// working where the data is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntheticVolume {
    mean: u32,
    noise_parts_per_million: u32,
}

impl Default for SyntheticVolume {
    /// A million units, give or take a quarter.
    fn default() -> Self {
        Self {
            mean: 1_000_000,
            noise_parts_per_million: 250_000,
        }
    }
}

impl SyntheticVolume {
    /// A volume of `mean` units per bar, give or take a part of it in parts per million.
    ///
    /// # Errors
    /// [`SettingError`] when the noise exceeds 1000000 parts per million.
    pub fn new(mean: u32, noise_parts_per_million: u32) -> Result<Self, SettingError> {
        if noise_parts_per_million > 1_000_000 {
            return Err(SettingError::new(
                "noise_parts_per_million",
                noise_parts_per_million,
                "0 to 1000000",
            ));
        }
        Ok(Self {
            mean,
            noise_parts_per_million,
        })
    }

    /// The volume of a symbol's bar, where `moment` is the day (or microsecond) since 1970.
    pub(super) fn of_bar(self, seed: u64, symbol: &str, moment: i64) -> Decimal {
        let noise = u64::from(self.noise_parts_per_million);
        let drawn = Noise::new(seed, Purpose::SessionVolume, symbol, moment).below(noise * 2 + 1);
        // At most 2^32 × 2×10^6, far below 2^64.
        let parts = 1_000_000 - noise + drawn;
        Decimal::from(u64::from(self.mean) * parts / 1_000_000)
    }
}
