use chrono::TimeDelta;
use serde_json::Value;

use super::row::Row;
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::Parameters,
    symbols::{Market, Name},
    turn::Turn,
};

/// How old delayed quotes are.
const DELAY: TimeDelta = TimeDelta::minutes(15);

impl Turn<'_> {
    /// The figures of fifteen minutes ago, for the United States only.
    pub(in crate::tiger::gateway) fn quote_delay(&mut self, asked: Parameters<'_>) -> Answer {
        let at = self.now() - DELAY;
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let market = Name::of(&instrument).map(|name| name.market);
            if market != Some(Market::Us) {
                return Err(Complaint::business(format!(
                    "symbol '{symbol}' has no delayed quotes"
                )));
            }
            let figures = self.figures_at(&instrument, at);
            let halted = self.quote(&instrument).halted;
            let mut row = Row::default()
                .put("symbol", symbol)
                .number("open", figures.open)
                .number("high", figures.high)
                .number("low", figures.low)
                .number("close", figures.latest)
                .number("preClose", figures.previous_close)
                .units("volume", Some(figures.volume.trunc()))
                .put("halted", if halted { 1.0 } else { 0.0 });
            if let Some(latest_at) = figures.latest_at {
                row = row.at("time", latest_at);
            }
            rows.push(row.into());
        }
        Ok(rows.into())
    }
}
