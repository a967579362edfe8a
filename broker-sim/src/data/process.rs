//! Seeded prices for symbols nobody recorded.

use rust_decimal::Decimal;

use super::grid::Grid;
use super::noise::{Noise, Purpose, decimal_float, float, round};
use super::record::{MAX_PRICE, MAX_VOLUME};
use super::setting::SettingError;

/// Trading sessions per year, which turns a session's volume into a rate.
const SESSIONS_PER_YEAR: f64 = 252.0;

/// The pull of a price towards a level, as exchange rates and spreads have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reversion {
    /// The level; it moves with the drift.
    pub level: Decimal,
    /// The pull per year, above 0 to 10000; half of a distance is gone after `ln 2 / speed`
    /// years.
    pub speed: f64,
}

/// The parameters of a price process.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProcessSettings {
    /// The first price: from one price increment to 10^9.
    pub start_price: Decimal,
    /// The grid of prices; 10^-9 to 10^6, at most 9 decimal places.
    pub price_increment: Decimal,
    /// The expected growth per year as a fraction (0.05 is 5 %), -10 to 10.
    pub annual_drift: f64,
    /// The standard deviation of a year's logarithmic return (0.2 is 20 %), 0 to 10.
    pub annual_volatility: f64,
    /// The pull towards a level; `None` for a free walk.
    pub reversion: Option<Reversion>,
    /// The mean volume of a session, of which a year has 252; 0 to 10^15 units.
    pub session_volume: Decimal,
}

impl ProcessSettings {
    /// A free walk with 5 % growth and 20 % volatility per year, a million units per session.
    #[must_use]
    pub fn new(start_price: Decimal, price_increment: Decimal) -> Self {
        Self {
            start_price,
            price_increment,
            annual_drift: 0.05,
            annual_volatility: 0.2,
            reversion: None,
            session_volume: Decimal::from(1_000_000),
        }
    }

    /// The same settings with another growth and volatility per year.
    #[must_use]
    pub fn with_annual(self, annual_drift: f64, annual_volatility: f64) -> Self {
        Self {
            annual_drift,
            annual_volatility,
            ..self
        }
    }

    /// The same settings with a pull towards a level.
    #[must_use]
    pub fn with_reversion(self, reversion: Reversion) -> Self {
        Self {
            reversion: Some(reversion),
            ..self
        }
    }

    /// The same settings with another mean volume of a session.
    #[must_use]
    pub fn with_session_volume(self, session_volume: Decimal) -> Self {
        Self {
            session_volume,
            ..self
        }
    }
}

/// The price and the volume of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessStep {
    /// The price at the end of the step.
    pub price: Decimal,
    /// The volume during the step, in whole units.
    pub volume: Decimal,
}

/// Geometric Brownian motion, with mean reversion if wished, of one symbol.
///
/// Its numbers come from a stream that belongs to the seed and the symbol alone, so that more
/// symbols never change another's prices; volumes have a stream of their own. The steps are
/// exact in distribution for any length of step. Every price is a positive multiple of the
/// increment, at most 10^9.
///
/// ```
/// use broker_sim::data::{PriceProcess, ProcessSettings};
/// use rust_decimal::Decimal;
///
/// let settings = ProcessSettings::new(Decimal::from(100), Decimal::new(5, 2));
/// let minute = 1.0 / (252.0 * 390.0);
/// let mut one = PriceProcess::new(7, "ACME", settings)?;
/// let mut same = PriceProcess::new(7, "ACME", settings)?;
/// assert_eq!(one.next_price(minute), same.next_price(minute));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PriceProcess {
    grid: Grid,
    settings: ProcessSettings,
    prices: Noise,
    volumes: Noise,
    /// The logarithm of the price in increments, before rounding.
    logarithm: f64,
    /// The logarithm of the level in increments.
    level: f64,
    /// The logarithm of the highest price in increments.
    ceiling: f64,
    highest: i64,
}

