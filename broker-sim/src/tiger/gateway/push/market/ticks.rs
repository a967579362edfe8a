//! Single trades, pushed together every fifth of a second: compressed, or one by one for who wants
//! every tick.

use std::collections::VecDeque;

use broker_core::{Decimal, model::Trade};
use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Line, data};
use crate::tiger::{
    gateway::{number::double, push::session::millis, symbols::Name},
    push::{DataType, Payload, PushData, TickData, TickDataTick, TradeTickData},
};

/// Trades that are pushed together at most: the newest.
const MOST: usize = 50;

/// Trades that wait, and what the next one's direction depends on.
#[derive(Debug, Default)]
pub(super) struct TickTold {
    waiting: VecDeque<Tick>,
    number: i64,
    before: Option<Decimal>,
    sign: Option<char>,
}

#[derive(Debug)]
struct Tick {
    number: i64,
    at: DateTime<Utc>,
    price: Decimal,
    size: i64,
    /// `+` above the price before it, `-` below, as the one before where it is the same.
    sign: char,
}

impl TickTold {
    /// Takes a trade; whether it is the first of those that wait. What has no size is no trade.
    pub(super) fn take(&mut self, trade: &Trade) -> bool {
        let Some(size) = trade.size.trunc().to_i64().filter(|size| *size > 0) else {
            return false;
        };
        let price = trade.price.get();
        let sign = match self.before {
            Some(before) if price > before => '+',
            Some(before) if price < before => '-',
            _ => self.sign.unwrap_or('*'),
        };
        self.before = Some(price);
        self.sign = Some(sign);
        self.number += 1;
        let first = self.waiting.is_empty();
        if self.waiting.len() >= MOST {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Tick {
            number: self.number,
            at: trade.time,
            price,
            size,
            sign,
        });
        first
    }
}

/// The trades that wait.
pub(super) fn collected(
    symbol: &str,
    line: &mut Line<TickTold>,
    full: bool,
    now: DateTime<Utc>,
) -> Option<PushData> {
    let waiting = std::mem::take(&mut line.told.waiting);
    let first = waiting.front()?;
    let payload = if full {
        Payload::Tick(one_by_one(symbol, line.kind, &waiting, now))
    } else {
        let sec_type = Name::of(&line.instrument)
            .map(|name| name.sec_type.word())
            .unwrap_or_default();
        let written = TradeTickData {
            symbol: symbol.to_owned(),
            sn: first.number,
            quote_level: level(line.kind).to_owned(),
            timestamp: millis(now),
            sec_type: sec_type.to_owned(),
            ..compressed(line.kind, &waiting)
        };
        Payload::TradeTick(written)
    };
    Some(data(DataType::TradeTick, payload))
}

/// The permission that lets the developer see them; it chooses the table of conditions.
const fn level(kind: DataType) -> &'static str {
    match kind {
        DataType::Quote => "usStockQuote",
        _ => "",
    }
}

/// Futures have no direction.
fn has_sign(kind: DataType) -> bool {
    kind != DataType::Future
}

/// Prices as whole numbers above the lowest, instants as what passed since the one before.
fn compressed(kind: DataType, waiting: &VecDeque<Tick>) -> TradeTickData {
    let scale = waiting
        .iter()
        .map(|tick| tick.price.normalize().scale())
        .max()
        .unwrap_or_default();
    let whole = |price: Decimal| {
        let mut price = price.normalize();
        price.rescale(scale);
        i64::try_from(price.mantissa()).unwrap_or_default()
    };
    let base = waiting.iter().map(|tick| whole(tick.price)).min();
    let base = base.unwrap_or_default();
    let mut last = 0;
    let times = waiting.iter().map(|tick| {
        let at = tick.at.timestamp_millis();
        at - std::mem::replace(&mut last, at)
    });
    TradeTickData {
        time: times.collect(),
        price: waiting
            .iter()
            .map(|tick| whole(tick.price) - base)
            .collect(),
        volume: waiting.iter().map(|tick| tick.size).collect(),
        r#type: waiting
            .iter()
            .filter(|_| has_sign(kind))
            .map(|tick| tick.sign)
            .collect(),
        price_base: base,
        price_offset: i32::try_from(scale).unwrap_or_default(),
        ..TradeTickData::default()
    }
}

fn one_by_one(
    symbol: &str,
    kind: DataType,
    waiting: &VecDeque<Tick>,
    now: DateTime<Utc>,
) -> TickData {
    let ticks = waiting.iter().map(|tick| TickDataTick {
        sn: tick.number,
        time: tick.at.timestamp_millis(),
        #[expect(clippy::cast_possible_truncation, reason = "the wire has a float")]
        price: double(tick.price) as f32,
        volume: i32::try_from(tick.size).unwrap_or(i32::MAX),
        r#type: if has_sign(kind) {
            tick.sign.to_string()
        } else {
            String::new()
        },
        cond: String::new(),
        part_code: String::new(),
    });
    TickData {
        symbol: symbol.to_owned(),
        ticks: ticks.collect(),
        timestamp: now.timestamp_millis(),
        source: String::new(),
    }
}
