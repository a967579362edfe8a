use std::collections::{BTreeMap, BTreeSet};

use broker_core::{
    BrokerExt as _, Covered, Decimal, Error, ErrorKind, Result,
    model::{Currency, Instrument, Money, Position, Price},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Aggregate, Rate, Registry, Seat, SeatKey, net::positions, rates::rates};

/// In what an exposure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExposureTerms {
    /// The currency of every value.
    pub currency: Currency,
    /// An exchange rate that is older is stale; one minute.
    pub max_rate_age: TimeDelta,
    /// The currency by way of which others are counted that nobody quotes in [`currency`](Self::currency)
    /// now; the US dollar. `None` takes quoted pairs only.
    pub through: Option<Currency>,
}

impl ExposureTerms {
    /// In a currency.
    #[must_use]
    pub const fn new(currency: Currency) -> Self {
        Self {
            currency,
            max_rate_age: TimeDelta::minutes(1),
            through: Some(Currency::USD),
        }
    }
}

/// What one account holds of an instrument, and what that is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValuedHolding {
    /// Whose it is.
    pub key: SeatKey,
    /// How much, negative when short.
    pub quantity: Decimal,
    /// What it is worth in its own currency, negative when short; absent when nobody can say.
    pub value: Option<Money>,
    /// When the position was so, UTC.
    pub as_of: DateTime<Utc>,
}

/// What all accounts together hold of an instrument, in units and in the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstrumentExposure {
    /// What is held.
    pub instrument: Instrument,
    /// Long less short, in units.
    pub net_quantity: Decimal,
    /// Long less short, in the base currency; absent when one holding could not be valued.
    pub net: Option<Decimal>,
    /// Long and short added up, in the base currency; absent with `net`.
    pub gross: Option<Decimal>,
    /// Who holds how much.
    pub holdings: Vec<ValuedHolding>,
}

/// The total over all instruments, each of them netted across brokers first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TotalExposure {
    /// Instruments that are long in the end.
    pub long: Decimal,
    /// Instruments that are short in the end; not above zero.
    pub short: Decimal,
    /// Long and short together.
    pub net: Decimal,
    /// The magnitudes of both.
    pub gross: Decimal,
    /// The magnitudes of every single holding, before netting.
    pub gross_of_holdings: Decimal,
}

/// Positions of several accounts, netted by instrument and valued in one currency.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Exposure {
    /// The currency of every value.
    pub currency: Currency,
    /// By instrument; complete only if every account gave a complete answer.
    pub instruments: Covered<Vec<InstrumentExposure>>,
    /// Complete only if every holding of every account is in it at a rate that is fresh; otherwise the
    /// total is that of the rest, and what is missing or stale is named.
    pub total: Covered<TotalExposure>,
    /// The exchange rates that were used.
    pub rates: Vec<Rate>,
    /// The accounts that could not be asked, and why.
    pub failures: Vec<(SeatKey, Error)>,
}

impl Exposure {
    /// The exchange rates that were used though they are stale.
    pub fn stale_rates(&self) -> impl Iterator<Item = &Rate> {
        self.rates.iter().filter(|rate| rate.stale)
    }
}

type Valued = Covered<Vec<(Position, Result<Money>)>>;

impl Registry {
    /// The positions of several accounts, netted by instrument across brokers, and what they come to in
    /// one currency.
    ///
    /// A holding counts with the broker's market value, or else with its market price × quantity ×
    /// multiplier. Options count with their value and not with that of what lies beneath. Exchange
    /// rates are the middles of the brokers' own quotes of the currency pair, in either direction; where
    /// nobody quotes the pair now, they go through a third currency ([`ExposureTerms::through`]), both
    /// legs of which may be of different brokers. What cannot be valued is missing by name and never a
    /// zero.
    pub async fn exposure(&self, seats: &[Seat], bound: usize, terms: &ExposureTerms) -> Exposure {
        let asked = self.aggregate(seats, bound, |seat| async move { valued(&seat).await });
        let asked = asked.await;
        let currencies: BTreeSet<Currency> = asked
            .answers
            .iter()
            .filter_map(|(_, covered)| covered.value())
            .flatten()
            .filter_map(|(_, value)| Some(value.as_ref().ok()?.currency))
            .collect();
        // Nobody is asked for prices who may not be asked for positions.
        let answered: Vec<Seat> = seats
            .iter()
            .filter(|seat| asked.answers.iter().any(|(key, _)| *key == seat.key))
            .cloned()
            .collect();
        let rates = rates(&answered, bound, terms, &currencies).await;
        sum(asked, terms.currency, &rates)
    }
}

async fn valued(seat: &Seat) -> Result<Valued> {
    let positions = match positions(seat).await? {
        Covered::Unavailable(why) => return Ok(Covered::Unavailable(why)),
        known => known,
    };
    let mut values = Vec::new();
    for position in positions.value().into_iter().flatten() {
        values.push(value(seat, position).await);
    }
    Ok(positions.map(|positions| positions.into_iter().zip(values).collect()))
}

async fn value(seat: &Seat, position: &Position) -> Result<Money> {
    if let Some(value) = position.market_value {
        return Ok(value);
    }
    if position.quantity.is_flat() {
        let currency = position.instrument.currency().ok_or_else(no_currency)?;
        return Ok(Money::zero(currency));
    }
    let price = position.market_price.map(Price::get).ok_or_else(|| {
        let message = "the broker told neither its value nor its price";
        Error::new(ErrorKind::Incomplete, message)
    })?;
    let details = seat.broker.contract(&position.instrument).await?;
    let amount = position
        .quantity
        .get()
        .checked_mul(price)
        .and_then(|amount| amount.checked_mul(details.multiplier))
        .ok_or_else(too_large)?;
    Ok(Money::new(amount, details.currency))
}

