//! Changing and canceling orders.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{ExecutionKind, ListRole, OrderAmount, OrderType, Price, ReplaceOrder, TimeInForce},
};

use super::{
    Exchange, Refusal,
    book::{BookPrice, BookQuantity, OrderKey},
    engine::Due,
    figures, form,
    order::{End, Place},
};

/// An order that works can be made to work longer or shorter, but not to trade at once or in an
/// auction.
fn check_lifetime(old: TimeInForce, new: TimeInForce) -> Result<(), Refusal> {
    let works = |force| {
        matches!(
            force,
            TimeInForce::Day | TimeInForce::Gtc | TimeInForce::Gtd(_)
        )
    };
    if old == new || (works(old) && works(new)) {
        return Ok(());
    }
    let text = format!("a {} order cannot become {}", old.kind(), new.kind());
    Err(Refusal::new(ErrorKind::InvalidRequest, "105", text).at("time_in_force"))
}

impl Exchange {
    /// Cancels an order.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] or [`ErrorKind::TooLate`]; the order is as it was.
    pub fn cancel(&mut self, key: u64) -> Result<(), Refusal> {
        self.open_order(key)?;
        self.end(key, End::Canceled);
        self.tell(key, ExecutionKind::Canceled);
        self.list_member_ended(key);
        Ok(())
    }

    /// Cancels every open order of an account, oldest first; gives back how many there were.
    pub fn cancel_all(&mut self, account: &broker_core::model::AccountId) -> usize {
        let mut keys: Vec<u64> = self
            .orders
            .values()
            .filter(|order| order.account == *account && order.is_open())
            .map(|order| order.key)
            .collect();
        keys.sort_unstable();
        // An order that ends with another one of its list is not there any more when it is due.
        keys.into_iter()
            .filter(|key| self.cancel(*key).is_ok())
            .count()
    }

    fn open_order(&self, key: u64) -> Result<(), Refusal> {
        match self.orders.get(&key) {
            None => {
                let text = format!("OrderId {key} that needs to be cancelled is not found");
                Err(Refusal::new(ErrorKind::NotFound, "10147", text).at("client_order_id"))
            }
            Some(order) if !order.is_open() => {
                let text = format!("OrderId {key} cannot be changed, state: {}", order.status());
                Err(Refusal::new(ErrorKind::TooLate, "10148", text).at("client_order_id"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Changes an order.
    ///
    /// # Errors
    /// The [`Refusal`]; the order is as it was.
    pub fn replace(&mut self, key: u64, change: &ReplaceOrder) -> Result<(), Refusal> {
        self.open_order(key)?;
        let Some(order) = self.orders.get(&key) else {
            return Ok(());
        };
        let terms = change.apply_to(&order.terms).map_err(|field| {
            let text = format!("this order has no {field} to change");
            Refusal::new(ErrorKind::InvalidRequest, "105", text).at(field.as_str())
        })?;
        form::check(&terms)?;
        let (index, account, filled) = (order.market, order.account_index, order.filled);
        let quantity = match terms.amount {
            OrderAmount::Quantity(quantity) => quantity.get(),
            _ => order.quantity,
        };
        if quantity <= filled {
            let text = format!("{quantity} is not more than the filled {filled}");
            return Err(Refusal::new(ErrorKind::InvalidRequest, "105", text).at("quantity"));
        }
        let details = match self.markets.get(index) {
            Some(market) => Arc::clone(&market.listing.details),
            None => return Ok(()),
        };
        figures::check(&terms, &details, self.now)?;
        check_lifetime(order.terms.time_in_force, terms.time_in_force)?;
        let waiting = order.place == Place::Waiting;
        if !waiting {
            // Its own reservation does not stand in its way.
            if let Some(account) = self.accounts.get_mut(account) {
                let _ = account.release(key);
            }
            let afforded = self.afford(account, index, &terms, quantity - filled, Some(key));
            if let Err(text) = afforded {
                self.hold_money(key);
                return Err(Refusal::new(ErrorKind::InsufficientFunds, "201", text).at("quantity"));
            }
        }
        self.apply_change(key, terms, quantity);
        if !waiting {
            self.hold_money(key);
        }
        Ok(())
    }

    fn apply_change(
        &mut self,
        key: u64,
        terms: broker_core::model::NewOrder,
        quantity: rust_decimal::Decimal,
    ) {
        let now = self.now;
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        let old = std::mem::replace(&mut order.terms, Arc::new(terms));
        let terms = Arc::clone(&order.terms);
        let grown = quantity - order.quantity;
        let exit = order
            .list
            .as_ref()
            .is_some_and(|link| matches!(link.role, ListRole::TakeProfit | ListRole::StopLoss));
        if exit && order.released < order.quantity {
            // An exit does not get ahead of what its entry has filled.
            order.released = order.released.min(quantity);
        } else if order.place != Place::Waiting {
            order.released = (order.released + grown).max(order.filled);
        }
        order.quantity = quantity;
        order.updated_at = now;
        // A limit that became live by a trigger gives way to a new one from the client.
        if old.order_type.limit_price() != terms.order_type.limit_price() {
            order.live_limit = order
                .live_limit
                .is_some()
                .then(|| terms.order_type.limit_price().map(Price::get))
                .flatten();
        }
        let rearm = old.order_type.trigger_price() != terms.order_type.trigger_price()
            || old.order_type.trailing_offset() != terms.order_type.trailing_offset();
        if rearm && !order.triggered {
            order.trigger = terms.order_type.trigger_price().map(Price::get);
        }
        let market = order.market;
        if old.time_in_force != terms.time_in_force {
            if let TimeInForce::Gtd(until) = terms.time_in_force {
                self.schedule(until, Due::Expiry(key));
            }
            let good_on = self.good_on(&terms, market);
            if let Some(order) = self.orders.get_mut(&key) {
                order.good_on = good_on;
            }
        }
        self.tell(key, ExecutionKind::Replaced { terms });
        self.reroute(key, rearm);
    }

    /// Moves a changed order to where it belongs now.
    fn reroute(&mut self, key: u64, rearm: bool) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        match order.place {
            Place::Book => self.change_in_book(key),
            Place::Armed if rearm => self.resend(key),
            Place::Hungry if !matches!(order.terms.order_type, OrderType::Market) => {
                self.resend(key);
            }
            _ => {}
        }
    }

    /// Changes a resting order in the book, where it keeps its priority if it only shrinks.
    fn change_in_book(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let index = order.market;
        let limit = order.limit().and_then(BookPrice::from_decimal);
        let Some(quantity) = BookQuantity::from_decimal(order.tradable()) else {
            return;
        };
        let mut trades = std::mem::take(&mut self.scratch);
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        let replaced = market
            .book
            .replace(OrderKey(key), limit, quantity, |t| trades.push(t));
        self.settle_trades(index, &mut trades);
        if replaced.is_err() {
            self.resend(key);
        }
        self.announce(index);
    }
}