impl PriceProcess {
    /// The process of a symbol under a seed.
    ///
    /// # Errors
    /// [`SettingError`] when a parameter is outside its range or not a finite number.
    pub fn new(seed: u64, symbol: &str, settings: ProcessSettings) -> Result<Self, SettingError> {
        let grid = Grid::new(settings.price_increment)?;
        let logarithm =
            |price: Decimal| libm::log(decimal_float(price) / decimal_float(grid.increment()));
        let check_price = |name: &'static str, price: Decimal| {
            if price < grid.increment() || price > MAX_PRICE {
                return Err(SettingError::new(
                    name,
                    price,
                    "one price increment to 10^9",
                ));
            }
            Ok(())
        };
        check_price("start_price", settings.start_price)?;
        let drift = settings.annual_drift;
        if !(-10.0..=10.0).contains(&drift) {
            return Err(SettingError::new("annual_drift", drift, "-10 to 10"));
        }
        let volatility = settings.annual_volatility;
        if !(0.0..=10.0).contains(&volatility) {
            return Err(SettingError::new(
                "annual_volatility",
                volatility,
                "0 to 10",
            ));
        }
        if settings.session_volume < Decimal::ZERO || settings.session_volume > MAX_VOLUME {
            let volume = settings.session_volume;
            return Err(SettingError::new("session_volume", volume, "0 to 10^15"));
        }
        let mut level = 0.0;
        if let Some(reversion) = settings.reversion {
            check_price("level", reversion.level)?;
            if !(f64::MIN_POSITIVE..=10_000.0).contains(&reversion.speed) {
                return Err(SettingError::new(
                    "speed",
                    reversion.speed,
                    "above 0 to 10000",
                ));
            }
            level = logarithm(reversion.level);
        }
        Ok(Self {
            grid,
            settings,
            prices: Noise::new(seed, Purpose::ProcessPrice, symbol, 0),
            volumes: Noise::new(seed, Purpose::ProcessVolume, symbol, 0),
            logarithm: logarithm(settings.start_price),
            level,
            ceiling: logarithm(MAX_PRICE),
            highest: grid.floor(MAX_PRICE),
        })
    }

    /// The price now, without a step.
    #[must_use]
    pub fn price(&self) -> Decimal {
        self.grid
            .price(round(libm::exp(self.logarithm)).clamp(1, self.highest))
    }

    /// The price after a step of a length in years.
    ///
    /// A length that is not a positive finite number counts as 0, which leaves the price; it
    /// takes a number from the stream all the same, so that later prices keep their noise.
    pub fn next_price(&mut self, dt_years: f64) -> Decimal {
        let noise = self.prices.normal();
        let dt = length(dt_years);
        let ProcessSettings {
            annual_drift: drift,
            annual_volatility: volatility,
            ..
        } = self.settings;
        if let Some(Reversion { speed, .. }) = self.settings.reversion {
            self.level = bound(self.level + drift * dt, self.ceiling);
            let kept = libm::exp(-speed * dt);
            let variance = -libm::expm1(-2.0 * speed * dt) / (2.0 * speed);
            self.logarithm = self.level
                + (self.logarithm - self.level) * kept
                + volatility * libm::sqrt(variance) * noise;
        } else {
            self.logarithm +=
                (drift - volatility * volatility / 2.0) * dt + volatility * libm::sqrt(dt) * noise;
        }
        self.logarithm = bound(self.logarithm, self.ceiling);
        self.price()
    }

    /// The price after a step, and the volume during it.
    ///
    /// The volume is the session's share of the step with logarithmic normal noise of half its
    /// size, whose mean is 1; steps have about that volume on average, rounded to whole units.
    pub fn next_step(&mut self, dt_years: f64) -> ProcessStep {
        const SPREAD: f64 = 0.5;
        let price = self.next_price(dt_years);
        let factor = libm::exp(SPREAD * self.volumes.normal() - SPREAD * SPREAD / 2.0);
        let share = decimal_float(self.settings.session_volume)
            * SESSIONS_PER_YEAR
            * length(dt_years)
            * factor;
        let most = round(decimal_float(MAX_VOLUME));
        let units = round(libm::fmin(share, float(most)));
        ProcessStep {
            price,
            volume: Decimal::from(units),
        }
    }
}

/// A length of step that makes sense: at most a thousand years.
fn length(dt_years: f64) -> f64 {
    if dt_years.is_finite() && dt_years > 0.0 {
        libm::fmin(dt_years, 1000.0)
    } else {
        0.0
    }
}

/// A logarithm between that of one increment and that of the highest price.
fn bound(logarithm: f64, ceiling: f64) -> f64 {
    libm::fmin(libm::fmax(logarithm, 0.0), ceiling)
}
