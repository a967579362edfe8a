//! The book of an instrument out of row operations.

use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Result,
    model::{Depth, DepthLevel, Price},
};
use chrono::{DateTime, Utc};
use ibapi::market_data::realtime::MarketDepths;
use rust_decimal::Decimal;

use crate::{convert, instrument::Listing};

/// One row: a market maker's or an exchange's price.
#[derive(Debug, Clone, Copy)]
struct Row {
    price: Option<Price>,
    size: Decimal,
}

/// Most rows on a side; a gateway that speaks of more is out of step.
const MOST: usize = 500;

/// Both sides of a book, row by row as the gateway numbers them.
#[derive(Debug)]
pub(crate) struct Ladder {
    listing: Arc<Listing>,
    levels: usize,
    bids: Vec<Row>,
    asks: Vec<Row>,
}

impl Ladder {
    pub(crate) fn new(listing: Arc<Listing>, levels: u16) -> Self {
        Self {
            listing,
            levels: usize::from(levels),
            bids: Vec::new(),
            asks: Vec::new(),
        }
    }

    /// Takes an operation in.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) when it does not fit the rows that are there: something
    /// has been lost and the book has to be asked for anew.
    pub(crate) fn take(&mut self, message: &MarketDepths) -> Result<()> {
        match message {
            MarketDepths::Reset => {
                self.clear();
                Ok(())
            }
            MarketDepths::MarketDepth(row) => {
                self.apply(row.side, row.operation, row.position, row.price, row.size)
            }
            MarketDepths::MarketDepthL2(row) => {
                self.apply(row.side, row.operation, row.position, row.price, row.size)
            }
        }
    }

    /// Forgets every row.
    pub(crate) fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    fn apply(
        &mut self,
        side: i32,
        operation: i32,
        position: i32,
        price: f64,
        size: f64,
    ) -> Result<()> {
        let row = Row {
            price: self.listing.quote_price(price, Some(size)),
            size: convert::size(size).unwrap_or_default(),
        };
        let rows = match side {
            0 => &mut self.asks,
            1 => &mut self.bids,
            other => return Err(out_of_step(&format!("a side {other}"))),
        };
        let count = rows.len();
        let misplaced = || {
            out_of_step(&format!(
                "operation {operation} on row {position} of {count}"
            ))
        };
        let place = usize::try_from(position).map_err(|_| misplaced())?;
        match operation {
            0 if place <= count && count < MOST => rows.insert(place, row),
            1 => match rows.get_mut(place) {
                Some(there) => *there = row,
                // Some exchanges begin a row with an update.
                None if place == count && count < MOST => rows.push(row),
                None => return Err(misplaced()),
            },
            2 if place < count => {
                rows.remove(place);
            }
            _ => return Err(misplaced()),
        }
        Ok(())
    }

    /// How many price levels both sides have, the smaller count.
    pub(crate) fn depth(&self) -> usize {
        let best = |rows: &[Row]| rows.iter().filter(|row| row.price.is_some()).count();
        best(&self.bids).min(best(&self.asks))
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    /// The book by price: rows of one price are one level, best first.
    pub(crate) fn book(&self, now: DateTime<Utc>) -> Depth {
        let mut depth = Depth::new(self.listing.instrument.clone(), now);
        depth.bids = levels(&self.bids, self.levels, |one, other| other.cmp(one));
        depth.asks = levels(&self.asks, self.levels, Ord::cmp);
        depth
    }
}

fn levels(
    rows: &[Row],
    most: usize,
    order: impl Fn(&Price, &Price) -> core::cmp::Ordering,
) -> Vec<DepthLevel> {
    let quoted = rows.iter().filter(|row| !row.size.is_zero());
    let mut rows: Vec<(Price, Decimal)> = quoted
        .filter_map(|row| Some((row.price?, row.size)))
        .collect();
    rows.sort_by(|one, other| order(&one.0, &other.0));
    let mut levels: Vec<DepthLevel> = Vec::with_capacity(most.min(rows.len()));
    for (price, size) in rows {
        if let Some(level) = levels.last_mut()
            && level.price == price
        {
            level.size += size;
            continue;
        }
        if levels.len() == most {
            break;
        }
        levels.push(DepthLevel {
            price,
            size,
            // A row is a market maker or an exchange, not an order.
            orders: None,
        });
    }
    levels
}

fn out_of_step(what: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("the book is out of step: {what}"),
    )
}
