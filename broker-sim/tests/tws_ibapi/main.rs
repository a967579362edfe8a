//! The Rust client `ibapi`, unmodified, against the simulated TWS: every public call of its API.
#![cfg(feature = "tws")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do"
)]

mod accounts;
mod contracts;
mod habits;
mod history;
mod link;
mod live_data;
mod many_clients;
mod options;
mod orders;
mod research;
mod session;
mod stage;
