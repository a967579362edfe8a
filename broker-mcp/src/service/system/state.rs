use broker_core::{Broker, SessionState};
use broker_runtime::layer::{BreakerState, CircuitBreaker};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Untrusted, word::words};

words! {
    /// How a connection is.
    pub enum ConnectionWord {
        /// Questions and orders pass.
        Connected = "connected" | "ready" | "active",
        /// The gateway answers, and a person has to log in.
        ApiReady = "api_ready",
        /// It is being made, or comes back by itself.
        Starting = "starting" | "connecting",
        /// Nothing passes.
        Disconnected = "disconnected" | "inactive",
    }
}

/// How a connection is, and what is wrong with it.
pub(super) fn state(broker: &dyn Broker) -> (ConnectionWord, Option<String>) {
    let line = |text: &str| Some(Untrusted::line(text, Untrusted::LINE));
    let until = |until: Option<DateTime<Utc>>| {
        let until = until.map_or_else(String::new, |until| format!(" until {until}"));
        Some(format!("down by plan{until}"))
    };
    match &*broker.session().borrow() {
        SessionState::Ready => (ConnectionWord::Connected, None),
        SessionState::Degraded { reason } => (ConnectionWord::Connected, line(reason)),
        SessionState::Connecting => (ConnectionWord::Starting, None),
        SessionState::Maintenance { until: end } => (ConnectionWord::Starting, until(*end)),
        SessionState::Displaced { by } => (ConnectionWord::Disconnected, line(by)),
        SessionState::AuthRequired { instructions } => {
            (ConnectionWord::ApiReady, line(instructions))
        }
        SessionState::Closed => (ConnectionWord::Disconnected, line("closed")),
        // Nothing is promised about a state that came later.
        _ => (
            ConnectionWord::Disconnected,
            line("in a state that is not known here"),
        ),
    }
}

/// Whether calls to a broker are let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CircuitView {
    /// `closed` lets calls through, `open` refuses them at once, `half_open` tries one.
    pub state: String,
    /// Failures since the last answer.
    pub failures: u32,
    /// Seconds since the last failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure_ago: Option<u64>,
    /// Seconds until a call is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_in: Option<u64>,
}

impl CircuitView {
    pub(super) fn of(breaker: &CircuitBreaker) -> Self {
        let status = breaker.status();
        let state = match status.state {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
            _ => "unknown",
        };
        Self {
            state: state.to_owned(),
            failures: status.failures,
            last_failure_ago: status.last_failure_age.map(|age| age.as_secs()),
            retry_in: status.recovers_in.map(|wait| wait.as_secs()),
        }
    }

    /// How bad it is, to find the worst.
    pub(super) fn rank(&self) -> u8 {
        match self.state.as_str() {
            "closed" => 0,
            "half_open" => 1,
            _ => 2,
        }
    }
}
