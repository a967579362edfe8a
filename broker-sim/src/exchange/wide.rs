//! What few brokers trade: funds, warrants and callable contracts, options on futures.
//!
//! Simplified: a fund trades at its value during the regular session and not once a day, an option on a
//! future is settled in money and does not become the future.

use std::sync::Arc;

use broker_core::{
    Result, dec,
    model::{
        ContractDetails, Currency, Fund, Future, FutureOption, Instrument, Mic, Price, Quantity,
        QuantityRule, Right, Side, TickTable, Warrant,
    },
};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{
    Exchange, Listing, PriceSource, calendar::Calendar, options::expiry_instant,
    universe::hong_kong_ticks,
};
use crate::{
    data::ProcessSettings,
    pricing::{self, FutureOptionInputs, OptionInputs, Style},
};

/// What a warrant or a callable contract pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarrantKind {
    /// A warrant to buy.
    Call,
    /// A warrant to sell.
    Put,
    /// A callable contract that gains when the share rises.
    Bull,
    /// A callable contract that gains when the share falls.
    Bear,
}

impl WarrantKind {
    /// Whether the issuer calls it when the share reaches a price.
    #[must_use]
    pub const fn is_callable(self) -> bool {
        matches!(self, Self::Bull | Self::Bear)
    }

    /// Whether it gains when the share rises.
    #[must_use]
    pub const fn rises(self) -> bool {
        matches!(self, Self::Call | Self::Bull)
    }
}

/// The terms of a warrant or a callable contract.
#[derive(Debug, Clone, PartialEq)]
pub struct WarrantTerms {
    /// What it pays.
    pub kind: WarrantKind,
    /// The share's price from which it pays.
    pub strike: Decimal,
    /// The share's price at which the issuer calls it.
    pub call_price: Option<Decimal>,
    /// The date on which it is settled.
    pub expiry: NaiveDate,
    /// How many of it are one share's.
    pub ratio: Decimal,
    /// Who has issued it.
    pub issuer: &'static str,
}

impl WarrantTerms {
    /// What one of it would pay now.
    #[must_use]
    pub fn intrinsic(&self, share: Decimal) -> Decimal {
        let gain = if self.kind.rises() {
            share - self.strike
        } else {
            self.strike - share
        };
        gain.max(Decimal::ZERO) / self.ratio
    }

    pub(super) fn is_called(&self, share: Decimal) -> bool {
        self.call_price.is_some_and(|call| match self.kind {
            WarrantKind::Bull => share <= call,
            WarrantKind::Bear => share >= call,
            WarrantKind::Call | WarrantKind::Put => false,
        })
    }
}

/// The volatility that warrants and options on futures are priced with.
const VOLATILITY: f64 = 0.30;
/// The least that a warrant costs.
const LEAST: Decimal = dec!(0.01);

fn quantities(step: Decimal, most: Decimal) -> Result<QuantityRule> {
    Ok(QuantityRule::steps(
        Quantity::new(step)?,
        Quantity::new(most)?,
    ))
}

fn fund(symbol: &str, name: &str, currency: Currency, value: Decimal) -> Result<Listing> {
    let instrument = Instrument::Fund(Fund {
        symbol: symbol.parse()?,
        currency,
    });
    let ticks = TickTable::uniform(dec!(0.0001))?;
    let rule = quantities(dec!(0.0001), dec!(10_000_000))?;
    let mut details = ContractDetails::new(instrument, name, currency, ticks, rule);
    details.time_zone = "America/New_York".into();
    let process = ProcessSettings::new(value, dec!(0.0001)).with_annual(0.04, 0.05);
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::us_equities(),
        source: PriceSource::Process(process),
        half_spread: 1,
        level_size: dec!(100_000),
    })
}

