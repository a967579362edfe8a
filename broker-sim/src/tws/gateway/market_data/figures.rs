//! Figures over days: ranges and volatilities.

use broker_core::model::{
    Bar, BarInterval, BarQuery, Currency, Instrument, ListedOption, OccSymbol, Right,
};
use chrono::TimeDelta;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::pen::Pen;
use crate::{exchange::Exchange, tws::gateway::client::Client};

/// Trading days of a year.
const YEAR: u32 = 252;
/// Trading days over which the average volume is taken.
const AVERAGE: usize = 90;

/// A ratio for the wire.
pub(super) fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

/// The newest finished and unfinished days, oldest first.
fn days(exchange: &mut Exchange, instrument: &Instrument, count: u32) -> Vec<Bar> {
    let mut query = BarQuery::new(instrument.clone(), BarInterval::Day1);
    query.limit = count;
    exchange.bars(&query).unwrap_or_default()
}

/// The deviation of the last thirty days' returns, per year.
pub(super) fn historical_volatility(
    exchange: &mut Exchange,
    instrument: &Instrument,
) -> Option<f64> {
    let closes: Vec<f64> = days(exchange, instrument, 31)
        .iter()
        .map(|bar| float(bar.close.get()))
        .collect();
    deviation(&closes)
}

/// The yearly deviation of the daily returns between closes.
pub(in crate::tws::gateway) fn deviation(closes: &[f64]) -> Option<f64> {
    let returns: Vec<f64> = closes
        .windows(2)
        .filter_map(|pair| match pair {
            [before, after] if *before > 0.0 && *after > 0.0 => Some((after / before).ln()),
            _ => None,
        })
        .collect();
    let count = returns.len().to_f64()?;
    if count < 2.0 {
        return None;
    }
    let mean = returns.iter().sum::<f64>() / count;
    let squares: f64 = returns.iter().map(|each| (each - mean).powi(2)).sum();
    Some((squares / (count - 1.0) * f64::from(YEAR)).sqrt())
}

/// The model's volatility at the money, a month ahead.
pub(in crate::tws::gateway) fn implied_volatility(
    exchange: &mut Exchange,
    instrument: &Instrument,
) -> Option<f64> {
    let root = match instrument {
        Instrument::Equity(part) if part.currency == Currency::USD => part.symbol.as_str(),
        Instrument::Index(part) => part.symbol.as_str(),
        _ => return None,
    };
    let month = exchange.now().date_naive() + TimeDelta::days(25);
    let expiries = exchange.expirations(instrument);
    let expiry = expiries
        .iter()
        .find(|date| **date >= month)
        .or_else(|| expiries.last())?;
    let price = exchange.quote(instrument).ok()?.mid()?;
    let strikes = exchange.strikes(instrument);
    let strike = strikes
        .into_iter()
        .min_by_key(|strike| (*strike - price).abs())?;
    let option = ListedOption {
        symbol: OccSymbol::new(root, *expiry, Right::Call, strike).ok()?,
        currency: Currency::USD,
    };
    let (model, _) = exchange.option_model(&option)?;
    Some(float(model.greeks.implied_volatility))
}

/// Lowest and highest prices of 13, 26 and 52 weeks, and the average volume.
pub(super) fn ranges(
    exchange: &mut Exchange,
    instrument: &Instrument,
    client: &Client,
    id: i32,
    pen: &mut Pen,
) {
    let bars = days(exchange, instrument, YEAR);
    for (weeks, low_tick, high_tick) in [(13, 15, 16), (26, 17, 18), (52, 19, 20)] {
        let skip = bars.len().saturating_sub(weeks * 5);
        let within = || bars.iter().skip(skip);
        if let Some(low) = within().map(|bar| bar.low).min() {
            pen.price(client, (id, low_tick), low.get());
        }
        if let Some(high) = within().map(|bar| bar.high).max() {
            pen.price(client, (id, high_tick), high.get());
        }
    }
    let volumes: Option<Vec<Decimal>> = bars
        .iter()
        .rev()
        .take(AVERAGE)
        .map(|bar| bar.volume)
        .collect();
    if let Some(volumes) = volumes.filter(|volumes| !volumes.is_empty()) {
        let count = Decimal::from(volumes.len());
        let average = volumes.into_iter().sum::<Decimal>() / count;
        pen.size(client, (id, 21), average.round());
    }
}
