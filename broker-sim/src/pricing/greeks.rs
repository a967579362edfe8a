/// Calendar days in the year that theta is spread over.
pub(super) const DAYS_PER_YEAR: f64 = 365.0;

/// How an option's price moves with its inputs, for one unit of the underlying.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Greeks {
    /// Change of price per 1.00 of the underlying's price; -1 to 1 unless the yield is negative.
    pub delta: f64,
    /// Change of delta per 1.00 of the underlying's price.
    pub gamma: f64,
    /// Change of price per 1.00 of volatility (from 0.20 to 1.20); see
    /// [`vega_per_point`](Self::vega_per_point) for one percentage point.
    pub vega: f64,
    /// Change of price per calendar day that passes (a 365th of the yearly rate); negative when
    /// the option loses value with time.
    pub theta: f64,
    /// Change of price per 1.00 of the interest rate (from 0.05 to 1.05).
    pub rho: f64,
}

impl Greeks {
    /// Change of price per percentage point of volatility (from 0.20 to 0.21).
    #[must_use]
    pub fn vega_per_point(&self) -> f64 {
        self.vega / 100.0
    }

    /// Change of price per percentage point of the interest rate (from 0.05 to 0.06).
    #[must_use]
    pub fn rho_per_point(&self) -> f64 {
        self.rho / 100.0
    }

    pub(super) fn is_finite(&self) -> bool {
        [self.delta, self.gamma, self.vega, self.theta, self.rho]
            .iter()
            .all(|it| it.is_finite())
    }
}
