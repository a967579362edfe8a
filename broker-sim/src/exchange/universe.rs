//! What the exchange lists: the series of a data set, and instruments with seeded prices beside them.

use std::sync::Arc;

use broker_core::{
    Result, dec,
    model::{ContractDetails, Currency, Instrument, Mic, Price, Quantity, QuantityRule, TickTable},
};
use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;

use super::{Exchange, Listing, PriceSource, calendar::Calendar};
use crate::data::{ProcessSettings, Reversion};

/// Names and exchanges of the shares in the shipped data.
const SHARES: &[(&str, &str, Mic)] = &[
    ("AAPL", "Apple Inc.", Mic::XNAS),
    ("AMD", "Advanced Micro Devices Inc.", Mic::XNAS),
    ("BAC", "Bank of America Corp.", Mic::XNYS),
    ("BBY", "Best Buy Co. Inc.", Mic::XNYS),
    ("CVX", "Chevron Corp.", Mic::XNYS),
    ("GE", "General Electric Co.", Mic::XNYS),
    ("HD", "Home Depot Inc.", Mic::XNYS),
    ("JNJ", "Johnson & Johnson", Mic::XNYS),
    ("JPM", "JPMorgan Chase & Co.", Mic::XNYS),
    ("KO", "Coca-Cola Co.", Mic::XNYS),
    ("LLY", "Eli Lilly and Co.", Mic::XNYS),
    ("MRK", "Merck & Co. Inc.", Mic::XNYS),
    ("MSFT", "Microsoft Corp.", Mic::XNAS),
    ("PEP", "PepsiCo Inc.", Mic::XNAS),
    ("PFE", "Pfizer Inc.", Mic::XNYS),
    ("PG", "Procter & Gamble Co.", Mic::XNYS),
    ("RRC", "Range Resources Corp.", Mic::XNYS),
    ("UNH", "UnitedHealth Group Inc.", Mic::XNYS),
    ("WMT", "Walmart Inc.", Mic::XNYS),
    ("XOM", "Exxon Mobil Corp.", Mic::XNYS),
];

const NEW_YORK: &str = "America/New_York";

fn quantities(step: Decimal, most: Decimal) -> Result<QuantityRule> {
    Ok(QuantityRule::steps(
        Quantity::new(step)?,
        Quantity::new(most)?,
    ))
}

/// A US share: cents above a dollar, fractions down to a ten-thousandth.
///
/// # Errors
/// When the symbol is malformed.
pub fn us_share(symbol: &str, source: PriceSource) -> Result<Listing> {
    let known = SHARES.iter().find(|(known, _, _)| *known == symbol);
    let (name, mic) = known.map_or((symbol, Mic::XNAS), |(_, name, mic)| (*name, *mic));
    let instrument = Instrument::equity(symbol, mic, Currency::USD)?;
    let ticks = TickTable::banded([("0", "0.0001"), ("1", "0.01")])?;
    let rule = quantities(dec!(0.0001), dec!(1_000_000))?;
    let mut details = ContractDetails::new(instrument, name, Currency::USD, ticks, rule);
    details.exchanges = vec![mic];
    details.time_zone = NEW_YORK.into();
    details.shortable = true;
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::us_equities(),
        source,
        half_spread: 1,
        level_size: dec!(200),
    })
}

pub(super) fn index(symbol: &str, name: &str, source: PriceSource) -> Result<Listing> {
    let instrument = Instrument::index(symbol, Mic::XCBO, Currency::USD)?;
    let ticks = TickTable::uniform(dec!(0.01))?;
    let rule = quantities(dec!(1), dec!(1))?;
    let mut details = ContractDetails::new(instrument, name, Currency::USD, ticks, rule);
    details.exchanges = vec![Mic::XCBO];
    details.time_zone = NEW_YORK.into();
    details.tradable = false;
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::us_equities(),
        source,
        half_spread: 1,
        level_size: Decimal::ZERO,
    })
}

/// The increments of Hong Kong's exchange.
pub(super) fn hong_kong_ticks() -> Result<TickTable> {
    Ok(TickTable::banded([
        ("0", "0.001"),
        ("0.25", "0.005"),
        ("0.5", "0.01"),
        ("10", "0.02"),
        ("20", "0.05"),
        ("100", "0.1"),
        ("200", "0.2"),
        ("500", "0.5"),
        ("1000", "1"),
        ("2000", "2"),
        ("5000", "5"),
    ])?)
}

fn hong_kong(symbol: &str, name: &str, process: ProcessSettings) -> Result<Listing> {
    let instrument = Instrument::equity(symbol, Mic::XHKG, Currency::HKD)?;
    let ticks = hong_kong_ticks()?;
    let rule = quantities(dec!(100), dec!(10_000_000))?;
    let mut details = ContractDetails::new(instrument, name, Currency::HKD, ticks, rule);
    details.exchanges = vec![Mic::XHKG];
    details.time_zone = "Asia/Hong_Kong".into();
    details.shortable = true;
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::hong_kong(),
        source: PriceSource::Process(process),
        half_spread: 1,
        level_size: dec!(1_000),
    })
}

