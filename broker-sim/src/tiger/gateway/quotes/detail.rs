//! A share with everything known about it, and the most traded ones.

use broker_core::model::{FundamentalKind, Instrument};
use serde_json::{Value, json};

use super::{real_time::best, row::Row};
use crate::tiger::gateway::{
    Answer,
    parameters::Parameters,
    symbols::{Market, Name, exchange_word},
    turn::Turn,
};

/// Rows of a ranking.
const RANKED: usize = 30;

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn stock_detail(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let now = self.now();
            let figures = self.figures_at(&instrument, now);
            let quote = self.quote(&instrument);
            let Ok(details) = self.exchange.contract(&instrument) else {
                continue;
            };
            let name = Name::of(&instrument);
            let market = name.as_ref().map_or(Market::Us, |name| name.market);
            let exchange = details.exchanges.first().copied().map(exchange_word);
            let shares = self.fact(&instrument, FundamentalKind::Summary, "shares_outstanding");
            let mut row = Row::default()
                .put("symbol", symbol)
                .put("market", market.word())
                .text("exchange", exchange)
                .text("secType", name.map(|name| name.sec_type.word().into()))
                .put("name", details.name.clone())
                .put("shortable", i32::from(details.shortable))
                .number("latestPrice", figures.latest)
                .number("preClose", figures.previous_close)
                .number("adjPreClose", figures.previous_close)
                .number("open", figures.open)
                .number("high", figures.high)
                .number("low", figures.low)
                .units("volume", Some(figures.volume.trunc()))
                .number("amount", figures.amount)
                .number("change", figures.change())
                .number("amplitude", figures.amplitude())
                .put("halted", if quote.halted { 1.0 } else { 0.0 })
                .put("delay", 0)
                .units("shares", shares)
                .number("eps", self.earnings_per_share(&instrument));
            row = best(row, &quote);
            if let Some(at) = figures.latest_at {
                let local = at.with_timezone(&market.zone());
                row = row
                    .at("timestamp", at)
                    .put("latestTime", local.format("%m-%d %H:%M:%S %Z").to_string());
            }
            if let Some(outside) = &figures.outside {
                row = row.put(
                    "hourTrading",
                    self.outside_row(&instrument, &figures, outside),
                );
            }
            rows.push(row.into());
        }
        Ok(json!({"items": rows}))
    }

    /// The shares of a market with most units traded today. How many customers bought and sold each
    /// is not known to the exchange and left out.
    pub(in crate::tiger::gateway) fn trade_rank(&mut self, asked: Parameters<'_>) -> Answer {
        let market = super::kline::some("market", asked.market()?)?;
        let mut ranked: Vec<_> = self
            .shares_of(market)
            .into_iter()
            .map(|(name, share)| {
                let figures = self.figures_at(&share, self.now());
                (figures, name, share)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.volume.cmp(&a.0.volume).then_with(|| a.2.cmp(&b.2)));
        let mut rows: Vec<Value> = Vec::new();
        for (figures, name, share) in ranked.into_iter().take(RANKED) {
            let row = Row::default()
                .put("symbol", name.symbol.as_str())
                .put("market", market.word())
                .put("secType", name.sec_type.word())
                .text("name", self.title(&share))
                .number("latestPrice", figures.latest)
                .number("changeRate", figures.change_rate())
                .units("volume", Some(figures.volume.trunc()));
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    /// The shares of a market, without its indices.
    pub(in crate::tiger::gateway) fn shares_of(&self, market: Market) -> Vec<(Name, Instrument)> {
        let shares = self.exchange.instruments();
        shares
            .filter(|instrument| matches!(instrument, Instrument::Equity(_)))
            .filter_map(|share| Some((Name::of(share)?, share.clone())))
            .filter(|(name, _)| name.market == market)
            .collect()
    }
}
