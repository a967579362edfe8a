//! The call auction: orders wait, then all trade at one price.

use std::cmp::Reverse;

use super::slab::SlotId;
use super::{
    BookError, BookOrder, BookPhase, BookPrice, BookQuantity, BookSide, Lifetime, OrderBook,
    OrderKey, Trade,
};

/// What an auction would trade, or traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicative {
    /// The one price of all trades.
    pub price: BookPrice,
    /// The quantity that trades, greater than zero; hidden quantity takes part.
    pub volume: BookQuantity,
    /// What would be willing to trade at the price but finds no counterpart.
    pub imbalance: BookQuantity,
    /// The side of the imbalance; `None` if there is none.
    pub imbalance_side: Option<BookSide>,
}

/// A market order that an auction left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The caller's name for the order.
    pub key: OrderKey,
    /// The account behind the order.
    pub owner: u32,
    /// Buy or sell.
    pub side: BookSide,
    /// What did not trade.
    pub leaves: BookQuantity,
}

/// How an auction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncross {
    /// The price and volume; `None` if nothing traded.
    pub result: Option<Indicative>,
    /// Market orders that are out of the book now, buys first, each side in time order.
    pub expired: Vec<Expired>,
}

/// Supply and demand at one price.
#[derive(Debug, Clone, Copy)]
struct Balance {
    price: BookPrice,
    buys: BookQuantity,
    sells: BookQuantity,
}

impl Balance {
    fn volume(&self) -> BookQuantity {
        self.buys.min(self.sells)
    }

    fn surplus(&self, side: BookSide) -> BookQuantity {
        match side {
            BookSide::Buy => self.buys.saturating_sub(self.sells),
            BookSide::Sell => self.sells.saturating_sub(self.buys),
        }
    }

    fn imbalance(&self) -> BookQuantity {
        self.surplus(BookSide::Buy)
            .max(self.surplus(BookSide::Sell))
    }

    /// The first two rules: the more volume the better, then the less imbalance.
    fn merit(&self) -> (BookQuantity, Reverse<BookQuantity>) {
        (self.volume(), Reverse(self.imbalance()))
    }

    fn indicative(&self) -> Indicative {
        let imbalance_side = if self.buys > self.sells {
            Some(BookSide::Buy)
        } else if self.sells > self.buys {
            Some(BookSide::Sell)
        } else {
            None
        };
        Indicative {
            price: self.price,
            volume: self.volume(),
            imbalance: self.imbalance(),
            imbalance_side,
        }
    }
}

/// The prices that tie on volume and imbalance, as far as the last two rules need them.
#[derive(Debug, Clone, Copy)]
struct Tie {
    lowest: Balance,
    highest: Balance,
    nearest: Balance,
    all_buy: bool,
    all_sell: bool,
}

impl Tie {
    fn new(first: Balance) -> Self {
        Self {
            lowest: first,
            highest: first,
            nearest: first,
            all_buy: !first.surplus(BookSide::Buy).is_zero(),
            all_sell: !first.surplus(BookSide::Sell).is_zero(),
        }
    }

    /// Adds a balance at a price above all before.
    fn push(&mut self, next: Balance, reference: BookPrice) {
        self.highest = next;
        if next.price.distance(reference) < self.nearest.price.distance(reference) {
            self.nearest = next;
        }
        self.all_buy &= !next.surplus(BookSide::Buy).is_zero();
        self.all_sell &= !next.surplus(BookSide::Sell).is_zero();
    }

    fn winner(&self) -> Balance {
        if self.all_buy {
            self.highest
        } else if self.all_sell {
            self.lowest
        } else {
            self.nearest
        }
    }
}

impl OrderBook {
    /// Stops matching: from now on orders wait for [`OrderBook::uncross`]. Resting orders stay.
    pub fn start_auction(&mut self) {
        self.phase = BookPhase::Auction;
    }

    /// Lets an order wait for the auction, market orders included.
    ///
    /// A market order has priority over all limits; an iceberg takes part with its whole quantity
    /// and its place in the queue; post-only has no effect until continuous trading.
    ///
    /// # Errors
    ///
    /// [`BookError::NotInAuction`] in continuous trading; [`BookError::NotForAuction`] for an
    /// immediate order or one with a minimum; otherwise as [`OrderBook::place`].
    pub fn rest(&mut self, order: BookOrder) -> Result<(), BookError> {
        if self.phase == BookPhase::Continuous {
            return Err(BookError::NotInAuction);
        }
        if order.lifetime != Lifetime::Rest || order.minimum.is_some() {
            return Err(BookError::NotForAuction);
        }
        if self.index.contains_key(&order.key) {
            return Err(BookError::DuplicateKey);
        }
        self.check(&order, BookQuantity::ZERO)?;
        self.insert(&order, order.quantity);
        Ok(())
    }