fn forex(base: Currency, quote: Currency, process: ProcessSettings) -> Result<Listing> {
    let increment = process.price_increment;
    let instrument = Instrument::forex(base, quote);
    let rule = quantities(dec!(1), dec!(100_000_000))?;
    let name = format!("{base} in {quote}");
    let ticks = TickTable::uniform(increment)?;
    let mut details = ContractDetails::new(instrument, name, quote, ticks, rule);
    details.time_zone = NEW_YORK.into();
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::forex(),
        source: PriceSource::Process(process),
        half_spread: 1,
        level_size: dec!(500_000),
    })
}

fn crypto(base: Currency, process: ProcessSettings) -> Result<Listing> {
    let instrument = Instrument::crypto(base, Currency::USD);
    let rule = quantities(dec!(0.00000001), dec!(10_000))?;
    let name = format!("{base} in {}", Currency::USD);
    let ticks = TickTable::uniform(dec!(0.01))?;
    let details = ContractDetails::new(instrument, name, Currency::USD, ticks, rule);
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::always_open(),
        source: PriceSource::Process(process),
        half_spread: 50,
        level_size: dec!(0.5),
    })
}

/// An E-mini future on the index, by last trading date.
fn e_mini(underlying: &Instrument, expiry: NaiveDate) -> Result<Listing> {
    let instrument = Instrument::future("ES", Mic::XCME, expiry, Currency::USD)?;
    let ticks = TickTable::uniform(dec!(0.25))?;
    let rule = quantities(dec!(1), dec!(10_000))?;
    let name = format!("E-mini S&P 500 {expiry}");
    let mut details = ContractDetails::new(instrument, name, Currency::USD, ticks, rule);
    details.multiplier = dec!(50);
    details.exchanges = vec![Mic::XCME];
    details.time_zone = "America/Chicago".into();
    details.underlying = Some(underlying.clone());
    let close = Calendar::us_equities().trading_date(expiry).ok().flatten();
    // The expiring contract settles against the opening of the index.
    details.expires_at = close.and_then(|layout| layout.regular_open());
    Ok(Listing {
        details: Arc::new(details),
        calendar: Calendar::cme_index_futures(),
        source: PriceSource::Carry {
            underlying: underlying.clone(),
        },
        half_spread: 1,
        level_size: dec!(25),
    })
}

impl Exchange {
    /// Lists instruments with seeded prices: two Hong Kong shares, currency pairs, bitcoin, a test
    /// share, and index futures when there is an index.
    ///
    /// # Errors
    /// Never in practice; the listings are fixed.
    pub fn list_seeded(&mut self) -> Result<()> {
        let pair = |start: Decimal, increment: Decimal, volatility: f64| {
            ProcessSettings::new(start, increment)
                .with_annual(0.0, volatility)
                .with_reversion(Reversion {
                    level: start,
                    speed: 2.0,
                })
                .with_session_volume(dec!(100_000_000))
        };
        self.list(forex(
            Currency::EUR,
            Currency::USD,
            pair(dec!(1.1), dec!(0.00005), 0.07),
        )?);
        self.list(forex(
            Currency::GBP,
            Currency::USD,
            pair(dec!(1.27), dec!(0.00005), 0.08),
        )?);
        self.list(forex(
            Currency::USD,
            Currency::JPY,
            pair(dec!(130), dec!(0.005), 0.09),
        )?);
        self.list(forex(
            Currency::USD,
            Currency::HKD,
            pair(dec!(7.8), dec!(0.0001), 0.005),
        )?);
        let share = |start: Decimal, tick: Decimal| {
            ProcessSettings::new(start, tick).with_annual(0.05, 0.30)
        };
        self.list(hong_kong(
            "00700",
            "Tencent Holdings Ltd.",
            share(dec!(380), dec!(0.2)),
        )?);
        self.list(hong_kong(
            "00005",
            "HSBC Holdings plc",
            share(dec!(60), dec!(0.05)),
        )?);
        self.list(crypto(
            Currency::BTC,
            share(dec!(30_000), dec!(0.01)).with_annual(0.1, 0.6),
        )?);
        let test = share(dec!(50), dec!(0.01));
        let test = us_share("ZVZZT", PriceSource::Process(test))?;
        self.list(self.with_nights(test));
        let spx = Instrument::index("SPX", Mic::XCBO, Currency::USD)?;
        if self.by_instrument.contains_key(&spx) {
            for expiry in self.quarterly_expiries() {
                self.list(e_mini(&spx, expiry)?);
            }
        }
        Ok(())
    }

    /// The third Fridays of the next three quarters' last months.
    fn quarterly_expiries(&self) -> Vec<NaiveDate> {
        let calendar = Calendar::us_equities();
        let today = self.today();
        let mut dates = Vec::new();
        for year in [today.year(), today.year() + 1] {
            for month in [3, 6, 9, 12] {
                if let Ok(date) = calendar.third_friday(year, month)
                    && date > today
                    && dates.len() < 3
                {
                    dates.push(date);
                }
            }
        }
        dates
    }

    /// A price that may still be changed by nobody: the close of the last finished day.
    #[must_use]
    pub fn previous_close(&self, instrument: &Instrument) -> Option<Price> {
        let market = self.markets.get(*self.by_instrument.get(instrument)?)?;
        Price::new(market.day.previous_close?).ok()
    }
}
