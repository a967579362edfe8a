//! Orders worked over time: equal slices, or slices by the usual volume of the hour.

use broker_core::model::{AlgoStrategy, OrderType, Price, TimeInForce};
use chrono::TimeDelta;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    Exchange,
    book::{BookOrder, BookPrice, BookQuantity, Lifetime, OrderKey},
    engine::Due,
    order::Place,
    routing::book_side,
};

/// Slices of an algorithm.
const SLICES: u32 = 10;

/// The share of a day's volume in each tenth of it, in percent: much at both ends.
const VOLUME_CURVE: [u32; SLICES as usize] = [16, 11, 9, 8, 7, 7, 8, 9, 11, 14];

impl Exchange {
    /// Begins to work an algorithm.
    pub(super) fn start_algo(&mut self, key: u64) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        let OrderType::Algo(algo) = &order.terms.order_type else {
            return;
        };
        let start = algo.start.map_or(self.now, |start| start.max(self.now));
        if order.slices_left == 0 {
            order.slices_left = SLICES;
            let market = self.markets.get(order.market);
            order.volume_before = market.map_or(Decimal::ZERO, |market| market.day.volume);
        }
        self.put(key, Place::Algo);
        self.schedule(start, Due::Slice(key));
    }

    /// Sends the next slice of an algorithm to the book and plans the one after.
    pub(super) fn work_slice(&mut self, key: u64) {
        let Some(order) = self
            .orders
            .get(&key)
            .filter(|order| order.place == Place::Algo)
        else {
            return;
        };
        let OrderType::Algo(algo) = order.terms.order_type.clone() else {
            return;
        };
        let index = order.market;
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let calendar = &market.listing.calendar;
        let date = calendar.trade_date_of(self.now).ok();
        let close = date
            .and_then(|date| calendar.trading_date(date).ok().flatten())
            .and_then(|layout| layout.regular_close());
        let Some(end) = algo.end.or(close) else {
            return;
        };
        if !market.trades() && self.now < end {
            // A halt or a lunch break: the slice waits.
            self.schedule_after(TimeDelta::minutes(1), Due::Slice(key));
            return;
        }
        let left = order.slices_left.max(1);
        let share = match algo.strategy {
            AlgoStrategy::Vwap => volume_share(left),
            _ => Decimal::ONE / Decimal::from(left),
        };
        let step = market.listing.details.quantities.step.get();
        let wanted = order.leaves() * share;
        let mut size = (wanted / step).round_dp_with_strategy(0, RoundingStrategy::AwayFromZero);
        size = (size * step).min(order.leaves());
        if let Some(participation) = algo.participation {
            let volume = market.day.volume - order.volume_before;
            let cap = (volume * participation - order.filled).max(Decimal::ZERO);
            let cap = (cap / step).round_dp_with_strategy(0, RoundingStrategy::ToZero) * step;
            size = size.min(cap);
        }
        let limit = algo.price.map(Price::get);
        self.trade_slice(key, size, limit);
        let Some(order) = self.orders.get_mut(&key).filter(|order| order.is_open()) else {
            return;
        };
        order.slices_left = left - 1;
        if order.slices_left == 0 || self.now >= end {
            if order.terms.time_in_force == TimeInForce::Day && self.now >= end {
                self.expire(key, "the algorithm's time is over");
            } else {
                // What the slices left over goes out as the market can take it.
                let pause = ((end - self.now) / 2).max(self.settings.replenish_after);
                self.schedule_after(pause.min(TimeDelta::minutes(1)), Due::Slice(key));
            }
            return;
        }
        // The last slice goes out before the end, not at it.
        let slices = i32::try_from(order.slices_left).unwrap_or(1);
        let pause = (end - self.now) / slices.saturating_add(1);
        self.schedule_after(pause, Due::Slice(key));
    }

    fn trade_slice(&mut self, key: u64, size: Decimal, limit: Option<Decimal>) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let (index, side) = (order.market, book_side(order.side()));
        let owner = u32::try_from(order.account_index + 1).unwrap_or(u32::MAX);
        let Some(size) = BookQuantity::from_decimal(size).filter(|size| !size.is_zero()) else {
            return;
        };
        self.refresh_house(index);
        let entry = match limit.and_then(BookPrice::from_decimal) {
            Some(limit) => BookOrder::limit(OrderKey(key), side, limit, size, owner),
            None => BookOrder::market(OrderKey(key), side, size, owner),
        };
        let entry = BookOrder {
            lifetime: Lifetime::ImmediateOrCancel,
            ..entry
        };
        let mut trades = std::mem::take(&mut self.scratch);
        if let Some(market) = self.markets.get_mut(index) {
            // A slice that the book refuses is tried again with the next one.
            let _ = market.book.place(entry, |trade| trades.push(trade));
            market.stale = true;
        }
        self.settle_trades(index, &mut trades);
        self.announce(index);
    }
}

/// The share of what is left that the next slice takes by the volume curve.
fn volume_share(left: u32) -> Decimal {
    let done = SLICES.saturating_sub(left) as usize;
    let rest: u32 = VOLUME_CURVE.iter().skip(done).sum();
    let next = VOLUME_CURVE.get(done).copied().unwrap_or(1);
    if rest == 0 {
        Decimal::ONE
    } else {
        Decimal::from(next) / Decimal::from(rest)
    }
}
