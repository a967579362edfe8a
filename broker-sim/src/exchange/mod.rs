//! The deterministic simulated exchange.
//!
//! One [`Exchange`] holds the markets, the accounts and the orders. It has no clock and no threads:
//! [`Exchange::advance_to`] plays recorded prices, sessions and timers up to an instant, commands
//! take effect at the present one, and what clients are to be told is collected in an outbox. The
//! same calls in the same order give the same outputs.
//!
//! # The way of an order
//!
//! `intake` (what is refused) → `routing` (auction, trigger, book, algorithm) → [`book`] (who meets
//! whom) → `fills` (order, [`account`], list, client).
//!
//! # Where liquidity comes from
//!
//! A house market maker quotes five levels on each side of the reference price and moves with it.
//! Clients' orders rest beside its quotes under price-time priority and trade with it and with each
//! other. What a sweep takes comes back after a second.
//!
//! # Simplifications
//!
//! A combination trades through its legs' books at the prices shown there. Options are priced as
//! European, and a split of their underlying does not adjust them. After a bust an order that still
//! works trades the quantity again; one that had been filled ends. Adjusted recorded prices have no
//! dividends or splits of their own.

pub mod account;
mod algos;
mod auctions;
pub mod book;
pub mod calendar;
mod chains;
mod change;
mod combos;
mod conditions;
mod corporate;
mod corrections;
mod engine;
mod families;
mod figures;
mod fills;
mod form;
mod funds;
mod history;
mod instructions;
mod intake;
mod library;
mod listing;
mod lists;
mod looking_back;
mod market;
mod options;
mod order;
mod output;
mod past;
mod prices;
mod queries;
mod recorded;
mod refusal;
mod reporting;
mod research;
mod routing;
mod sessions;
mod settlement;
mod tape;
mod trades;
mod triggers;
mod universe;
mod wide;

#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod conditions_tests;
#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod families_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod instructions_tests;
#[cfg(test)]
mod instruments_tests;
#[cfg(test)]
mod listed_world;
#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod options_tests;
#[cfg(test)]
mod properties_tests;
#[cfg(test)]
mod sessions_tests;
#[cfg(test)]
mod tape_tests;
#[cfg(test)]
mod wide_tests;

pub use conditions::{Condition, Conditions, Test, WatchedPrice};
pub use engine::{Exchange, ExchangeSettings};
pub use form::takes;
pub use instructions::{Adjustment, Instructions};
pub use listing::{Listing, PriceSource};
pub use lists::AlternativeRule;
pub use order::{End, Place, SimOrder};
pub use output::Output;
pub use past::PastPrice;
pub use refusal::Refusal;
pub use universe::us_share;
pub use wide::{WarrantKind, WarrantTerms};
