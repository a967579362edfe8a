//! Simulated brokers that know the truth.
//!
//! * [`exchange`]: a deterministic exchange with price-time priority books, sessions, auctions,
//!   margin accounts and corporate actions. Same seed, same bytes.
//! * [`data`]: where its prices come from: recorded series or a seeded process.
//! * [`pricing`]: option prices and sensitivities.
//! * [`paper`]: the in-process paper broker over it.
//! * [`fault`]: scripts of what goes wrong.
//! * [`conformance`]: the promises as numbered checks that any adapter can run.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod data;
pub mod exchange;
pub mod fault;
#[cfg(any(feature = "tws", feature = "tiger"))]
mod outbox;
pub mod paper;
pub mod pricing;
#[cfg(feature = "tiger")]
pub mod tiger;
#[cfg(any(feature = "tws", feature = "tiger"))]
mod timers;
mod truth;
#[cfg(feature = "tws")]
pub mod tws;

pub use truth::{TrueFill, TrueOrder, Truth};
