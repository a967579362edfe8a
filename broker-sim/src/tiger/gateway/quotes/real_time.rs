//! The newest figures: `quote_real_time`, the older `brief`, and `quote_overnight`.

use broker_core::{
    Decimal,
    model::{Instrument, Quote, SessionKind},
};
use serde_json::{Value, json};

use super::{
    figures::{Figures, Outside},
    row::Row,
    sessions::Part,
};
use crate::tiger::gateway::{
    Answer,
    parameters::Parameters,
    symbols::{Name, SecType},
    turn::Turn,
};

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn quote_real_time(&mut self, asked: Parameters<'_>) -> Answer {
        let hours = asked.switch("include_hour_trading")?.unwrap_or_default();
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let (figures, quote) = (
                self.figures_at(&instrument, self.now()),
                self.quote(&instrument),
            );
            let row = Row::default().put("symbol", symbol);
            let mut row = best(newest(row, &instrument, &figures, &quote), &quote)
                .number("change", figures.change())
                .number("changeRate", figures.change_rate())
                .number("amplitude", figures.amplitude());
            if hours && let Some(outside) = &figures.outside {
                row = row.put(
                    "hourTrading",
                    self.outside_row(&instrument, &figures, outside),
                );
            }
            rows.push(row.into());
        }
        Ok(rows.into())
    }

    pub(in crate::tiger::gateway) fn brief(&mut self, asked: Parameters<'_>) -> Answer {
        let hours = asked.switch("include_hour_trading")?.unwrap_or_default();
        let with_best = asked.switch("include_ask_bid")?.unwrap_or_default();
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            let (figures, quote) = (
                self.figures_at(&instrument, self.now()),
                self.quote(&instrument),
            );
            let name = Name::of(&instrument);
            let mut row = Row::default()
                .put("symbol", symbol)
                .text(
                    "market",
                    name.as_ref().map(|name| name.market.word().into()),
                )
                .text(
                    "secType",
                    name.as_ref().map(|name| name.sec_type.word().into()),
                )
                .text("name", self.title(&instrument))
                .number("latestPrice", figures.latest)
                .number("preClose", figures.previous_close)
                .number("open", figures.open)
                .number("high", figures.high)
                .number("low", figures.low)
                .units("volume", Some(figures.volume))
                .put("halted", if quote.halted { 1.0 } else { 0.0 })
                .put("delay", 0);
            if let Some(at) = figures.latest_at {
                row = row.at("timestamp", at);
            }
            if with_best {
                row = best(row, &quote);
            }
            if hours && let Some(outside) = &figures.outside {
                row = row.put(
                    "hourTrading",
                    self.outside_row(&instrument, &figures, outside),
                );
            }
            rows.push(row.into());
        }
        Ok(json!({"items": rows}))
    }

    /// The figures of the night that is under way; a share that does not trade now has no row.
    pub(in crate::tiger::gateway) fn quote_overnight(&mut self, asked: Parameters<'_>) -> Answer {
        let mut rows: Vec<Value> = Vec::new();
        for (symbol, instrument) in self.asked(asked)? {
            if self.exchange.phase_of(&instrument) != Some(SessionKind::Overnight) {
                continue;
            }
            let figures = self.figures_at(&instrument, self.now());
            let quote = self.quote(&instrument);
            let night = figures.outside.as_ref();
            let night = night.filter(|outside| outside.part == Part::Overnight);
            let latest = night.map(|night| night.latest).or(figures.latest);
            let change = latest.zip(figures.latest).map(|(now, close)| now - close);
            let rate = change
                .zip(figures.latest)
                .and_then(|(change, close)| change.checked_div(close));
            let row = Row::default()
                .put("symbol", symbol)
                .number("latestPrice", latest)
                .number("preClose", figures.latest)
                .units(
                    "volume",
                    Some(night.map_or(Decimal::ZERO, |night| night.volume)),
                )
                .number("change", change)
                .number("changeRate", rate.map(|rate| rate.round_dp(6)))
                .at(
                    "timestamp",
                    night.map_or(self.now(), |night| night.latest_at),
                );
            rows.push(best(row, &quote).into());
        }
        Ok(rows.into())
    }

    /// What an instrument is called.
    pub(in crate::tiger::gateway) fn title(&mut self, instrument: &Instrument) -> Option<String> {
        let details = self.exchange.contract(instrument).ok()?;
        Some(details.name.clone())
    }

    pub(super) fn outside_row(
        &mut self,
        instrument: &Instrument,
        figures: &Figures,
        outside: &Outside,
    ) -> Value {
        let local = outside.latest_at.with_timezone(&self.zone(instrument));
        Row::default()
            .text("tag", outside.part.tag().map(Into::into))
            .number("latestPrice", Some(outside.latest))
            .number("preClose", figures.latest)
            .put("latestTime", local.format("%H:%M %Z").to_string())
            .units("volume", Some(outside.volume))
            .at("timestamp", outside.latest_at)
            .into()
    }
}

fn newest(row: Row, instrument: &Instrument, figures: &Figures, quote: &Quote) -> Row {
    let mut row = row
        .number("open", figures.open)
        .number("high", figures.high)
        .number("low", figures.low)
        .number("close", figures.latest)
        .number("preClose", figures.previous_close)
        .number("adjPreClose", figures.previous_close)
        .number("latestPrice", figures.latest)
        .put("status", if quote.halted { "HALTED" } else { "NORMAL" });
    if let Some(at) = figures.latest_at {
        row = row.at("latestTime", at);
    }
    with_volume(row, instrument, figures.volume)
}

/// Shares are counted whole; coins and fractions have a second, exact member.
pub(in crate::tiger::gateway) fn with_volume(
    row: Row,
    instrument: &Instrument,
    volume: Decimal,
) -> Row {
    let coin = Name::of(instrument).is_some_and(|name| name.sec_type == SecType::Crypto);
    let row = row.units("volume", Some(volume.trunc()));
    if coin || !volume.is_integer() {
        row.number("volumeDecimal", Some(volume))
    } else {
        row
    }
}

/// The best prices with their sizes.
pub(in crate::tiger::gateway) fn best(row: Row, quote: &Quote) -> Row {
    row.price("askPrice", quote.ask)
        .units("askSize", quote.ask_size)
        .price("bidPrice", quote.bid)
        .units("bidSize", quote.bid_size)
}
