//! One typed, exact interface to any broker: the vocabulary, the traits and the promises.
//!
//! A trading program holds an `Arc<dyn Broker>` and calls [`BrokerExt`]. An adapter implements
//! [`Broker`] and feeds each account's [`Ledger`](event::Ledger) with what the broker reports. In
//! between stands the [`Desk`], which nobody can leave out: it checks every request before a byte
//! leaves, lets an identifier be used once, and makes one sequence of events out of raw reports.
//!
//! # The way of an order
//!
//! ```text
//! NewOrder ─ BrokerExt::submit ─ Desk (checks, identifier) ─ layers ─ adapter ─ wire
//! reader   ─ EventReader       ─ Ledger (fold, number)     ────────── adapter ─ wire
//! ```
//!
//! # The promises
//!
//! They hold for every broker and every adapter; `broker_sim::conformance` checks each of them.
//!
//! | | promise | where it lives |
//! |---|---|---|
//! | P1 | `Err` from a command is proof that it had no effect | [`Trading`], [`Acknowledgement`] |
//! | P2 | one intent, at most one order | [`Admitted`], [`Desk`] |
//! | P3 | status is computed from reports by one table | [`order_state`] |
//! | P4 | rejections are never lost, warnings end nothing, words arrive verbatim | [`model::BrokerText`] |
//! | P5 | too late, unknown: an error that says which | [`ErrorKind::TooLate`], [`ErrorKind::NotFound`] |
//! | P6 | form, increments, quantities, identifiers are checked before sending | [`Capabilities`], [`Desk`] |
//! | P7 | events are numbered densely; each epoch begins with a snapshot | [`event`] |
//! | P8 | a hole is announced; a slow reader is placed anew | [`event::EventReader`] |
//! | P9 | "could not ask" never reads as "nothing there", "today" never as "ever" | [`Covered`] |
//! | P10 | one line per subscription, kept over a reconnect, released on the last drop | [`feed`] |
//! | P11 | every call ends in bounded time | [`ErrorKind::Timeout`] |
//! | P12 | pacing and session life are states | [`SessionState`] |
//! | P13 | tokens never lapse while the process runs | [`TokenStore`], the adapters |
//! | P14 | numbers are exact; "no value" never reads as a value | [`model::Price`], `Option` |
//! | P15 | broker-local times become UTC correctly | the adapters |
//! | P16 | secrets never print | the adapters |
//!
//! # Features
//!
//! * `mock`: a `mockall` mock of every service, in `mock`.
//! * `schemars`: JSON schemas of the whole model.

mod broker;
mod capability;
mod clock;
mod covered;
mod desk;
mod error;
#[cfg(test)]
mod error_tests;
pub mod event;
pub mod feed;
pub mod gateway;
#[cfg(feature = "mock")]
pub mod mock;
pub mod model;
pub mod order_state;
mod session;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod test_support;
mod token;

pub use async_trait::async_trait;
pub use broker::{
    Acknowledgement, Broker, BrokerExt, Lookup, MarketData, OrderBuilder, OrderLookup, Portfolio,
    Reference, Research, Trading, UnconfirmedCause,
};
pub use capability::{
    Capabilities, Idempotency, LocalForm, OrderForm, RateBudget, Refusal, Support, Why,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use covered::Covered;
pub use desk::{Admitted, Desk, Resolver};
pub use error::{Error, ErrorKind, Result, Retry};
pub use rust_decimal::{Decimal, dec};
pub use secrecy::{ExposeSecret, SecretString};
pub use session::SessionState;
pub use token::{TokenClaim, TokenStore};
