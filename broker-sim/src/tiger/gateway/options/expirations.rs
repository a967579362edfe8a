use serde_json::{Value, json};

use super::ask::market_of;
use crate::tiger::gateway::{
    Answer, Complaint, parameters::Parameters, symbols::Market, turn::Turn,
};

impl Turn<'_> {
    pub(super) fn option_expiration(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let mut rows: Vec<Value> = Vec::new();
        for symbol in asked.symbols()? {
            let underlying = self.underlying(symbol)?;
            let dates = underlying.map(|underlying| self.exchange.expirations(&underlying));
            let dates = dates.unwrap_or_default();
            let market = market_of(symbol);
            let stamps = dates.iter().filter_map(|date| market.midnight(*date));
            let stamps: Vec<i64> = stamps.map(|at| at.timestamp_millis()).collect();
            // The exchange lists the monthly expiries only.
            rows.push(json!({
                "symbol": symbol,
                "optionSymbols": vec![symbol; dates.len()],
                "dates": dates.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "timestamps": stamps,
                "periodTags": vec!["m"; dates.len()],
                "count": dates.len(),
            }));
        }
        Ok(rows.into())
    }

    /// The exchange lists no options on shares in Hong Kong.
    pub(super) fn all_hk_option_symbols(&self, asked: Parameters<'_>) -> Answer {
        match asked.market()? {
            None | Some(Market::Hk) => Ok(json!([])),
            Some(market) => Err(Complaint::business(format!(
                "market '{}' is not supported",
                market.word()
            ))),
        }
    }
}
