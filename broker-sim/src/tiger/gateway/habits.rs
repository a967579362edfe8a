use serde::{Deserialize, Serialize};

use crate::tiger::Form;

/// What the simulated broker does beside the plain protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Habits {
    /// How answers are wrapped.
    pub form: Form,
    /// Seconds for which a fresh token is valid.
    pub token_life_s: u32,
    /// A refreshed token puts those before it out of force.
    pub refresh_revokes: bool,
    /// How many times the vendor's request limits are allowed, as a paid plan multiplies them.
    pub rate_factor: u32,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            form: Form::default(),
            token_life_s: 30 * 24 * 3600,
            refresh_revokes: false,
            rate_factor: 1,
        }
    }
}
