//! The single prices that bars and ticks are made of.

use broker_core::model::Instrument;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::terms::Show;
use crate::exchange::{Exchange, PastPrice};

/// One price: of a trade with its size, or of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) at: DateTime<Utc>,
    pub(super) low: Decimal,
    pub(super) high: Decimal,
    pub(super) size: Decimal,
    /// Trades in it.
    pub(super) trades: i32,
}

impl Point {
    const fn price(at: DateTime<Utc>, price: Decimal) -> Self {
        Self {
            at,
            low: price,
            high: price,
            size: Decimal::ZERO,
            trades: 0,
        }
    }
}

/// The points of an instrument from an instant on, oldest first. Quotes begin with the one that was
/// in force at the instant, where it is known.
pub(super) fn points(
    exchange: &mut Exchange,
    instrument: &Instrument,
    show: Show,
    from: DateTime<Utc>,
) -> Vec<Point> {
    match show {
        Show::Trades | Show::AdjustedLast => trades(exchange, instrument, from),
        Show::Midpoint => quotes(exchange, instrument, from, |past| {
            let (bid, ask) = (past.bid?, past.ask?);
            Some(Point::price(past.at, (bid + ask) / Decimal::TWO))
        }),
        Show::Bid => quotes(exchange, instrument, from, |past| {
            Some(Point::price(past.at, past.bid?))
        }),
        Show::Ask => quotes(exchange, instrument, from, |past| {
            Some(Point::price(past.at, past.ask?))
        }),
        Show::BidAsk => quotes(exchange, instrument, from, |past| {
            let mut both = Point::price(past.at, past.bid?);
            both.high = past.ask?;
            Some(both)
        }),
        Show::HistoricalVolatility
        | Show::ImpliedVolatility
        | Show::Schedule
        | Show::Unrecorded => Vec::new(),
    }
}

fn quotes(
    exchange: &mut Exchange,
    instrument: &Instrument,
    from: DateTime<Utc>,
    point: fn(&PastPrice) -> Option<Point>,
) -> Vec<Point> {
    let past = exchange.past_prices(instrument, from).unwrap_or_default();
    past.iter().filter_map(point).collect()
}

/// Trades, and for what follows another price (indices, futures) that price beside them.
fn trades(exchange: &mut Exchange, instrument: &Instrument, from: DateTime<Utc>) -> Vec<Point> {
    let tape = exchange.trades_since(instrument, from).unwrap_or_default();
    let mut points: Vec<Point> = tape
        .iter()
        .filter(|trade| !trade.size.is_zero())
        .map(|trade| Point {
            size: trade.size,
            trades: 1,
            ..Point::price(trade.time, trade.price.get())
        })
        .collect();
    if matches!(instrument, Instrument::Index(_) | Instrument::Future(_)) {
        let past = exchange.past_prices(instrument, from).unwrap_or_default();
        let later = past.iter().filter(|past| past.at >= from);
        points.extend(later.map(|past| Point::price(past.at, past.price)));
        points.sort_by_key(|point| point.at);
    }
    points
}
