//! Instruments: core's names on one side, the vendor's on the other.
//!
//! `exchange` translates exchanges, `name` is an instrument in a request, `row` what the vendor tells
//! about a contract, `told` an instrument in an order or a position, and `book` remembers all of it; `rare`
//! asks for what few brokers trade.

mod book;
mod exchange;
mod name;
mod rare;
mod row;
mod told;

#[cfg(test)]
mod instrument_tests;

pub(crate) use book::{Book, Listing};
pub(crate) use exchange::{market_of, zone_of};
#[cfg(test)]
pub(crate) use name::Name;
pub(crate) use name::{fund_symbol, right_word, strike_text};
pub(crate) use row::ContractRow;
pub(crate) use told::{Named, Told};
