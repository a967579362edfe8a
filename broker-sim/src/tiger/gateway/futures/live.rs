//! Newest figures and books of futures.

use broker_core::model::{DepthLevel, Instrument};
use serde_json::{Value, json};

use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    quotes::{MOST_SYMBOLS, Row, best, counted, level},
    turn::Turn,
};

impl Turn<'_> {
    pub(super) fn future_real_time_quote(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (code, instrument) in self.futures_asked(asked)? {
            let figures = self.figures_at(&instrument, self.now());
            let quote = self.quote(&instrument);
            let row = Row::default()
                .put("contractCode", code)
                .number("latestPrice", figures.latest)
                .units("latestSize", figures.latest_size)
                .units("volume", Some(figures.volume))
                .number("open", figures.open)
                .number("high", figures.high)
                .number("low", figures.low)
                .number("settlement", figures.previous_close);
            let mut row = best(row, &quote);
            if let Some(at) = figures.latest_at {
                row = row.at("latestTime", at);
            }
            let average = figures.amount.filter(|amount| !amount.is_zero());
            let average = average.and_then(|amount| amount.checked_div(figures.volume));
            row = row.number("avgPrice", average.map(|price| price.round_dp(6)));
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    pub(super) fn future_depth(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (code, instrument) in self.futures_asked(asked)? {
            let depth = self.book(&instrument);
            let side = |levels: &[DepthLevel]| {
                let rows = levels.iter().map(|row| Value::from(level(row)));
                rows.collect::<Vec<Value>>()
            };
            rows.push(json!({
                "contractCode": code, "ask": side(&depth.asks), "bid": side(&depth.bids),
            }));
        }
        Ok(rows.into())
    }

    /// The futures of a request's codes. Codes that do not exist are left out of the answer, unless
    /// none of them does.
    pub(super) fn futures_asked<'a>(
        &mut self,
        asked: Parameters<'a>,
    ) -> Result<Vec<(&'a str, Instrument)>, Complaint> {
        let mut codes = asked.texts("contract_codes")?;
        if codes.is_empty() {
            codes.extend(asked.text("contract_code")?);
        }
        let codes = counted("contract_codes", codes, MOST_SYMBOLS)?;
        let found: Vec<_> = codes
            .iter()
            .filter_map(|code| Some((*code, self.find_future(code, None)?)))
            .collect();
        if found.is_empty() {
            let codes = codes.join(",");
            return Err(Complaint::future(format!(
                "contract '{codes}' does not exist"
            )));
        }
        Ok(found)
    }
}
