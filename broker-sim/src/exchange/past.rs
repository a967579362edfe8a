//! What has been: reference prices with the house's best prices at them, and finished days.

use broker_core::model::{Bar, BarInterval, Instrument, Price, Side, Trade};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{
    Exchange, Refusal,
    market::{Market, TAPE},
};

/// A reference price and what the house quoted at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastPrice {
    /// When the price came.
    pub at: DateTime<Utc>,
    /// The reference price.
    pub price: Decimal,
    /// The house's best bid; none for what is quoted but not traded.
    pub bid: Option<Decimal>,
    /// The house's best ask; none for what is quoted but not traded.
    pub ask: Option<Decimal>,
}

impl Market {
    /// Remembers a reference price.
    pub(super) fn remember_reference(&mut self, price: Decimal, at: DateTime<Utc>) {
        if self.past.back().is_some_and(|(_, last)| *last == price) {
            return;
        }
        if self.past.len() >= TAPE {
            self.past.pop_front();
        }
        self.past.push_back((at, price));
    }

    /// The house's best bid and ask at a reference price.
    pub(super) fn house_best(&self, reference: Decimal) -> Option<(Decimal, Decimal)> {
        if self.listing.level_size.is_zero() {
            return None;
        }
        let ticks = &self.listing.details.ticks;
        let price = Price::new(reference).ok()?;
        let distance = ticks.increment(price) * Decimal::from(self.listing.half_spread);
        let bid = ticks.snap(Price::new(reference - distance).ok()?, Side::Buy);
        let ask = ticks.snap(Price::new(reference + distance).ok()?, Side::Sell);
        Some((bid.get(), ask.get()))
    }
}

impl Exchange {
    /// The reference prices of an instrument from an instant on, oldest first, each with the house's
    /// best prices at it; the first is the one that was in force at the instant, where it is known.
    ///
    /// Clients' own orders are not in them.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](broker_core::ErrorKind::NotFound) when it is not listed.
    pub fn past_prices(
        &mut self,
        instrument: &Instrument,
        from: DateTime<Utc>,
    ) -> Result<Vec<PastPrice>, Refusal> {
        let index = self.find_or_list(instrument)?;
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        let later = market.past.partition_point(|(at, _)| *at <= from);
        let rows = market.past.iter().skip(later.saturating_sub(1));
        let row = |(at, price): &(DateTime<Utc>, Decimal)| {
            let best = market.house_best(*price);
            PastPrice {
                at: *at,
                price: *price,
                bid: best.map(|(bid, _)| bid),
                ask: best.map(|(_, ask)| ask),
            }
        };
        Ok(rows.map(row).collect())
    }

    /// The trades of an instrument from an instant on, oldest first, as far as they are remembered.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](broker_core::ErrorKind::NotFound) when it is not listed.
    pub fn trades_since(
        &mut self,
        instrument: &Instrument,
        from: DateTime<Utc>,
    ) -> Result<Vec<Trade>, Refusal> {
        let index = self.find_or_list(instrument)?;
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        let first = market.tape.partition_point(|trade| trade.time < from);
        Ok(market.tape.iter().skip(first).cloned().collect())
    }

    /// Every day's bar of an instrument with its trading date, oldest first, the unfinished day
    /// included.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](broker_core::ErrorKind::NotFound) when it is not listed.
    pub fn daily_bars(
        &mut self,
        instrument: &Instrument,
    ) -> Result<Vec<(NaiveDate, Bar)>, Refusal> {
        let index = self.find_or_list(instrument)?;
        Ok(self.daily(index, BarInterval::Day1))
    }

    /// The house's best bid and ask at a price of an instrument; none for what is not traded.
    #[must_use]
    pub fn house_prices(
        &self,
        instrument: &Instrument,
        reference: Decimal,
    ) -> Option<(Decimal, Decimal)> {
        let index = *self.by_instrument.get(instrument)?;
        self.markets.get(index)?.house_best(reference)
    }

    /// The least that the house shows at a level of an instrument's book.
    #[must_use]
    pub fn house_size(&self, instrument: &Instrument) -> Option<Decimal> {
        let index = *self.by_instrument.get(instrument)?;
        Some(self.markets.get(index)?.listing.level_size)
    }
}
