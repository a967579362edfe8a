//! Funds: which there are, what they are and what they are worth.

use broker_core::model::Instrument;
use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing},
    quotes::{Row, counted},
    symbols::{Name, SecType, Wanted},
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

    /// The funds of a request: refused when one of them is none.
    fn funds<'a>(
        &mut self,
        asked: Parameters<'a>,
    ) -> Result<Vec<(&'a str, Instrument)>, Complaint> {
        let symbols = counted("symbols", asked.texts("symbols")?, MOST_FUNDS)?;
        let mut funds = Vec::new();
        for symbol in symbols {
            let fund = self.find(&Wanted::plain(symbol, SecType::Fund));
            let unknown = || Complaint::financial(format!("fund '{symbol}' does not exist"));
            funds.push((symbol, fund.ok_or_else(unknown)?));
        }
        Ok(funds)
    }

    pub(super) fn fund_contracts(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, fund) in self.funds(asked)? {
            let Some(name) = Name::of(&fund) else {
                continue;
            };
            let row = Row::default()
                .put("symbol", symbol)
                .text("name", self.title(&fund))
                .put("companyName", "House Funds")
                .put("market", name.market.word())
                .put("secType", name.sec_type.word())
                .put("currency", name.currency.to_string())
                .put("tradeable", true)
                .put("subType", "Fixed Income")
                .put("dividendType", "ACC")
                .put("tigerVault", false);
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    pub(super) fn fund_quote(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, fund) in self.funds(asked)? {
            let (quote, now) = (self.quote(&fund), self.now());
            let row = Row::default()
                .put("symbol", symbol)
                .price("close", quote.last)
                .at("timestamp", now);
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    /// The values of finished days, oldest first; of more than so many the newest.
    pub(super) fn fund_history_quote(&mut self, asked: Parameters<'_>) -> Answer {
        let funds = self.funds(asked)?;
        let begin = asked.instant("begin_time")?;
        let begin = begin.ok_or_else(|| missing("begin_time"))?;
        let end = asked.instant("end_time")?;
        let end = end.ok_or_else(|| missing("end_time"))?;
        let limit = asked.bounded("limit", 500, 1_200)?;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, fund) in funds {
            let Some(name) = Name::of(&fund) else {
                continue;
            };
            let days = self.exchange.daily_bars(&fund).unwrap_or_default();
            let mut items: Vec<Value> = Vec::new();
            for (date, bar) in days {
                if let Some(at) = name.market.midnight(date)
                    && begin <= at
                    && at <= end
                {
                    let item = Row::default().price("nav", Some(bar.close)).at("time", at);
                    items.push(item.into());
                }
            }
            let skip = items.len().saturating_sub(limit);
            rows.push(json!({"symbol": symbol, "items": items.split_off(skip)}));
        }
        Ok(rows.into())
    }
}
