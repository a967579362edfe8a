//! Core's instruments and the gateway's contracts.
//!
//! `exchange` and `product` are the visible tables of names, `to_contract` and `from_contract` the
//! two directions, and [`Book`] asks the gateway for what only it knows: the contract number; `memory`
//! is what it remembers of the answers.

mod book;
mod exchange;
mod from_contract;
mod listing;
mod memory;
mod product;
mod symbol;
mod to_contract;

#[cfg(test)]
mod book_tests;
#[cfg(test)]
mod contract_tests;
#[cfg(test)]
mod exchange_tests;
#[cfg(test)]
mod memory_tests;

pub(crate) use book::Book;
pub(crate) use exchange::{exchange_name, is_american, mic};
pub(crate) use from_contract::from_contract;
pub(crate) use listing::Listing;
pub(crate) use to_contract::to_contract;

/// Who understands the identifier of a [`Native`](broker_core::model::Native) instrument: the
/// identifier is the contract number.
pub(crate) const NATIVE: &str = "ibkr";
