use broker_core::model::{Depth, DepthLevel, Instrument};
use serde_json::{Value, json};

use super::row::Row;
use crate::tiger::gateway::{Answer, parameters::Parameters, turn::Turn};

/// Levels of a book that are told at most.
const LEVELS: usize = 40;

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn quote_depth(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        asked.parts()?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let depth = self.book(&instrument);
            let side = |levels: &[DepthLevel]| {
                let rows = levels.iter().map(|level| {
                    let row = self::level(level).put("count", level.orders.unwrap_or_default());
                    Value::from(row)
                });
                rows.collect::<Vec<Value>>()
            };
            rows.push(json!({
                "symbol": symbol, "asks": side(&depth.asks), "bids": side(&depth.bids),
            }));
        }
        Ok(rows.into())
    }

    /// The book of an instrument.
    pub(in crate::tiger::gateway) fn book(&mut self, instrument: &Instrument) -> Depth {
        let now = self.now();
        let depth = self.exchange.depth(instrument, LEVELS);
        depth.unwrap_or_else(|_| Depth::new(instrument.clone(), now))
    }
}

/// Price and size of a level.
pub(in crate::tiger::gateway) fn level(level: &DepthLevel) -> Row {
    Row::default()
        .price("price", Some(level.price))
        .units("volume", Some(level.size))
}
