//! What a unit of one currency is worth in another, by the brokers' own quotes.

use std::collections::{BTreeMap, BTreeSet};

use broker_core::{
    Broker, Decimal,
    model::{BrokerId, Currency, Instrument, Quote},
};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};

use super::{ExposureTerms, Seat};

/// What a unit of a currency is worth in the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The currency.
    pub currency: Currency,
    /// Units of the base currency per unit of it.
    pub rate: Decimal,
    /// What it is made of: one quoted pair, or two with a third currency in between.
    pub legs: Vec<RateLeg>,
    /// One of the legs is.
    pub stale: bool,
}

/// What a unit of a currency is worth in another, by one quote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLeg {
    /// The currency.
    pub from: Currency,
    /// The other one.
    pub to: Currency,
    /// Units of the other one per unit of it.
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

type Pair = (Currency, Currency);
type Legs = BTreeMap<Pair, RateLeg>;

/// Asks every broker for the currencies against the base, each pair both ways round, and then, for those
/// without a fresh rate, by way of a third currency. Taken is the first of: a fresh pair, a fresh way
/// through the third currency, a stale pair, a stale way.
pub(super) async fn rates(
    seats: &[Seat],
    bound: usize,
    terms: &ExposureTerms,
    currencies: &BTreeSet<Currency>,
) -> BTreeMap<Currency, Rate> {
    let base = terms.currency;
    let foreign = currencies.iter().copied().filter(|one| *one != base);
    let foreign: Vec<Currency> = foreign.collect();
    let direct: BTreeSet<Pair> = foreign.iter().map(|one| (*one, base)).collect();
    let mut legs = ask(seats, bound, terms, &direct).await;
    let fresh = |legs: &Legs, pair: Pair| legs.get(&pair).is_some_and(|leg| !leg.stale);
    if let Some(third) = terms.through.filter(|third| *third != base) {
        let wanting = foreign.iter().copied();
        let wanting = wanting.filter(|one| *one != third && !fresh(&legs, (*one, base)));
        let mut pairs: BTreeSet<Pair> = wanting.map(|one| (one, third)).collect();
        if !pairs.is_empty() && !legs.contains_key(&(third, base)) {
            pairs.insert((third, base));
        }
        legs.extend(ask(seats, bound, terms, &pairs).await);
    }
    let rate = |currency: Currency| {
        let direct = legs.get(&(currency, base)).cloned();
        let direct = direct.and_then(|leg| Rate::of(currency, vec![leg]));
        let crossed = terms.through.and_then(|third| {
            let first = legs.get(&(currency, third)).filter(|_| third != base)?;
            let second = legs.get(&(third, base))?;
            Rate::of(currency, vec![first.clone(), second.clone()])
        });
        let best = match (direct, crossed) {
            (Some(direct), Some(crossed)) if direct.stale && !crossed.stale => crossed,
            (Some(direct), _) => direct,
            (None, crossed) => crossed?,
        };
        Some((currency, best))
    };
    foreign.into_iter().filter_map(rate).collect()
}

impl Rate {
    /// `None` when it is too large to be counted, or too small.
    fn of(currency: Currency, legs: Vec<RateLeg>) -> Option<Self> {
        let mut rates = legs.iter().map(|leg| leg.rate);
        let rate = rates.try_fold(Decimal::ONE, Decimal::checked_mul)?;
        (rate > Decimal::ZERO).then(|| Self {
            currency,
            rate,
            stale: legs.iter().any(|leg| leg.stale),
            legs,
        })
    }
}

/// Asks every broker once for all pairs, and takes the freshest quote of each that is not stale, or the
/// freshest of those that are.
async fn ask(seats: &[Seat], bound: usize, terms: &ExposureTerms, pairs: &BTreeSet<Pair>) -> Legs {
    let mut best = Legs::new();
    if pairs.is_empty() {
        return best;
    }
    let mut brokers: BTreeMap<&BrokerId, &Seat> = BTreeMap::new();
    for seat in seats {
        brokers.entry(&seat.key.broker).or_insert(seat);
    }
    let asks = brokers
        .values()
        .map(|seat| quoted(&*seat.broker, pairs, terms));
    let answers: Vec<Vec<RateLeg>> = stream::iter(asks).buffered(bound.max(1)).collect().await;
    for leg in answers.into_iter().flatten() {
        let better = |known: &RateLeg| {
            (known.stale, -known.as_of.timestamp()) > (leg.stale, -leg.as_of.timestamp())
        };
        let pair = (leg.from, leg.to);
        if best.get(&pair).is_none_or(better) {
            best.insert(pair, leg);
        }
    }
    best
}

async fn quoted(
    broker: &dyn Broker,
    pairs: &BTreeSet<Pair>,
    terms: &ExposureTerms,
) -> Vec<RateLeg> {
    let Some(market_data) = broker.market_data() else {
        return Vec::new();
    };
    let both_ways = pairs.iter().flat_map(|(from, to)| {
        let direct = ((*from, *to), Instrument::forex(*from, *to), false);
        [direct, ((*from, *to), Instrument::forex(*to, *from), true)]
    });
    let asked: Vec<(Pair, Instrument, bool)> = both_ways.collect();
    let instruments: Vec<Instrument> = asked.iter().map(|(_, pair, _)| pair.clone()).collect();
    let quotes = match market_data.quotes(&instruments).await {
        Ok(quotes) => quotes,
        Err(error) => {
            tracing::warn!(broker = %broker.id(), %error, "no exchange rates");
            return Vec::new();
        }
    };
    let now = broker.desk().clock().now();
    let leg = |(((from, to), _, inverse), quote): ((Pair, Instrument, bool), Result<Quote, _>)| {
        let quote = quote.ok()?;
        let middle = quote.mid().filter(|middle| *middle > Decimal::ZERO)?;
        let rate = if inverse {
            Decimal::ONE.checked_div(middle)?
        } else {
            middle
        };
        let age = now - quote.as_of;
        Some(RateLeg {
            from,
            to,
            rate,
            broker: broker.id().clone(),
            as_of: quote.as_of,
            age_seconds: age.num_seconds(),
            stale: age > terms.max_rate_age || quote.delayed || quote.halted,
        })
    };
    asked.into_iter().zip(quotes).filter_map(leg).collect()
}
