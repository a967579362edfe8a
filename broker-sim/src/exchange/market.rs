use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use broker_core::model::{Depth, DepthLevel, Instrument, Price, Quote, SessionKind, Side, Trade};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{
    Listing,
    book::{BookOrder, BookPrice, BookQuantity, BookSide, OrderBook, OrderKey},
};

/// The house market maker's owner number in every book.
pub(super) const HOUSE: u32 = 0;

/// Keys of the house's own orders; clients' keys stay below.
pub(super) const HOUSE_KEYS: u64 = 1 << 62;

/// Levels that the house quotes on each side.
const LEVELS: u32 = 5;

/// Prints that are kept for trades and intraday bars, and reference prices beside them.
pub(super) const TAPE: usize = 20_000;

/// One listing with its book and figures.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) listing: Listing,
    pub(super) book: OrderBook,
    /// The price that the source gave last.
    pub(super) reference: Option<Decimal>,
    pub(super) reference_at: DateTime<Utc>,
    pub(super) last: Option<(Decimal, Decimal)>,
    pub(super) day: DayFigures,
    pub(super) phase: Option<SessionKind>,
    pub(super) halted: bool,
    /// When the halt ends; a longer halt outlasts a shorter one.
    pub(super) halted_until: DateTime<Utc>,
    /// Whether the house is about to offer again.
    pub(super) replenishing: bool,
    /// Whether the price has been set by hand and stays.
    pub(super) pinned: bool,
    /// Clients' orders that may still trade.
    pub(super) open: BTreeSet<u64>,
    /// Clients' orders that rest in the book.
    pub(super) resting: BTreeSet<u64>,
    /// Orders that wait for a session.
    pub(super) held: BTreeSet<u64>,
    /// Orders that wait for the opening or the closing auction.
    pub(super) auction: BTreeSet<u64>,
    /// Orders that wait for a trigger.
    pub(super) armed: BTreeSet<u64>,
    /// Orders that wait for more liquidity.
    pub(super) hungry: BTreeSet<u64>,
    /// Whether somebody wants to hear of changes.
    pub(super) watched: bool,
    /// How many want to.
    pub(super) watchers: u32,
    /// Whether the next sign of life is planned.
    pub(super) flickers: bool,
    /// Whether the house's quotes are not those of the reference price.
    pub(super) stale: bool,
    pub(super) tape: VecDeque<Trade>,
    /// Reference prices and when they came, oldest first.
    pub(super) past: VecDeque<(DateTime<Utc>, Decimal)>,
    pub(super) daily: Vec<DailyBar>,
    /// Markets whose price follows this one's.
    pub(super) dependents: Vec<usize>,
    house_key: u64,
    update: u64,
}

/// The figures of one trading date.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DayFigures {
    pub(super) date: Option<NaiveDate>,
    pub(super) open: Option<Decimal>,
    pub(super) high: Option<Decimal>,
    pub(super) low: Option<Decimal>,
    /// The price at the end of the regular session.
    pub(super) close: Option<Decimal>,
    pub(super) volume: Decimal,
    pub(super) previous_close: Option<Decimal>,
}

/// A finished trading date.
#[derive(Debug, Clone, Copy)]
pub(super) struct DailyBar {
    pub(super) date: NaiveDate,
    pub(super) open: Decimal,
    pub(super) high: Decimal,
    pub(super) low: Decimal,
    pub(super) close: Decimal,
    pub(super) volume: Option<Decimal>,
}

impl Market {
    pub(super) fn new(listing: Listing, now: DateTime<Utc>) -> Self {
        Self {
            phase: None,
            listing,
            book: OrderBook::new(),
            reference: None,
            reference_at: now,
            last: None,
            day: DayFigures::default(),
            halted: false,
            halted_until: now,
            replenishing: false,
            pinned: false,
            open: BTreeSet::new(),
            resting: BTreeSet::new(),
            held: BTreeSet::new(),
            auction: BTreeSet::new(),
            armed: BTreeSet::new(),
            hungry: BTreeSet::new(),
            watched: false,
            watchers: 0,
            flickers: false,
            stale: true,
            tape: VecDeque::new(),
            past: VecDeque::new(),
            daily: Vec::new(),
            dependents: Vec::new(),
            house_key: HOUSE_KEYS,
            update: 0,
        }
    }

    pub(super) fn instrument(&self) -> &Instrument {
        self.listing.instrument()
    }

