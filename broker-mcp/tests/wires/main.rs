//! The server over simulated gateways: configured as a person configures it, asked as clients ask, and held
//! against what the gateway itself knows.
//!
//! `stage.rs` is a server over one broker, `truth.rs` what that broker knows, `client.rs` and `web.rs` how the
//! server is asked, `notes.rs` what was wrong. `aliases/` and `rest.rs` are clients of other servers at work,
//! `rebalance.rs` brings a portfolio to its targets, `isolation.rs` looks over the wall between two accounts,
//! `adding.rs` adds accounts to it, `injection.rs` has others write what a model should not obey, `token.rs` lives through a month, `gateway.rs`
//! through a gateway that dies and one that somebody has logged out, and `program.rs` is the program itself over
//! both wires at once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod adding;
mod aliases;
mod client;
mod gateway;
mod injection;
mod isolation;
mod notes;
#[cfg(unix)]
mod program;
mod rebalance;
mod rest;
mod stage;
mod token;
mod truth;
mod web;
