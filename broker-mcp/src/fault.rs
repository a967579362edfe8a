use core::{fmt, time::Duration};

use broker_core::{Error, ErrorKind, Retry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::value::Untrusted;

/// What went wrong, as callers tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultCode {
    /// The request makes no sense; the message names the field.
    InvalidRequest,
    /// Nobody is known by this key.
    Unauthenticated,
    /// The caller may not do this, or not with this account.
    Forbidden,
    /// There is no such instrument, order, account or operation.
    NotFound,
    /// Several things fit; `details.candidates` lists them.
    Ambiguous,
    /// The identifier was used for something else.
    Conflict,
    /// The order is finished, so it cannot be changed or canceled.
    TooLate,
    /// A person has to agree first; `details` says how.
    ConfirmationRequired,
    /// A person was asked and declined.
    Declined,
    /// The kill switch is engaged.
    KillSwitch,
    /// A limit refused; nothing was sent.
    LimitExceeded,
    /// Too many requests; nothing was sent.
    RateLimited,
    /// The broker refused.
    Rejected,
    /// Not enough money or margin.
    InsufficientFunds,
    /// The market is closed for this.
    MarketClosed,
    /// The broker, the account or this server cannot do this; the message says which and why.
    Unsupported,
    /// The broker cannot be reached, or its session needs a person.
    NotConnected,
    /// No answer in time. Nothing was changed.
    Timeout,
    /// A command was sent and nobody knows whether it had an effect. It must not be sent again: ask what
    /// `verify_with` names.
    OutcomeUnknown,
    /// The broker sent something that makes no sense.
    BrokerError,
    /// A defect here, or a file that failed.
    Internal,
}

/// Why a call failed, for a caller that acts on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Fault {
    /// What went wrong.
    pub code: FaultCode,
    /// What to tell a person, and what to do next.
    pub message: String,
    /// Whether the same call may be made again without doing anything twice.
    pub retry_safe: bool,
    /// How long to wait before that, in seconds, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The operation that tells what has happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_with: Option<String>,
    /// The broker's code, verbatim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker_code: Option<String>,
    /// More, by code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// What is said of a fault. It often repeats what a caller or a broker wrote, which may hide something, and it
/// comes into logs and terminals.
fn said(message: &str) -> String {
    Untrusted::line(message, LONGEST)
}

/// Most characters of a message; a question to a person is the longest.
const LONGEST: usize = 2_000;

impl Fault {
    /// A fault after which the same call fails again.
    #[must_use]
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: said(&message.into()),
            retry_safe: false,
            retry_after: None,
            verify_with: None,
            broker_code: None,
            details: None,
        }
    }

    /// A request that is wrong at a field.
    #[must_use]
    pub fn invalid(field: &str, what: impl fmt::Display) -> Self {
        Self::new(FaultCode::InvalidRequest, format!("{field}: {what}"))
    }

    /// The same fault; the call may be made again.
    #[must_use]
    pub fn retry_safe(mut self, after: Option<Duration>) -> Self {
        self.retry_safe = true;
        // A part of a second is a whole one to a caller.
        self.retry_after = after.map(|after| {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            u32::try_from(seconds).unwrap_or(u32::MAX)
        });
        self
    }

    /// The same fault in other words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = said(&message.into());
        self
    }

    /// The same fault with the operation that tells what has happened.
    #[must_use]
    pub fn verify_with(mut self, operation: &str) -> Self {
        self.verify_with = Some(operation.to_owned());
        self
    }

    /// The same fault with more about it.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Unsupported => FaultCode::Unsupported,
            ErrorKind::InvalidRequest => FaultCode::InvalidRequest,
            ErrorKind::Rejected => FaultCode::Rejected,
            ErrorKind::InsufficientFunds => FaultCode::InsufficientFunds,
            ErrorKind::MarketClosed => FaultCode::MarketClosed,
            ErrorKind::PermissionDenied => FaultCode::Forbidden,
            ErrorKind::Authentication
            | ErrorKind::TokenExpired
            | ErrorKind::SessionConflict
            | ErrorKind::Disconnected => FaultCode::NotConnected,
            ErrorKind::NotFound => FaultCode::NotFound,
            ErrorKind::Ambiguous => FaultCode::Ambiguous,
            ErrorKind::Duplicate => FaultCode::Conflict,
            ErrorKind::TooLate => FaultCode::TooLate,
            ErrorKind::RateLimited => FaultCode::RateLimited,
            ErrorKind::RiskRefused => FaultCode::LimitExceeded,
            ErrorKind::Timeout => FaultCode::Timeout,
            ErrorKind::Incomplete | ErrorKind::Protocol => FaultCode::BrokerError,
            // Files and defects; and nothing is promised about a kind that came later.
            _ => FaultCode::Internal,
        };
        let message = match error.field() {
            Some(field) => format!("{field}: {}", error.message()),
            None => error.message().to_owned(),
        };
        // It may hold a broker's words.
        let message = Untrusted::line(&message, 1_000);
        let mut fault = Self::new(code, message);
        if let Retry::Safe { after } = error.retry() {
            fault = fault.retry_safe((!after.is_zero()).then_some(after));
        }
        fault.broker_code = error.broker_code().map(str::to_owned);
        if !error.candidates().is_empty() {
            let candidates = error.candidates().iter().map(ToString::to_string);
            let candidates: Vec<String> = candidates.collect();
            fault.details = Some(serde_json::json!({ "candidates": candidates }));
        }
        fault
    }
}
