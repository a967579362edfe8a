//! What is listed: symbols, names, lots and ticks.

use broker_core::{Decimal, model::Price};
use serde_json::{Value, json};

use super::row::Row;
use crate::tiger::gateway::{
    Answer,
    number::number,
    parameters::Parameters,
    symbols::{Market, Name, SecType},
    turn::Turn,
};

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn all_symbols(&mut self, asked: Parameters<'_>) -> Answer {
        let names = self.listed(asked)?;
        Ok(names
            .into_iter()
            .map(|(symbol, _)| Value::from(symbol))
            .collect::<Vec<_>>()
            .into())
    }

    pub(in crate::tiger::gateway) fn all_symbol_names(&mut self, asked: Parameters<'_>) -> Answer {
        let names = self.listed(asked)?;
        let rows = names
            .into_iter()
            .map(|(symbol, name)| json!({"symbol": symbol, "name": name}));
        Ok(rows.collect::<Vec<_>>().into())
    }

    /// Symbols and names of a market, in order.
    fn listed(
        &mut self,
        asked: Parameters<'_>,
    ) -> Result<Vec<(String, String)>, crate::tiger::gateway::Complaint> {
        let kind = asked.quoted_type()?;
        // Coins have no market; the simulated exchange has nothing over the counter.
        asked.switch("include_otc")?;
        let market = match asked.text("market")? {
            Some("ALL") => None,
            _ => Some(asked.market()?.unwrap_or(Market::Us)),
        };
        let wanted: Vec<_> = self
            .exchange
            .instruments()
            .filter_map(|instrument| Some((Name::of(instrument)?, instrument.clone())))
            .filter(|(name, _)| {
                name.sec_type == kind
                    && (kind == SecType::Crypto
                        || market.is_none_or(|market| name.market == market))
            })
            .collect();
        let mut rows: Vec<(String, String)> = wanted
            .into_iter()
            .filter_map(|(name, instrument)| Some((name.symbol, self.title(&instrument)?)))
            .collect();
        rows.sort();
        Ok(rows)
    }

    pub(in crate::tiger::gateway) fn quote_stock_trade(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let Ok(details) = self.exchange.contract(&instrument) else {
                continue;
            };
            let last = self.quote(&instrument).last.unwrap_or(Price::ZERO);
            // Fractions of a share are traded, but a lot is never less than one.
            let lot = details.quantities.step.get().max(Decimal::ONE);
            let row = Row::default()
                .put("symbol", symbol)
                .units("lotSize", Some(lot))
                .put("minTick", number(details.ticks.increment(last)))
                .put("spreadScale", 0);
            rows.push(row.into());
        }
        Ok(rows.into())
    }
}
