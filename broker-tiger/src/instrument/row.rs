//! What the vendor tells about a contract.

use broker_core::{
    Error, ErrorKind, Result,
    model::{ContractDetails, Instrument, Mic, Price, Quantity, QuantityRule, TickBand, TickTable},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use rust_decimal::{Decimal, dec};
use serde::Deserialize;

use super::exchange::{market_of, mic, zone_of};
use crate::convert::{Figure, Flag, Rows, Text, Whole};

/// A contract of `contract`, `contracts` and `quote_contract`, or a future of the quote methods.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContractRow {
    pub(crate) contract_id: Whole,
    pub(crate) identifier: Text,
    pub(crate) symbol: Text,
    /// The symbol of a future, where it comes from the quote methods.
    pub(crate) contract_code: Text,
    /// The product of a future.
    pub(crate) r#type: Text,
    pub(crate) sec_type: Text,
    pub(crate) market: Text,
    pub(crate) primary_exchange: Text,
    pub(crate) exchange: Text,
    pub(crate) currency: Text,
    pub(crate) name: Text,
    pub(crate) status: Whole,
    pub(crate) tradeable: Flag,
    pub(crate) trade: Flag,
    pub(crate) continuous: Flag,
    pub(crate) shortable: Flag,
    pub(crate) multiplier: Figure,
    pub(crate) lot_size: Figure,
    pub(crate) min_tick: Figure,
    pub(crate) tick_sizes: TickRows,
    pub(crate) support_fractional_share: Flag,
    pub(crate) support_overnight_trading: Flag,
    pub(crate) expiry: Text,
    pub(crate) strike: Figure,
    pub(crate) right: Text,
    pub(crate) last_trading_date: Text,
}

/// The ranges of price increments; none when they cannot be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct TickRows(Vec<TickRow>);

impl<'de> Deserialize<'de> for TickRows {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Rows::<TickRow>::deserialize(deserializer)?;
        // Half a table is none.
        let whole = rows.unreadable.is_empty();
        Ok(Self(if whole { rows.rows } else { Vec::new() }))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TickRow {
    /// A text.
    begin: Figure,
    tick_size: Figure,
}

/// The largest order that is let through; the vendor names no limit.
const MOST: i64 = 1_000_000_000;
/// The smallest part of a share or of a fund that is traded (four decimal places).
const FRACTION: Decimal = dec!(0.0001);
/// What values of funds are told in. Orders for them name no price.
const VALUE_STEP: Decimal = dec!(0.0001);

/// The date of `yyyyMMdd`, with or without dashes.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&text.replace('-', ""), "%Y%m%d").ok()
}

impl ContractRow {
    /// The exchange on which it is listed.
    pub(crate) fn home(&self) -> Mic {
        let word = self.primary_exchange.get().or(self.exchange.get());
        word.map_or(Mic::XXXX, mic)
    }

    /// The price increments of an instrument.
    pub(super) fn ticks_of(&self, instrument: &Instrument) -> Result<TickTable> {
        match instrument {
            Instrument::Fund(_) => Ok(TickTable::uniform(VALUE_STEP)?),
            _ => self.ticks(),
        }
    }

    fn ticks(&self) -> Result<TickTable> {
        let bands = self.tick_sizes.0.iter().filter_map(|row| {
            let from = Price::new(row.begin.get()?.normalize()).ok()?;
            Some(TickBand::new(from, row.tick_size.get()?.normalize()))
        });
        let bands: Vec<TickBand> = bands.collect();
        if bands.len() == self.tick_sizes.0.len()
            && let Ok(table) = TickTable::try_from(bands)
        {
            return Ok(table);
        }
        let tick = self.min_tick.get().filter(|tick| *tick > Decimal::ZERO);
        match tick {
            Some(tick) => Ok(TickTable::uniform(tick.normalize())?),
            None => Err(Error::new(
                ErrorKind::Incomplete,
                "Tiger told no price increments of the contract",
            )),
        }
    }

    /// The last day of trading, where it is told.
    fn last_day(&self) -> Option<NaiveDate> {
        let told = self.last_trading_date.get().and_then(date);
        told.or_else(|| self.expiry.get().and_then(date))
    }

