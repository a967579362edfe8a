use broker_core::{
    Broker,
    model::{Instrument, Price, Quote},
};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Fault, FaultCode,
    value::{InstrumentRef, InstrumentView, Number, Untrusted, word::words},
};

/// A price that is older is marked.
pub(super) const FRESH: TimeDelta = TimeDelta::minutes(1);

/// Something that was asked for and is not in the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Missing {
    /// As it was asked, without what cannot be seen.
    pub symbol: String,
    /// What went wrong.
    pub code: FaultCode,
    /// Why.
    pub reason: String,
    /// What it may have meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<InstrumentView>,
}

impl Missing {
    pub(crate) fn of(symbol: impl AsRef<str>, fault: Fault) -> Self {
        let candidates = fault
            .details
            .as_ref()
            .and_then(|details| details.get("candidates"));
        let candidates = candidates.cloned().map(serde_json::from_value);
        Self {
            symbol: Untrusted::line(symbol.as_ref(), Untrusted::LINE),
            code: fault.code,
            reason: fault.message,
            candidates: candidates.and_then(Result::ok).unwrap_or_default(),
        }
    }
}

/// Finds each of several instruments; those that are not found go to `missing`.
pub(crate) async fn find_each(
    broker: &dyn Broker,
    asked: &[InstrumentRef],
    missing: &mut Vec<Missing>,
) -> Vec<(String, Instrument)> {
    let mut found = Vec::new();
    for one in asked {
        match one.resolve(broker).await {
            Ok(instrument) => found.push((one.label(), instrument)),
            Err(fault) => missing.push(Missing::of(one.label(), fault)),
        }
    }
    found
}

words! {
    /// A field of a quote that can be asked for alone.
    pub enum QuoteField {
        /// Last traded price.
        Last = "last" | "latest_price" | "last_price" | "price",
        /// Best bid.
        Bid = "bid" | "bid_price",
        /// Best ask.
        Ask = "ask" | "ask_price",
        /// Units at the bid.
        BidSize = "bid_size",
        /// Units at the ask.
        AskSize = "ask_size",
        /// Units of the last trade.
        LastSize = "last_size",
        /// Units traded today.
        Volume = "volume",
        /// First price of the day.
        Open = "open",
        /// Highest price of the day.
        High = "high",
        /// Lowest price of the day.
        Low = "low",
        /// Close of the day before.
        PrevClose = "prev_close" | "previous_close" | "pre_close",
        /// Change since that close.
        Change = "change",
        /// The same in percent.
        ChangePct = "change_pct" | "change_rate" | "change_percent",
    }
}

/// The best prices of one instrument. What the broker does not say is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct QuoteRow {
    /// As it was asked.
    pub symbol: String,
    /// What it was understood as; names it in every request.
    pub instrument: String,
    /// Last traded price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Number>,
    /// Best bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<Number>,
    /// Best ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Number>,
    /// Units at the bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_size: Option<Number>,
    /// Units at the ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_size: Option<Number>,
    /// Units of the last trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_size: Option<Number>,
    /// Units traded today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Number>,
    /// First price of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Number>,
    /// Highest price of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Number>,
    /// Lowest price of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Number>,
    /// Close of the day before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_close: Option<Number>,
    /// Last less previous close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Number>,
    /// The same in percent of the previous close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_pct: Option<Number>,
    /// When it was true, UTC.
    pub time: DateTime<Utc>,
    /// When the last trade was, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<DateTime<Utc>>,
    /// Whether the broker delays it.
    pub delayed: bool,
    /// Older than a minute: no trade since, market closed.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub stale: bool,
    /// Trading is halted.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub halted: bool,
}

impl QuoteRow {
    pub(crate) fn of(symbol: String, quote: &Quote, now: DateTime<Utc>) -> Self {
        let price = |price: Option<Price>| price.map(|price| Number(price.get()));
        let size = |size: Option<Decimal>| size.map(Number);
        let closes = quote.last.zip(quote.previous_close);
        let change = closes.and_then(|(last, close)| last.get().checked_sub(close.get()));
        let percent = closes.zip(change).and_then(|((_, close), change)| {
            let part = change.checked_div(close.get())?;
            part.checked_mul(Decimal::ONE_HUNDRED)
                .map(|percent| percent.round_dp(4))
        });
        Self {
            symbol,
            instrument: InstrumentView::of(&quote.instrument).id,
            last: price(quote.last),
            bid: price(quote.bid),
            ask: price(quote.ask),
            bid_size: size(quote.bid_size),
            ask_size: size(quote.ask_size),
            last_size: size(quote.last_size),
            volume: size(quote.volume),
            open: price(quote.open),
            high: price(quote.high),
            low: price(quote.low),
            prev_close: price(quote.previous_close),
            change: size(change),
            change_pct: size(percent),
            time: quote.as_of,
            last_time: quote.last.and(quote.last_at),
            delayed: quote.delayed,
            stale: now - quote.as_of > FRESH,
            halted: quote.halted,
        }
    }

    /// The same with nothing but these fields.
    pub(super) fn only(mut self, fields: &[QuoteField]) -> Self {
        for field in QuoteField::ALL
            .iter()
            .filter(|field| !fields.contains(field))
        {
            let place = match field {
                QuoteField::Last => {
                    self.last_time = None;
                    &mut self.last
                }
                QuoteField::Bid => &mut self.bid,
                QuoteField::Ask => &mut self.ask,
                QuoteField::BidSize => &mut self.bid_size,
                QuoteField::AskSize => &mut self.ask_size,
                QuoteField::LastSize => &mut self.last_size,
                QuoteField::Volume => &mut self.volume,
                QuoteField::Open => &mut self.open,
                QuoteField::High => &mut self.high,
                QuoteField::Low => &mut self.low,
                QuoteField::PrevClose => &mut self.prev_close,
                QuoteField::Change => &mut self.change,
                QuoteField::ChangePct => &mut self.change_pct,
            };
            *place = None;
        }
        self
    }
}
