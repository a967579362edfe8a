//! What clients may ask: orders, prices, bars, instruments.

use std::sync::Arc;

use broker_core::{
    ErrorKind,
    model::{
        AccountId, AssetClass, ContractDetails, Depth, Instrument, InstrumentMatch,
        InstrumentQuery, Quote, SessionKind, Trade, TradingDay, TradingSchedule,
    },
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Exchange, Refusal, SimOrder, sessions};

impl Exchange {
    /// Every order that is kept, oldest first.
    #[must_use]
    pub fn orders(&self, account: &AccountId) -> Vec<&SimOrder> {
        let mut orders: Vec<_> = self
            .orders
            .values()
            .filter(|order| order.account == *account)
            .collect();
        orders.sort_by_key(|order| order.key);
        orders
    }

    /// An order by the exchange's number.
    #[must_use]
    pub fn order(&self, key: u64) -> Option<&SimOrder> {
        self.orders.get(&key)
    }

    /// How many orders may still trade.
    #[must_use]
    pub fn open_orders(&self) -> usize {
        self.markets.iter().map(|market| market.open.len()).sum()
    }

    /// The best prices of an instrument.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not listed.
    pub fn quote(&mut self, instrument: &Instrument) -> Result<Quote, Refusal> {
        let index = self.find_or_list(instrument)?;
        self.refresh_house(index);
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        let mut quote = market.quote(self.now);
        if let Instrument::Combo(combo) = instrument {
            self.price_combo(combo, &mut quote);
        }
        Ok(quote)
    }

    /// The book of an instrument.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not listed.
    pub fn depth(&mut self, instrument: &Instrument, levels: usize) -> Result<Depth, Refusal> {
        let index = self.find_or_list(instrument)?;
        self.refresh_house(index);
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        Ok(market.depth(levels, self.now))
    }

    /// The newest trades of an instrument, oldest first.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not listed.
    pub fn trades(&mut self, instrument: &Instrument, limit: usize) -> Result<Vec<Trade>, Refusal> {
        let index = self.find_or_list(instrument)?;
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        let skip = market.tape.len().saturating_sub(limit);
        Ok(market.tape.iter().skip(skip).cloned().collect())
    }

    /// What is fixed about an instrument.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not listed.
    pub fn contract(&mut self, instrument: &Instrument) -> Result<Arc<ContractDetails>, Refusal> {
        let index = self.find_or_list(instrument)?;
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        Ok(Arc::clone(&market.listing.details))
    }