    /// The price at which the auction would trade now and how much; `None` if nothing would.
    ///
    /// Candidates are the limits in the book and, where it lies between two of them or there are
    /// none, the reference price. The rules, each deciding among what the one before left:
    /// 1. the most volume;
    /// 2. the least imbalance;
    /// 3. market pressure: the highest price if all candidates have a surplus of buys, the lowest
    ///    if all have a surplus of sells;
    /// 4. the nearest to the reference.
    ///
    /// Costs one step per level.
    #[must_use]
    pub fn indicative(&self, reference: BookPrice) -> Option<Indicative> {
        let mut tie: Option<Tie> = None;
        self.each_balance(reference, |balance| match &mut tie {
            Some(tie) if balance.merit() < tie.nearest.merit() => {}
            Some(tie) if balance.merit() == tie.nearest.merit() => tie.push(balance, reference),
            Some(_) | None => tie = Some(Tie::new(balance)),
        });
        let winner = tie?.winner();
        (!winner.volume().is_zero()).then(|| winner.indicative())
    }

    /// Visits supply and demand at every candidate price, lowest first.
    fn each_balance(&self, reference: BookPrice, mut visit: impl FnMut(Balance)) {
        let mut below = self.buys.levels.iter().peekable();
        let mut upto = self.sells.levels.iter().rev().peekable();
        let (mut buys, mut sells) = (self.buys.total, self.sells.market.total);
        let mut last: Option<BookPrice> = None;
        loop {
            let limit = match (below.peek(), upto.peek()) {
                (Some(buy), Some(sell)) => buy.price.min(sell.price),
                (Some(level), None) | (None, Some(level)) => level.price,
                (None, None) => break,
            };
            let between = last.is_some_and(|last| last < reference) && reference < limit;
            if between {
                visit(Balance {
                    price: reference,
                    buys,
                    sells,
                });
            }
            while let Some(level) = upto.next_if(|level| level.price <= limit) {
                sells = sells.saturating_add(level.queue.total);
            }
            visit(Balance {
                price: limit,
                buys,
                sells,
            });
            // A buyer at this limit no longer buys at the next.
            while let Some(level) = below.next_if(|level| level.price <= limit) {
                buys = buys.saturating_sub(level.queue.total);
            }
            last = Some(limit);
        }
        if last.is_none() {
            visit(Balance {
                price: reference,
                buys,
                sells,
            });
        }
    }

    /// Ends the auction: trades all that [`OrderBook::indicative`] promises at its one price,
    /// market orders first, then by price and time, and goes over to continuous trading.
    ///
    /// Limit orders that are left stay, and the book is not crossed any more; market orders that
    /// are left are out of the book and returned.
    ///
    /// # Errors
    ///
    /// [`BookError::NotInAuction`] in continuous trading.
    pub fn uncross(
        &mut self,
        reference: BookPrice,
        mut sink: impl FnMut(Trade),
    ) -> Result<Uncross, BookError> {
        if self.phase == BookPhase::Continuous {
            return Err(BookError::NotInAuction);
        }
        let result = self.indicative(reference);
        if let Some(Indicative { price, volume, .. }) = result {
            self.trade_at(price, volume, &mut sink);
        }
        let mut expired = Vec::new();
        for side in [BookSide::Buy, BookSide::Sell] {
            while let Some(order) = self.remove(self.side(side).market.front()) {
                let (key, owner, leaves) = (order.key, order.owner, order.leaves);
                expired.push(Expired {
                    key,
                    owner,
                    side,
                    leaves,
                });
            }
        }
        self.phase = BookPhase::Continuous;
        Ok(Uncross { result, expired })
    }

    fn trade_at(&mut self, price: BookPrice, volume: BookQuantity, sink: &mut impl FnMut(Trade)) {
        let mut open = volume;
        while !open.is_zero() {
            let (buy_id, sell_id) = (self.buys.front(), self.sells.front());
            let (Some(buy), Some(sell)) = (self.orders.get(buy_id), self.orders.get(sell_id))
            else {
                break;
            };
            let quantity = open.min(buy.leaves).min(sell.leaves);
            open = open.saturating_sub(quantity);
            let trade = Trade {
                maker: buy.key,
                taker: sell.key,
                maker_owner: buy.owner,
                taker_owner: sell.owner,
                price,
                quantity,
                maker_leaves: buy.leaves.saturating_sub(quantity),
                taker_leaves: sell.leaves.saturating_sub(quantity),
                aggressor: None,
            };
            self.settle(buy_id, trade.maker_leaves);
            self.settle(sell_id, trade.taker_leaves);
            sink(trade);
        }
    }

    /// Leaves an order what it did not trade in the auction, at its place, an iceberg with a full
    /// peak.
    fn settle(&mut self, id: SlotId, leaves: BookQuantity) {
        if leaves.is_zero() {
            self.remove(id);
        } else if let Some(order) = self.orders.get(id) {
            let (side, displayed) = (order.side, order.peak.min(leaves));
            self.shrink(side, id, leaves, displayed);
        }
    }
}