    /// Whether the regular session is under way.
    pub(super) fn is_regular(&self) -> bool {
        self.phase == Some(SessionKind::Regular)
    }

    /// Whether continuous trading is possible now.
    pub(super) fn trades(&self) -> bool {
        use SessionKind as K;
        !self.halted
            && matches!(
                self.phase,
                Some(K::Regular | K::PreMarket | K::PostMarket | K::Overnight)
            )
    }

    /// Whether somebody's order could be touched by a new price.
    pub(super) fn is_active(&self) -> bool {
        self.watched
            || !self.resting.is_empty()
            || !self.armed.is_empty()
            || !self.hungry.is_empty()
    }

    /// Takes a price from the source. The house's quotes follow when somebody looks.
    pub(super) fn set_reference(&mut self, price: Decimal, at: DateTime<Utc>) {
        self.reference = Some(price);
        self.reference_at = at;
        self.remember_reference(price, at);
        self.update += 1;
        self.stale = true;
    }

    /// A sign of life: sizes change and a few units trade at one of the best prices.
    pub(super) fn flicker(&mut self) -> Option<(Decimal, Decimal)> {
        self.update += 1;
        self.stale = true;
        let side = if self.update.is_multiple_of(2) {
            Side::Buy
        } else {
            Side::Sell
        };
        let size = self.listing.level_size / Decimal::TEN;
        let step = self.listing.details.quantities.step.get();
        let size = (size / step).round_dp(0).max(Decimal::ONE) * step;
        Some((self.best_against(side)?, size))
    }

    /// Prints a trade. Only an official price moves the day's open, high and low; trades before and
    /// after the regular session do not.
    pub(super) fn print(
        &mut self,
        price: Decimal,
        size: Decimal,
        at: DateTime<Utc>,
        official: bool,
    ) -> Option<Trade> {
        self.last = Some((price, size));
        let day = &mut self.day;
        if official {
            day.open.get_or_insert(price);
            day.high = Some(day.high.map_or(price, |high| high.max(price)));
            day.low = Some(day.low.map_or(price, |low| low.min(price)));
        }
        day.volume += size;
        if size.is_zero() {
            return None;
        }
        self.remember(price, size, at)
    }

    /// Puts a trade on the tape.
    pub(super) fn remember(
        &mut self,
        price: Decimal,
        size: Decimal,
        at: DateTime<Utc>,
    ) -> Option<Trade> {
        let trade = Trade::new(self.instrument().clone(), Price::new(price).ok()?, size, at);
        if self.tape.len() >= TAPE {
            self.tape.pop_front();
        }
        self.tape.push_back(trade.clone());
        Some(trade)
    }

    /// Ends the trading date.
    pub(super) fn close_day(&mut self) {
        let Some(close) = self.day.close.or(self.last.map(|(price, _)| price)) else {
            return;
        };
        if let (Some(date), Some(open), Some(high), Some(low)) =
            (self.day.date, self.day.open, self.day.high, self.day.low)
        {
            let volume = Some(self.day.volume);
            self.daily.push(DailyBar {
                date,
                open,
                high,
                low,
                close,
                volume,
            });
        }
        self.day = DayFigures {
            previous_close: Some(close),
            ..DayFigures::default()
        };
    }

    /// The house's orders for the reference price, best first; they may meet clients' orders.
    pub(super) fn house_quotes(&mut self) -> Vec<BookOrder> {
        let mut quotes = Vec::new();
        let Some(reference) = self.reference.and_then(|price| Price::new(price).ok()) else {
            return quotes;
        };
        if self.listing.level_size.is_zero() {
            return quotes;
        }
        let details = Arc::clone(&self.listing.details);
        let ticks = &details.ticks;
        let increment = ticks.increment(reference);
        for level in 0..LEVELS {
            let distance = increment * Decimal::from(self.listing.half_spread + level);
            for (side, core_side, raw) in [
                (BookSide::Buy, Side::Buy, reference.get() - distance),
                (BookSide::Sell, Side::Sell, reference.get() + distance),
            ] {
                let Ok(raw) = Price::new(raw) else { continue };
                let price = ticks.snap(raw, core_side).get();
                // A share is never worth less than nothing; its house bid stops above zero.
                if price <= Decimal::ZERO {
                    continue;
                }
                let size = self.level_size(level, side);
                let (Some(price), Some(size)) = (
                    BookPrice::from_decimal(price),
                    BookQuantity::from_decimal(size),
                ) else {
                    continue;
                };
                self.house_key += 1;
                quotes.push(BookOrder::limit(
                    OrderKey(self.house_key),
                    side,
                    price,
                    size,
                    HOUSE,
                ));
            }
        }
        quotes
    }

