//! What a market looked like at an instant that has passed.

use broker_core::model::{Instrument, ListedOption, Price, Quote, SessionKind, Trade};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{Exchange, calendar, market::Market, sessions::kind};

impl Market {
    /// The reference price in force at an instant and when it came. What was before the first one
    /// that is remembered is taken to be that one.
    fn reference_at(&self, at: DateTime<Utc>) -> Option<(DateTime<Utc>, Decimal)> {
        let later = self.past.partition_point(|(came, _)| *came <= at);
        let last = later.checked_sub(1).and_then(|place| self.past.get(place));
        last.or_else(|| self.past.front()).copied()
    }

    /// The trades up to an instant, newest first.
    fn trades_by(&self, at: DateTime<Utc>) -> impl Iterator<Item = &Trade> {
        let later = self.tape.partition_point(|trade| trade.time <= at);
        self.tape.range(..later).rev()
    }

    fn session_at(&self, at: DateTime<Utc>) -> Option<SessionKind> {
        self.listing.calendar.at(at).kind().map(kind)
    }

    /// The quote at an instant, with the house's best prices and the least that it shows at them.
    /// Clients' own orders and halts are not in it.
    fn quote_at(&self, at: DateTime<Utc>) -> Option<Quote> {
        use SessionKind as K;
        let price = |value: Decimal| Price::new(value).ok();
        let (came, reference) = self.reference_at(at)?;
        let mut quote = Quote::new(self.instrument().clone(), at);
        let trading = matches!(
            self.session_at(at),
            Some(K::Regular | K::PreMarket | K::PostMarket | K::Overnight)
        );
        if trading && let Some((bid, ask)) = self.house_best(reference) {
            quote.bid = price(bid);
            quote.ask = price(ask);
            quote.bid_size = Some(self.listing.level_size);
            quote.ask_size = Some(self.listing.level_size);
        }
        // A new reference price is the last price, too, until somebody trades.
        match self.trades_by(at).next() {
            Some(trade) if trade.time >= came => {
                quote.last = Some(trade.price);
                quote.last_size = Some(trade.size);
            }
            _ => quote.last = price(reference),
        }
        self.write_day(&mut quote, at);
        Some(quote)
    }

    /// The figures of the day up to an instant.
    fn write_day(&self, quote: &mut Quote, at: DateTime<Utc>) {
        let calendar = &self.listing.calendar;
        let Ok(date) = calendar.trade_date_of(at) else {
            return;
        };
        quote.previous_close = if self.day.date == Some(date) {
            self.day.previous_close
        } else {
            let before = self.daily.iter().rev().find(|day| day.date < date);
            before.map(|day| day.close)
        }
        .and_then(|close| Price::new(close).ok());
        quote.volume = Some(Decimal::ZERO);
        let Some(layout) = calendar.trading_date(date).ok().flatten() else {
            return;
        };
        let Some(opens) = layout.windows.first().map(|window| window.open) else {
            return;
        };
        let regular = |time: &DateTime<Utc>| {
            let windows = layout.windows.iter();
            let mut windows = windows.filter(|window| window.kind.is_regular());
            windows.any(|window| window.open <= *time && *time <= window.close)
        };
        let today = self.trades_by(at).take_while(|trade| trade.time >= opens);
        quote.volume = Some(today.map(|trade| trade.size).sum());
        let trades = self
            .trades_by(at)
            .map(|trade| (trade.time, trade.price.get()));
        let references = self.past.iter().rev().copied();
        let mut prices: Vec<(DateTime<Utc>, Decimal)> = trades
            .take_while(|(time, _)| *time >= opens)
            .chain(references.take_while(|(time, _)| *time >= opens))
            .filter(|(time, _)| *time <= at && regular(time))
            .collect();
        prices.sort_by_key(|(time, _)| *time);
        let price = |value: Option<Decimal>| value.and_then(|value| Price::new(value).ok());
        quote.open = price(prices.first().map(|(_, price)| *price));
        quote.high = price(prices.iter().map(|(_, price)| *price).max());
        quote.low = price(prices.iter().map(|(_, price)| *price).min());
    }
}

impl Exchange {
    fn listed(&self, instrument: &Instrument) -> Option<&Market> {
        self.markets.get(*self.by_instrument.get(instrument)?)
    }

    /// What the best prices and the day's figures of an instrument were at an instant that has
    /// passed, as far as it is remembered: the house's prices, without clients' own orders. `None`
    /// for a combination, and for what has never had a price.
    #[must_use]
    pub fn quote_at(&self, instrument: &Instrument, at: DateTime<Utc>) -> Option<Quote> {
        match instrument {
            Instrument::Combo(_) => None,
            _ => self.listed(instrument)?.quote_at(at),
        }
    }

    /// What the best prices of an instrument were when its last session up to an instant ended.
    #[must_use]
    pub fn quote_at_close(&self, instrument: &Instrument, at: DateTime<Utc>) -> Option<Quote> {
        let calendar = &self.listed(instrument)?.listing.calendar;
        let mut date = calendar.trade_date_of(at).ok()?;
        // Every calendar trades within a fortnight.
        for _ in 0..14 {
            let layout = calendar.trading_date(date).ok().flatten();
            let windows = layout.iter().flat_map(|layout| &layout.windows);
            let ended = windows
                .filter(|window| window.close <= at && trades_in(window.kind))
                .map(|window| window.close)
                .max();
            if let Some(ended) = ended {
                return self.quote_at(instrument, ended - TimeDelta::nanoseconds(1));
            }
            date = calendar.previous_trading_date(date).ok()?;
        }
        None
    }

    /// The instants after `from` at which an instrument's price or session changed, or it traded.
    #[must_use]
    pub fn changes_since(
        &self,
        instrument: &Instrument,
        from: DateTime<Utc>,
    ) -> Vec<DateTime<Utc>> {
        let Some(market) = self.listed(instrument) else {
            return Vec::new();
        };
        let prices = market.past.iter().rev().map(|(at, _)| *at);
        let trades = market.tape.iter().rev().map(|trade| trade.time);
        let mut instants: Vec<DateTime<Utc>> = prices
            .take_while(|at| *at > from)
            .chain(trades.take_while(|at| *at > from))
            .collect();
        let mut after = from;
        while let Some((at, _)) = market.listing.calendar.next_transition(after)
            && at <= self.now
        {
            instants.push(at);
            after = at;
        }
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// The session that an instrument was in.
    #[must_use]
    pub fn session_at(&self, instrument: &Instrument, at: DateTime<Utc>) -> Option<SessionKind> {
        self.listed(instrument)?.session_at(at)
    }

    /// When an instrument last traded up to an instant.
    #[must_use]
    pub fn traded_by(&self, instrument: &Instrument, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let trade = self.listed(instrument)?.trades_by(at).next()?;
        Some(trade.time)
    }

    /// What the underlying of an option cost at an instant.
    #[must_use]
    pub fn underlying_at(&self, option: &ListedOption, at: DateTime<Utc>) -> Option<Price> {
        let market = self.listed(&Instrument::Option(option.clone()))?;
        let underlying = market.listing.details.underlying.as_ref()?;
        let (_, price) = self.listed(underlying)?.reference_at(at)?;
        Price::new(price).ok()
    }
}

const fn trades_in(kind: calendar::SessionKind) -> bool {
    use calendar::SessionKind as K;
    matches!(
        kind,
        K::Regular | K::PreMarket | K::PostMarket | K::Overnight
    )
}
