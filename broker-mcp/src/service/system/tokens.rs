use core::fmt::Debug;

use broker_runtime::registry::SeatKey;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of the tokens of logins, for brokers that have them.
pub trait Tokens: Send + Sync + Debug {
    /// The token of an account's login; `None` when it has none.
    fn token_of(&self, account: &SeatKey) -> Option<TokenView>;
}

/// How the token of a login stands. Never the token itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct TokenView {
    /// Account.
    pub account: String,
    /// Whether the broker takes it.
    pub valid: bool,
    /// When it lapses, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was renewed last, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_refresh: Option<DateTime<Utc>>,
    /// When it is renewed next, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_refresh: Option<DateTime<Utc>>,
}

impl TokenView {
    /// A token without dates.
    #[must_use]
    pub const fn new(account: String, valid: bool) -> Self {
        Self {
            account,
            valid,
            expires_at: None,
            last_refresh: None,
            next_refresh: None,
        }
    }
}
