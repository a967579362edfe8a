//! Quotes, bars, instruments, option chains.
//!
//! Each operation is a file; `quote.rs` is the row that quotes and streams share, `home.rs` knows what stands
//! for a market.

mod get_bars;
mod get_contracts;
mod get_market_status;
mod get_option_chain;
mod get_option_expirations;
mod get_quotes;
mod home;
mod quote;
mod search_instruments;
mod stream_market_data;

#[cfg(test)]
mod chain_tests;
#[cfg(test)]
mod market_tests;
#[cfg(test)]
mod stream_tests;

pub use get_bars::{BarRow, Bars, GetBars};
pub use get_contracts::{ContractRow, Contracts, GetContracts, PriceRule, SessionRow};
pub use get_market_status::{GetMarketStatus, MarketStatus, MarketWord};
pub use get_option_chain::{Chain, GetOptionChain, OptionRow};
pub use get_option_expirations::{Expirations, GetOptionExpirations};
pub use get_quotes::{DataMode, GetQuotes, Quotes};
pub use quote::{Missing, QuoteField, QuoteRow};
pub use search_instruments::{Found, Match, SearchInstruments};
pub use stream_market_data::{StreamMarketData, StreamedQuotes};

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<GetQuotes>(),
        Operation::of::<GetBars>(),
        Operation::of::<SearchInstruments>(),
        Operation::of::<GetContracts>(),
        Operation::of::<GetOptionExpirations>(),
        Operation::of::<GetOptionChain>(),
        Operation::of::<GetMarketStatus>(),
        Operation::of::<StreamMarketData>(),
    ]
}
