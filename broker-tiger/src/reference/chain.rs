//! Option chains.

use broker_core::{
    Error, ErrorKind, Result,
    model::{
        ChainQuery, Greeks, Instrument, ListedOption, OccSymbol, OptionChain, OptionQuote, Price,
        Right,
    },
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;

use super::service::{Instruments, is_no_such};
use crate::{
    convert::{Figure, Rows, Text, Whole},
    instrument::{market_of, zone_of},
    transport::{Call, Method, Parameters},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ExpiryRow {
    symbol: Text,
    dates: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChainRow {
    items: Rows<PairRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PairRow {
    call: Option<LegRow>,
    put: Option<LegRow>,
}

/// One option of a chain.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LegRow {
    identifier: Text,
    strike: Figure,
    bid_price: Figure,
    ask_price: Figure,
    latest_price: Figure,
    volume: Figure,
    open_interest: Figure,
    implied_vol: Figure,
    delta: Figure,
    gamma: Figure,
    theta: Figure,
    vega: Figure,
    rho: Figure,
}

/// How the quote methods name an expiry: milliseconds at midnight of the exchange.
pub(crate) fn expiry_instant(market: &str, expiry: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = expiry.and_time(NaiveTime::MIN);
    let local = zone_of(market).from_local_datetime(&midnight).earliest();
    local.map(|at| at.to_utc())
}

/// The sensitivities of an option; `None` unless all of them are told.
pub(crate) fn greeks(row: &LegRow) -> Option<Greeks> {
    Some(Greeks {
        implied_volatility: row.implied_vol.computed()?,
        delta: row.delta.computed()?,
        gamma: row.gamma.computed()?,
        theta: row.theta.computed()?,
        vega: row.vega.computed()?,
        rho: row.rho.computed(),
    })
}

fn expiry_date(text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|error| {
        let message = format!("{text:?} is no date of an expiry: {error}");
        Error::new(ErrorKind::Protocol, message)
    })
}

fn no_options(underlying: &Instrument) -> Error {
    let message = format!("there are no options on {underlying}");
    Error::new(ErrorKind::NotFound, message).at_field("underlying")
}

/// The symbol under which a share's options are listed.
fn root(underlying: &Instrument) -> Result<String> {
    match underlying {
        Instrument::Equity(part) => Ok(part.symbol.to_string()),
        Instrument::Index(part) => Ok(part.symbol.to_string()),
        other => Err(no_options(other)),
    }
}

/// A price that somebody asks or bids; 0 is nobody.
fn shown(figure: Figure) -> Option<Price> {
    figure.price().filter(|price| price.get() > Decimal::ZERO)
}

fn leg(row: &LegRow, right: Right, query: &ChainQuery, root: &str) -> Result<OptionQuote> {
    let strike = row.strike.required("strike")?.normalize();
    let named = row.identifier.get().and_then(|text| text.parse().ok());
    let symbol = match named {
        Some(symbol) => symbol,
        None => OccSymbol::new(root, query.expiry, right, strike)?,
    };
    let currency = query.underlying.currency();
    let currency = currency.ok_or_else(|| no_options(&query.underlying))?;
    let instrument = Instrument::Option(ListedOption { symbol, currency });
    let mut quote = OptionQuote::new(instrument, right, strike);
    quote.bid = shown(row.bid_price);
    quote.ask = shown(row.ask_price);
    quote.last = shown(row.latest_price);
    quote.volume = row.volume.get();
    quote.open_interest = row.open_interest.get();
    quote.greeks = greeks(row);
    Ok(quote)
}

/// The rows of a list that has no word for "not all of it".
fn whole<T>(rows: Rows<T>) -> Result<Vec<T>> {
    match rows.unreadable.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(rows.rows),
    }
}

impl Instruments {
    pub(super) async fn expirations(&self, underlying: &Instrument) -> Result<Vec<NaiveDate>> {
        let parameters = Parameters::default()
            .with("symbols", [root(underlying)?])?
            .with("market", market_of(underlying))?;
        let call = Call::new(Method::OPTION_EXPIRATION, parameters);
        let told: Rows<ExpiryRow> = match self.link.gateway()?.ask(&call).await {
            Ok(data) => data.rows()?,
            Err(error) if is_no_such(&error) => return Err(no_options(underlying)),
            Err(error) => return Err(error),
        };
        let mut dates = Vec::new();
        for row in whole(told)? {
            row.symbol.required("symbol")?;
            for date in row.dates.iter().flatten() {
                dates.push(expiry_date(date.required("dates")?)?);
            }
        }
        dates.sort_unstable();
        dates.dedup();
        if dates.is_empty() {
            return Err(no_options(underlying));
        }
        Ok(dates)
    }

    pub(super) async fn chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        let market = market_of(&query.underlying);
        let root = root(&query.underlying)?;
        let none = || {
            let message = format!("{} has no options for {}", query.underlying, query.expiry);
            Error::new(ErrorKind::NotFound, message).at_field("expiry")
        };
        let expiry = expiry_instant(market, query.expiry).ok_or_else(none)?;
        let basic = json!([{"symbol": root, "expiry": expiry.timestamp_millis()}]);
        let parameters = Parameters::default()
            .with("option_basic", basic)?
            .with("return_greek_value", true)?
            .with("market", market)?;
        let call = Call::new(Method::OPTION_CHAIN, parameters).version("3.0");
        let told: Rows<ChainRow> = match self.link.gateway()?.ask(&call).await {
            Ok(data) => data.rows()?,
            Err(error) if is_no_such(&error) => return Err(none()),
            Err(error) => return Err(error),
        };
        let mut chain = OptionChain::new(query.underlying.clone(), query.expiry, self.link.now());
        let mut pairs = Vec::new();
        for row in whole(told)? {
            pairs.extend(whole(row.items)?);
        }
        for pair in &pairs {
            let sides = [(&pair.call, Right::Call), (&pair.put, Right::Put)];
            for (row, right) in sides {
                if query.right.is_none_or(|wanted| wanted == right)
                    && let Some(row) = row
                {
                    chain.options.push(leg(row, right, query, &root)?);
                }
            }
        }
        if chain.options.is_empty() {
            return Err(none());
        }
        let put_last = |quote: &OptionQuote| quote.right == Right::Put;
        chain
            .options
            .sort_by_key(|quote| (quote.strike, put_last(quote)));
        chain.underlying_price = self.price_of(&query.underlying).await;
        if let Some(each_side) = query.strikes_each_side {
            let price = chain.underlying_price.ok_or_else(|| {
                let message = "the price of the underlying is not known, so no strikes are near it";
                Error::new(ErrorKind::Incomplete, message)
            })?;
            keep_near(&mut chain.options, price.get(), usize::from(each_side));
        }
        Ok(chain)
    }

    /// The price of a share now, where it can be had.
    async fn price_of(&self, instrument: &Instrument) -> Option<Price> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct PriceRow {
            latest_price: Figure,
            latest_time: Whole,
        }
        let parameters = Parameters::default()
            .with("symbols", [root(instrument).ok()?])
            .ok()?;
        let call = Call::new(Method::QUOTE_REAL_TIME, parameters);
        let data = self.link.gateway().ok()?.ask(&call).await.ok()?;
        let rows: Rows<PriceRow> = data.rows().ok()?;
        let row = rows.rows.first()?;
        let _at = row.latest_time;
        shown(row.latest_price)
    }
}

/// Leaves the strikes nearest to a price, so many below and so many above it.
fn keep_near(options: &mut Vec<OptionQuote>, price: Decimal, each_side: usize) {
    let mut strikes: Vec<Decimal> = options.iter().map(|quote| quote.strike).collect();
    strikes.dedup();
    let below: Vec<Decimal> = strikes
        .iter()
        .copied()
        .filter(|one| *one <= price)
        .collect();
    let above = strikes.iter().copied().filter(|one| *one > price);
    let skip = below.len().saturating_sub(each_side);
    let kept: Vec<Decimal> = below
        .into_iter()
        .skip(skip)
        .chain(above.take(each_side))
        .collect();
    options.retain(|quote| kept.contains(&quote.strike));
}