fn warrant(
    symbol: &str,
    name: &str,
    underlying: &Instrument,
    terms: WarrantTerms,
) -> Result<Listing> {
    let instrument = Instrument::Warrant(Warrant {
        symbol: symbol.parse()?,
        exchange: Mic::XHKG,
        currency: Currency::HKD,
    });
    let rule = quantities(dec!(5_000), dec!(100_000_000))?;
    let currency = Currency::HKD;
    let mut details = ContractDetails::new(instrument, name, currency, hong_kong_ticks()?, rule);
    details.exchanges = vec![Mic::XHKG];
    details.time_zone = "Asia/Hong_Kong".into();
    details.underlying = Some(underlying.clone());
    let last = Calendar::hong_kong()
        .trading_date(terms.expiry)
        .ok()
        .flatten();
    details.expires_at = last.and_then(|date| date.regular_close());
    let source = PriceSource::Warrant {
        underlying: underlying.clone(),
        terms,
    };
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::hong_kong(),
        source,
        half_spread: 1,
        level_size: dec!(500_000),
    })
}

fn future_option(
    future: &Future,
    expiry: NaiveDate,
    right: Right,
    strike: Decimal,
) -> Result<Listing> {
    let instrument = Instrument::FutureOption(FutureOption {
        root: future.root.clone(),
        exchange: future.exchange,
        expiry,
        right,
        strike,
        currency: future.currency,
    });
    let ticks = TickTable::banded([("0", "0.05"), ("10", "0.25")])?;
    let rule = quantities(dec!(1), dec!(10_000))?;
    let word = if right == Right::Put { "put" } else { "call" };
    let name = format!("{} {expiry} {strike} {word}", future.root);
    let mut details = ContractDetails::new(instrument, name, future.currency, ticks, rule);
    details.multiplier = dec!(50);
    details.exchanges = vec![future.exchange];
    details.time_zone = "America/Chicago".into();
    details.underlying = Some(Instrument::Future(future.clone()));
    details.expires_at = expiry_instant(expiry);
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::cme_index_futures(),
        source: PriceSource::Model {
            underlying: Instrument::Future(future.clone()),
        },
        half_spread: 1,
        level_size: dec!(20),
    })
}

impl Exchange {
    /// Lists two funds, a warrant and a callable contract on a share of Hong Kong, and options on the
    /// future in front, where what they are on is listed.
    ///
    /// # Errors
    /// Never in practice; the listings are fixed.
    pub fn list_wide(&mut self) -> Result<()> {
        let bonds = ("IE00B11XZ988", "Invented Bond Fund");
        let shares = ("LU0476943708", "Invented Share Fund");
        self.list(fund(bonds.0, bonds.1, Currency::USD, dec!(10.5))?);
        self.list(fund(shares.0, shares.1, Currency::HKD, dec!(5.22))?);
        self.list_warrants()?;
        self.list_future_options()
    }

    fn list_warrants(&mut self) -> Result<()> {
        let share = Instrument::equity("00700", Mic::XHKG, Currency::HKD)?;
        if !self.by_instrument.contains_key(&share) {
            return Ok(());
        }
        let calendar = Calendar::hong_kong();
        let half_a_year = self.today() + TimeDelta::days(180);
        let Ok(expiry) = calendar.next_trading_date(half_a_year) else {
            return Ok(());
        };
        let call = WarrantTerms {
            kind: WarrantKind::Call,
            strike: dec!(400),
            call_price: None,
            expiry,
            ratio: dec!(50),
            issuer: "House",
        };
        let bull = WarrantTerms {
            kind: WarrantKind::Bull,
            strike: dec!(300),
            call_price: Some(dec!(305)),
            ratio: dec!(100),
            ..call.clone()
        };
        self.list(warrant("27062", "Tencent house call", &share, call)?);
        self.list(warrant("58603", "Tencent house bull", &share, bull)?);
        Ok(())
    }

    fn list_future_options(&mut self) -> Result<()> {
        let today = self.today();
        let (year, month) = match today.month() {
            12 => (today.year() + 1, 1),
            month => (today.year(), month + 1),
        };
        let Ok(expiry) = Calendar::us_equities().third_friday(year, month) else {
            return Ok(());
        };
        let mut fronts: Vec<Future> = self
            .instruments()
            .filter_map(|instrument| match instrument {
                Instrument::Future(future) if future.expiry >= expiry => Some(future.clone()),
                _ => None,
            })
            .collect();
        fronts.sort_by_key(|future| future.expiry);
        let Some(front) = fronts.into_iter().next() else {
            return Ok(());
        };
        let Some(price) = self.mark_of(&Instrument::Future(front.clone())) else {
            return Ok(());
        };
        let step = dec!(50);
        let middle = (price / step).round() * step;
        for offset in [-2, -1, 0, 1, 2] {
            let strike = middle + step * Decimal::from(offset);
            for right in [Right::Call, Right::Put] {
                self.list(future_option(&front, expiry, right, strike)?);
            }
        }
        Ok(())
    }

