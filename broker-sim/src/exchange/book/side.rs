//! One side of the book: price levels, each a queue in time order.

use std::cmp::Ordering;

use super::list::{ByPrice, List};
use super::resting::Resting;
use super::slab::{Slab, SlotId};
use super::{BookOrder, BookPrice, BookQuantity, BookSide};

/// How many levels from the touch are scanned before the search turns binary.
///
/// Most orders arrive and leave within a few levels of the touch, where a scan of neighbours in
/// memory beats jumps.
const NEAR: usize = 8;

/// Orders of one price in time order, with their sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Queue {
    list: List<ByPrice>,
    /// Orders of which nothing is shown; they come after all of `list`.
    hidden: List<ByPrice>,
    /// Orders of which something is shown.
    pub(super) orders: usize,
    pub(super) displayed: BookQuantity,
    pub(super) total: BookQuantity,
}

impl Queue {
    const EMPTY: Self = Self {
        list: List::EMPTY,
        hidden: List::EMPTY,
        orders: 0,
        displayed: BookQuantity::ZERO,
        total: BookQuantity::ZERO,
    };

    fn push_back(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(order) = orders.get(id) else { return };
        self.displayed = self.displayed.saturating_add(order.displayed);
        self.total = self.total.saturating_add(order.leaves);
        if order.is_hidden() {
            self.hidden.push_back(orders, id);
        } else {
            self.orders = self.orders.saturating_add(1);
            self.list.push_back(orders, id);
        }
    }

    pub(super) fn unlink(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(order) = orders.get(id) else { return };
        self.displayed = self.displayed.saturating_sub(order.displayed);
        self.total = self.total.saturating_sub(order.leaves);
        if order.is_hidden() {
            self.hidden.unlink(orders, id);
        } else {
            self.orders = self.orders.saturating_sub(1);
            self.list.unlink(orders, id);
        }
    }

    /// The first order in priority.
    pub(super) fn front(&self) -> SlotId {
        if self.list.is_empty() {
            self.hidden.front()
        } else {
            self.list.front()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.hidden.is_empty()
    }

    /// The orders in priority.
    pub(super) fn iter<'a>(
        &self,
        orders: &'a Slab<Resting>,
    ) -> impl Iterator<Item = &'a Resting> + use<'a> {
        self.list.iter(orders).chain(self.hidden.iter(orders))
    }

    /// Shows the next peak of an iceberg and sends it to the back, behind every order that was
    /// visible before this peak was.
    pub(super) fn replenish(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(order) = orders.get_mut(id) else {
            return;
        };
        order.displayed = order.peak.min(order.leaves);
        self.displayed = self.displayed.saturating_add(order.displayed);
        self.list.unlink(orders, id);
        self.list.push_back(orders, id);
    }
}

/// A price with at least one order.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) price: BookPrice,
    pub(super) queue: Queue,
}

/// The levels of one side, worst price first, so that the touch is the cheap end of the vector.
#[derive(Debug, Clone)]
pub(super) struct Side {
    side: BookSide,
    pub(super) levels: Vec<Level>,
    /// Market orders that wait for an auction.
    pub(super) market: Queue,
    /// The open quantity of all orders; bounds every sum of some of them.
    pub(super) total: BookQuantity,
}

impl Side {
    pub(super) const fn new(side: BookSide) -> Self {
        Self {
            side,
            levels: Vec::new(),
            market: Queue::EMPTY,
            total: BookQuantity::ZERO,
        }
    }

    /// Orders prices from worst to best. The complement reverses the order of integers and,
    /// unlike the negation, exists for all of them.
    fn rank(&self, price: BookPrice) -> i64 {
        match self.side {
            BookSide::Buy => price.steps(),
            BookSide::Sell => !price.steps(),
        }
    }

    /// Where a price is in `levels`, or where it would have to be inserted.
    fn position(&self, price: BookPrice) -> Result<usize, usize> {
        let wanted = self.rank(price);
        for (position, level) in self.levels.iter().enumerate().rev().take(NEAR) {
            match self.rank(level.price).cmp(&wanted) {
                Ordering::Equal => return Ok(position),
                Ordering::Less => return Err(position.saturating_add(1)),
                Ordering::Greater => {}
            }
        }
        self.levels
            .binary_search_by_key(&wanted, |level| self.rank(level.price))
    }

