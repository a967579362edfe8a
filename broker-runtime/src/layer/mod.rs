//! Layers: what stands between a caller and a broker, one concern per file.
//!
//! The path of a call: `Layered` in `forward.rs` turns every method into a command, a question or a
//! market data line and hands it to its [`Layer`]; a [`Stack`] puts such brokers into each other.
//!
//! # The order
//!
//! [`Stack::standard`] puts them like this, the innermost first:
//!
//! [`Timeout`], [`RateLimit`], [`CircuitBreaker`], [`RetryReads`], [`Cache`], [`Journal`], [`Risk`],
//! [`Intake`], [`Audit`], [`Telemetry`].
//!
//! | inside | outside | why; each has a test that fails the other way round |
//! |---|---|---|
//! | `Timeout` | `RateLimit` | waiting for a permit is no silence of the broker: a command that was never sent must not become unconfirmed |
//! | `Timeout` | `CircuitBreaker` | silence is a failure, so it has to end before it can be counted |
//! | `Timeout` | `RetryReads` | silence is what a second attempt is for |
//! | `Timeout` | `Journal` | a command without an answer is written down as unconfirmed |
//! | `RateLimit` | `CircuitBreaker` | an open breaker says no at once and costs no permit |
//! | `RateLimit` | `RetryReads` | every attempt pays for a permit |
//! | `RateLimit` | `Cache` | an answer that is kept costs nothing |
//! | `CircuitBreaker` | `RetryReads` | every attempt counts as one; an open breaker is not waited for |
//! | `CircuitBreaker` | `Cache` | answers that are kept are given while the broker is silent |
//! | `CircuitBreaker` | `Journal` | an order that was held back by the breaker is written down as refused, and its identifier is free |
//! | `RetryReads` | `Cache` | those who wait for the same answer share its attempts |
//! | `RetryReads` | `Journal` | lookups after a crash are retried like any question |
//! | `Cache` | `Risk` | schedules that limits look at are asked for once |
//! | `Journal` | `Risk` | what a limit refuses is no intent |
//! | `Risk` | `Intake` | an order that a limit is still looked at for is on its way |
//! | `Risk` | `Audit` | refusals are in the trail |
//! | `Intake` | `Audit` | what came after a stop is in the trail |
//!
//! `Telemetry` stands outside all of them, so that its times are those of the caller; nothing else hangs
//! on its place.
//!
//! # A layer of your own
//!
//! One file with one `impl Layer`; see [`Layer`].

mod answer;
mod audit;
mod breaker;
mod cache;
mod call;
mod forward;
mod intake;
mod journal;
mod outgoing;
mod rate_limit;
mod retry;
mod risk;
mod stack;
mod standard;
mod telemetry;
mod timeout;

#[cfg(test)]
mod journal_follow_tests;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod layers_tests;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod risk_order_tests;
#[cfg(test)]
mod risk_sessions_tests;
#[cfg(test)]
mod risk_tests;
#[cfg(test)]
mod telemetry_tests;

pub use answer::{Answer, Heard};
pub use audit::{Audit, AuditBuilder};
pub use breaker::{BreakerState, BreakerStatus, CircuitBreaker};
pub use cache::{Cache, CacheTimes};
pub use call::{Command, Query};
pub use forward::{Ask, Next};
pub use intake::Intake;
pub use journal::Journal;
pub use outgoing::{Confirmation, Outgoing};
pub use rate_limit::{Budget, Budgets, Priority, RateLimit, Scope};
pub use retry::RetryReads;
pub use risk::{CanceledAccount, Risk};
pub use stack::{Layer, Stack};
pub use standard::{Standard, Standing};
pub use telemetry::Telemetry;
pub use timeout::Timeout;
