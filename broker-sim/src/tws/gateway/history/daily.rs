//! Bars of a day and longer.

use broker_core::model::{Bar, Instrument};
use chrono::{Datelike as _, NaiveDate};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{
    bars::HistoryBar,
    terms::{BarSize, Show},
};
use crate::{
    exchange::Exchange,
    tws::gateway::market_data::{decimal, deviation, implied_volatility},
};

/// Daily returns that make a historical volatility.
const RETURNS: usize = 30;

/// The bars of days, weeks or months with the date that TWS shows: the last day of each.
pub(super) fn daily(
    exchange: &mut Exchange,
    instrument: &Instrument,
    show: Show,
    size: BarSize,
) -> Vec<(NaiveDate, HistoryBar)> {
    let days = exchange.daily_bars(instrument).unwrap_or_default();
    let days: Vec<(NaiveDate, HistoryBar)> = match show {
        Show::Trades | Show::AdjustedLast => days
            .iter()
            .map(|(date, bar)| (*date, of_trades(bar)))
            .collect(),
        Show::Midpoint | Show::Bid | Show::Ask | Show::BidAsk => days
            .iter()
            .filter_map(|(date, bar)| Some((*date, of_quotes(exchange, instrument, bar, show)?)))
            .collect(),
        Show::HistoricalVolatility => volatilities(&days),
        Show::ImpliedVolatility => {
            // The exchange's surface of volatilities does not change from day to day.
            let level = implied_volatility(exchange, instrument).and_then(decimal);
            let flat = |level| {
                let days = days.iter();
                days.map(|(date, bar)| (*date, flat(bar, level))).collect()
            };
            level.map(flat).unwrap_or_default()
        }
        Show::Schedule | Show::Unrecorded => Vec::new(),
    };
    together(days, size)
}

fn of_trades(bar: &Bar) -> HistoryBar {
    // A series of prices alone has no volume.
    let volume = bar.volume.unwrap_or_default();
    let average = bar.vwap.unwrap_or(bar.close).get();
    let count = bar.trades.and_then(|count| i32::try_from(count).ok());
    HistoryBar {
        start: bar.start,
        open: bar.open.get(),
        high: bar.high.get(),
        low: bar.low.get(),
        close: bar.close.get(),
        traded: Some((volume, average, count.unwrap_or(-1))),
    }
}

/// What the house quoted at the day's prices.
fn of_quotes(
    exchange: &Exchange,
    instrument: &Instrument,
    bar: &Bar,
    show: Show,
) -> Option<HistoryBar> {
    let side = |reference: Decimal| {
        let (bid, ask) = exchange.house_prices(instrument, reference)?;
        Some(match show {
            Show::Bid => (bid, bid),
            Show::Ask => (ask, ask),
            Show::Midpoint => ((bid + ask) / Decimal::TWO, (bid + ask) / Decimal::TWO),
            _ => (bid, ask),
        })
    };
    Some(HistoryBar {
        start: bar.start,
        open: side(bar.open.get())?.0,
        high: side(bar.high.get())?.1,
        low: side(bar.low.get())?.0,
        close: side(bar.close.get())?.1,
        traded: None,
    })
}

fn flat(bar: &Bar, level: Decimal) -> HistoryBar {
    HistoryBar {
        start: bar.start,
        open: level,
        high: level,
        low: level,
        close: level,
        traded: None,
    }
}

/// The yearly deviation of each day's last returns.
fn volatilities(days: &[(NaiveDate, Bar)]) -> Vec<(NaiveDate, HistoryBar)> {
    let window = days.windows(RETURNS + 1);
    let of_window = |days: &[(NaiveDate, Bar)]| {
        let closes: Vec<f64> = days
            .iter()
            .filter_map(|(_, bar)| bar.close.get().to_f64())
            .collect();
        let (date, bar) = days.last()?;
        let level = decimal(deviation(&closes)?)?.round_dp(8);
        Some((*date, flat(bar, level)))
    };
    window.filter_map(of_window).collect()
}

/// Joins the days of each week or month.
fn together(days: Vec<(NaiveDate, HistoryBar)>, size: BarSize) -> Vec<(NaiveDate, HistoryBar)> {
    let same = |one: NaiveDate, other: NaiveDate| match size {
        BarSize::Week => one.iso_week() == other.iso_week(),
        BarSize::Month => (one.year(), one.month()) == (other.year(), other.month()),
        BarSize::Day | BarSize::Seconds(_) => false,
    };
    let mut joined: Vec<(NaiveDate, HistoryBar)> = Vec::new();
    for (date, bar) in days {
        match joined.last_mut() {
            Some((last, whole)) if same(*last, date) => {
                *last = date;
                whole.high = whole.high.max(bar.high);
                whole.low = whole.low.min(bar.low);
                whole.close = bar.close;
                whole.traded = whole
                    .traded
                    .zip(bar.traded)
                    .map(|(whole, part)| (whole.0 + part.0, part.1, (whole.2 + part.2).max(-1)));
            }
            _ => joined.push((date, bar)),
        }
    }
    joined
}
