//! Trades out of `RTVolume` text, for when there is no room for another tick-by-tick line.

use broker_core::model::Trade;
use chrono::DateTime;
use rust_decimal::Decimal;

use crate::{convert, instrument::Listing};

/// Reads `price;size;milliseconds;total;average;single`; `None` when there is no trade in it, which
/// is so for the text that the gateway begins a line with.
pub(super) fn trade(listing: &Listing, text: &str) -> Option<Trade> {
    let mut fields = text.split(';');
    let price = listing.price(fields.next()?.parse().ok()?)?;
    let size = convert::text(fields.next()?).filter(|size| *size > Decimal::ZERO)?;
    let milliseconds = fields.next()?.parse().ok()?;
    let time = DateTime::from_timestamp_millis(milliseconds)?;
    Some(Trade::new(listing.instrument.clone(), price, size, time))
}
