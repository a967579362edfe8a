//! From the trades of a book to the orders of clients.

use broker_core::model::{SessionKind, Side};
use rust_decimal::Decimal;

use super::{
    Exchange, SimOrder,
    book::{BookQuantity, BookSide, OrderKey, Trade as BookTrade},
    market::HOUSE,
    order::Place,
};

impl Exchange {
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
            self.check_conditions();
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
    pub(super) fn pull_traded(&mut self) {
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
}
