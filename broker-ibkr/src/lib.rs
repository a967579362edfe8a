//! Interactive Brokers behind [`broker_core`]: mapping plus session.
//!
//! The wire is the crate `ibapi`, exactly pinned; none of its types is in a public signature.

mod convert;
mod error;
pub mod gateway;
mod historical_pacing;
mod instrument;
mod market_data;
mod reference;
mod research;
#[cfg(test)]
mod scripted_gateway;
mod session;
