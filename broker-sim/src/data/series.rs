//! The recorded observations of one symbol, in the order of time.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;

use super::error::{DataError, Fault};
use super::order::{check_follows, check_not_before};
use super::path::IntradayPath;
use super::point::{PointKind, PointTime, PricePoint};
use super::record::{Bar, BarTime, Tick, TickKind};

/// What a series consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Observations {
    Bars(Vec<Bar>),
    Ticks(Vec<Tick>),
}

/// The bars or the ticks of one symbol, earliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSeries {
    symbol: Arc<str>,
    observations: Observations,
}

impl RecordedSeries {
    /// A series of bars.
    ///
    /// # Errors
    /// `OutOfOrder` or `Duplicate` when a bar is not later than the one before, `BadDate` when
    /// dates and timestamps are mixed.
    pub fn of_bars(symbol: impl Into<Arc<str>>, bars: Vec<Bar>) -> Result<Self, DataError> {
        let symbol = symbol.into();
        let mut before = None;
        for bar in &bars {
            check_follows(before, bar.at()).map_err(|fault| refuse(&symbol, fault))?;
            before = Some(bar.at());
        }
        Ok(Self {
            symbol,
            observations: Observations::Bars(bars),
        })
    }

    /// A series of trades and quotes.
    ///
    /// # Errors
    /// `OutOfOrder` when a tick is earlier than the one before.
    pub fn of_ticks(symbol: impl Into<Arc<str>>, ticks: Vec<Tick>) -> Result<Self, DataError> {
        let symbol = symbol.into();
        let mut before = None;
        for tick in &ticks {
            check_not_before(before, tick.at()).map_err(|fault| refuse(&symbol, fault))?;
            before = Some(tick.at());
        }
        Ok(Self {
            symbol,
            observations: Observations::Ticks(ticks),
        })
    }

    pub(super) fn of_checked(symbol: Arc<str>, observations: Observations) -> Self {
        Self {
            symbol,
            observations,
        }
    }

    pub(super) fn observations_mut(&mut self) -> &mut Observations {
        &mut self.observations
    }

    /// The symbol as the data names it.
    #[must_use]
    pub fn symbol(&self) -> &Arc<str> {
        &self.symbol
    }

    /// The bars; empty for a series of ticks.
    #[must_use]
    pub fn bars(&self) -> &[Bar] {
        match &self.observations {
            Observations::Bars(bars) => bars,
            Observations::Ticks(_) => &[],
        }
    }

    /// The trades and quotes; empty for a series of bars.
    #[must_use]
    pub fn ticks(&self) -> &[Tick] {
        match &self.observations {
            Observations::Ticks(ticks) => ticks,
            Observations::Bars(_) => &[],
        }
    }

