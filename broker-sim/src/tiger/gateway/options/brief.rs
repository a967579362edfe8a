use broker_core::model::{DepthLevel, Instrument};
use serde_json::Value;

use super::{
    ask::Letters,
    chain::identifier,
    volatility::{historical, percent},
};
use crate::tiger::gateway::{
    Answer,
    parameters::Parameters,
    quotes::{best, level},
    turn::Turn,
};

impl Turn<'_> {
    pub(super) fn option_brief(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let now = self.now();
        let mut rows: Vec<Value> = Vec::new();
        for (named, instrument) in
            self.options_of("option_basic", asked.objects("option_basic")?)?
        {
            let quote = self.quote(&instrument);
            let figures = self.figures_at(&instrument, now);
            let model = match &instrument {
                Instrument::Option(option) => self.exchange.option_model(option),
                _ => None,
            };
            let volatility = self
                .underlying(named.symbol)?
                .and_then(|underlying| historical(self.exchange, &underlying));
            let mut row = named
                .row(Letters::Small)
                .text("identifier", identifier(&instrument))
                .number("latestPrice", figures.latest)
                .units("volume", Some(figures.volume))
                .number("open", figures.open)
                .number("high", figures.high)
                .number("low", figures.low)
                .number("preClose", figures.previous_close)
                .number("change", figures.change())
                .units("multiplier", self.multiplier(&instrument))
                .text("volatility", volatility.map(percent))
                .number("midPrice", quote.bid.and(quote.ask).and(quote.mid()))
                .at("midTimestamp", now);
            row = best(row, &quote);
            if let Some((model, _)) = model {
                row = row
                    .price("markPrice", Some(model.price))
                    .at("markTimestamp", now);
            }
            if let Some(at) = figures.latest_at {
                row = row.at("timestamp", at);
            }
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    pub(super) fn option_depth(&mut self, asked: Parameters<'_>) -> Answer {
        asked.market()?;
        let now = self.now();
        let mut rows: Vec<Value> = Vec::new();
        for (named, instrument) in
            self.options_of("option_basic", asked.objects("option_basic")?)?
        {
            let depth = self.book(&instrument);
            let side = |levels: &[DepthLevel]| {
                let rows = levels.iter().map(|row| {
                    // The one exchange of the simulated options.
                    Value::from(level(row).put("code", "CBOE").at("timestamp", now))
                });
                rows.collect::<Vec<Value>>()
            };
            let row = named
                .row(Letters::Small)
                .at("timestamp", now)
                .put("ask", side(&depth.asks))
                .put("bid", side(&depth.bids));
            rows.push(row.into());
        }
        Ok(rows.into())
    }
}
