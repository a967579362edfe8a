//! Shared pieces of the examples: tables, sentences about events, a chart and a progress bar.
//!
//! Nothing here is needed to use the library; it only keeps the examples short.

use std::error::Error;

use broker_core::Covered;

mod chart;
mod progress;
mod sentence;
mod table;
mod trading_days;

pub use chart::{EquityCurve, Mark};
pub use progress::{progress_bar, say};
pub use sentence::sentence;
pub use table::{
    account_table, chain_table, dollars, order_table, position_table, preview_table, profit_table,
    quote_table, table, text,
};
pub use trading_days::trading_days;

/// All of an answer, or an error that says what is missing from it.
///
/// # Errors
/// When the answer does not cover everything: then an empty list would prove nothing.
pub fn all<T>(answer: Covered<T>) -> Result<T, Box<dyn Error>> {
    answer
        .complete()
        .map_err(|missing| missing.to_string().into())
}

/// The code in the READMEs is compiled and run with the documentation tests.
#[cfg(doctest)]
mod readme {
    #[doc = include_str!("../../README.md")]
    struct Root;
    #[doc = include_str!("../../broker-core/README.md")]
    struct Core;
    #[doc = include_str!("../../broker-sim/README.md")]
    struct Sim;
}
