use super::boundary::finite;
use super::error::PricingError;

/// How far into the wings the smile keeps bending, in standard deviations.
const WING: f64 = 4.0;

/// The smile may scale the at-the-money volatility down to no less than this share.
const LEAST_SMILE: f64 = 0.1;

/// Expiries nearer than this have the smile of one day.
const ONE_DAY: f64 = 1.0 / 365.0;

/// The shape of a [`VolatilitySurface`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfaceParameters {
    /// At-the-money volatility of the nearest expiry per year, 0.01 to 5.
    pub short_volatility: f64,
    /// At-the-money volatility that far expiries approach, 0.01 to 5.
    pub long_volatility: f64,
    /// How slowly the one becomes the other, in years; greater than 0 up to 100.
    pub term_years: f64,
    /// Relative change of volatility per standard deviation of strike, -0.5 to 0.5; negative where
    /// low strikes are dear, as on shares.
    pub skew: f64,
    /// Relative curvature of the smile per squared standard deviation, 0 to 0.5.
    pub curvature: f64,
}

/// A smile for every expiry, by formula: no seed, no state, the same answer every time.
///
/// With forward `F`, strike `K`, time `T` and the term structure
/// `atm(T) = long + (short - long) * (1 - exp(-T/term)) / (T/term)` (Nelson and Siegel, 1987), the
/// strike's distance in standard deviations is `x = ln(K/F) / (atm(T) * sqrt(T))`, flattened to
/// stay within four, and
///
/// `volatility = atm(T) * (1 + skew * x + curvature * x * x / 2)`.
///
/// A call and a put of one strike and expiry share a volatility, so put-call parity holds. The
/// formula does not prove the absence of every arbitrage between strikes for every parameter; the
/// shape of [`equity_index`](Self::equity_index) is free of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolatilitySurface {
    parameters: SurfaceParameters,
}

impl VolatilitySurface {
    /// A surface of this shape.
    ///
    /// # Errors
    ///
    /// [`PricingError::NotFinite`] or [`PricingError::OutOfRange`] for a parameter outside its
    /// range, and `OutOfRange("smile")` when skew and curvature together would push some strike
    /// below a tenth of the at-the-money volatility.
    ///
    /// ```
    /// use broker_sim::pricing::{SurfaceParameters, VolatilitySurface};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let surface = VolatilitySurface::new(SurfaceParameters {
    ///     short_volatility: 0.30,
    ///     long_volatility: 0.25,
    ///     term_years: 0.5,
    ///     skew: -0.08,
    ///     curvature: 0.05,
    /// })?;
    /// let low = surface.volatility(100.0, 90.0, 0.25)?;
    /// let middle = surface.volatility(100.0, 100.0, 0.25)?;
    /// assert!(low > middle);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(parameters: SurfaceParameters) -> Result<Self, PricingError> {
        let SurfaceParameters {
            short_volatility,
            long_volatility,
            term_years,
            skew,
            curvature,
        } = parameters;
        for (value, range, name) in [
            (short_volatility, 0.01..=5.0, "short volatility"),
            (long_volatility, 0.01..=5.0, "long volatility"),
            (term_years, f64::MIN_POSITIVE..=100.0, "term years"),
            (skew, -0.5..=0.5, "skew"),
            (curvature, 0.0..=0.5, "curvature"),
        ] {
            if !range.contains(&finite(value, name)?) {
                return Err(PricingError::OutOfRange(name));
            }
        }
        let surface = Self { parameters };
        if surface.least_smile() < LEAST_SMILE {
            return Err(PricingError::OutOfRange("smile"));
        }
        Ok(surface)
    }

    /// The same volatility for every strike and expiry, 0.01 to 5 per year.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn flat(volatility: f64) -> Result<Self, PricingError> {
        Self::new(SurfaceParameters {
            short_volatility: volatility,
            long_volatility: volatility,
            term_years: 1.0,
            skew: 0.0,
            curvature: 0.0,
        })
    }

    /// A typical large equity index: 16 percent rising to 20 percent, low strikes dear.
    #[must_use]
    pub const fn equity_index() -> Self {
        Self {
            parameters: SurfaceParameters {
                short_volatility: 0.16,
                long_volatility: 0.20,
                term_years: 1.0,
                skew: -0.10,
                curvature: 0.04,
            },
        }
    }

    /// The shape.
    #[must_use]
    pub const fn parameters(&self) -> &SurfaceParameters {
        &self.parameters
    }

    /// The volatility per year of a strike at an expiry `years` away; `forward` is the
    /// underlying's price for delivery at that expiry. An expired option gets that of one day.
    ///
    /// # Errors
    ///
    /// [`PricingError::NotFinite`] for a NaN or infinite input and [`PricingError::NotPositive`]
    /// for a forward or strike of zero or less.
    pub fn volatility(&self, forward: f64, strike: f64, years: f64) -> Result<f64, PricingError> {
        let years = finite(years, "years")?.max(ONE_DAY);
        for (price, name) in [(forward, "forward"), (strike, "strike")] {
            if finite(price, name)? <= 0.0 {
                return Err(PricingError::NotPositive(name));
            }
        }
        let level = self.at_the_money(years);
        // A difference of logarithms, because the quotient of the prices may overflow.
        let distance = (libm::log(strike) - libm::log(forward)) / (level * libm::sqrt(years));
        Ok(level * self.smile(flatten(distance)))
    }

    fn at_the_money(&self, years: f64) -> f64 {
        let SurfaceParameters {
            short_volatility,
            long_volatility,
            term_years,
            ..
        } = self.parameters;
        let scaled = years / term_years;
        let weight = -libm::expm1(-scaled) / scaled;
        long_volatility + (short_volatility - long_volatility) * weight
    }

    fn smile(&self, deviations: f64) -> f64 {
        let SurfaceParameters {
            skew, curvature, ..
        } = self.parameters;
        1.0 + skew * deviations + 0.5 * curvature * deviations * deviations
    }

    /// The least value of the smile, at the vertex of its parabola or at a wing.
    fn least_smile(&self) -> f64 {
        let SurfaceParameters {
            skew, curvature, ..
        } = self.parameters;
        let vertex = if curvature > 0.0 {
            (-skew / curvature).clamp(-WING, WING)
        } else {
            0.0
        };
        self.smile(vertex)
            .min(self.smile(-WING))
            .min(self.smile(WING))
    }
}

/// Bends a distance so that it stays within the wings and is unchanged near the money.
fn flatten(deviations: f64) -> f64 {
    let scaled = deviations / WING;
    if scaled.is_finite() {
        WING * scaled / libm::hypot(1.0, scaled)
    } else {
        WING.copysign(deviations)
    }
}