    fn mark_of(&self, instrument: &Instrument) -> Option<Decimal> {
        let index = self.by_instrument.get(instrument)?;
        self.markets.get(*index)?.mark()
    }

    /// The terms of a warrant or a callable contract that is listed.
    #[must_use]
    pub fn warrant_terms(&self, instrument: &Instrument) -> Option<&WarrantTerms> {
        let index = self.by_instrument.get(instrument)?;
        match &self.markets.get(*index)?.listing.source {
            PriceSource::Warrant { terms, .. } => Some(terms),
            _ => None,
        }
    }

    /// What a warrant is worth now; a callable contract that is called has stopped trading.
    pub(super) fn warrant_price(&self, index: usize) -> Option<Decimal> {
        let market = self.markets.get(index)?;
        let PriceSource::Warrant { underlying, terms } = &market.listing.source else {
            return None;
        };
        let share = self.mark_of(underlying)?;
        let value = if terms.kind.is_callable() {
            terms.intrinsic(share)
        } else {
            let inputs = OptionInputs {
                spot: share,
                strike: terms.strike,
                years: self.years_until(market.listing.details.expires_at?),
                rate: self.settings.interest,
                dividend_yield: 0.0,
                volatility: VOLATILITY,
                right: model_right(terms.kind.rises()),
                style: Style::European,
            };
            inputs.price().ok()? / terms.ratio
        };
        let price = Price::new(value.max(LEAST).round_dp(8)).ok()?;
        let ticks = &market.listing.details.ticks;
        Some(ticks.snap(price, Side::Sell).get())
    }

    /// Whether a callable contract is to be called at its share's price.
    pub(super) fn is_called(&self, index: usize) -> bool {
        let called = || {
            let market = self.markets.get(index)?;
            let PriceSource::Warrant { underlying, terms } = &market.listing.source else {
                return None;
            };
            let running = market.listing.details.tradable;
            Some(running && terms.is_called(self.mark_of(underlying)?))
        };
        called() == Some(true)
    }

    /// What one unit of a warrant or of an option on a future is settled at.
    pub(super) fn settlement_of(&self, index: usize) -> Option<Decimal> {
        let market = self.markets.get(index)?;
        let underlying = market.listing.details.underlying.as_ref()?;
        let mark = self.mark_of(underlying)?;
        match (&market.listing.source, market.instrument()) {
            (PriceSource::Warrant { terms, .. }, _) => Some(terms.intrinsic(mark)),
            (_, Instrument::FutureOption(option)) => {
                let gain = match option.right {
                    Right::Put => option.strike - mark,
                    _ => mark - option.strike,
                };
                Some(gain.max(Decimal::ZERO))
            }
            _ => None,
        }
    }

    /// What an option on a future is worth now.
    pub(super) fn future_option_price(&self, index: usize) -> Option<Decimal> {
        let market = self.markets.get(index)?;
        let details = &market.listing.details;
        let Instrument::FutureOption(option) = market.instrument() else {
            return None;
        };
        let inputs = FutureOptionInputs {
            future: self.mark_of(details.underlying.as_ref()?)?,
            strike: option.strike,
            years: self.years_until(details.expires_at?),
            rate: self.settings.interest,
            volatility: VOLATILITY,
            right: model_right(option.right != Right::Put),
            style: Style::European,
        };
        let price = Price::new(inputs.price().ok()?.max(dec!(0.05))).ok()?;
        Some(details.ticks.snap(price, Side::Sell).get())
    }

    fn years_until(&self, end: DateTime<Utc>) -> f64 {
        let seconds = (end - self.now).num_seconds().max(0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds until expiry are below 2^52"
        )]
        let seconds = seconds as f64;
        seconds / (365.0 * 86_400.0)
    }
}

const fn model_right(rises: bool) -> pricing::Right {
    if rises {
        pricing::Right::Call
    } else {
        pricing::Right::Put
    }
}
