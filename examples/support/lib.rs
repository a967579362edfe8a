//! Shared pieces of the examples: tables, sentences about events, a chart and a progress bar.
//!
//! Nothing here is needed to use the library; it only keeps the examples short.

mod bars;
mod chart;
mod gateway;
mod progress;
mod sentence;
mod table;
mod tiger;
mod time_machine;
mod trading_days;

pub use bars::PositionBars;
pub use chart::{EquityCurve, Mark};
pub use gateway::Gateway;
pub use progress::{progress_bar, say};
pub use sentence::sentence;
pub use table::{
    account_table, chain_table, dollars, order_table, position_table, preview_table, profit_table,
    quote_table, table, text,
};
pub use tiger::TigerLogin;
pub use time_machine::TimeMachine;
pub use trading_days::trading_days;

/// The code in the READMEs is compiled and run with the documentation tests.
#[cfg(doctest)]
mod readme {
    #[doc = include_str!("../../README.md")]
    struct Root;
    #[doc = include_str!("../../broker-core/README.md")]
    struct Core;
    #[doc = include_str!("../../broker-sim/README.md")]
    struct Sim;
    #[doc = include_str!("../../broker-ibkr/README.md")]
    struct Ibkr;
    #[doc = include_str!("../../broker-tiger/README.md")]
    struct Tiger;
}