    /// Instruments whose symbol or name contains the text, shortest symbol first.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<InstrumentMatch> {
        let wanted = text.trim().to_uppercase();
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(bool, String, InstrumentMatch)> = self
            .markets
            .iter()
            .filter(|market| {
                let class = market.instrument().asset_class();
                !matches!(class, AssetClass::Option | AssetClass::Combo)
            })
            .filter_map(|market| {
                let instrument = market.instrument().clone();
                let name = market.listing.details.name.clone();
                let symbol = ticker(&instrument);
                let fits = symbol.contains(&wanted) || name.to_uppercase().contains(&wanted);
                let exact = symbol != wanted;
                fits.then_some((exact, symbol, InstrumentMatch { instrument, name }))
            })
            .collect();
        found.sort_by(|a, b| (a.0, a.1.len(), &a.1).cmp(&(b.0, b.1.len(), &b.1)));
        found
            .into_iter()
            .take(limit)
            .map(|(_, _, row)| row)
            .collect()
    }

    /// Every instrument that a query may mean.
    pub fn resolve(&mut self, query: &InstrumentQuery) -> Vec<Instrument> {
        let text = query.text.as_str();
        if let Ok(occ) = text.parse() {
            let instrument = Instrument::option(occ);
            let known = self.find_or_list(&instrument).is_ok();
            return if known { vec![instrument] } else { Vec::new() };
        }
        let mut found: Vec<Instrument> = self
            .markets
            .iter()
            .map(super::market::Market::instrument)
            .filter(|instrument| {
                let class = instrument.asset_class();
                !matches!(class, AssetClass::Option | AssetClass::Combo)
                    && (ticker(instrument) == text
                        || instrument.to_string() == text
                        || broker_form(instrument) == text)
                    && query.asset_class.is_none_or(|wanted| wanted == class)
                    && query
                        .currency
                        .is_none_or(|wanted| instrument.currency() == Some(wanted))
                    && query
                        .exchange
                        .is_none_or(|wanted| exchange_of(instrument) == Some(wanted))
            })
            .cloned()
            .collect();
        found.sort();
        found
    }

    /// The sessions of an instrument from one date to another.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not listed, [`ErrorKind::InvalidRequest`] for a range that
    /// is empty, longer than a year or outside what the calendar covers.
    pub fn schedule_of(
        &mut self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule, Refusal> {
        let invalid =
            |text: String| Refusal::new(ErrorKind::InvalidRequest, "321", text).at("from");
        let days = (to - from).num_days();
        if !(0..=366).contains(&days) {
            return Err(invalid(format!(
                "{from} to {to} is not between one day and a year"
            )));
        }
        let index = self.find_or_list(instrument)?;
        let market = self
            .markets
            .get(index)
            .ok_or_else(super::intake::not_listed)?;
        let calendar = &market.listing.calendar;
        let mut schedule = TradingSchedule {
            time_zone: calendar.time_zone().to_string(),
            days: Vec::new(),
        };
        for date in from.iter_days().take_while(|date| *date <= to) {
            let kind = calendar
                .day(date)
                .map_err(|error| invalid(error.to_string()))?;
            let layout = calendar
                .trading_date(date)
                .map_err(|error| invalid(error.to_string()))?;
            let windows = layout
                .iter()
                .flat_map(|layout| &layout.windows)
                .map(|window| broker_core::model::SessionWindow {
                    kind: sessions::kind(window.kind),
                    open: window.open,
                    close: window.close,
                });
            schedule.days.push(TradingDay {
                date,
                windows: windows.collect(),
                early_close: layout.as_ref().is_some_and(|layout| layout.early_close),
                holiday: match kind {
                    super::calendar::DayKind::Holiday(name) => Some(name.to_owned()),
                    _ => None,
                },
            });
        }
        Ok(schedule)
    }

    /// The instruments that are listed, in the order of listing.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.markets.iter().map(super::market::Market::instrument)
    }

    /// The number of a listed instrument.
    #[must_use]
    pub fn listing_of(&self, instrument: &Instrument) -> Option<usize> {
        self.by_instrument.get(instrument).copied()
    }

    /// Best prices and book by the number of the listing.
    pub fn view(&mut self, listing: usize, levels: usize) -> Option<(Quote, Depth)> {
        self.refresh_house(listing);
        let market = self.markets.get(listing)?;
        Some((market.quote(self.now), market.depth(levels, self.now)))
    }

    /// Says that one more, or one less, wants to hear of an instrument's prices.
    pub fn watch(&mut self, listing: usize, watched: bool) {
        if let Some(market) = self.markets.get_mut(listing) {
            market.watchers = if watched {
                market.watchers.saturating_add(1)
            } else {
                market.watchers.saturating_sub(1)
            };
            market.watched = market.watchers > 0;
            if market.watched && !market.flickers {
                market.flickers = true;
                let pause = self.settings.flicker_every;
                self.schedule_after(pause, super::engine::Due::Flicker(listing));
            }
        }
        self.refresh_house(listing);
    }

    /// How many want to hear of a listing's prices.
    #[cfg(all(test, feature = "tws"))]
    pub(crate) fn watchers(&self, listing: usize) -> u32 {
        self.markets
            .get(listing)
            .map_or(0, |market| market.watchers)
    }

    /// Whether an instrument trades in the night, too.
    #[must_use]
    pub fn trades_at_night(&self, instrument: &Instrument) -> bool {
        let index = self.listing_of(instrument);
        let market = index.and_then(|index| self.markets.get(index));
        market.is_some_and(|market| market.listing.calendar.has_nights())
    }

    /// What a listed derivative is on.
    #[must_use]
    pub fn underlying_of(&self, instrument: &Instrument) -> Option<&Instrument> {
        let market = self.markets.get(self.listing_of(instrument)?)?;
        market.listing.details.underlying.as_ref()
    }

    /// The session that a listing is in.
    #[must_use]
    pub fn session_of(&self, listing: usize) -> Option<SessionKind> {
        self.markets.get(listing)?.phase
    }
}

/// The symbol that a person types.
pub(super) fn ticker(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Equity(part) => part.symbol.as_str().to_owned(),
        Instrument::Index(part) => part.symbol.as_str().to_owned(),
        Instrument::Future(part) => part.root.as_str().to_owned(),
        other => other.to_string(),
    }
}

/// Other spellings in use: `EUR/USD`, `00700.HK`.
fn broker_form(instrument: &Instrument) -> String {
    match instrument {
        Instrument::Forex(part) => format!("{}/{}", part.base, part.quote),
        Instrument::Crypto(part) => format!("{}/{}", part.base, part.quote),
        Instrument::Equity(part) if part.primary == broker_core::model::Mic::XHKG => {
            format!("{}.HK", part.symbol)
        }
        other => other.to_string(),
    }
}

fn exchange_of(instrument: &Instrument) -> Option<broker_core::model::Mic> {
    match instrument {
        Instrument::Equity(part) => Some(part.primary),
        Instrument::Future(part) => Some(part.exchange),
        Instrument::Index(part) => Some(part.exchange),
        _ => None,
    }
}

/// Percent by which a price stands above the previous close.
pub(super) fn change_percent(last: Decimal, previous: Decimal) -> Option<Decimal> {
    let change = (last - previous).checked_div(previous)?;
    Some((change * Decimal::ONE_HUNDRED).round_dp(2))
}
