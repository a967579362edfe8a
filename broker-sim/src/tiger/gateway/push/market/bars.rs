//! The bar of the minute that is under way.

use broker_core::{Decimal, model::Instrument};
use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Line, data, quotes::minute_of};
use crate::{
    exchange::Exchange,
    tiger::{
        gateway::{number::double, push::session::millis, quotes::points},
        push::{DataType, KlineData, Payload, PushData},
    },
};

/// The bar that was told last.
pub(super) type BarTold = Option<Minute>;

/// What has traded in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Minute {
    pub(super) start: DateTime<Utc>,
    pub(super) last_at: DateTime<Utc>,
    pub(super) open: Decimal,
    pub(super) high: Decimal,
    pub(super) low: Decimal,
    pub(super) close: Decimal,
    pub(super) volume: Decimal,
    amount: Decimal,
    count: i32,
}

impl Minute {
    /// The average price; the last one where nothing was traded.
    pub(super) fn average(&self) -> Decimal {
        let average = self.amount.checked_div(self.volume);
        average.map_or(self.close, |average| average.round_dp(6))
    }
}

/// The minute that is under way, if there is a price in it.
pub(super) fn minute(instrument: &Instrument, exchange: &mut Exchange) -> Option<Minute> {
    let (now, start) = (exchange.now(), minute_of(exchange.now()));
    let all = points(exchange, instrument, start);
    let mut within = all.iter().filter(|point| point.at <= now);
    let first = within.next()?;
    let mut minute = Minute {
        start,
        last_at: first.at,
        open: first.price,
        high: first.price,
        low: first.price,
        close: first.price,
        volume: first.size,
        amount: first.price * first.size,
        count: 1,
    };
    for point in within {
        minute.last_at = point.at;
        minute.high = minute.high.max(point.price);
        minute.low = minute.low.min(point.price);
        minute.close = point.price;
        minute.volume += point.size;
        minute.amount += point.price * point.size;
        minute.count = minute.count.saturating_add(1);
    }
    Some(minute)
}

/// What is to be pushed after a listing has changed.
pub(super) fn changed(
    symbol: &str,
    line: &mut Line<BarTold>,
    exchange: &mut Exchange,
) -> Option<PushData> {
    let minute = minute(&line.instrument, exchange)?;
    if line.told.as_ref() == Some(&minute) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the wire has floats")]
    let price = |price: Decimal| double(price) as f32;
    let written = KlineData {
        time: minute.start.timestamp_millis(),
        open: price(minute.open),
        high: price(minute.high),
        low: price(minute.low),
        close: price(minute.close),
        avg: price(minute.average()),
        volume: minute.volume.trunc().to_i64().unwrap_or_default(),
        count: minute.count,
        symbol: symbol.to_owned(),
        amount: double(minute.amount),
        server_timestamp: Some(millis(exchange.now())),
    };
    line.told = Some(minute);
    Some(data(DataType::Kline, Payload::Kline(written)))
}
