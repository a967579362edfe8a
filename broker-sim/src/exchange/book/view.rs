//! Reading the book.

use super::list::Links;
use super::{BookPhase, BookPrice, BookQuantity, BookSide, OrderBook, OrderKey, RestingOrder};

/// One price of one side as market data shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepthLevel {
    /// The price.
    pub price: BookPrice,
    /// The displayed quantity, greater than zero.
    pub quantity: BookQuantity,
    /// The number of orders of which something is displayed, at least one.
    pub orders: usize,
}

impl OrderBook {
    /// Whether orders trade as they arrive.
    #[must_use]
    pub fn phase(&self) -> BookPhase {
        self.phase
    }

    /// The number of orders in the book.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether the book has no orders.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Whether an order is in the book.
    #[must_use]
    pub fn contains(&self, key: OrderKey) -> bool {
        self.index.contains_key(&key)
    }

    /// An order in the book.
    #[must_use]
    pub fn get(&self, key: OrderKey) -> Option<RestingOrder> {
        self.find(key).map(|(_, order)| order.view())
    }

    /// The open quantity of an order, hidden part included.
    #[must_use]
    pub fn leaves(&self, key: OrderKey) -> Option<BookQuantity> {
        self.find(key).map(|(_, order)| order.leaves)
    }

    /// The displayed quantity that has to trade or leave at the order's own price before the
    /// order does. Hidden quantity does not count: it queues behind.
    ///
    /// Costs one step per order ahead in the queue.
    #[must_use]
    pub fn queue_ahead(&self, key: OrderKey) -> Option<BookQuantity> {
        let (_, order) = self.find(key)?;
        if order.is_hidden() {
            let queue = self.side(order.side).queue(order.limit)?;
            return Some(queue.displayed);
        }
        let mut ahead = BookQuantity::ZERO;
        let mut previous = order.in_queue.previous;
        while let Some(order) = self.orders.get(previous) {
            ahead = ahead.saturating_add(order.displayed);
            let Links { previous: next, .. } = order.in_queue;
            previous = next;
        }
        Some(ahead)
    }

    /// The best buy level.
    #[must_use]
    pub fn best_bid(&self) -> Option<DepthLevel> {
        self.depth(BookSide::Buy, 1).next()
    }

    /// The best sell level.
    #[must_use]
    pub fn best_ask(&self) -> Option<DepthLevel> {
        self.depth(BookSide::Sell, 1).next()
    }

    /// The best `levels` prices of a side at which something is displayed, best first. Market orders
    /// that wait for an auction have no price and are not part of it.
    pub fn depth(
        &self,
        side: BookSide,
        levels: usize,
    ) -> impl Iterator<Item = DepthLevel> + use<'_> {
        self.side(side)
            .levels
            .iter()
            .rev()
            .filter(|level| !level.queue.displayed.is_zero())
            .take(levels)
            .map(|level| DepthLevel {
                price: level.price,
                quantity: level.queue.displayed,
                orders: level.queue.orders,
            })
    }

    /// The orders of a side in priority: market orders that wait for an auction, then by price and
    /// time.
    pub fn orders(&self, side: BookSide) -> impl Iterator<Item = RestingOrder> + use<'_> {
        let side = self.side(side);
        let limits = side
            .levels
            .iter()
            .rev()
            .flat_map(|level| level.queue.iter(&self.orders));
        side.market
            .iter(&self.orders)
            .chain(limits)
            .map(super::resting::Resting::view)
    }

    /// Whether a buyer's limit reaches a seller's, as it may during an auction.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        match (self.buys.best(), self.sells.best()) {
            (Some(bid), Some(ask)) => bid.price >= ask.price,
            _ => false,
        }
    }
}
