use serde::Deserialize;

use crate::{
    convert::Whole,
    transport::{Method, Tier},
};

/// Requests per minute and method, by tier; a paid plan has more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestLimits {
    /// Methods that are asked often, orders among them; 120 without a plan.
    pub high: u32,
    /// Most methods; 60 without a plan.
    pub middle: u32,
    /// Costly methods; 10 without a plan.
    pub low: u32,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            high: 120,
            middle: 60,
            low: 10,
        }
    }
}

impl RequestLimits {
    pub(crate) fn of(self, method: Method) -> u32 {
        let limit = match method.tier {
            Tier::High => self.high,
            Tier::Middle => self.middle,
            Tier::Low => self.low,
        };
        limit.max(1)
    }
}

/// The answer to `addon_entitlements`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Entitlements {
    #[serde(default, rename = "effectiveEntitlement")]
    effective: Option<Effective>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Effective {
    high_freq_limit: Whole,
    mid_freq_limit: Whole,
    low_freq_limit: Whole,
    rate_multiple: Whole,
}

impl Entitlements {
    /// The limits that a plan gives; never less than without one, because a plan only adds.
    pub(crate) fn limits(&self) -> RequestLimits {
        let usual = RequestLimits::default();
        let Some(plan) = &self.effective else {
            return usual;
        };
        let whole = |number: Whole| number.get().and_then(|number| u32::try_from(number).ok());
        let factor = whole(plan.rate_multiple).unwrap_or(1).max(1);
        // The figures are said to be those in force; only where one is missing is it computed.
        let limit = |figure, usual: u32| {
            whole(figure)
                .unwrap_or_else(|| usual.saturating_mul(factor))
                .max(usual)
        };
        RequestLimits {
            high: limit(plan.high_freq_limit, usual.high),
            middle: limit(plan.mid_freq_limit, usual.middle),
            low: limit(plan.low_freq_limit, usual.low),
        }
    }
}
