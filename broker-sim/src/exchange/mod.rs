//! The deterministic simulated exchange.
//!
//! [`book`] is its innermost part: the order book of one instrument, without clock or I/O.
//! [`account`] keeps the books of one account: cash, holdings, commissions, margin.

pub mod account;
pub mod book;
pub mod calendar;
mod change;
mod combos;
mod corporate;
mod engine;
mod fills;
mod form;
mod intake;
mod library;
mod listing;
mod lists;
mod market;
mod options;
mod order;
mod output;
mod queries;
mod refusal;
mod research;
mod routing;
mod sessions;
mod triggers;
mod universe;

#[cfg(test)]
mod engine_tests;

pub use engine::{Exchange, ExchangeSettings};
pub use form::takes;
pub use listing::{Listing, PriceSource};
pub use order::{End, Place, SimOrder};
pub use output::Output;
pub use refusal::Refusal;
pub use universe::us_share;
