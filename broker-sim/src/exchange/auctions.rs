//! Auctions: what waits for them, what takes part, and what becomes of the rest.

use broker_core::model::{OrderType, SessionKind, TimeInForce};
use rust_decimal::Decimal;

use super::{
    Exchange,
    book::{BookOrder, BookPrice, BookQuantity, BookSide, OrderKey},
    calendar::Auction,
    market::HOUSE,
    order::Place,
    routing::{book_side, owner_of},
    sessions::may_trade,
};

impl Exchange {
    /// Runs an auction: everything that waits for it meets at one price.
    pub(super) fn uncross(&mut self, index: usize, which: Auction) {
        let Some(market) = self.markets.get_mut(index) else {
            return;
        };
        let Some(reference) = market.mark() else {
            return;
        };
        let Some(price) = BookPrice::from_decimal(reference) else {
            return;
        };
        if market.halted {
            return;
        }
        let wanted: Vec<u64> = market.auction.iter().copied().collect();
        let waiting: Vec<u64> = wanted
            .into_iter()
            .filter(|key| self.wants_auction(*key, which))
            .collect();
        // Held orders for the regular session take part in its opening.
        let joining: Vec<u64> = match (which, self.markets.get(index)) {
            (Auction::Opening, Some(market)) => market
                .held
                .iter()
                .copied()
                .filter(|key| self.joins_opening(*key))
                .collect(),
            _ => Vec::new(),
        };
        // What rests in the book takes part as well.
        let rests = self
            .markets
            .get(index)
            .is_some_and(|market| !market.resting.is_empty());
        if waiting.is_empty() && joining.is_empty() && !rests {
            return;
        }
        self.run_auction(index, price, &waiting, &joining);
    }

    fn wants_auction(&self, key: u64, which: Auction) -> bool {
        let Some(order) = self.orders.get(&key) else {
            return false;
        };
        match (&order.terms.order_type, order.terms.time_in_force) {
            (OrderType::MarketOnOpen | OrderType::LimitOnOpen { .. }, _)
            | (_, TimeInForce::Opg) => which == Auction::Opening,
            (OrderType::MarketOnClose | OrderType::LimitOnClose { .. }, _)
            | (_, TimeInForce::AtClose) => which == Auction::Closing,
            _ => true,
        }
    }

    fn joins_opening(&self, key: u64) -> bool {
        self.orders.get(&key).is_some_and(|order| {
            matches!(order.terms.order_type, OrderType::Limit { .. })
                && may_trade(order.terms.session, SessionKind::Regular)
                && !order.instructions.is_particular()
                && order.tradable() > Decimal::ZERO
        })
    }

    /// Runs an auction over the orders that wait for it, those that join it and the house's.
    fn run_auction(
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
                Some(limit) => BookOrder {
                    hidden: order.instructions.hidden,
                    ..BookOrder::limit(OrderKey(*key), side, limit, quantity, owner)
                },
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
}
