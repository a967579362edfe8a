//! The newest trades.

use broker_core::{
    Error, Result,
    model::{Instrument, Side, Trade},
};
use serde::Deserialize;

use super::{
    quotes::{option_basic, shown},
    service::{Quotes, not_told},
};
use crate::{
    convert::{Figure, Rows, Text, Whole},
    transport::{Call, Method, Parameters},
};

/// The longest answer.
const MOST: u32 = 2_000;
/// What `future_tick` is asked for when nothing is said about where the list ends.
const FUTURES: u32 = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TickList {
    items: Rows<TickRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TickRow {
    time: Whole,
    price: Figure,
    volume: Figure,
    r#type: Text,
}

impl TickRow {
    fn trade(&self, instrument: &Instrument) -> Option<Trade> {
        let mut trade = Trade::new(
            instrument.clone(),
            shown(self.price)?,
            self.volume.get()?,
            self.time.instant()?,
        );
        trade.aggressor = match self.r#type.get() {
            Some("+") => Some(Side::Buy),
            Some("-") => Some(Side::Sell),
            _ => None,
        };
        Some(trade)
    }
}

impl Quotes {
    pub(super) async fn ask_trades(
        &self,
        instrument: &Instrument,
        limit: u32,
    ) -> Result<Vec<Trade>> {
        if limit == 0 {
            return Err(Error::invalid("limit", "must be at least 1"));
        }
        let limit = limit.min(MOST);
        let parameters = Parameters::default();
        let lists: Vec<TickList> = match instrument {
            Instrument::Equity(_) => {
                let symbol = self.symbol(instrument).await?;
                let parameters = parameters
                    .with("symbols", [&symbol])?
                    .with("symbol", &symbol)?
                    .with("begin_index", -1)?
                    .with("end_index", -1)?
                    .with("limit", limit)?;
                self.list(&Call::new(Method::TRADE_TICK, parameters))
                    .await?
            }
            Instrument::Future(_) => {
                let parameters = parameters
                    .with("contract_code", self.symbol(instrument).await?)?
                    .with("begin_index", -1)?
                    .with("end_index", -1)?
                    .with("limit", limit.min(FUTURES))?;
                let call = Call::new(Method::FUTURE_TICK, parameters).version("3.0");
                vec![self.ask(&call).await?.decode()?]
            }
            Instrument::Option(_) => {
                let basic = option_basic(instrument);
                let list = serde_json::to_string(basic.as_slice()).map_err(|error| {
                    Error::new(broker_core::ErrorKind::Internal, error.to_string())
                })?;
                // The one method that is asked with a bare list.
                self.list(&Call::json(Method::OPTION_TRADE_TICK, list))
                    .await?
            }
            other => return Err(not_told("trades", other)),
        };
        let rows = lists.iter().flat_map(|list| &list.items.rows);
        let mut trades: Vec<Trade> = rows.filter_map(|row| row.trade(instrument)).collect();
        trades.sort_by_key(|trade| trade.time);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let skip = trades.len().saturating_sub(most);
        Ok(trades.split_off(skip))
    }
}
