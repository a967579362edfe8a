//! The path of prices inside a bar, where only a few prices or the close alone were recorded.

use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::grid::Grid;
use super::noise::{Noise, Purpose, decimal_float, float, round};
use super::point::{PointKind, PointTime, PricePoint};
use super::record::{Bar, BarTime, OpenHighLow};
use super::setting::SettingError;
use super::volume::SyntheticVolume;

/// How bars become price points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathSettings {
    /// The seed of all that is made up.
    pub seed: u64,
    /// The grid of all prices except a bar's close; 10^-9 to 10^6, at most 9 decimal places.
    pub price_increment: Decimal,
    /// The number of points per bar, evenly spaced from its open to its close: 4 to 100000.
    pub points_per_bar: u32,
    /// The volume of bars that recorded none.
    pub synthetic_volume: SyntheticVolume,
}

impl PathSettings {
    /// Four points per bar and the default synthetic volume.
    #[must_use]
    pub fn new(seed: u64, price_increment: Decimal) -> Self {
        let synthetic_volume = SyntheticVolume::default();
        Self {
            seed,
            price_increment,
            points_per_bar: 4,
            synthetic_volume,
        }
    }

    /// The same settings with another number of points per bar.
    #[must_use]
    pub fn with_points_per_bar(self, points_per_bar: u32) -> Self {
        Self {
            points_per_bar,
            ..self
        }
    }

    /// The same settings with another synthetic volume.
    #[must_use]
    pub fn with_synthetic_volume(self, synthetic_volume: SyntheticVolume) -> Self {
        Self {
            synthetic_volume,
            ..self
        }
    }
}

/// Turns bars into paths of prices, each a function of seed, symbol, date and prices alone.
///
/// A bar of four prices starts at its open, ends at its close and touches its low before its
/// high when it closes above its open, its high before its low otherwise. No price leaves low to
/// high; on the increment's grid this means the lowest multiple not below the low to the highest
/// not above the high. A bar too narrow to contain any multiple is its close throughout.
///
/// A bar of a close alone starts at the close before (at its own when it is the first) and wanders
/// to its close as a Brownian bridge whose daily deviation is 0.6 % plus a third of the day's
/// change, at most 5 %.
///
/// Every price is a positive multiple of the increment, except that the last is the recorded
/// close as recorded. The bar's volume is spread evenly in whole units, the rest on the close.
/// Interpolation is in whole increments; only the noise is `f64`, through software functions
/// that agree on every platform with IEEE 754 double precision.
///
/// ```
/// use broker_sim::data::{DataSet, IntradayPath, PathSettings};
/// use rust_decimal::Decimal;
///
/// let data = DataSet::shipped()?;
/// let path = IntradayPath::new(PathSettings::new(7, Decimal::new(1, 2)))?;
/// let series = data.series("SPX").ok_or("no SPX")?;
/// let prices: Vec<String> = series.points(&path).take(4).map(|p| p.price.to_string()).collect();
/// assert_eq!(prices, ["1845.85", "1845.85", "1827.74", "1831.97998"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct IntradayPath {
    settings: PathSettings,
    grid: Grid,
}

