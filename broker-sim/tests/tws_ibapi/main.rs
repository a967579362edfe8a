//! The Rust client `ibapi`, unmodified, against the simulated TWS: every public call of its API.
#![cfg(feature = "tws")]

mod history;
mod market_data;
mod research;
mod session;
mod stage;
