//! How a query for bars becomes requests.

use broker_core::{
    Error, Result,
    model::{AssetClass, BarInterval, BarQuery, BarSource, TradingSession},
};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use ibapi::market_data::{
    TradingHours,
    historical::{BarSize, Duration, WhatToShow},
};

/// A length of time as the gateway writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Seconds(i32),
    Days(i32),
    Years(i32),
}

impl Span {
    pub(super) fn wire(self) -> Duration {
        match self {
            Self::Seconds(count) => Duration::seconds(count),
            Self::Days(count) => Duration::days(count),
            Self::Years(count) => Duration::years(count),
        }
    }

    /// The same on the calendar; how far back to look after an answer without bars.
    pub(super) fn calendar(self) -> TimeDelta {
        match self {
            Self::Seconds(count) => TimeDelta::seconds(i64::from(count)),
            Self::Days(count) => TimeDelta::days(i64::from(count)),
            Self::Years(count) => TimeDelta::days(366 * i64::from(count)),
        }
    }

    /// The smaller of two spans.
    fn at_most(self, other: Self) -> Self {
        if self.calendar() <= other.calendar() {
            self
        } else {
            other
        }
    }
}

/// The gateway's bar size. It has no years; twelve months make one.
pub(super) fn bar_size(interval: BarInterval) -> Result<BarSize> {
    Ok(match interval {
        BarInterval::Second5 => BarSize::Sec5,
        BarInterval::Minute1 => BarSize::Min,
        BarInterval::Minute2 => BarSize::Min2,
        BarInterval::Minute3 => BarSize::Min3,
        BarInterval::Minute5 => BarSize::Min5,
        BarInterval::Minute15 => BarSize::Min15,
        BarInterval::Minute30 => BarSize::Min30,
        BarInterval::Hour1 => BarSize::Hour,
        BarInterval::Hour2 => BarSize::Hour2,
        BarInterval::Hour4 => BarSize::Hour4,
        BarInterval::Day1 => BarSize::Day,
        BarInterval::Week1 => BarSize::Week,
        BarInterval::Month1 | BarInterval::Year1 => BarSize::Month,
        other => {
            let message = format!("bars of {other} have no form in this adapter");
            return Err(Error::unsupported(message).at_field("interval"));
        }
    })
}

/// Most that one request for bars of the interval may span.
pub(super) fn page(interval: BarInterval) -> Span {
    match interval {
        BarInterval::Second5 => Span::Seconds(3_600),
        BarInterval::Minute1 => Span::Days(1),
        BarInterval::Minute2 => Span::Days(2),
        BarInterval::Minute3 | BarInterval::Minute5 | BarInterval::Minute15 => Span::Days(7),
        BarInterval::Minute30 | BarInterval::Hour1 | BarInterval::Hour2 | BarInterval::Hour4 => {
            Span::Days(30)
        }
        _ => Span::Years(30),
    }
}

/// The shortest regular session that is counted on, in seconds: Hong Kong's.
const SHORTEST_SESSION: i64 = 19_800;
/// Trading days that are counted on in a year, and what they are short of it.
const TRADING_DAYS: i64 = 240;

/// A span that surely holds so many bars.
pub(super) fn holding(interval: BarInterval, bars: u32) -> Span {
    let bars = i64::from(bars);
    let years = |per_year: i64| Span::Years(count(bars / per_year + 1));
    match (interval, interval.seconds()) {
        (_, Some(seconds)) => {
            let trading = bars * seconds;
            if seconds == 5 && trading < 3_600 {
                Span::Seconds(count(trading.max(60)))
            } else {
                Span::Days(count(trading / SHORTEST_SESSION + 1))
            }
        }
        (BarInterval::Week1, None) => years(52),
        (BarInterval::Month1, None) => years(12),
        (BarInterval::Year1, None) => years(1),
        _ if bars <= TRADING_DAYS => Span::Days(count(bars * 3 / 2 + 12)),
        _ => years(TRADING_DAYS),
    }
}

/// A span that reaches from an instant back to another one.
pub(super) fn reaching(from: DateTime<Utc>, to: DateTime<Utc>) -> Span {
    let days = (to - from).num_days() + 1;
    if days <= 365 {
        Span::Days(count(days))
    } else {
        Span::Years(count(days / 365 + 1))
    }
}

/// The span of the next request.
pub(super) fn next_span(interval: BarInterval, missing: u32) -> Span {
    holding(interval, missing).at_most(page(interval))
}

fn count(value: i64) -> i32 {
    i32::try_from(value.max(1)).unwrap_or(i32::MAX)
}

/// What the bars are to be made of.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) for trades where nothing is traded, and for
/// shares without adjustment: the gateway's prices are always adjusted for splits.
pub(super) fn what_to_show(query: &BarQuery) -> Result<WhatToShow> {
    let class = query.instrument.asset_class();
    Ok(match query.source {
        BarSource::Midpoint => WhatToShow::MidPoint,
        BarSource::Bid => WhatToShow::Bid,
        BarSource::Ask => WhatToShow::Ask,
        BarSource::Trades if class == AssetClass::Forex => {
            let message = "currencies have no trades here; ask for the midpoint";
            return Err(Error::unsupported(message).at_field("source"));
        }
        BarSource::Trades if class == AssetClass::Crypto => WhatToShow::AggTrades,
        BarSource::Trades if class == AssetClass::Equity && query.adjusted => {
            WhatToShow::AdjustedLast
        }
        BarSource::Trades if class == AssetClass::Equity => {
            let message = "Interactive Brokers adjusts the trades of shares for splits, always";
            return Err(Error::unsupported(message).at_field("adjusted"));
        }
        BarSource::Trades => WhatToShow::Trades,
        other => {
            let message = format!("bars of {other} have no form in this adapter");
            return Err(Error::unsupported(message).at_field("source"));
        }
    })
}

/// Which hours the bars are to cover.
pub(super) fn trading_hours(session: TradingSession) -> Result<TradingHours> {
    match session {
        TradingSession::Regular => Ok(TradingHours::Regular),
        TradingSession::Extended | TradingSession::All => Ok(TradingHours::Extended),
        other => {
            let message = format!("bars of the {other} session alone cannot be had");
            Err(Error::unsupported(message).at_field("session"))
        }
    }
}

/// The first date of the period that a date belongs to, and the first date after it.
pub(super) fn period(date: NaiveDate, interval: BarInterval) -> (NaiveDate, NaiveDate) {
    let shift = |date: NaiveDate, days: i64| {
        date.checked_add_signed(TimeDelta::days(days))
            .unwrap_or(date)
    };
    let (first, after) = match interval {
        BarInterval::Week1 => {
            let back = i64::from(date.weekday().num_days_from_monday());
            let monday = shift(date, -back);
            (Some(monday), Some(shift(monday, 7)))
        }
        BarInterval::Month1 => {
            let (year, month) = match date.month() {
                12 => (date.year() + 1, 1),
                month => (date.year(), month + 1),
            };
            (date.with_day(1), NaiveDate::from_ymd_opt(year, month, 1))
        }
        BarInterval::Year1 => (
            date.with_ordinal(1),
            NaiveDate::from_ymd_opt(date.year() + 1, 1, 1),
        ),
        _ => (Some(date), Some(shift(date, 1))),
    };
    (first.unwrap_or(date), after.unwrap_or(date))
}