impl IntradayPath {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`SettingError`] when the price increment or the number of points is outside its range.
    pub fn new(settings: PathSettings) -> Result<Self, SettingError> {
        let grid = Grid::new(settings.price_increment)?;
        if !(4..=100_000).contains(&settings.points_per_bar) {
            let name = "points_per_bar";
            return Err(SettingError::new(
                name,
                settings.points_per_bar,
                "4 to 100000",
            ));
        }
        Ok(Self { settings, grid })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &PathSettings {
        &self.settings
    }

    /// Appends the points of one bar.
    ///
    /// `previous` is the bar before, whose close a bar of a close alone starts from; `length` is
    /// the time a timestamped bar covers (daily bars cover a session and ignore it).
    pub fn extend(
        &self,
        symbol: &Arc<str>,
        previous: Option<&Bar>,
        bar: &Bar,
        length: TimeDelta,
        points: &mut Vec<PricePoint>,
    ) {
        let (purpose, moment) = match bar.at() {
            BarTime::Date(date) => (Purpose::DailyPath, i64::from(date.to_epoch_days())),
            BarTime::Start(start) => (Purpose::TimedPath, start.timestamp_micros()),
        };
        let seed = self.settings.seed;
        let noise = Noise::new(seed, purpose, symbol, moment);
        let prices = match bar.open_high_low() {
            Some(prices) => self.within(noise, prices, bar.close()),
            None => Some(self.bridge(noise, previous.map_or(bar.close(), Bar::close), bar.close())),
        };
        let total = bar
            .volume()
            .unwrap_or_else(|| self.settings.synthetic_volume.of_bar(seed, symbol, moment));
        let last = self.settings.points_per_bar - 1;
        let share = (total / Decimal::from(self.settings.points_per_bar)).floor();

        points.reserve(usize::try_from(last).unwrap_or_default() + 1);
        let mut prices = prices.into_iter().flatten();
        for place in 0..=last {
            let price = prices
                .next()
                .map_or(bar.close(), |increments| self.grid.price(increments));
            let (kind, price, volume) = if place == last {
                (
                    PointKind::Close,
                    bar.close(),
                    total - share * Decimal::from(last),
                )
            } else if place == 0 {
                (PointKind::Open, price, share)
            } else {
                (PointKind::Intraday, price, share)
            };
            let at = time(bar.at(), length, place, last);
            points.push(PricePoint {
                symbol: Arc::clone(symbol),
                at,
                price,
                volume,
                kind,
            });
        }
    }

    /// How many points a bar makes, and the time of the last of them.
    pub(super) fn extent(&self, bar: BarTime, length: TimeDelta) -> (u32, PointTime) {
        let count = self.settings.points_per_bar;
        (count, time(bar, length, count - 1, count - 1))
    }

    /// The path of a bar of four prices in increments; `None` when no multiple is inside it.
    fn within(&self, mut noise: Noise, prices: OpenHighLow, close: Decimal) -> Option<Vec<i64>> {
        let (low, high) = (self.grid.ceil(prices.low), self.grid.floor(prices.high));
        if low > high {
            return None;
        }
        let open = self.grid.nearest(prices.open).clamp(low, high);
        let end = self.grid.nearest(close).clamp(low, high);
        let (first, second) = if close > prices.open {
            (low, high)
        } else {
            (high, low)
        };

        let steps = u64::from(self.settings.points_per_bar - 1);
        // The two extremes are two different points strictly between the first and the last.
        let place_first = 1 + noise.below(steps - 2);
        let place_second = place_first + 1 + noise.below(steps - 1 - place_first);
        let deviation = 0.3 * float(high - low);
        let mut segments = Segments {
            noise,
            steps,
            deviation,
            low,
            high,
            path: vec![open],
        };
        segments.extend(open, first, place_first);
        segments.extend(first, second, place_second - place_first);
        segments.extend(second, end, steps - place_second);
        Some(segments.path)
    }

    /// The path from one close to the next in increments.
    fn bridge(&self, noise: Noise, from: Decimal, to: Decimal) -> Vec<i64> {
        let change = libm::fabs(libm::log(decimal_float(to) / decimal_float(from)));
        let (from, to) = (self.grid.nearest(from), self.grid.nearest(to));
        let lesser = from.min(to);
        let deviation = float(lesser) * libm::fmin(0.006 + change / 3.0, 0.05);
        // Far beyond what the deviation allows, but a bound that the eye can check.
        let (low, high) = ((lesser / 2).max(1), from.max(to).saturating_mul(2));
        let steps = u64::from(self.settings.points_per_bar - 1);
        let mut segments = Segments {
            noise,
            steps,
            deviation,
            low,
            high,
            path: vec![from],
        };
        segments.extend(from, to, steps);
        segments.path
    }
}

/// A path under construction, bridge by bridge.
struct Segments {
    noise: Noise,
    /// The steps of the whole bar.
    steps: u64,
    /// The standard deviation of an unbound walk over the whole bar, in increments.
    deviation: f64,
    low: i64,
    high: i64,
    path: Vec<i64>,
}

impl Segments {
    /// Appends `steps` points that start after `from` and end on `to`.
    fn extend(&mut self, from: i64, to: i64, steps: u64) {
        let per_step = self.deviation / libm::sqrt(whole(self.steps));
        let mut left = steps;
        let mut offset = 0.0;
        while left > 1 {
            // A step of a Brownian bridge that returns to 0 when no step is left.
            let remaining = whole(left);
            offset += self.noise.normal() * per_step * libm::sqrt((remaining - 1.0) / remaining)
                - offset / remaining;
            left -= 1;
            let straight = i128::from(from)
                + i128::from(to - from) * i128::from(steps - left) / i128::from(steps);
            let straight = i64::try_from(straight).unwrap_or(to);
            self.path.push(
                straight
                    .saturating_add(round(offset))
                    .clamp(self.low, self.high),
            );
        }
        self.path.push(to);
    }
}

/// A number of steps, which is at most 100000, as `f64`.
fn whole(steps: u64) -> f64 {
    float(i64::try_from(steps).unwrap_or(i64::MAX))
}

/// The time of point `place` of `0..=last`.
fn time(bar: BarTime, length: TimeDelta, place: u32, last: u32) -> PointTime {
    match bar {
        BarTime::Date(date) => {
            let parts = u64::from(place) * 1_000_000 / u64::from(last);
            let parts_per_million = u32::try_from(parts).unwrap_or(1_000_000);
            PointTime::Session {
                date,
                parts_per_million,
            }
        }
        BarTime::Start(start) => {
            let total = i128::from(length.num_microseconds().unwrap_or(i64::MAX).max(0));
            let elapsed = total * i128::from(place) / i128::from(last);
            let elapsed = TimeDelta::microseconds(i64::try_from(elapsed).unwrap_or(i64::MAX));
            PointTime::Instant(start.checked_add_signed(elapsed).unwrap_or(start))
        }
    }
}
