//! The price-time priority order book of one instrument.
//!
//! [`OrderBook`] is a plain data structure: no clock, no I/O, no randomness, and the same calls
//! give the same trades. `matching` is continuous trading, `auction` the call auction; the rest is
//! how orders are kept: `side` → levels → `list`, in a `slab`, found by key (`keys`) or `owners`.
//!
//! ```
//! use broker_sim::exchange::book::{
//!     BookOrder, BookPrice, BookQuantity, BookSide, OrderBook, OrderKey, PlacementEnd,
//! };
//!
//! let (price, quantity) = (BookPrice::whole(100).unwrap(), BookQuantity::whole(3));
//! let mut book = OrderBook::new();
//! let mut trades = Vec::new();
//! let ask = BookOrder::limit(OrderKey(1), BookSide::Sell, price, quantity, 7);
//! book.place(ask, |trade| trades.push(trade))?;
//!
//! let bid = BookOrder::market(OrderKey(2), BookSide::Buy, BookQuantity::whole(5), 8);
//! let placement = book.place(bid, |trade| trades.push(trade))?;
//! assert_eq!(placement.filled, quantity);
//! assert_eq!(placement.end, PlacementEnd::CanceledNoLiquidity);
//! assert_eq!(trades.len(), 1);
//! assert_eq!(trades[0].price, price);
//! # Ok::<(), broker_sim::exchange::book::BookError>(())
//! ```

mod auction;
mod keys;
mod list;
mod maintenance;
mod matching;
mod order;
mod outcome;
mod owners;
mod resting;
mod side;
mod slab;
mod units;
mod view;

#[cfg(test)]
mod auction_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod hidden_tests;
#[cfg(test)]
mod maintenance_tests;
#[cfg(test)]
mod matching_tests;
#[cfg(test)]
mod model;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod units_tests;

pub use auction::{Expired, Indicative, Uncross};
pub use order::{BookOrder, BookSide, Lifetime, OrderKey, RestingOrder};
pub use outcome::{BookError, Placement, PlacementEnd, Trade};
pub use units::{BookPrice, BookQuantity, PLACES};
pub use view::DepthLevel;

pub(super) use keys::KeyMap;
use owners::Owners;
use resting::Resting;
use side::Side;
use slab::{Slab, SlotId};

/// The most peaks an iceberg order may need to trade in full.
///
/// Bounds the trades one incoming order can cause; exchanges do the same with a least display
/// quantity.
pub const MAXIMUM_PEAKS: i64 = 10_000;

/// Whether orders trade as they arrive or wait for one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BookPhase {
    /// An order trades as it arrives; the book is never crossed.
    #[default]
    Continuous,
    /// Orders wait for [`OrderBook::uncross`]; the book may be crossed.
    Auction,
}

/// What happens when an order would trade with one of the same owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SelfTrade {
    /// They trade.
    #[default]
    Allow,
    /// What is left of the incoming order is canceled; trades before stand. Not applied in an
    /// auction, where nobody takes.
    CancelTaker,
}

/// The orders of one instrument in price-time priority.
///
/// Memory grows with the most orders open at one time. Finding the touch is O(1), cancels and
/// placements are O(1) near the touch and O(log levels) elsewhere, plus the move of the levels
/// between a new or emptied level and the touch.
#[derive(Debug, Clone)]
pub struct OrderBook {
    orders: Slab<Resting>,
    index: KeyMap<OrderKey, SlotId>,
    owners: Owners,
    buys: Side,
    sells: Side,
    phase: BookPhase,
    self_trade: SelfTrade,
}

impl Default for OrderBook {
    fn default() -> Self {
        Self::new()
    }
}

impl OrderBook {
    /// An empty book in continuous trading that allows self-trades.
    #[must_use]
    pub fn new() -> Self {
        Self::with_self_trade(SelfTrade::Allow)
    }

    /// An empty book in continuous trading.
    #[must_use]
    pub fn with_self_trade(self_trade: SelfTrade) -> Self {
        Self {
            orders: Slab::new(),
            index: KeyMap::default(),
            owners: Owners::default(),
            buys: Side::new(BookSide::Buy),
            sells: Side::new(BookSide::Sell),
            phase: BookPhase::Continuous,
            self_trade,
        }
    }

    fn side(&self, side: BookSide) -> &Side {
        match side {
            BookSide::Buy => &self.buys,
            BookSide::Sell => &self.sells,
        }
    }

    fn find(&self, key: OrderKey) -> Option<(SlotId, &Resting)> {
        let id = *self.index.get(&key)?;
        self.orders.get(id).map(|order| (id, order))
    }

    /// Checks what every order must satisfy. `freed` is what leaves its side in the same call.
    fn check(&self, order: &BookOrder, freed: BookQuantity) -> Result<(), BookError> {
        if order.quantity.is_zero() {
            return Err(BookError::ZeroQuantity);
        }
        if order
            .minimum
            .is_some_and(|minimum| minimum > order.quantity)
        {
            return Err(BookError::InvalidMinimum);
        }
        if order.post_only
            && (order.limit.is_none()
                || order.minimum.is_some()
                || order.lifetime != Lifetime::Rest)
        {
            return Err(BookError::InvalidPostOnly);
        }
        if order.hidden && order.display.is_some() {
            return Err(BookError::InvalidDisplay);
        }
        if let Some(display) = order.display {
            match order.quantity.steps().checked_div(display.steps()) {
                Some(peaks) if peaks <= MAXIMUM_PEAKS => {}
                Some(_) | None => return Err(BookError::InvalidDisplay),
            }
        }
        let may_rest = order.lifetime == Lifetime::Rest
            && (order.limit.is_some() || self.phase == BookPhase::Auction);
        let total = self.side(order.side).total.saturating_sub(freed);
        let fits = total.checked_add(order.quantity).is_some() && self.orders.has_room();
        if may_rest && !fits {
            return Err(BookError::Full);
        }
        Ok(())
    }

    /// Puts what is left of an order into the book.
    fn insert(&mut self, order: &BookOrder, leaves: BookQuantity) {
        let id = self.orders.insert(Resting::new(order, leaves));
        self.index.insert(order.key, id);
        self.owners.add(&mut self.orders, id);
        match order.side {
            BookSide::Buy => self.buys.enqueue(&mut self.orders, id),
            BookSide::Sell => self.sells.enqueue(&mut self.orders, id),
        }
    }

    /// Takes an order out of the book.
    fn remove(&mut self, id: SlotId) -> Option<Resting> {
        match self.orders.get(id)?.side {
            BookSide::Buy => self.buys.dequeue(&mut self.orders, id),
            BookSide::Sell => self.sells.dequeue(&mut self.orders, id),
        }
        self.owners.remove(&mut self.orders, id);
        let order = self.orders.remove(id)?;
        self.index.remove(&order.key);
        Some(order)
    }

    /// Sets what is open and shown of an order that keeps its place.
    fn shrink(
        &mut self,
        side: BookSide,
        id: SlotId,
        leaves: BookQuantity,
        displayed: BookQuantity,
    ) {
        match side {
            BookSide::Buy => self.buys.shrink(&mut self.orders, id, leaves, displayed),
            BookSide::Sell => self.sells.shrink(&mut self.orders, id, leaves, displayed),
        }
    }
}