    /// The size of a house level: a fixed pattern, so that the same prices give the same book.
    fn level_size(&self, level: u32, side: BookSide) -> Decimal {
        let salt = u64::from(level) * 7 + if side == BookSide::Buy { 3 } else { 5 };
        let pattern = (self.update.wrapping_mul(2_654_435_761).wrapping_add(salt) >> 3) % 4;
        self.listing.level_size * Decimal::from(1 + u64::from(level) + pattern)
    }

    /// The units that an amount of money buys, or that must be sold for it: by the book from its
    /// best price on, or all at the limit.
    pub(super) fn units_for(
        &self,
        cash: Decimal,
        side: Side,
        limit: Option<Decimal>,
    ) -> Option<Decimal> {
        let multiplier = self.listing.details.multiplier;
        let at = |price: Decimal, cash: Decimal| cash.checked_div(price.checked_mul(multiplier)?);
        if let Some(limit) = limit {
            return at(limit, cash);
        }
        let other = if side.is_sell() {
            BookSide::Buy
        } else {
            BookSide::Sell
        };
        let (mut left, mut units, mut last) = (cash, Decimal::ZERO, self.mark());
        for level in self.book.depth(other, LEVELS as usize) {
            let price = level.price.to_decimal();
            last = Some(price);
            let here = at(price, left)?;
            let there = level.quantity.to_decimal();
            if here <= there {
                return Some(units + here);
            }
            units += there;
            left -= there * price * multiplier;
        }
        Some(units + at(last.filter(|price| *price > Decimal::ZERO)?, left)?)
    }

    /// The best price on the side against which an order trades.
    pub(super) fn best_against(&self, side: Side) -> Option<Decimal> {
        let other = if side.is_sell() {
            BookSide::Buy
        } else {
            BookSide::Sell
        };
        Some(self.book.depth(other, 1).next()?.price.to_decimal())
    }

    /// The best prices as a client sees them.
    pub(super) fn quote(&self, now: DateTime<Utc>) -> Quote {
        let mut quote = Quote::new(self.instrument().clone(), now);
        let price = |value: Option<Decimal>| value.and_then(|value| Price::new(value).ok());
        if self.trades() {
            let best = |side| self.book.depth(side, 1).next();
            if let Some(level) = best(BookSide::Buy) {
                quote.bid = price(Some(level.price.to_decimal()));
                quote.bid_size = Some(level.quantity.to_decimal());
            }
            if let Some(level) = best(BookSide::Sell) {
                quote.ask = price(Some(level.price.to_decimal()));
                quote.ask_size = Some(level.quantity.to_decimal());
            }
        }
        quote.last = price(self.last.map(|(price, _)| price));
        quote.last_size = self
            .last
            .map(|(_, size)| size)
            .filter(|size| !size.is_zero());
        quote.open = price(self.day.open);
        quote.high = price(self.day.high);
        quote.low = price(self.day.low);
        quote.previous_close = price(self.day.previous_close);
        quote.volume = Some(self.day.volume);
        quote.halted = self.halted;
        quote
    }

    /// The book as a client sees it.
    pub(super) fn depth(&self, levels: usize, now: DateTime<Utc>) -> Depth {
        let mut depth = Depth::new(self.instrument().clone(), now);
        if !self.trades() {
            return depth;
        }
        let side = |side| {
            self.book
                .depth(side, levels)
                .filter_map(|level| {
                    Some(DepthLevel {
                        price: Price::new(level.price.to_decimal()).ok()?,
                        size: level.quantity.to_decimal(),
                        orders: u32::try_from(level.orders).ok(),
                    })
                })
                .collect()
        };
        depth.bids = side(BookSide::Buy);
        depth.asks = side(BookSide::Sell);
        depth
    }

    /// The price at which a holding is valued: the reference, or the last trade.
    pub(super) fn mark(&self) -> Option<Decimal> {
        self.reference
            .or(self.last.map(|(price, _)| price))
            .or(self.day.previous_close)
    }
}
