//! What few models need: the option calculator, single trades, scanners. A toolset of its own, which a key
//! has only if it is given; each operation is a file.

mod compute_option;
mod get_trades;
mod scan_market;

#[cfg(test)]
mod extra_tests;

pub use compute_option::{ComputeOption, ComputedOption};
pub use get_trades::{GetTrades, TradeRow, Trades};
pub use scan_market::{RankingWord, ScanMarket, Scanned, ScannedRow};

use crate::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::of::<ComputeOption>(),
        Operation::of::<GetTrades>(),
        Operation::of::<ScanMarket>(),
    ]
}
