//! Trader Workstation's wire server: real clients of Interactive Brokers connect to it unmodified.
//!
//! One port speaks both dialects, chosen per connection as the client's version range asks: text up
//! to version 178, protobuf from 213 to 226. What clients do meets at one simulated exchange.
//!
//! # The way of a request
//!
//! `wire` (bytes → frames) → `text` or `message` (frames → one message model) → `gateway` (what TWS
//! does about it) → [`exchange`](crate::exchange), and back through the client's outbox.

mod builder;
mod connection;
#[cfg(test)]
mod connection_tests;
mod dialect;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
mod fuzz_tests;
mod gateway;
mod message;
mod outbox;
mod server;
#[cfg(test)]
mod test_client;
mod text;
mod wire;

pub use builder::TwsBuilder;
pub use gateway::{Door, Habits, Relink};
pub use server::TwsServer;
