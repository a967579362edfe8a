//! Where an accepted order trades: auction, trigger, book, algorithm.

use broker_core::model::{
    BrokerText, ExecutionKind, Instrument, OrderType, SessionKind, Side, TimeInForce,
};
use rust_decimal::Decimal;

use super::{
    Exchange, SimOrder,
    book::{
        BookOrder, BookPrice, BookQuantity, BookSide, Lifetime, OrderKey, PlacementEnd,
        Trade as BookTrade,
    },
    engine::Due,
    market::HOUSE,
    order::{End, Place},
    sessions::may_trade,
};

/// A client's owner number in a book: accounts from 1, the house is 0.
fn owner_of(order: &SimOrder) -> u32 {
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
        let Some(market) = self.markets.get(index) else {
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
            Place::Waiting | Place::Algo | Place::Ended(_) => false,
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

    /// Sends what may trade of an order to the book, and deals with the rest.
    pub(super) fn send_to_book(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
            return;
        };
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
        let lifetime = match force {
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
            PlacementEnd::Resting => {}
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

    /// Books the trades that one command made, in order.
    pub(super) fn settle_trades(&mut self, index: usize, trades: &mut Vec<BookTrade>) {
        if trades.is_empty() {
            self.scratch = std::mem::take(trades);
            return;
        }
        self.settling += 1;
        for trade in trades.drain(..) {
            self.settle_trade(index, &trade);
        }
        self.scratch = std::mem::take(trades);
        self.settling -= 1;
        if !self.traded.contains(&index) {
            self.traded.push(index);
        }
        if self.settling == 0 {
            self.settle_resized();
            self.pull_traded();
        }
    }

    /// Brings the book in line with orders that their lists made larger or smaller.
    pub(super) fn settle_resized(&mut self) {
        while let Some(key) = self.resized.pop() {
            let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
                continue;
            };
            let wanted = BookQuantity::from_decimal(order.tradable().max(Decimal::ZERO));
            let wanted = wanted.unwrap_or(BookQuantity::ZERO);
            let (place, index) = (order.place, order.market);
            let Some(market) = self.markets.get_mut(index) else {
                continue;
            };
            match place {
                Place::Book => {
                    let there = market.book.leaves(OrderKey(key));
                    let there = there.unwrap_or(BookQuantity::ZERO);
                    if wanted.is_zero() {
                        market.book.cancel(OrderKey(key));
                        self.put(key, Place::Hungry);
                    } else if wanted < there {
                        // It only shrinks, so it keeps its place in the queue.
                        let _ = market.book.reduce(OrderKey(key), wanted);
                    } else if wanted > there {
                        self.resend(key);
                    }
                }
                Place::Hungry if !wanted.is_zero() && market.trades() => self.resend(key),
                _ => {}
            }
            self.announce(index);
        }
    }

    /// Sets off the stops that trades between clients have reached.
    fn pull_traded(&mut self) {
        while let Some(index) = self.traded.pop() {
            self.pull_triggers(index);
        }
    }

    fn settle_trade(&mut self, index: usize, trade: &BookTrade) {
        let (price, quantity) = (trade.price.to_decimal(), trade.quantity.to_decimal());
        if trade.maker_owner == HOUSE && trade.taker_owner == HOUSE {
            return;
        }
        let now = self.now;
        if trade.maker_owner == HOUSE || trade.taker_owner == HOUSE {
            self.replenish_after(index, self.settings.replenish_after);
        }
        let in_auction = trade.aggressor.is_none();
        let phase = self.markets.get(index).and_then(|market| market.phase);
        let official = in_auction || phase == Some(SessionKind::Regular);
        if let Some(market) = self.markets.get_mut(index)
            && let Some(mut print) = market.print(price, quantity, now, official)
            && market.watched
        {
            print.aggressor = trade.aggressor.map(|side| match side {
                BookSide::Buy => Side::Buy,
                BookSide::Sell => Side::Sell,
            });
            self.outbox.push(super::Output::Print {
                listing: index,
                trade: Box::new(print),
            });
        }
        for (key, owner, took) in [
            (trade.maker, trade.maker_owner, false),
            (trade.taker, trade.taker_owner, true),
        ] {
            if owner != HOUSE {
                let liquidity = match (in_auction, took) {
                    (true, _) => broker_core::model::Liquidity::Auction,
                    (false, true) => broker_core::model::Liquidity::Removed,
                    (false, false) => broker_core::model::Liquidity::Added,
                };
                // An order that its list ended or shrank while this trade was on its way does not
                // trade more than is left of it: the house steps in for the rest.
                let left = self
                    .orders
                    .get(&key.0)
                    .filter(|order| order.is_open())
                    .map_or(Decimal::ZERO, SimOrder::leaves);
                let quantity = quantity.min(left);
                if quantity > Decimal::ZERO {
                    self.fill(key.0, price, quantity, liquidity);
                    self.wait_for_more(key.0);
                }
            }
        }
    }

    /// Runs an auction over the orders that wait for it, those that join it and the house's.
    pub(super) fn run_auction(
        &mut self,
        index: usize,
        reference: BookPrice,
        waiting: &[u64],
        joining: &[u64],
    ) {
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        market.book.clear_owner(HOUSE, |_, _| {});
        market.stale = true;
        market.book.start_auction();
        let mut entered = Vec::new();
        for key in waiting.iter().chain(joining) {
            let Some(order) = self.orders.get(key) else {
                continue;
            };
            let quantity = BookQuantity::from_decimal(order.tradable());
            let Some(quantity) = quantity.filter(|quantity| !quantity.is_zero()) else {
                continue;
            };
            let (side, owner) = (book_side(order.side()), owner_of(order));
            let entry = match order.limit().and_then(BookPrice::from_decimal) {
                Some(limit) => BookOrder::limit(OrderKey(*key), side, limit, quantity, owner),
                None => BookOrder::market(OrderKey(*key), side, quantity, owner),
            };
            if let Some(market) = self.markets.get_mut(index)
                && market.book.rest(entry).is_ok()
            {
                entered.push(*key);
            }
        }
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        // The house comes last in time, so clients at the price are served first, and offers enough
        // on both sides that the recorded price is the auction's.
        let depth = BookQuantity::from_decimal(market.listing.level_size * Decimal::from(1_000));
        if let Some(depth) = depth.filter(|depth| !depth.is_zero()) {
            for (offset, side) in [(1, BookSide::Buy), (2, BookSide::Sell)] {
                let key = OrderKey(super::market::HOUSE_KEYS - offset);
                let entry = BookOrder::limit(key, side, reference, depth, HOUSE);
                let _ = market.book.rest(entry);
            }
        }
        let mut trades = std::mem::take(&mut self.scratch);
        // The book is in an auction, so it can be uncrossed.
        let _ = market.book.uncross(reference, |trade| trades.push(trade));
        market.book.clear_owner(HOUSE, |_, _| {});
        // Nothing else happens before the orders that found nobody have left the book.
        self.settling += 1;
        self.settle_trades(index, &mut trades);
        self.settling -= 1;
        self.traded.retain(|traded| *traded != index);
        self.after_auction(index, &entered, waiting);
        self.settle_resized();
    }

    /// What becomes of orders that an auction did not fill.
    fn after_auction(&mut self, index: usize, entered: &[u64], waiting: &[u64]) {
        for key in entered {
            if let Some(market) = self.markets.get_mut(index) {
                market.book.cancel(OrderKey(*key));
            }
            let Some(order) = self.orders.get_mut(key).filter(|order| order.is_open()) else {
                continue;
            };
            if !waiting.contains(key) {
                // A held order that joined the opening goes on in the session.
                self.put(*key, Place::Held);
            } else if let OrderType::AuctionLimit { price } = order.terms.order_type {
                order.live_limit = Some(price.get());
                self.put(*key, Place::Held);
            } else {
                self.expire(*key, "not filled in the auction");
            }
        }
    }

    /// Whether orders can be taken for immediate trading in this phase.
    #[must_use]
    pub fn phase_of(&self, instrument: &Instrument) -> Option<SessionKind> {
        let index = *self.by_instrument.get(instrument)?;
        self.markets.get(index)?.phase
    }
}
