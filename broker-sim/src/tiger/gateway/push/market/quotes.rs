//! Quotes: what trades do, the best prices, or both.

use broker_core::{
    Decimal,
    model::{Instrument, Quote, SessionKind},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::prelude::ToPrimitive as _;

use super::{Line, bars, data};
use crate::{
    exchange::Exchange,
    tiger::{
        gateway::{number::double, push::session::millis, symbols::Name},
        push::{DataType, Payload, PushData, QuoteData, QuoteDataMinute, QuoteType},
    },
};

/// What was told last: the trades' side and the best prices, without their instants.
#[derive(Debug, Default)]
pub(super) struct QuoteTold {
    trades: Option<QuoteData>,
    best: Option<QuoteData>,
}

/// What is to be pushed after a listing has changed.
pub(super) fn changed(
    symbol: &str,
    line: &mut Line<QuoteTold>,
    exchange: &mut Exchange,
) -> Option<PushData> {
    let (quote, _) = exchange.view(line.listing, 1)?;
    let session = exchange.session_of(line.listing);
    let best = best(&quote);
    let trades = trades(&quote, line.kind, session);
    let best_is_new = line.told.best.as_ref() != Some(&best) && has_best(&best);
    let trades_are_new =
        line.told.trades.as_ref() != Some(&trades) && trades.latest_price.is_some();
    let kind = match (trades_are_new, best_is_new) {
        (true, true) => QuoteType::All,
        (true, false) => QuoteType::Basic,
        (false, true) => QuoteType::Bbo,
        (false, false) => return None,
    };
    let now = exchange.now();
    let mut written = QuoteData {
        r#type: kind.into(),
        timestamp: millis(now),
        ..QuoteData::default()
    };
    if trades_are_new {
        take_trades(&mut written, trades.clone(), line, exchange, session);
        line.told.trades = Some(trades);
    }
    if best_is_new {
        written.ask_price = best.ask_price;
        written.ask_size = best.ask_size;
        written.bid_price = best.bid_price;
        written.bid_size = best.bid_size;
        written.ask_timestamp = best.ask_price.map(|_| millis(now));
        written.bid_timestamp = best.bid_price.map(|_| millis(now));
        line.told.best = Some(best);
    }
    name(&mut written, symbol, line);
    Some(data(line.kind, Payload::Quote(written)))
}

fn name(written: &mut QuoteData, symbol: &str, line: &Line<QuoteTold>) {
    symbol.clone_into(&mut written.symbol);
    if line.kind == DataType::Option
        && let Some(name) = Name::of(&line.instrument)
    {
        written.symbol = name.symbol;
        written.identifier = Some(name.identifier);
    }
}

fn has_best(best: &QuoteData) -> bool {
    best.ask_price.is_some() || best.bid_price.is_some()
}

fn units(value: Option<Decimal>) -> Option<i64> {
    value.and_then(|value| value.trunc().to_i64())
}

fn best(quote: &Quote) -> QuoteData {
    QuoteData {
        ask_price: quote.ask.map(|price| double(price.get())),
        ask_size: units(quote.ask_size),
        bid_price: quote.bid.map(|price| double(price.get())),
        bid_size: units(quote.bid_size),
        ..QuoteData::default()
    }
}

/// What trades have made of a quote. Outside the regular session it has no figures of the day.
fn trades(quote: &Quote, kind: DataType, session: Option<SessionKind>) -> QuoteData {
    let mut written = QuoteData {
        latest_price: quote.last.map(|price| double(price.get())),
        pre_close: quote.previous_close.map(|price| double(price.get())),
        volume: units(quote.volume),
        hour_trading_tag: tag(session).map(str::to_owned),
        ..QuoteData::default()
    };
    if written.hour_trading_tag.is_none() {
        written.open = quote.open.map(|price| double(price.get()));
        written.high = quote.high.map(|price| double(price.get()));
        written.low = quote.low.map(|price| double(price.get()));
    }
    if kind == DataType::Cc {
        written.volume_decimal = quote.volume.map(double);
    }
    written
}

const fn tag(session: Option<SessionKind>) -> Option<&'static str> {
    match session {
        Some(SessionKind::PreMarket) => Some("Pre-Mkt"),
        Some(SessionKind::PostMarket) => Some("Post-Mkt"),
        Some(SessionKind::Overnight) => Some("Overnight"),
        _ => None,
    }
}

/// Writes the trades' side with its instants.
fn take_trades(
    written: &mut QuoteData,
    trades: QuoteData,
    line: &Line<QuoteTold>,
    exchange: &mut Exchange,
    session: Option<SessionKind>,
) {
    let now = exchange.now();
    let candle = bars::minute(&line.instrument, exchange);
    // A minute without a trade of its own has the price of an earlier one.
    let at = candle.as_ref().map_or(now, |candle| candle.last_at);
    let (kind, timestamp) = (written.r#type, written.timestamp);
    *written = trades;
    written.r#type = kind;
    written.timestamp = timestamp;
    written.server_timestamp = Some(millis(now));
    written.latest_price_timestamp = Some(millis(at));
    let form = if written.hour_trading_tag.is_some() {
        "%H:%M %Z"
    } else {
        "%m-%d %H:%M:%S %Z"
    };
    let local = at.with_timezone(&zone(&line.instrument, exchange));
    written.latest_time = Some(local.format(form).to_string());
    match line.kind {
        DataType::Future => {
            written.trade_time = Some(millis(at));
            written.pre_settlement = written.pre_close;
            written.min_tick = least_step(&line.instrument, exchange);
        }
        DataType::Option => {}
        _ => {
            written.market_status = status(session).map(str::to_owned);
            written.mi = candle.map(|candle| QuoteDataMinute {
                p: double(candle.close),
                a: double(candle.average()),
                t: millis(candle.start),
                v: units(Some(candle.volume)).unwrap_or_default(),
                o: double(candle.open),
                h: double(candle.high),
                l: double(candle.low),
            });
        }
    }
}

const fn status(session: Option<SessionKind>) -> Option<&'static str> {
    match session {
        Some(SessionKind::PreMarket) => Some("Pre-Market Trading"),
        Some(SessionKind::PostMarket) => Some("Post-Market Trading"),
        Some(SessionKind::Overnight) => Some("Overnight Trading"),
        Some(_) => Some("Trading"),
        None => Some("Closed"),
    }
}

fn zone(instrument: &Instrument, exchange: &mut Exchange) -> Tz {
    let details = exchange.contract(instrument).ok();
    let zone = details.and_then(|details| details.time_zone.parse().ok());
    zone.unwrap_or(Tz::UTC)
}

fn least_step(instrument: &Instrument, exchange: &mut Exchange) -> Option<f32> {
    let last = exchange.quote(instrument).ok()?.last?;
    let details = exchange.contract(instrument).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "the wire has a float")]
    let step = double(details.ticks.increment(last)) as f32;
    Some(step)
}

/// The beginning of an instant's minute.
pub(super) fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let ms = at.timestamp_millis();
    DateTime::from_timestamp_millis(ms - ms.rem_euclid(60_000)).unwrap_or(at)
}
