//! Tiger Brokers behind [`broker_core`]: the foundation.
//!
//! `config` reads what the vendor's users have, `signing` signs, `transport` asks and tells what is
//! certain, `budget` keeps the request limits, `token` keeps the token alive, and [`TigerClient`] puts
//! them together. `convert` and `error` translate what the services share.

mod budget;
mod client;
#[cfg(test)]
mod client_tests;
mod config;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "the services stand on it")
)]
mod convert;
mod error;
#[cfg(test)]
mod error_tests;
mod signing;
mod token;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "the services stand on it")
)]
mod transport;
#[cfg(test)]
mod vectors;

pub use budget::{BudgetCounters, RequestLimits};
pub use client::TigerClient;
pub use config::{
    CONFIG_FILE, ConfigError, Deadlines, Language, License, Origin, PushAddress, Stage, TOKEN_FILE,
    TigerConfig, TigerConfigBuilder,
};
pub use signing::{AnswerPolicy, Signer};
pub use token::{FileTokenStore, MemoryTokenStore, TokenRhythm, TokenState};
pub use transport::Trust;