    /// The number of bars or ticks.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.observations {
            Observations::Bars(bars) => bars.len(),
            Observations::Ticks(ticks) => ticks.len(),
        }
    }

    /// Whether nothing is recorded, as for a column without any price.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first date: a trading date, or the UTC date of a timestamp.
    #[must_use]
    pub fn first_date(&self) -> Option<NaiveDate> {
        match &self.observations {
            Observations::Bars(bars) => bars.first().map(|bar| bar.at().date()),
            Observations::Ticks(ticks) => ticks.first().map(|tick| tick.at().date_naive()),
        }
    }

    /// The last date: a trading date, or the UTC date of a timestamp.
    #[must_use]
    pub fn last_date(&self) -> Option<NaiveDate> {
        match &self.observations {
            Observations::Bars(bars) => bars.last().map(|bar| bar.at().date()),
            Observations::Ticks(ticks) => ticks.last().map(|tick| tick.at().date_naive()),
        }
    }

    /// The bars whose date is in a range; empty for a series of ticks.
    #[must_use]
    pub fn bars_in(&self, dates: impl RangeBounds<NaiveDate>) -> &[Bar] {
        let bars = self.bars();
        let date = |bar: &Bar| bar.at().date();
        let from = match dates.start_bound() {
            Bound::Included(start) => bars.partition_point(|bar| date(bar) < *start),
            Bound::Excluded(start) => bars.partition_point(|bar| date(bar) <= *start),
            Bound::Unbounded => 0,
        };
        let to = match dates.end_bound() {
            Bound::Included(end) => bars.partition_point(|bar| date(bar) <= *end),
            Bound::Excluded(end) => bars.partition_point(|bar| date(bar) < *end),
            Bound::Unbounded => bars.len(),
        };
        bars.get(from..to).unwrap_or_default()
    }

    /// The trades and quotes of a UTC date; empty for a series of bars.
    pub(super) fn ticks_on(&self, date: NaiveDate) -> &[Tick] {
        let ticks = self.ticks();
        let from = ticks.partition_point(|tick| tick.at().date_naive() < date);
        let to = ticks.partition_point(|tick| tick.at().date_naive() <= date);
        ticks.get(from..to).unwrap_or_default()
    }

    /// What was recorded on a date and later, and the last bar before it.
    pub(super) fn since(&self, date: NaiveDate) -> Self {
        let observations = match &self.observations {
            Observations::Bars(bars) => {
                let from = bars.partition_point(|bar| bar.at().date() < date);
                let kept = bars.get(from.saturating_sub(1)..);
                Observations::Bars(kept.unwrap_or_default().to_vec())
            }
            Observations::Ticks(ticks) => {
                let from = ticks.partition_point(|tick| tick.at().date_naive() < date);
                Observations::Ticks(ticks.get(from..).unwrap_or_default().to_vec())
            }
        };
        Self {
            symbol: Arc::clone(&self.symbol),
            observations,
        }
    }

    /// The length of a timestamped bar: the shortest distance of two starts, or a minute when
    /// there are fewer than two.
    #[must_use]
    pub fn bar_length(&self) -> TimeDelta {
        let starts = |bar: &Bar| match bar.at() {
            BarTime::Start(start) => Some(start),
            BarTime::Date(_) => None,
        };
        let bars = self.bars();
        bars.iter()
            .zip(bars.iter().skip(1))
            .filter_map(|(bar, next)| Some(starts(next)? - starts(bar)?))
            .min()
            .unwrap_or(TimeDelta::minutes(1))
    }

    /// All price points of the series in the order of time.
    pub fn points<'a>(&'a self, path: &'a IntradayPath) -> impl Iterator<Item = PricePoint> + 'a {
        let length = self.bar_length();
        let before = std::iter::once(None).chain(self.bars().iter().map(Some));
        let bars = self
            .bars()
            .iter()
            .zip(before)
            .flat_map(move |(bar, before)| {
                let mut points = Vec::new();
                path.extend(&self.symbol, before, bar, length, &mut points);
                points
            });
        bars.chain(
            self.ticks()
                .iter()
                .map(|tick| tick_point(&self.symbol, tick)),
        )
    }
}

/// The price point of a trade or a quote.
pub(super) fn tick_point(symbol: &Arc<str>, tick: &Tick) -> PricePoint {
    let (price, volume, kind) = match tick.kind() {
        TickKind::Trade { price, size } => (price, size, PointKind::Intraday),
        TickKind::Quote {
            bid,
            ask,
            bid_size,
            ask_size,
        } => {
            let middle = (bid + ask) * Decimal::new(5, 1);
            let quote = PointKind::Quote {
                bid,
                ask,
                bid_size,
                ask_size,
            };
            (middle, Decimal::ZERO, quote)
        }
    };
    PricePoint {
        symbol: Arc::clone(symbol),
        at: PointTime::Instant(tick.at()),
        price,
        volume,
        kind,
    }
}

fn refuse(symbol: &str, fault: Fault) -> DataError {
    DataError::new("(memory)", fault).with_text(symbol)
}
