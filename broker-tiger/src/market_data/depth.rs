//! The book now.

use broker_core::{
    Error, ErrorKind, Result,
    model::{Depth, DepthLevel, Instrument, Price},
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    quotes::{option_basic, shown},
    service::{Quotes, not_told},
};
use crate::{
    convert::{Figure, Rows, Whole},
    instrument::market_of,
    transport::{Call, Method, Parameters},
};

/// A book; the lists have another name for shares than for derivatives.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BookRow {
    #[serde(alias = "ask")]
    asks: Rows<LevelRow>,
    #[serde(alias = "bid")]
    bids: Rows<LevelRow>,
    timestamp: Whole,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LevelRow {
    price: Figure,
    volume: Figure,
    count: Whole,
}

/// The levels of a side out of prices, sizes and numbers of orders, best first; quotes of several
/// exchanges at one price are one level.
pub(super) fn levels(
    rows: impl Iterator<Item = (Price, Decimal, Option<u32>)>,
    most: u16,
    best_is_highest: bool,
) -> Vec<DepthLevel> {
    let mut levels: Vec<DepthLevel> = Vec::new();
    for (price, size, orders) in rows.filter(|(_, size, _)| *size > Decimal::ZERO) {
        let orders = orders.filter(|orders| *orders > 0);
        match levels.iter_mut().find(|level| level.price == price) {
            Some(level) => {
                level.size += size;
                level.orders = level.orders.zip(orders).and_then(|(a, b)| a.checked_add(b));
            }
            None => levels.push(DepthLevel {
                price,
                size,
                orders,
            }),
        }
    }
    levels.sort_by_key(|level| level.price);
    if best_is_highest {
        levels.reverse();
    }
    levels.truncate(most.into());
    levels
}

impl LevelRow {
    fn level(&self) -> Option<(Price, Decimal, Option<u32>)> {
        let orders = self.count.get().and_then(|count| u32::try_from(count).ok());
        Some((shown(self.price)?, self.volume.get()?, orders))
    }
}

impl Quotes {
    pub(super) async fn ask_depth(&self, instrument: &Instrument, most: u16) -> Result<Depth> {
        let parameters = Parameters::default();
        let call = match instrument {
            Instrument::Equity(_) => Call::new(
                Method::QUOTE_DEPTH,
                parameters
                    .with("symbols", [self.symbol(instrument).await?])?
                    .with("market", market_of(instrument))?,
            ),
            Instrument::Future(_) => Call::new(
                Method::FUTURE_DEPTH,
                parameters.with("contract_codes", [self.symbol(instrument).await?])?,
            ),
            Instrument::Option(_) => Call::new(
                Method::OPTION_DEPTH,
                parameters
                    .with("option_basic", option_basic(instrument).as_slice())?
                    .with("market", market_of(instrument))?,
            )
            .without_language(),
            other => return Err(not_told("a book", other)),
        };
        let rows: Vec<BookRow> = self.list(&call).await?;
        let row = rows.into_iter().next().ok_or_else(|| {
            let message = format!("Tiger has no book of {instrument}");
            Error::new(ErrorKind::NotFound, message).at_field("instrument")
        })?;
        let mut unreadable = [&row.asks, &row.bids]
            .into_iter()
            .flat_map(|side| &side.unreadable);
        if let Some(error) = unreadable.next() {
            return Err(error.clone());
        }
        let at = row.timestamp.instant().unwrap_or_else(|| self.link.now());
        let mut depth = Depth::new(instrument.clone(), at);
        depth.asks = levels(
            row.asks.rows.iter().filter_map(LevelRow::level),
            most,
            false,
        );
        depth.bids = levels(row.bids.rows.iter().filter_map(LevelRow::level), most, true);
        Ok(depth)
    }
}
