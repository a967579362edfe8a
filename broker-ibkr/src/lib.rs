//! Interactive Brokers behind [`broker_core`]: mapping plus session.
//!
//! The wire is the crate `ibapi`, exactly pinned; none of its types is in a public signature.
//!
//! `broker` is the hub and `config` puts it together. `session` keeps a connection open, `orders`,
//! `portfolio` and the services for data stand on it; `instrument`, `convert` and `error` translate
//! what they share. `pacing` is the message budget of one gateway.

mod broker;
mod capabilities;
mod config;
mod convert;
mod error;
#[cfg(test)]
mod error_tests;
mod extension;
pub mod gateway;
mod historical_pacing;
mod instrument;
mod market_data;
mod orders;
mod pacing;
#[cfg(test)]
mod pacing_tests;
mod pool;
#[cfg(test)]
mod pool_tests;
mod portfolio;
mod quotes;
mod reference;
mod research;
#[cfg(test)]
mod scripted_gateway;
mod session;

pub use broker::IbkrBroker;
pub use config::{AccountFilter, Deadlines, IbkrBuilder};
pub use extension::{IbkrAlgorithm, IbkrExtension};
pub use pacing::{Pacing, PacingCounters};
pub use pool::IbkrPool;
