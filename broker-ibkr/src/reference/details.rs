//! What is fixed about an instrument.

use broker_core::{
    Error, ErrorKind, Result,
    model::{
        AssetClass, ContractDetails, Currency, Instrument, Mic, Price, Quantity, QuantityRule,
        TickBand, TickTable,
    },
};
use chrono::{DateTime, Days, NaiveTime, Utc};
use ibapi::contracts::{ContractDetails as Wire, MarketRule};
use rust_decimal::{Decimal, dec};

use super::hours::{Hours, hours};
use crate::{
    convert,
    instrument::{Listing, mic},
};

/// The largest quantity that core can hold; the gateway names no largest order.
const LARGEST: Decimal = dec!(1_000_000_000);

/// The market rule that holds where the contract is traded: the lists of exchanges and of rules
/// run in parallel.
pub(super) fn market_rule(wire: &Wire) -> Option<i32> {
    let traded = wire.contract.exchange.as_str();
    let pairs = || wire.valid_exchanges.iter().zip(&wire.market_rule_ids);
    let own = pairs().find(|(exchange, _)| *exchange == traded);
    let (_, rule) = own.or_else(|| pairs().next())?;
    rule.trim().parse().ok()
}

/// Price increments by the market rule, or the smallest one at every price when there is none.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when they make no sense.
pub(super) fn ticks(
    listing: &Listing,
    wire: &Wire,
    rule: Option<&MarketRule>,
) -> Result<TickTable> {
    let scaled = |value: f64| -> Result<Decimal> {
        let value = convert::decimal(value)?;
        value
            .checked_div(listing.magnifier())
            .ok_or_else(|| nonsense(wire, "a price increment"))
    };
    let mut bands = Vec::new();
    for step in rule
        .map(|rule| &rule.price_increments[..])
        .unwrap_or_default()
    {
        let from = Price::new(scaled(step.low_edge)?)?;
        bands.push(TickBand::new(from, scaled(step.increment)?));
    }
    if bands.is_empty() {
        bands.push(TickBand::new(Price::ZERO, scaled(wire.min_tick)?));
    }
    bands.sort_by_key(|band| band.from);
    TickTable::try_from(bands).map_err(|error| nonsense(wire, error.expected()))
}

/// Which quantities trade: what the gateway says, else whole units.
pub(super) fn quantities(wire: &Wire) -> Result<QuantityRule> {
    let positive = |value: Option<f64>| {
        let value = convert::size(value?)?;
        Quantity::new(value).ok()
    };
    let one = Quantity::try_from(1)?;
    let smallest = positive(wire.min_size);
    let step = positive(wire.size_increment).or(smallest).unwrap_or(one);
    Ok(QuantityRule {
        step,
        minimum: smallest.unwrap_or(step),
        maximum: Quantity::new(LARGEST)?,
    })
}

/// Money per price point and unit.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when the gateway says something that is no number above zero.
pub(super) fn multiplier(wire: &Wire) -> Result<Decimal> {
    let text = wire.contract.multiplier.trim();
    if text.is_empty() {
        return Ok(Decimal::ONE);
    }
    let value = convert::text(text).filter(|value| *value > Decimal::ZERO);
    value.ok_or_else(|| nonsense(wire, "a multiplier above zero"))
}

/// When it stops trading for good: the end of the last session on the last trading date where the
/// gateway tells its hours, otherwise the end of that date at the exchange, which is never too early.
pub(super) fn expires_at(
    wire: &Wire,
    instrument: &Instrument,
    hours: &Hours,
) -> Option<DateTime<Utc>> {
    instrument.expiry()?;
    let text = &wire.contract.last_trade_date_or_contract_month;
    let date = convert::day(text).ok().or_else(|| instrument.expiry())?;
    if let Ok(instant) = convert::instant(text, Some(hours.zone)) {
        return Some(instant);
    }
    let last = hours
        .trading
        .get(&date)
        .into_iter()
        .flatten()
        .map(|window| window.1)
        .max();
    last.or_else(|| {
        let next = date.checked_add_days(Days::new(1))?;
        Some(convert::at_zone(next.and_time(NaiveTime::MIN), hours.zone))
    })
}

/// Where it trades, the primary exchange first. Names that are not in the table are left out: the
/// list has ISO codes only.
fn exchanges(wire: &Wire) -> Vec<Mic> {
    let primary = wire.contract.primary_exchange.as_str();
    let all = core::iter::once(primary).chain(wire.valid_exchanges.iter().map(String::as_str));
    let mut exchanges = Vec::new();
    for exchange in all.filter_map(mic) {
        if !exchanges.contains(&exchange) {
            exchanges.push(exchange);
        }
    }
    exchanges
}

/// Whether it can be sold without being held. For a share it depends on what can be borrowed at the
/// moment of the order, which the gateway checks then; a fund cannot be lent at all.
fn is_shortable(class: AssetClass) -> bool {
    !matches!(
        class,
        AssetClass::Index | AssetClass::Fund | AssetClass::Crypto
    )
}

/// Everything that is fixed about an instrument.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when the gateway's words make no sense.
pub(super) fn contract(
    listing: &Listing,
    wire: &Wire,
    rule: Option<&MarketRule>,
    underlying: Option<Instrument>,
    now: DateTime<Utc>,
) -> Result<ContractDetails> {
    let hours = hours(wire)?;
    let currency = match listing.instrument.currency() {
        Some(currency) => currency,
        None => wire.contract.currency.as_str().parse::<Currency>()?,
    };
    let name = if wire.long_name.is_empty() {
        &wire.market_name
    } else {
        &wire.long_name
    };
    let ticks = ticks(listing, wire, rule)?;
    let quantities = quantities(wire)?;
    let instrument = listing.instrument.clone();
    let class = instrument.asset_class();
    let mut details = ContractDetails::new(instrument, name.as_str(), currency, ticks, quantities);
    details.multiplier = multiplier(wire)?;
    details.exchanges = exchanges(wire);
    details.time_zone = hours.zone.name().to_owned();
    details.expires_at = expires_at(wire, &listing.instrument, &hours);
    details.tradable =
        class != AssetClass::Index && details.expires_at.is_none_or(|expiry| expiry > now);
    details.shortable = is_shortable(class);
    details.underlying = underlying;
    let aliases = [
        ("con_id", wire.contract.contract_id.to_string()),
        ("local_symbol", wire.contract.local_symbol.clone()),
        ("trading_class", wire.contract.trading_class.clone()),
        (
            "market_rule",
            market_rule(wire)
                .map(|rule| rule.to_string())
                .unwrap_or_default(),
        ),
    ];
    let told = aliases.into_iter().filter(|(_, name)| !name.is_empty());
    details.aliases = told.map(|(kind, name)| (kind.to_owned(), name)).collect();
    Ok(details)
}

fn nonsense(wire: &Wire, what: &str) -> Error {
    let message = format!(
        "contract {} does not have {what}",
        wire.contract.contract_id
    );
    Error::new(ErrorKind::Protocol, message)
}