fn no_currency() -> Error {
    Error::new(ErrorKind::Incomplete, "its currency is not known")
}

fn too_large() -> Error {
    Error::new(ErrorKind::Incomplete, "the sum is too large to be counted")
}

/// What is added up, and what had to be left out.
#[derive(Default)]
struct Sums {
    by_instrument: BTreeMap<Instrument, InstrumentExposure>,
    unasked: Vec<String>,
    unvalued: Vec<String>,
}

impl Sums {
    fn add(
        &mut self,
        key: &SeatKey,
        position: Position,
        value: Result<Money>,
        worth: impl Fn(Money) -> Result<Decimal>,
    ) {
        let quantity = position.quantity.get();
        let base = value.clone().and_then(&worth);
        if let Err(error) = &base {
            let message = error.message();
            self.unvalued
                .push(format!("{key} {}: {message}", position.instrument));
        }
        let all = self
            .by_instrument
            .entry(position.instrument.clone())
            .or_insert_with(|| InstrumentExposure {
                instrument: position.instrument,
                net_quantity: Decimal::ZERO,
                net: Some(Decimal::ZERO),
                gross: Some(Decimal::ZERO),
                holdings: Vec::new(),
            });
        all.net_quantity = all.net_quantity.saturating_add(quantity);
        let base = base.ok();
        let add = |sum: Option<Decimal>, part: Option<Decimal>| sum?.checked_add(part?);
        let was = all.net.is_some();
        let net = add(all.net, base);
        let gross = add(all.gross, base.map(|value| value.abs()));
        // Both or none, so that a total never has the one without the other.
        (all.net, all.gross) = net.zip(gross).unzip();
        if was && base.is_some() && all.net.is_none() {
            self.unvalued.push(format!(
                "{key} {}: {}",
                all.instrument,
                too_large().message()
            ));
        }
        all.holdings.push(ValuedHolding {
            key: key.clone(),
            quantity,
            value: value.ok(),
            as_of: position.as_of,
        });
    }

    fn total(&self) -> Option<TotalExposure> {
        let mut total = TotalExposure::default();
        for one in self.by_instrument.values() {
            let (Some(net), Some(gross)) = (one.net, one.gross) else {
                continue;
            };
            let side = if net < Decimal::ZERO {
                &mut total.short
            } else {
                &mut total.long
            };
            *side = side.checked_add(net)?;
            total.gross_of_holdings = total.gross_of_holdings.checked_add(gross)?;
        }
        total.net = total.long.checked_add(total.short)?;
        total.gross = total.long.checked_sub(total.short)?;
        Some(total)
    }
}

fn sum(asked: Aggregate<Valued>, base: Currency, rates: &BTreeMap<Currency, Rate>) -> Exposure {
    let worth = |money: Money| {
        if money.currency == base {
            return Ok(money.amount);
        }
        let rate = rates.get(&money.currency).ok_or_else(|| {
            let message = format!("nobody quotes {} in {base}", money.currency);
            Error::new(ErrorKind::Incomplete, message)
        })?;
        money.amount.checked_mul(rate.rate).ok_or_else(too_large)
    };
    let mut sums = Sums::default();
    let anybody = !asked.answers.is_empty();
    for (key, covered) in asked.answers {
        if let Some(missing) = covered.missing() {
            sums.unasked.push(format!("{key}: {missing}"));
        }
        let known = match covered {
            Covered::Complete(known)
            | Covered::Since { value: known, .. }
            | Covered::Partial { value: known, .. } => known,
            Covered::Unavailable(_) => continue,
        };
        for (position, value) in known {
            sums.add(&key, position, value, worth);
        }
    }
    let failed = asked.failures.iter();
    sums.unasked
        .extend(failed.map(|(key, error)| format!("{key}: {error}")));
    // A leg that several currencies share is named once.
    let legs = rates.values().flat_map(|rate| &rate.legs);
    let stale: BTreeSet<String> = legs
        .filter(|leg| leg.stale)
        .map(|leg| {
            let (from, to, broker, age) = (leg.from, leg.to, &leg.broker, leg.age_seconds);
            format!("the rate of {from} in {to} by {broker} is stale, {age} s old")
        })
        .collect();
    let missing: Vec<String> = sums
        .unasked
        .iter()
        .cloned()
        .chain(sums.unvalued.iter().cloned())
        .chain(stale)
        .collect();
    let total = match sums.total() {
        Some(total) => cover(total, &missing, anybody),
        None => Covered::Unavailable("the sum is too large to be counted".into()),
    };
    let unasked = core::mem::take(&mut sums.unasked);
    let instruments: Vec<_> = sums.by_instrument.into_values().collect();
    Exposure {
        currency: base,
        instruments: cover(instruments, &unasked, anybody),
        total,
        rates: rates.values().cloned().collect(),
        failures: asked.failures,
    }
}

fn cover<T>(value: T, missing: &[String], anybody: bool) -> Covered<T> {
    match (missing.is_empty(), anybody) {
        (true, _) => Covered::Complete(value),
        (false, true) => Covered::Partial {
            value,
            missing: missing.join("; ").into(),
        },
        (false, false) => Covered::Unavailable(missing.join("; ").into()),
    }
}
