//! A book so simple that it is plainly right: one vector, scanned in full for every decision.

use super::{
    BookError, BookOrder, BookPrice, BookQuantity, BookSide, Indicative, Lifetime, MAXIMUM_PEAKS,
    OrderKey, Placement, PlacementEnd, SelfTrade, Trade,
};

#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) order: BookOrder,
    pub(super) leaves: i64,
    pub(super) shown: i64,
    turn: u64,
    entered: u64,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) kept: Vec<Kept>,
    pub(super) auction: bool,
    self_trade: SelfTrade,
    clock: u64,
}

fn quantity(steps: i64) -> BookQuantity {
    BookQuantity::from_steps(steps).expect("the model never goes below zero")
}

fn ended(filled: i64, resting: i64, end: PlacementEnd) -> Placement {
    Placement {
        filled: quantity(filled),
        resting: quantity(resting),
        end,
    }
}

impl Model {
    pub(super) fn new(self_trade: SelfTrade) -> Self {
        Self {
            kept: Vec::new(),
            auction: false,
            self_trade,
            clock: 0,
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Orders of a side in priority.
    pub(super) fn ranked(&self, side: BookSide) -> Vec<Kept> {
        let mut kept: Vec<Kept> = self
            .kept
            .iter()
            .filter(|k| k.order.side == side)
            .cloned()
            .collect();
        kept.sort_by_key(|k| {
            let rank = k.order.limit.map(|limit| match side {
                BookSide::Buy => -i128::from(limit.steps()),
                BookSide::Sell => i128::from(limit.steps()),
            });
            (rank, k.order.hidden, k.turn)
        });
        kept
    }

    fn at(&self, key: OrderKey) -> Option<usize> {
        self.kept.iter().position(|k| k.order.key == key)
    }

    fn check(&self, order: &BookOrder) -> Result<(), BookError> {
        if order.quantity.is_zero() {
            return Err(BookError::ZeroQuantity);
        }
        if order
            .minimum
            .is_some_and(|minimum| minimum > order.quantity)
        {
            return Err(BookError::InvalidMinimum);
        }
        let takes = order.minimum.is_some() || order.lifetime != Lifetime::Rest;
        if order.post_only && (order.limit.is_none() || takes) {
            return Err(BookError::InvalidPostOnly);
        }
        if order.hidden && order.display.is_some() {
            return Err(BookError::InvalidDisplay);
        }
        match order.display.map(BookQuantity::steps) {
            Some(0) => Err(BookError::InvalidDisplay),
            Some(d) if order.quantity.steps() / d > MAXIMUM_PEAKS => Err(BookError::InvalidDisplay),
            _ => Ok(()),
        }
    }

    fn keep(&mut self, order: BookOrder, leaves: i64) {
        let turn = self.tick();
        let shown = match order.display {
            _ if order.hidden => 0,
            display => display.map_or(leaves, |d| d.steps().min(leaves)),
        };
        self.kept.push(Kept {
            order,
            leaves,
            shown,
            turn,
            entered: turn,
        });
    }

    fn crosses(&self, order: &BookOrder) -> bool {
        self.ranked(order.side.opposite())
            .iter()
            .any(|k| k.order.limit.is_some_and(|limit| order.accepts(limit)))
    }

    pub(super) fn place(
        &mut self,
        order: BookOrder,
        trades: &mut Vec<Trade>,
    ) -> Result<Placement, BookError> {
        if self.auction {
            return Err(BookError::InAuction);
        }
        if self.at(order.key).is_some() {
            return Err(BookError::DuplicateKey);
        }
        self.check(&order)?;
        if order.post_only && self.crosses(&order) {
            return Ok(ended(0, 0, PlacementEnd::WouldCross));
        }
        let required = match order.lifetime {
            Lifetime::FillOrKill => order.quantity.steps(),
            _ => order.minimum.map_or(0, BookQuantity::steps),
        };
        // Try it, and undo it if it did not trade enough.
        let before = (self.kept.clone(), trades.len());
        let placement = self.run(order, trades);
        if placement.filled.steps() < required {
            self.kept = before.0;
            trades.truncate(before.1);
            return Ok(ended(0, 0, PlacementEnd::KilledNotFillable));
        }
        Ok(placement)
    }

    fn run(&mut self, order: BookOrder, trades: &mut Vec<Trade>) -> Placement {
        let mut leaves = order.quantity.steps();
        while leaves > 0 {
            let ranked = self.ranked(order.side.opposite());
            let Some(best) = ranked.first() else { break };
            let price = best
                .order
                .limit
                .expect("no market orders outside an auction");
            if !order.accepts(price) {
                break;
            }
            let filled = order.quantity.steps() - leaves;
            if self.self_trade == SelfTrade::CancelTaker && best.order.owner == order.owner {
                return ended(filled, 0, PlacementEnd::CanceledSelfTrade);
            }
            let hidden = best.order.hidden;
            let traded = leaves.min(if hidden { best.leaves } else { best.shown });
            leaves -= traded;
            let turn = self.tick();
            let at = self.at(best.order.key).expect("ranked orders are kept");
            let maker = &mut self.kept[at];
            maker.leaves -= traded;
            if !hidden {
                maker.shown -= traded;
            }
            trades.push(Trade {
                maker: maker.order.key,
                taker: order.key,
                maker_owner: maker.order.owner,
                taker_owner: order.owner,
                price,
                quantity: quantity(traded),
                maker_leaves: quantity(maker.leaves),
                taker_leaves: quantity(leaves),
                aggressor: Some(order.side),
            });
            if maker.leaves == 0 {
                self.kept.remove(at);
            } else if maker.shown == 0 && !hidden {
                maker.shown = maker
                    .order
                    .display
                    .map_or(0, |d| d.steps().min(maker.leaves));
                maker.turn = turn;
            }
        }
        let filled = order.quantity.steps() - leaves;
        if leaves == 0 {
            return ended(filled, 0, PlacementEnd::Filled);
        }
        if order.limit.is_none() {
            return ended(filled, 0, PlacementEnd::CanceledNoLiquidity);
        }
        if order.lifetime == Lifetime::Rest {
            self.keep(order, leaves);
            return ended(filled, leaves, PlacementEnd::Resting);
        }
        ended(filled, 0, PlacementEnd::CanceledImmediate)
    }

    pub(super) fn rest(&mut self, order: BookOrder) -> Result<(), BookError> {
        if !self.auction {
            return Err(BookError::NotInAuction);
        }
        if order.lifetime != Lifetime::Rest || order.minimum.is_some() {
            return Err(BookError::NotForAuction);
        }
        if self.at(order.key).is_some() {
            return Err(BookError::DuplicateKey);
        }
        self.check(&order)?;
        self.keep(order, order.quantity.steps());
        Ok(())
    }

    pub(super) fn cancel(&mut self, key: OrderKey) -> Option<BookQuantity> {
        self.at(key).map(|at| quantity(self.kept.remove(at).leaves))
    }

    pub(super) fn clear_owner(&mut self, owner: u32) -> Vec<(OrderKey, BookQuantity)> {
        let mut gone: Vec<Kept> = self
            .kept
            .iter()
            .filter(|k| k.order.owner == owner)
            .cloned()
            .collect();
        gone.sort_by_key(|k| k.entered);
        self.kept.retain(|k| k.order.owner != owner);
        gone.iter()
            .map(|k| (k.order.key, quantity(k.leaves)))
            .collect()
    }

    pub(super) fn reduce(
        &mut self,
        key: OrderKey,
        to: BookQuantity,
    ) -> Result<BookQuantity, BookError> {
        let at = self.at(key).ok_or(BookError::UnknownOrder)?;
        let kept = &mut self.kept[at];
        if to.is_zero() {
            return Err(BookError::ZeroQuantity);
        }
        if to.steps() > kept.leaves {
            return Err(BookError::NotAReduction);
        }
        let removed = kept.leaves - to.steps();
        kept.leaves = to.steps();
        kept.shown = kept.shown.min(kept.leaves);
        Ok(quantity(removed))
    }

    pub(super) fn replace(
        &mut self,
        key: OrderKey,
        limit: Option<BookPrice>,
        to: BookQuantity,
        trades: &mut Vec<Trade>,
    ) -> Result<Placement, BookError> {
        let at = self.at(key).ok_or(BookError::UnknownOrder)?;
        let old = self.kept[at].clone();
        if limit == old.order.limit && to.steps() <= old.leaves {
            self.reduce(key, to)?;
            return Ok(ended(0, to.steps(), PlacementEnd::Resting));
        }
        let order = BookOrder {
            limit,
            quantity: to,
            lifetime: Lifetime::Rest,
            minimum: None,
            ..old.order
        };
        self.check(&order)?;
        if !self.auction && order.post_only && self.crosses(&order) {
            return Ok(ended(0, old.leaves, PlacementEnd::WouldCross));
        }
        self.kept.remove(at);
        if self.auction {
            self.keep(order, to.steps());
            return Ok(ended(0, to.steps(), PlacementEnd::Resting));
        }
        Ok(self.run(order, trades))
    }

    fn willing(&self, side: BookSide, price: BookPrice) -> i64 {
        let accepted = |k: &&Kept| k.order.side == side && k.order.accepts(price);
        self.kept.iter().filter(accepted).map(|k| k.leaves).sum()
    }

    /// Volume, imbalance and signed surplus of buys at a price.
    fn balance(&self, price: BookPrice) -> (i64, i64, i64) {
        let (buys, sells) = (
            self.willing(BookSide::Buy, price),
            self.willing(BookSide::Sell, price),
        );
        (buys.min(sells), (buys - sells).abs(), buys - sells)
    }

    pub(super) fn indicative(&self, reference: BookPrice) -> Option<Indicative> {
        let mut prices: Vec<BookPrice> = self.kept.iter().filter_map(|k| k.order.limit).collect();
        let lowest = prices.iter().min().copied().unwrap_or(reference);
        let highest = prices.iter().max().copied().unwrap_or(reference);
        if (lowest..=highest).contains(&reference) {
            prices.push(reference);
        }
        let volume = prices.iter().map(|p| self.balance(*p).0).max()?;
        prices.retain(|p| self.balance(*p).0 == volume);
        let imbalance = prices.iter().map(|p| self.balance(*p).1).min()?;
        prices.retain(|p| self.balance(*p).1 == imbalance);
        let price = if prices.iter().all(|p| self.balance(*p).2 > 0) {
            prices.iter().max().copied()?
        } else if prices.iter().all(|p| self.balance(*p).2 < 0) {
            prices.iter().min().copied()?
        } else {
            prices
                .iter()
                .min_by_key(|p| p.distance(reference))
                .copied()?
        };
        let imbalance_side = match self.balance(price).2.signum() {
            1 => Some(BookSide::Buy),
            -1 => Some(BookSide::Sell),
            _ => None,
        };
        (volume > 0).then(|| Indicative {
            price,
            volume: quantity(volume),
            imbalance: quantity(imbalance),
            imbalance_side,
        })
    }

    /// Trades the auction and returns the keys of left market orders, buys first.
    pub(super) fn uncross(
        &mut self,
        reference: BookPrice,
        trades: &mut Vec<Trade>,
    ) -> Vec<OrderKey> {
        if let Some(Indicative { price, volume, .. }) = self.indicative(reference) {
            let mut open = volume.steps();
            while open > 0 {
                let buy = self.ranked(BookSide::Buy)[0].clone();
                let sell = self.ranked(BookSide::Sell)[0].clone();
                let traded = open.min(buy.leaves).min(sell.leaves);
                open -= traded;
                trades.push(Trade {
                    maker: buy.order.key,
                    taker: sell.order.key,
                    maker_owner: buy.order.owner,
                    taker_owner: sell.order.owner,
                    price,
                    quantity: quantity(traded),
                    maker_leaves: quantity(buy.leaves - traded),
                    taker_leaves: quantity(sell.leaves - traded),
                    aggressor: None,
                });
                for key in [buy.order.key, sell.order.key] {
                    let at = self.at(key).expect("ranked orders are kept");
                    let kept = &mut self.kept[at];
                    kept.leaves -= traded;
                    kept.shown = kept.order.display.map_or(i64::MAX, BookQuantity::steps);
                    kept.shown = kept.shown.min(kept.leaves);
                    if kept.order.hidden {
                        kept.shown = 0;
                    }
                }
                self.kept.retain(|k| k.leaves > 0);
            }
        }
        let mut expired = Vec::new();
        for side in [BookSide::Buy, BookSide::Sell] {
            let left = self
                .ranked(side)
                .into_iter()
                .filter(|k| k.order.limit.is_none());
            expired.extend(left.map(|k| k.order.key));
        }
        self.kept.retain(|k| k.order.limit.is_some());
        self.auction = false;
        expired
    }
}
