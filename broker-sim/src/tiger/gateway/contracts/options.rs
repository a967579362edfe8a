use broker_core::model::{Instrument, OccSymbol, Right};
use chrono::NaiveDate;

use super::names;
use crate::exchange::Exchange;

/// Every option on an underlying, of one expiry or of all.
pub(super) fn options_on(
    exchange: &Exchange,
    underlying: &Instrument,
    expiry: Option<NaiveDate>,
) -> Vec<Instrument> {
    let mut options = Vec::new();
    let root = names::option_root(underlying);
    let strikes = exchange.strikes(underlying);
    let mut expiries = exchange.expirations(underlying);
    expiries.retain(|date| expiry.is_none_or(|wanted| wanted == *date));
    for expiry in expiries {
        for strike in &strikes {
            for right in [Right::Call, Right::Put] {
                if let Ok(symbol) = OccSymbol::new(&root, expiry, right, *strike) {
                    options.push(Instrument::option(symbol));
                }
            }
        }
    }
    options
}
