//! What operations answer: data, and where it is from.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Fault;

/// The answer of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer<T> {
    /// What was asked for; absent when several accounts were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<T>,
    /// Each account's answer or fault, when `account` was `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<AccountAnswer<T>>>,
    /// Where it is from.
    pub meta: Meta,
}

/// One account's answer or fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountAnswer<T> {
    /// The account.
    pub account: String,
    /// What it answered, as `data` of one account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    // The same schema once more would make a list of tools twice as long.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub data: Option<T>,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
}

/// Where an answer is from, and how far it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Meta {
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker: Option<String>,
    /// When it was true, UTC.
    pub as_of: DateTime<Utc>,
    /// Who said it: `broker`, `cache`, `journal` or `server`.
    pub source: Source,
    /// Prices that the broker delays.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub delayed: bool,
    /// Older than it should be.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub stale: bool,
    /// Give this back as `cursor` to read on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// What is missing, and what was changed about the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[non_exhaustive]
pub enum Source {
    /// The broker, just now.
    Broker,
    /// The journal of this server.
    Journal,
    /// This server itself.
    Server,
}

impl Meta {
    /// An answer of this server itself.
    #[must_use]
    pub const fn of_server(as_of: DateTime<Utc>) -> Self {
        Self {
            account: None,
            broker: None,
            as_of,
            source: Source::Server,
            delayed: false,
            stale: false,
            next_cursor: None,
            warnings: Vec::new(),
        }
    }

    /// An answer of a broker about an account.
    #[must_use]
    pub fn of_broker(
        account: impl Into<String>,
        broker: impl Into<String>,
        as_of: DateTime<Utc>,
    ) -> Self {
        Self {
            account: Some(account.into()),
            broker: Some(broker.into()),
            source: Source::Broker,
            ..Self::of_server(as_of)
        }
    }

    /// The same with something that a caller should know.
    #[must_use]
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

impl<T> Answer<T> {
    /// One answer.
    #[must_use]
    pub const fn new(data: T, meta: Meta) -> Self {
        Self {
            data: Some(data),
            accounts: None,
            meta,
        }
    }

    /// One answer for each account.
    #[must_use]
    pub const fn each(accounts: Vec<AccountAnswer<T>>, meta: Meta) -> Self {
        Self {
            data: None,
            accounts: Some(accounts),
            meta,
        }
    }
}
