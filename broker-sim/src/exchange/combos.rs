//! Combinations: they have no book of their own and trade through their legs' books.

use std::sync::Arc;

use broker_core::{
    dec,
    model::{
        Combo, ComboLeg, ContractDetails, Instrument, Liquidity, Price, Quantity, QuantityRule,
        Quote, Side, TickTable, TimeInForce,
    },
};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    Exchange, Listing, PriceSource,
    book::{BookOrder, BookQuantity, BookSide, Lifetime, OrderKey},
    market::HOUSE_KEYS,
    routing::book_side,
};

/// The owner number under which legs are traded, which is nobody's account.
const LEG_OWNER: u32 = u32::MAX;

impl Exchange {
    /// A combination of legs that are listed.
    pub(super) fn combo_listing(&mut self, combo: &Combo) -> Option<Listing> {
        let mut first = None;
        for leg in combo.legs() {
            let index = self.find_or_list(&leg.instrument).ok()?;
            first.get_or_insert(index);
        }
        let instrument = Instrument::Combo(combo.clone());
        let currency = instrument.currency()?;
        let model = self.markets.get(first?)?;
        let calendar = model.listing.calendar.clone();
        let multiplier = model.listing.details.multiplier;
        // One price for all legs needs one multiplier for all legs.
        let same = combo.legs().iter().all(|leg| {
            let index = self.by_instrument.get(&leg.instrument);
            let market = index.and_then(|index| self.markets.get(*index));
            market.is_some_and(|market| market.listing.details.multiplier == multiplier)
        });
        if !same {
            return None;
        }
        let ticks = TickTable::uniform(dec!(0.01)).ok()?;
        let one = Quantity::new(Decimal::ONE).ok()?;
        let most = Quantity::new(dec!(100000)).ok()?;
        let quantities = QuantityRule::steps(one, most);
        let name = format!("Combination of {} legs", combo.legs().len());
        let mut details = ContractDetails::new(instrument, name, currency, ticks, quantities);
        details.multiplier = multiplier;
        details.exchanges = model.listing.details.exchanges.clone();
        details
            .time_zone
            .clone_from(&model.listing.details.time_zone);
        let expiries = combo.legs().iter().filter_map(|leg| {
            let index = self.by_instrument.get(&leg.instrument)?;
            self.markets.get(*index)?.listing.details.expires_at
        });
        details.expires_at = expiries.min();
        let underlying = combo.legs().first()?.instrument.clone();
        Some(Listing {
            details: Arc::new(details),
            calendar,
            source: PriceSource::Carry { underlying },
            half_spread: 1,
            level_size: Decimal::ZERO,
        })
    }

