//! Layers: what stands between a caller and a broker, one concern per file.
//!
//! The path of a call: `Layered` in `forward.rs` turns every method into a command, a question or a
//! market data line and hands it to its [`Layer`]; a [`Stack`] puts such brokers into each other.

mod audit;
mod breaker;
mod cache;
mod call;
mod forward;
mod journal;
mod outgoing;
mod rate_limit;
mod retry;
mod risk;
mod stack;
mod telemetry;
mod timeout;

#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod layers_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod risk_tests;

pub use audit::{Audit, AuditBuilder};
pub use breaker::{BreakerState, BreakerStatus, CircuitBreaker};
pub use cache::{Cache, CacheTimes};
pub use call::{Command, Query};
pub use forward::{Ask, Next};
pub use journal::Journal;
pub use outgoing::{Confirmation, Outgoing};
pub use rate_limit::{Budget, Priority, RateLimit, Scope};
pub use retry::RetryReads;
pub use risk::{CanceledAccount, Risk};
pub use stack::{Answer, Layer, Stack};
pub use telemetry::Telemetry;
pub use timeout::Timeout;