    pub(super) fn best(&self) -> Option<&Level> {
        self.levels.last()
    }

    /// The queue of a limit, or the auction's market queue.
    pub(super) fn queue(&self, limit: Option<BookPrice>) -> Option<&Queue> {
        match limit {
            Some(price) => {
                let at = self.position(price).ok()?;
                self.levels.get(at).map(|level| &level.queue)
            }
            None => Some(&self.market),
        }
    }

    /// The queue of a limit, or the auction's market queue.
    fn queue_mut(&mut self, limit: Option<BookPrice>) -> Option<&mut Queue> {
        match limit {
            Some(price) => {
                let at = self.position(price).ok()?;
                self.levels.get_mut(at).map(|level| &mut level.queue)
            }
            None => Some(&mut self.market),
        }
    }

    /// The first order in priority: market orders, then the best price.
    pub(super) fn front(&self) -> SlotId {
        if !self.market.is_empty() {
            return self.market.front();
        }
        self.best()
            .map_or(SlotId::NONE, |level| level.queue.front())
    }

    /// Appends an order to the queue of its limit.
    pub(super) fn enqueue(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(&Resting { limit, leaves, .. }) = orders.get(id) else {
            return;
        };
        self.total = self.total.saturating_add(leaves);
        let Some(price) = limit else {
            self.market.push_back(orders, id);
            return;
        };
        let at = match self.position(price) {
            Ok(at) => at,
            Err(at) => {
                self.levels.insert(
                    at,
                    Level {
                        price,
                        queue: Queue::EMPTY,
                    },
                );
                at
            }
        };
        if let Some(level) = self.levels.get_mut(at) {
            level.queue.push_back(orders, id);
        }
    }

    /// Takes an order out of its queue, and the level with its last order.
    pub(super) fn dequeue(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(&Resting { limit, leaves, .. }) = orders.get(id) else {
            return;
        };
        self.total = self.total.saturating_sub(leaves);
        let Some(price) = limit else {
            self.market.unlink(orders, id);
            return;
        };
        let Ok(at) = self.position(price) else { return };
        let Some(level) = self.levels.get_mut(at) else {
            return;
        };
        level.queue.unlink(orders, id);
        if level.queue.is_empty() {
            self.levels.remove(at);
        }
    }

    /// Sets what is open and shown of an order that keeps its place.
    pub(super) fn shrink(
        &mut self,
        orders: &mut Slab<Resting>,
        id: SlotId,
        leaves: BookQuantity,
        displayed: BookQuantity,
    ) {
        let Some(order) = orders.get_mut(id) else {
            return;
        };
        let before = (order.leaves, order.displayed);
        (order.leaves, order.displayed) = (leaves, displayed);
        let limit = order.limit;
        self.total = self.total.saturating_sub(before.0).saturating_add(leaves);
        if let Some(queue) = self.queue_mut(limit) {
            queue.total = queue.total.saturating_sub(before.0).saturating_add(leaves);
            queue.displayed = queue
                .displayed
                .saturating_sub(before.1)
                .saturating_add(displayed);
        }
    }

    /// Whether `order` could trade `wanted` against this side at once.
    ///
    /// `barrier` is the owner whose first order ends the sweep. An iceberg ahead of that order
    /// counts only with what it shows: its next peak would queue behind the barrier, unless the
    /// barrier is a hidden order, which stands behind every peak.
    pub(super) fn can_fill(
        &self,
        orders: &Slab<Resting>,
        order: &BookOrder,
        wanted: BookQuantity,
        barrier: Option<u32>,
    ) -> bool {
        let mut found = BookQuantity::ZERO;
        for level in self.levels.iter().rev() {
            if found >= wanted || !order.accepts(level.price) {
                break;
            }
            if let Some(owner) = barrier {
                let (mut ahead, mut whole) = (BookQuantity::ZERO, BookQuantity::ZERO);
                for maker in level.queue.iter(orders) {
                    if maker.is_hidden() {
                        ahead = whole;
                    }
                    if maker.owner == owner {
                        return found.saturating_add(ahead) >= wanted;
                    }
                    ahead = ahead.saturating_add(maker.available());
                    whole = whole.saturating_add(maker.leaves);
                }
            }
            found = found.saturating_add(level.queue.total);
        }
        found >= wanted
    }
}
