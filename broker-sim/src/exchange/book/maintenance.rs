//! Changes to orders in the book: cancel, reduce, replace, bulk cancel.

use super::{
    BookError, BookOrder, BookPhase, BookPrice, BookQuantity, Lifetime, OrderBook, OrderKey,
    Placement, PlacementEnd, Trade,
};

impl OrderBook {
    /// Takes an order out of the book and returns its open quantity, hidden part included; `None`
    /// if it is not in the book.
    pub fn cancel(&mut self, key: OrderKey) -> Option<BookQuantity> {
        let id = *self.index.get(&key)?;
        self.remove(id).map(|order| order.leaves)
    }

    /// Cancels all orders of an owner, telling `sink` key and open quantity of each in the order
    /// in which they were placed, and returns how many there were.
    ///
    /// Costs as much as the single cancels, independent of the orders of others.
    pub fn clear_owner(
        &mut self,
        owner: u32,
        mut sink: impl FnMut(OrderKey, BookQuantity),
    ) -> usize {
        let mut count = 0_usize;
        while let Some(order) = self.remove(self.owners.front(owner)) {
            count = count.saturating_add(1);
            sink(order.key, order.leaves);
        }
        count
    }

    /// Lowers the open quantity of an order, which keeps its place in the queue, and returns by
    /// how much. An iceberg gives up its hidden part first.
    ///
    /// # Errors
    ///
    /// [`BookError::UnknownOrder`]; [`BookError::ZeroQuantity`] for zero, which is a cancel;
    /// [`BookError::NotAReduction`] for more than is open.
    pub fn reduce(
        &mut self,
        key: OrderKey,
        to_quantity: BookQuantity,
    ) -> Result<BookQuantity, BookError> {
        let (id, order) = self.find(key).ok_or(BookError::UnknownOrder)?;
        if to_quantity.is_zero() {
            return Err(BookError::ZeroQuantity);
        }
        if to_quantity > order.leaves {
            return Err(BookError::NotAReduction);
        }
        let removed = order.leaves.saturating_sub(to_quantity);
        let (side, displayed) = (order.side, order.displayed.min(to_quantity));
        self.shrink(side, id, to_quantity, displayed);
        Ok(removed)
    }

    /// Gives an order a new limit and a new open quantity, keeping key, side, owner and display.
    ///
    /// As on real exchanges the order keeps its priority only if the price stays and the quantity
    /// does not rise. Otherwise it is placed anew, behind all others at its price, and may trade
    /// at once (never during an auction); [`Placement`] tells how that ended. A post-only order
    /// whose new price would cross is left as it was: [`PlacementEnd::WouldCross`] with its
    /// untouched quantity as `resting`. `limit: None` makes it a market order.
    ///
    /// # Errors
    ///
    /// [`BookError::UnknownOrder`], and the kinds of [`OrderBook::place`] for a contradictory or
    /// too large order; the old order then stays as it was.
    pub fn replace(
        &mut self,
        key: OrderKey,
        limit: Option<BookPrice>,
        quantity: BookQuantity,
        sink: impl FnMut(Trade),
    ) -> Result<Placement, BookError> {
        let (id, old) = self.find(key).ok_or(BookError::UnknownOrder)?;
        if limit == old.limit && quantity <= old.leaves {
            self.reduce(key, quantity)?;
            return Ok(resting(quantity, PlacementEnd::Resting));
        }
        let leaves = old.leaves;
        let order = BookOrder {
            key,
            side: old.side,
            limit,
            quantity,
            display: (old.peak != BookQuantity::MAX && !old.is_hidden()).then_some(old.peak),
            owner: old.owner,
            lifetime: Lifetime::Rest,
            minimum: None,
            post_only: old.post_only,
            hidden: old.is_hidden(),
        };
        self.check(&order, leaves)?;
        match self.phase {
            BookPhase::Auction => {
                self.remove(id);
                self.insert(&order, quantity);
                Ok(resting(quantity, PlacementEnd::Resting))
            }
            BookPhase::Continuous if order.post_only && self.would_cross(&order) => {
                Ok(resting(leaves, PlacementEnd::WouldCross))
            }
            BookPhase::Continuous => {
                self.remove(id);
                Ok(self.trade_and_rest(&order, sink))
            }
        }
    }
}

fn resting(quantity: BookQuantity, end: PlacementEnd) -> Placement {
    Placement {
        filled: BookQuantity::ZERO,
        resting: quantity,
        end,
    }
}