    /// Whether it is the derivative with these terms; what a row leaves out contradicts nothing.
    pub(super) fn has_terms(&self, expiry: NaiveDate, strike: Decimal, right: &str) -> bool {
        let same_day = self
            .expiry
            .get()
            .and_then(date)
            .is_none_or(|own| own == expiry);
        let same_strike = self.strike.get().is_none_or(|own| own == strike);
        let same_right = self.right.get().is_none_or(|own| {
            let first = |word: &str| word.bytes().next().map(|one| one.to_ascii_uppercase());
            first(own) == first(right)
        });
        same_day && same_strike && same_right
    }

    fn quantities(&self, instrument: &Instrument) -> Result<QuantityRule> {
        let lot = self.lot_size.get().filter(|lot| *lot > Decimal::ZERO);
        let step = match instrument {
            Instrument::Equity(_) if self.support_fractional_share.get() == Some(true) => FRACTION,
            Instrument::Equity(_) => lot.unwrap_or(Decimal::ONE),
            Instrument::Fund(_) => FRACTION,
            // What is called the multiplier of a warrant is its lot.
            Instrument::Warrant(_) => {
                let multiplier = self.multiplier.get().filter(|one| *one > Decimal::ZERO);
                lot.or(multiplier).ok_or_else(|| {
                    let message = "Tiger told no lot of the warrant";
                    Error::new(ErrorKind::Incomplete, message)
                })?
            }
            Instrument::Crypto(_) => {
                if self.support_fractional_share.get() == Some(false) {
                    Decimal::ONE
                } else {
                    dec!(0.00000001)
                }
            }
            _ => Decimal::ONE,
        };
        Ok(QuantityRule::steps(
            Quantity::new(step.normalize())?,
            Quantity::try_from(MOST)?,
        ))
    }

    /// The contract in core's words.
    ///
    /// # Errors
    /// [`Incomplete`](ErrorKind::Incomplete) when the vendor left out what orders are checked with.
    pub(crate) fn details(&self, instrument: &Instrument) -> Result<ContractDetails> {
        let currency = match instrument.currency() {
            Some(currency) => currency,
            None => self.currency.required("currency")?.parse()?,
        };
        let name = self.name.get().unwrap_or_default();
        let mut details = ContractDetails::new(
            instrument.clone(),
            name,
            currency,
            self.ticks_of(instrument)?,
            self.quantities(instrument)?,
        );
        let multiplies = !matches!(instrument, Instrument::Warrant(_) | Instrument::Fund(_));
        if let Some(multiplier) = self.multiplier.get().filter(|one| *one > Decimal::ZERO)
            && multiplies
        {
            details.multiplier = multiplier.normalize();
        }
        let home = self.home();
        if home != Mic::XXXX {
            details.exchanges = vec![home];
        }
        let market = market_of(instrument);
        details.time_zone = zone_of(market).name().to_owned();
        details.tradable = self
            .tradeable
            .get()
            .or(self.trade.get())
            .unwrap_or_else(|| self.status.get().is_none_or(|status| status == 1));
        details.shortable = match instrument {
            Instrument::Equity(_) => self.shortable.get().unwrap_or(false),
            Instrument::Fund(_) | Instrument::Warrant(_) => false,
            _ => true,
        };
        let own = match instrument {
            // Its last day of trading is days before the one on which it is settled.
            Instrument::Warrant(_) => self.last_day(),
            other => other.expiry(),
        };
        details.expires_at = own.and_then(|expiry| last_instant(market, expiry));
        if let Some(id) = self.contract_id.get().filter(|id| *id > 0) {
            details
                .aliases
                .insert("contract_id".to_owned(), id.to_string());
        }
        Ok(details)
    }
}

/// When a derivative stops trading on its last day: at four in the afternoon of its market.
fn last_instant(market: &str, date: NaiveDate) -> Option<DateTime<Utc>> {
    let close = NaiveTime::from_hms_opt(16, 0, 0)?;
    let local = zone_of(market).from_local_datetime(&date.and_time(close));
    local.latest().map(|at| at.to_utc())
}
