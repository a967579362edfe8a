//! The Rust client `ibapi`, unmodified, against the simulated TWS: every public call of its API.
#![cfg(feature = "tws")]

mod accounts;
mod contracts;
mod habits;
mod history;
mod live_data;
mod many_clients;
mod options;
mod orders;
mod research;
mod session;
mod stage;