    /// Trades as much of a combination as the legs' books allow at its price.
    pub(super) fn work_combo(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
            return;
        };
        let Instrument::Combo(combo) = order.terms.instrument.clone() else {
            return;
        };
        let (side, limit, force) = (order.side(), order.limit(), order.terms.time_in_force);
        let (index, wanted) = (order.market, order.tradable());
        if self
            .markets
            .get(index)
            .is_none_or(|market| !market.trades())
        {
            return;
        }
        for leg in combo.legs() {
            if let Some(market) = self.by_instrument.get(&leg.instrument).copied() {
                self.refresh_house(market);
            }
        }
        let offer = self.combo_offer(&combo, side);
        let acceptable = offer.filter(|(price, _)| match limit {
            None => true,
            Some(limit) if side == Side::Buy => *price <= limit,
            Some(limit) => *price >= limit,
        });
        if let Some((price, available)) = acceptable {
            let units = wanted
                .min(available)
                .round_dp_with_strategy(0, RoundingStrategy::ToZero);
            if units > Decimal::ZERO {
                let fills = self.trade_legs(&combo, side, units);
                self.fill_combo(key, price, units, &fills);
            }
        }
        let Some(order) = self.orders.get(&key).filter(|order| order.is_open()) else {
            return;
        };
        if force == TimeInForce::Ioc {
            self.cancel_because(key, "no more at once");
        } else if order.tradable() > Decimal::ZERO {
            self.replenish_after(index, self.settings.replenish_after * 60);
        }
    }

    /// A combination's best prices are what its legs' books give.
    pub(super) fn price_combo(&mut self, combo: &Combo, quote: &mut Quote) {
        for leg in combo.legs() {
            if let Some(market) = self.by_instrument.get(&leg.instrument).copied() {
                self.refresh_house(market);
            }
        }
        if let Some((price, units)) = self.combo_offer(combo, Side::Buy) {
            quote.ask = Price::new(price).ok();
            quote.ask_size = Some(units.floor());
        }
        if let Some((price, units)) = self.combo_offer(combo, Side::Sell) {
            quote.bid = Price::new(price).ok();
            quote.bid_size = Some(units.floor());
        }
    }

    /// The net price at which one unit could trade now, and how many units at it.
    fn combo_offer(&self, combo: &Combo, side: Side) -> Option<(Decimal, Decimal)> {
        let mut net = Decimal::ZERO;
        let mut units: Option<Decimal> = None;
        for leg in combo.legs() {
            let market = self
                .markets
                .get(*self.by_instrument.get(&leg.instrument)?)
                .filter(|market| market.trades())?;
            let leg_side = leg_side(leg, side);
            let other = match book_side(leg_side) {
                BookSide::Buy => BookSide::Sell,
                BookSide::Sell => BookSide::Buy,
            };
            let best = market.book.depth(other, 1).next()?;
            let ratio = Decimal::from(leg.ratio);
            let sign = if leg.side == Side::Buy {
                Decimal::ONE
            } else {
                Decimal::NEGATIVE_ONE
            };
            net += best.price.to_decimal() * ratio * sign;
            let there = best.quantity.to_decimal() / ratio;
            units = Some(units.map_or(there, |units| units.min(there)));
        }
        Some((net, units?))
    }

    /// Takes the legs from their books; gives back price and quantity of each.
    fn trade_legs(&mut self, combo: &Combo, side: Side, units: Decimal) -> Vec<LegFill> {
        let mut fills = Vec::new();
        for leg in combo.legs() {
            let Some(index) = self.by_instrument.get(&leg.instrument).copied() else {
                continue;
            };
            let leg_side = leg_side(leg, side);
            let quantity = units * Decimal::from(leg.ratio);
            let Some(size) = BookQuantity::from_decimal(quantity) else {
                continue;
            };
            self.next_key += 1;
            let key = OrderKey(HOUSE_KEYS / 2 + self.next_key);
            let entry = BookOrder {
                lifetime: Lifetime::ImmediateOrCancel,
                ..BookOrder::market(key, book_side(leg_side), size, LEG_OWNER)
            };
            let mut trades = std::mem::take(&mut self.scratch);
            if let Some(market) = self.markets.get_mut(index) {
                let _ = market.book.place(entry, |trade| trades.push(trade));
            }
            for trade in &trades {
                fills.push(LegFill {
                    instrument: leg.instrument.clone(),
                    side: leg_side,
                    price: trade.price.to_decimal(),
                    quantity: trade.quantity.to_decimal(),
                });
            }
            // The clients on the other side of the legs are filled as in any trade.
            self.settle_trades(index, &mut trades);
            self.announce(index);
        }
        fills
    }

    fn fill_combo(&mut self, key: u64, price: Decimal, units: Decimal, legs: &[LegFill]) {
        let Ok(net) = Price::new(price) else { return };
        self.book_combo(key, net.get(), units, legs, Liquidity::Removed);
    }
}

/// What one leg traded.
#[derive(Debug, Clone)]
pub(super) struct LegFill {
    pub(super) instrument: Instrument,
    pub(super) side: Side,
    pub(super) price: Decimal,
    pub(super) quantity: Decimal,
}

/// A leg's side when the combination is bought or sold.
fn leg_side(leg: &ComboLeg, side: Side) -> Side {
    if side == Side::Buy {
        leg.side
    } else {
        leg.side.opposite()
    }
}
