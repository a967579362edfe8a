//! Funds, warrants and callable contracts, of which the simulated exchange lists none.

use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    quotes::{MOST_SYMBOLS, counted},
    symbols::{Market, Name, SecType, Wanted},
    turn::Turn,
};

/// Most funds of one request.
const MOST_FUNDS: usize = 500;

impl Turn<'_> {
    pub(super) fn fund_all_symbols(&self) -> Answer {
        let names = self.exchange.instruments().filter_map(Name::of);
        let funds = names.filter(|name| name.sec_type == SecType::Fund);
        let symbols = funds.map(|name| Value::from(name.symbol));
        Ok(symbols.collect::<Vec<Value>>().into())
    }

    /// Contracts, values and their history: refused for symbols that are no funds here.
    pub(super) fn fund(&mut self, asked: Parameters<'_>) -> Answer {
        let symbols = counted("symbols", asked.texts("symbols")?, MOST_FUNDS)?;
        Err(Complaint::financial(format!(
            "fund '{}' does not exist",
            symbols.join(",")
        )))
    }

    pub(super) fn warrant_real_time_quote(&mut self, asked: Parameters<'_>) -> Answer {
        let symbols = counted("symbols", asked.texts("symbols")?, MOST_SYMBOLS)?;
        Err(Complaint::stock(format!(
            "warrant '{}' does not exist",
            symbols.join(",")
        )))
    }

    /// The warrants on a share of Hong Kong: none, so nothing bounds their figures either.
    pub(super) fn warrant_filter(&mut self, asked: Parameters<'_>) -> Answer {
        let symbol = asked.required_text("symbol")?;
        let share = self.find(&Wanted::plain(symbol, SecType::Stock));
        let market = share
            .and_then(|share| Name::of(&share))
            .map(|name| name.market);
        if market != Some(Market::Hk) {
            return Err(Complaint::stock(format!(
                "symbol '{symbol}' does not exist in Hong Kong"
            )));
        }
        let page = asked.integer("page")?.unwrap_or_default();
        asked.bounded("page_size", 20, 300)?;
        Ok(json!({"page": page, "totalPage": 0, "totalCount": 0, "bounds": {}, "items": []}))
    }
}
