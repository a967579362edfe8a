//! Where an accepted order trades: auction, trigger, book, algorithm.

use broker_core::model::{
    BrokerText, ExecutionKind, Instrument, OrderType, SessionKind, Side, TimeInForce,
};
use rust_decimal::Decimal;

use super::{
    Exchange, SimOrder,
    book::{BookOrder, BookPrice, BookQuantity, BookSide, Lifetime, OrderKey, PlacementEnd},
    engine::Due,
    market::HOUSE,
    order::{End, Place},
    sessions::may_trade,
};

/// A client's owner number in a book: accounts from 1, the house is 0.
pub(super) fn owner_of(order: &SimOrder) -> u32 {
    u32::try_from(order.account_index + 1).unwrap_or(u32::MAX)
}

pub(super) const fn book_side(side: Side) -> BookSide {
    if side.is_sell() {
        BookSide::Sell
    } else {
        BookSide::Buy
    }
}

impl Exchange {
    /// Puts an order where its type and the session demand.
    pub(super) fn activate(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
            return;
        };
        let index = order.market;
        if self.waits_for_conditions(key) {
            return self.put(key, Place::Conditional);
        }
        let (Some(order), Some(market)) = (self.orders.get(&key), self.markets.get(index)) else {
            return;
        };
        if Self::is_for_auction(order) {
            self.put(key, Place::Auction);
            return;
        }
        let open = market.trades()
            && market
                .phase
                .is_some_and(|phase| may_trade(order.terms.session, phase));
        if !open {
            if matches!(
                order.terms.time_in_force,
                TimeInForce::Ioc | TimeInForce::Fok
            ) {
                return self.cancel_because(key, "nothing trades at once now");
            }
            self.put(key, Place::Held);
            return;
        }
        if matches!(order.terms.instrument, Instrument::Combo(_)) {
            self.put(key, Place::Hungry);
            self.work_combo(key);
            return;
        }
        let waits_for_price =
            order.trigger.is_some() || order.terms.order_type.trailing_offset().is_some();
        if waits_for_price && !order.triggered {
            if !self.is_set_off(key) {
                self.put(key, Place::Armed);
                return;
            }
            self.tell(key, ExecutionKind::Triggered);
        }
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let to_limit = matches!(order.terms.order_type, OrderType::MarketToLimit);
        if let OrderType::Algo(_) = order.terms.order_type {
            self.start_algo(key);
            return;
        }
        // Out of every other set first: what trades while the house moves may change this order, too.
        self.put(key, Place::Hungry);
        self.refresh_house(index);
        if to_limit {
            self.limit_to_best(key);
        }
        self.send_to_book(key);
    }

    /// A market-to-limit order takes the best price there is; the rest waits at that price.
    fn limit_to_best(&mut self, key: u64) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        let best = self
            .markets
            .get(order.market)
            .and_then(|m| m.best_against(order.side()));
        order.live_limit = order.live_limit.or(best);
    }

    fn is_for_auction(order: &SimOrder) -> bool {
        let by_type = matches!(
            order.terms.order_type,
            OrderType::MarketOnOpen
                | OrderType::LimitOnOpen { .. }
                | OrderType::MarketOnClose
                | OrderType::LimitOnClose { .. }
                | OrderType::Auction
                | OrderType::AuctionLimit { .. }
        );
        let by_force = matches!(
            order.terms.time_in_force,
            TimeInForce::Opg | TimeInForce::AtClose
        );
        (by_type || by_force) && order.live_limit.is_none()
    }

    /// Writes down where an order is.
    pub(super) fn put(&mut self, key: u64, place: Place) {
        let Some(order) = self.orders.get_mut(&key).filter(|order| order.is_open()) else {
            return;
        };
        order.place = place;
        let Some(market) = self.markets.get_mut(order.market) else {
            return;
        };
        market.leave(key);
        match place {
            Place::Held => market.held.insert(key),
            Place::Auction => market.auction.insert(key),
            Place::Armed => market.armed.insert(key),
            Place::Hungry => market.hungry.insert(key),
            Place::Book => market.resting.insert(key),
            Place::Waiting | Place::Conditional | Place::Algo | Place::Ended(_) => false,
        };
    }

    /// Makes the house's quotes those of the reference price; they may trade with clients' orders.
    pub(super) fn refresh_house(&mut self, index: usize) {
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        if !market.stale {
            return;
        }
        market.book.clear_owner(HOUSE, |_, _| {});
        if !market.trades() {
            return;
        }
        market.stale = false;
        let quotes = market.house_quotes();
        let mut trades = std::mem::take(&mut self.scratch);
        for quote in quotes {
            let Some(market) = self.markets.get_mut(index) else {
                break;
            };
            // A refused quote is one level less; nothing depends on it.
            let _ = market.book.place(quote, |trade| trades.push(trade));
        }
        self.settle_trades(index, &mut trades);
    }

    /// The house offers again after it was swept.
    pub(super) fn replenish(&mut self, index: usize) {
        if let Some(market) = self.markets.get_mut(index) {
            market.stale = true;
            market.replenishing = false;
        }
        self.refresh_house(index);
        self.feed_hungry(index);
        self.announce(index);
    }

    /// Lets the house offer again after a while, unless it is about to.
    pub(super) fn replenish_after(&mut self, index: usize, delay: chrono::TimeDelta) {
        if let Some(market) = self.markets.get_mut(index)
            && !market.replenishing
        {
            market.replenishing = true;
            self.schedule_after(delay, Due::Replenish(index));
        }
    }

    /// Gives orders that wait for liquidity what there is now.
    pub(super) fn feed_hungry(&mut self, index: usize) {
        let Some(market) = self.markets.get(index).filter(|market| market.trades()) else {
            return;
        };
        let keys: Vec<u64> = market.hungry.iter().copied().collect();
        for key in keys {
            // An order that another one's trade has moved or ended is not hungry any more.
            match self.orders.get(&key) {
                Some(order) if order.place != Place::Hungry => {}
                Some(order) if matches!(order.terms.instrument, Instrument::Combo(_)) => {
                    self.work_combo(key);
                }
                Some(_) => self.send_to_book(key),
                None => {}
            }
        }
    }

    /// Offers what has come to rest in the book to the orders beside it that wait until there is
    /// enough for them.
    fn feed_particular(&mut self, index: usize) {
        let Some(market) = self.markets.get(index) else {
            return;
        };
        let keys: Vec<u64> = market.hungry.iter().copied().collect();
        for key in keys {
            if self.orders.get(&key).is_some_and(|order| {
                order.place == Place::Hungry && order.instructions.is_particular()
            }) {
                self.send_to_book(key);
            }
        }
    }

    /// Sends what may trade of an order to the book, and deals with the rest.
    pub(super) fn send_to_book(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
            return;
        };
        // A trade that came in between may have sent it already.
        if order.place == Place::Book {
            return;
        }
        let (index, owner) = (order.market, owner_of(order));
        let limit = order.limit();
        let force = order.terms.time_in_force;
        let Some(quantity) = BookQuantity::from_decimal(order.tradable()).filter(|q| !q.is_zero())
        else {
            return;
        };
        let price = match limit {
            Some(limit) => match BookPrice::from_decimal(limit) {
                Some(price) => Some(price),
                None => return self.cancel_because(key, "the price does not fit the book"),
            },
            None => None,
        };
        let whole = order.instructions.all_or_none;
        if whole && order.tradable() < order.leaves() {
            // What an exit may trade so far is not all of it.
            return self.put(key, Place::Hungry);
        }
        let minimum = order
            .instructions
            .minimum
            .filter(|_| order.filled.is_zero() && !whole)
            .and_then(|minimum| BookQuantity::from_decimal(minimum.get()))
            .map(|minimum| minimum.min(quantity));
        let hidden = order.instructions.hidden;
        let lifetime = match force {
            _ if whole => Lifetime::FillOrKill,
            TimeInForce::Fok => Lifetime::FillOrKill,
            TimeInForce::Ioc => Lifetime::ImmediateOrCancel,
            _ if price.is_none() => Lifetime::ImmediateOrCancel,
            _ => Lifetime::Rest,
        };
        let display = order
            .display()
            .and_then(BookQuantity::from_decimal)
            .filter(|_| lifetime == Lifetime::Rest && price.is_some())
            .map(|display| display.min(quantity));
        let book_order = BookOrder {
            display,
            lifetime,
            minimum,
            hidden: hidden && lifetime == Lifetime::Rest,
            ..match price {
                Some(price) => BookOrder::limit(
                    OrderKey(key),
                    book_side(order.side()),
                    price,
                    quantity,
                    owner,
                ),
                None => BookOrder::market(OrderKey(key), book_side(order.side()), quantity, owner),
            }
        };
        let mut trades = std::mem::take(&mut self.scratch);
        let placed = match self.markets.get_mut(index) {
            Some(market) => market.book.place(book_order, |trade| trades.push(trade)),
            None => return,
        };
        let placement = match placed {
            Ok(placement) => placement,
            Err(error) => {
                self.scratch = trades;
                return self.cancel_because(key, &error.to_string());
            }
        };
        // Before the trades are told, so that a list that cancels the order finds it.
        if placement.end == PlacementEnd::Resting {
            self.put(key, Place::Book);
        }
        self.settle_trades(index, &mut trades);
        match placement.end {
            PlacementEnd::Resting => self.feed_particular(index),
            PlacementEnd::Filled => self.wait_for_more(key),
            _ => self.after_immediate(key),
        }
        self.announce(index);
    }

    /// An exit that has traded all that its entry released waits for more.
    pub(super) fn wait_for_more(&mut self, key: u64) {
        if self
            .orders
            .get(&key)
            .is_some_and(|order| order.is_open() && order.tradable() <= Decimal::ZERO)
        {
            self.put(key, Place::Hungry);
        }
    }

    /// What becomes of the part that found nothing in the book.
    fn after_immediate(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        if !order.is_open() {
            return;
        }
        match order.terms.time_in_force {
            TimeInForce::Ioc => self.cancel_because(key, "no more at once"),
            TimeInForce::Fok => self.cancel_because(key, "not all at once"),
            // What the house sold out comes back by itself; what it never offers is not waited for
            // by the second but by the next price.
            _ => self.put(key, Place::Hungry),
        }
    }

    /// Cancels the rest of an order by the exchange's own decision.
    pub(super) fn cancel_because(&mut self, key: u64, why: &str) {
        if self.orders.get(&key).is_some_and(SimOrder::is_open) {
            self.end(key, End::Canceled);
            self.tell_because(
                key,
                ExecutionKind::Canceled,
                Some(BrokerText::new("202", why)),
            );
            self.list_member_ended(key);
        }
    }

    /// Whether orders can be taken for immediate trading in this phase.
    #[must_use]
    pub fn phase_of(&self, instrument: &Instrument) -> Option<SessionKind> {
        let index = *self.by_instrument.get(instrument)?;
        self.markets.get(index)?.phase
    }
}
