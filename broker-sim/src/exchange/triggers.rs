//! Orders that wait for a price: stops, touched orders, trailing stops.

use std::sync::Arc;

use broker_core::model::{
    BrokerText, ExecutionKind, NewOrder, OrderType, Price, Side, TrailingOffset,
};
use rust_decimal::Decimal;

use super::{Exchange, SimOrder, order::Place};

impl SimOrder {
    /// Whether a traded price sets the order off.
    fn is_set_off_by(&self, price: Decimal) -> bool {
        let Some(trigger) = self.trigger else {
            return false;
        };
        let touched = matches!(
            self.terms.order_type,
            OrderType::MarketIfTouched { .. } | OrderType::LimitIfTouched { .. }
        );
        // A stop goes with the market, a touched order against it.
        match (self.side() == Side::Buy, touched) {
            (true, false) | (false, true) => price >= trigger,
            (false, false) | (true, true) => price <= trigger,
        }
    }

    /// Moves the trigger of a trailing stop after the market; it never moves back.
    fn follow(&mut self, price: Decimal) {
        let Some(offset) = self.terms.order_type.trailing_offset() else {
            return;
        };
        let distance = match offset {
            TrailingOffset::Amount(amount) => amount,
            TrailingOffset::Percent(percent) => price * percent / Decimal::ONE_HUNDRED,
            _ => return,
        };
        let buys = self.side() == Side::Buy;
        let wanted = if buys {
            price + distance
        } else {
            price - distance
        };
        self.trigger = Some(match self.trigger {
            None => wanted,
            Some(now) if buys => now.min(wanted),
            Some(now) => now.max(wanted),
        });
    }
}

impl Exchange {
    /// The price that sets orders off: the last trade.
    fn trigger_price(&self, index: usize) -> Option<Decimal> {
        let market = self.markets.get(index)?;
        market.last.map(|(price, _)| price).or(market.reference)
    }

    /// Whether the market is already at an order's trigger.
    pub(super) fn is_set_off(&mut self, key: u64) -> bool {
        let market = self.orders.get(&key).map(|order| order.market);
        let price = market.and_then(|market| self.trigger_price(market));
        price.is_some_and(|price| self.is_set_off_at(key, price))
    }

    fn is_set_off_at(&mut self, key: u64, price: Decimal) -> bool {
        self.adjust_at(key, price);
        let Some(order) = self.orders.get_mut(&key) else {
            return false;
        };
        order.follow(price);
        if !order.is_set_off_by(price) {
            return false;
        }
        order.triggered = true;
        self.set_limit_once_triggered(key);
        true
    }

    /// Makes a stop what its adjustment says once the market has gone so far its way.
    fn adjust_at(&mut self, key: u64, price: Decimal) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        let Some(adjustment) = &order.instructions.adjustment else {
            return;
        };
        let trigger = adjustment.trigger.get();
        let reached = match order.terms.side {
            Side::Buy => price <= trigger,
            _ => price >= trigger,
        };
        if order.adjusted || order.triggered || !reached {
            return;
        }
        order.adjusted = true;
        order.updated_at = self.now;
        let becomes = adjustment.becomes.clone();
        order.trigger = becomes.trigger_price().map(Price::get);
        let mut terms = NewOrder::clone(&order.terms);
        terms.order_type = becomes;
        order.terms = Arc::new(terms);
        let terms = Arc::clone(&order.terms);
        let reason = BrokerText::text("the stop was adjusted");
        self.tell_because(key, ExecutionKind::Restated { terms }, Some(reason));
    }

    /// Sets off every order of a market that the last price reaches, in the order of arrival.
    pub(super) fn pull_triggers(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        if market.armed.is_empty() || !market.trades() {
            return;
        }
        let keys: Vec<u64> = market.armed.iter().copied().collect();
        // One price is seen by all, whatever the first ones do to it.
        let Some(price) = self.trigger_price(index) else {
            return;
        };
        for key in keys {
            // The trade of one order may have ended another, or set it off already.
            let armed = self
                .orders
                .get(&key)
                .is_some_and(|order| order.place == Place::Armed);
            if !armed || !self.is_set_off_at(key, price) {
                continue;
            }
            // Out of the armed ones first: what follows may look at them again.
            self.put(key, Place::Hungry);
            self.tell(key, ExecutionKind::Triggered);
            self.refresh_house(index);
            self.send_to_book(key);
        }
    }

    /// The limit of a trailing stop limit order follows from where its trigger ended up.
    fn set_limit_once_triggered(&mut self, key: u64) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        let OrderType::TrailingStopLimit { limit_offset, .. } = order.terms.order_type else {
            return;
        };
        let Some(trigger) = order.trigger else { return };
        let side = order.side();
        let raw = if side == Side::Buy {
            trigger + limit_offset
        } else {
            trigger - limit_offset
        };
        let market = self.markets.get(order.market);
        let snapped = Price::new(raw)
            .ok()
            .zip(market)
            .map(|(price, market)| market.listing.details.ticks.snap(price, side).get());
        order.live_limit = snapped;
    }
}
