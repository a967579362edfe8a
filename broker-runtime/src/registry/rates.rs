//! What a unit of one currency is worth in another, by the brokers' own quotes.

use std::collections::{BTreeMap, BTreeSet};

use broker_core::{
    Broker, Decimal,
    model::{BrokerId, Currency, Instrument, Quote},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt as _, stream};

use super::Seat;

/// What a unit of a currency is worth in the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The currency.
    pub currency: Currency,
    /// Units of the base currency per unit of it.
    pub rate: Decimal,
    /// Who quoted it.
    pub broker: BrokerId,
    /// When it was so, UTC.
    pub as_of: DateTime<Utc>,
    /// How old it was by that broker's clock.
    pub age_seconds: i64,
    /// Older than it should be, delayed or halted.
    pub stale: bool,
}

/// Asks every broker once for all pairs, the currency against the base and the other way round, and takes
/// the freshest that is not stale, or the freshest of those that are.
pub(super) async fn rates(
    seats: &[Seat],
    bound: usize,
    base: Currency,
    currencies: &BTreeSet<Currency>,
    max_age: TimeDelta,
) -> BTreeMap<Currency, Rate> {
    let foreign: Vec<Currency> = currencies
        .iter()
        .copied()
        .filter(|one| *one != base)
        .collect();
    let mut best: BTreeMap<Currency, Rate> = BTreeMap::new();
    if foreign.is_empty() {
        return best;
    }
    let mut brokers: BTreeMap<&BrokerId, &Seat> = BTreeMap::new();
    for seat in seats {
        brokers.entry(&seat.key.broker).or_insert(seat);
    }
    let asks = brokers
        .values()
        .map(|seat| quoted(&*seat.broker, base, &foreign, max_age));
    let answers: Vec<Vec<Rate>> = stream::iter(asks).buffered(bound.max(1)).collect().await;
    for rate in answers.into_iter().flatten() {
        let better = |known: &Rate| {
            (known.stale, -known.as_of.timestamp()) > (rate.stale, -rate.as_of.timestamp())
        };
        if best.get(&rate.currency).is_none_or(better) {
            best.insert(rate.currency, rate);
        }
    }
    best
}

async fn quoted(
    broker: &dyn Broker,
    base: Currency,
    foreign: &[Currency],
    max_age: TimeDelta,
) -> Vec<Rate> {
    let Some(market_data) = broker.market_data() else {
        return Vec::new();
    };
    let pairs: Vec<(Currency, Instrument, bool)> = foreign
        .iter()
        .flat_map(|one| {
            let direct = (*one, Instrument::forex(*one, base), false);
            [direct, (*one, Instrument::forex(base, *one), true)]
        })
        .collect();
    let instruments: Vec<Instrument> = pairs.iter().map(|(_, pair, _)| pair.clone()).collect();
    let quotes = match market_data.quotes(&instruments).await {
        Ok(quotes) => quotes,
        Err(error) => {
            tracing::warn!(broker = %broker.id(), %error, "no exchange rates");
            return Vec::new();
        }
    };
    let now = broker.desk().clock().now();
    let rate = |((currency, _, inverse), quote): ((Currency, _, bool), Result<Quote, _>)| {
        let quote = quote.ok()?;
        let middle = quote.mid().filter(|middle| *middle > Decimal::ZERO)?;
        let rate = if inverse {
            Decimal::ONE.checked_div(middle)?
        } else {
            middle
        };
        let age = now - quote.as_of;
        Some(Rate {
            currency,
            rate,
            broker: broker.id().clone(),
            as_of: quote.as_of,
            age_seconds: age.num_seconds(),
            stale: age > max_age || quote.delayed || quote.halted,
        })
    };
    pairs.into_iter().zip(quotes).filter_map(rate).collect()
}
