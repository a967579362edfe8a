//! Continuous trading: an incoming order meets the book.

use super::{
    BookError, BookOrder, BookPhase, BookQuantity, BookSide, Lifetime, OrderBook, Placement,
    PlacementEnd, SelfTrade, Trade,
};

/// What a sweep of the opposite side left of the incoming order.
struct Swept {
    leaves: BookQuantity,
    met_itself: bool,
}

impl OrderBook {
    /// Trades an order against the book at the makers' prices, best price and oldest order first,
    /// and lets the rest wait or end as its lifetime says. Trades go to `sink` in their sequence.
    ///
    /// An order's own display does not limit what it takes; it is shown in peaks once it rests.
    ///
    /// # Errors
    ///
    /// [`BookError::InAuction`] during an auction (see [`OrderBook::rest`]),
    /// [`BookError::DuplicateKey`], [`BookError::Full`], and the kinds for contradictory orders
    /// (`ZeroQuantity`, `InvalidDisplay`, `InvalidMinimum`, `InvalidPostOnly`).
    pub fn place(
        &mut self,
        order: BookOrder,
        sink: impl FnMut(Trade),
    ) -> Result<Placement, BookError> {
        if self.phase == BookPhase::Auction {
            return Err(BookError::InAuction);
        }
        if self.index.contains_key(&order.key) {
            return Err(BookError::DuplicateKey);
        }
        self.check(&order, BookQuantity::ZERO)?;
        if order.post_only && self.would_cross(&order) {
            return Ok(ended(BookQuantity::ZERO, PlacementEnd::WouldCross));
        }
        if !self.has_required(&order) {
            return Ok(ended(BookQuantity::ZERO, PlacementEnd::KilledNotFillable));
        }
        Ok(self.trade_and_rest(&order, sink))
    }

    /// Whether the touch of the other side is acceptable to the order.
    pub(super) fn would_cross(&self, order: &BookOrder) -> bool {
        self.side(order.side.opposite())
            .best()
            .is_some_and(|level| order.accepts(level.price))
    }

    /// Whether the quantity that must trade at once is there.
    fn has_required(&self, order: &BookOrder) -> bool {
        let required = match (order.lifetime, order.minimum) {
            (Lifetime::FillOrKill, _) => order.quantity,
            (Lifetime::Rest | Lifetime::ImmediateOrCancel, Some(minimum)) => minimum,
            (Lifetime::Rest | Lifetime::ImmediateOrCancel, None) => return true,
        };
        let barrier = match self.self_trade {
            SelfTrade::Allow => None,
            SelfTrade::CancelTaker => Some(order.owner),
        };
        self.side(order.side.opposite())
            .can_fill(&self.orders, order, required, barrier)
    }

    /// Matches a checked order and settles what is left of it.
    pub(super) fn trade_and_rest(
        &mut self,
        order: &BookOrder,
        sink: impl FnMut(Trade),
    ) -> Placement {
        let Swept { leaves, met_itself } = self.sweep(order, sink);
        let filled = order.quantity.saturating_sub(leaves);
        if leaves.is_zero() {
            return ended(filled, PlacementEnd::Filled);
        }
        if met_itself {
            return ended(filled, PlacementEnd::CanceledSelfTrade);
        }
        match (order.limit, order.lifetime) {
            (None, _) => ended(filled, PlacementEnd::CanceledNoLiquidity),
            (Some(_), Lifetime::Rest) => {
                self.insert(order, leaves);
                Placement {
                    filled,
                    resting: leaves,
                    end: PlacementEnd::Resting,
                }
            }
            (Some(_), Lifetime::ImmediateOrCancel | Lifetime::FillOrKill) => {
                ended(filled, PlacementEnd::CanceledImmediate)
            }
        }
    }

    fn sweep(&mut self, order: &BookOrder, mut sink: impl FnMut(Trade)) -> Swept {
        let prevent = self.self_trade == SelfTrade::CancelTaker;
        // The sides, the orders and the indexes change together, so they are borrowed apart.
        let Self {
            orders,
            index,
            owners,
            buys,
            sells,
            ..
        } = self;
        let makers = match order.side {
            BookSide::Buy => sells,
            BookSide::Sell => buys,
        };
        let mut leaves = order.quantity;
        while !leaves.is_zero() {
            let Some(level) = makers.levels.last_mut() else {
                break;
            };
            if !order.accepts(level.price) {
                break;
            }
            let id = level.queue.front();
            let Some(maker) = orders.get_mut(id) else {
                break;
            };
            if prevent && maker.owner == order.owner {
                return Swept {
                    leaves,
                    met_itself: true,
                };
            }
            let quantity = leaves.min(maker.available());
            leaves = leaves.saturating_sub(quantity);
            maker.leaves = maker.leaves.saturating_sub(quantity);
            if !maker.is_hidden() {
                maker.displayed = maker.displayed.saturating_sub(quantity);
                level.queue.displayed = level.queue.displayed.saturating_sub(quantity);
            }
            level.queue.total = level.queue.total.saturating_sub(quantity);
            makers.total = makers.total.saturating_sub(quantity);
            let trade = Trade {
                maker: maker.key,
                taker: order.key,
                maker_owner: maker.owner,
                taker_owner: order.owner,
                price: level.price,
                quantity,
                maker_leaves: maker.leaves,
                taker_leaves: leaves,
                aggressor: Some(order.side),
            };
            if maker.leaves.is_zero() {
                level.queue.unlink(orders, id);
                if level.queue.is_empty() {
                    makers.levels.pop();
                }
                owners.remove(orders, id);
                index.remove(&trade.maker);
                orders.remove(id);
            } else if maker.displayed.is_zero() && !maker.is_hidden() {
                level.queue.replenish(orders, id);
            }
            sink(trade);
        }
        Swept {
            leaves,
            met_itself: false,
        }
    }
}

/// A placement that leaves nothing in the book.
fn ended(filled: BookQuantity, end: PlacementEnd) -> Placement {
    Placement {
        filled,
        resting: BookQuantity::ZERO,
        end,
    }
}
