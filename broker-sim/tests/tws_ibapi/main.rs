//! The Rust client `ibapi`, unmodified, against the simulated TWS: every public call of its API.
#![cfg(feature = "tws")]

mod research;
mod session;
mod stage;
