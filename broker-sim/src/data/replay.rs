//! Recorded data date by date, and point by point, across symbols.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};

use super::path::IntradayPath;
use super::point::{PointTime, PricePoint};
use super::record::{Bar, Tick};
use super::series::{RecordedSeries, tick_point};

/// What one series recorded on one date.
#[derive(Clone, Copy, Debug)]
pub struct DaySeries<'a> {
    /// The whole series.
    pub series: &'a RecordedSeries,
    /// The last bar before this date.
    pub previous: Option<&'a Bar>,
    /// The bars of this date: one for daily data, many for timestamped data.
    pub bars: &'a [Bar],
    /// The trades and quotes of this date.
    pub ticks: &'a [Tick],
    bar_length: TimeDelta,
}

/// What was recorded on one date.
#[derive(Clone, Debug)]
pub struct Day<'a> {
    /// The trading date, or the UTC date of timestamps.
    pub date: NaiveDate,
    /// The series that have something on this date, in the order of their symbols.
    pub series: Vec<DaySeries<'a>>,
}

impl Day<'_> {
    /// The price points of the date in the order of time.
    pub(crate) fn points(&self, path: &IntradayPath) -> Vec<PricePoint> {
        let mut points = Vec::new();
        for entry in &self.series {
            let symbol = entry.series.symbol();
            let mut previous = entry.previous;
            for bar in entry.bars {
                path.extend(symbol, previous, bar, entry.bar_length, &mut points);
                previous = Some(bar);
            }
            points.extend(entry.ticks.iter().map(|tick| tick_point(symbol, tick)));
        }
        // Stable, so that symbols keep their order within a time.
        points.sort_by_key(|point| point.at);
        points
    }

    /// How many price points each bar and each tick of the date makes, and the time of the last of them.
    pub(crate) fn extents(
        &self,
        path: &IntradayPath,
    ) -> impl Iterator<Item = (&Arc<str>, u32, PointTime)> {
        self.series.iter().flat_map(move |entry| {
            let symbol = entry.series.symbol();
            let bars = entry.bars.iter().map(move |bar| {
                let (count, last) = path.extent(bar.at(), entry.bar_length);
                (symbol, count, last)
            });
            let ticks = entry.ticks.iter();
            bars.chain(ticks.map(move |tick| (symbol, 1, PointTime::Instant(tick.at()))))
        })
    }
}

/// The part of a series that is still to come.
#[derive(Clone, Debug)]
struct Rest<'a> {
    series: &'a RecordedSeries,
    previous: Option<&'a Bar>,
    bars: &'a [Bar],
    ticks: &'a [Tick],
    bar_length: TimeDelta,
}

impl<'a> Rest<'a> {
    fn next_date(&self) -> Option<NaiveDate> {
        let bar = self.bars.first().map(|bar| bar.at().date());
        bar.or_else(|| self.ticks.first().map(|tick| tick.at().date_naive()))
    }

    fn take(&mut self, date: NaiveDate) -> Option<DaySeries<'a>> {
        let of_date = self
            .bars
            .iter()
            .take_while(|bar| bar.at().date() == date)
            .count();
        let (bars, later_bars) = self.bars.split_at_checked(of_date)?;
        let of_date = self
            .ticks
            .iter()
            .take_while(|tick| tick.at().date_naive() == date)
            .count();
        let (ticks, later_ticks) = self.ticks.split_at_checked(of_date)?;
        if bars.is_empty() && ticks.is_empty() {
            return None;
        }
        let Self {
            series,
            previous,
            bar_length,
            ..
        } = *self;
        self.previous = bars.last().or(previous);
        self.bars = later_bars;
        self.ticks = later_ticks;
        Some(DaySeries {
            series,
            previous,
            bars,
            ticks,
            bar_length,
        })
    }
}

/// Iterates over the dates on which anything was recorded, earliest first.
#[derive(Clone, Debug)]
pub struct Days<'a> {
    rests: Vec<Rest<'a>>,
}

impl<'a> Days<'a> {
    pub(super) fn new(all: impl Iterator<Item = &'a RecordedSeries>) -> Self {
        let rest = |series: &'a RecordedSeries| Rest {
            series,
            previous: None,
            bars: series.bars(),
            ticks: series.ticks(),
            bar_length: series.bar_length(),
        };
        Self {
            rests: all.map(rest).collect(),
        }
    }
}

impl<'a> Iterator for Days<'a> {
    type Item = Day<'a>;

    fn next(&mut self) -> Option<Day<'a>> {
        let date = self.rests.iter().filter_map(Rest::next_date).min()?;
        let series = self
            .rests
            .iter_mut()
            .filter_map(|rest| rest.take(date))
            .collect();
        Some(Day { date, series })
    }
}

/// Iterates over all price points of a collection in the order of time.
///
/// Points of the same time come in the order of their symbols. On a date that has both daily and
/// timestamped data the daily points come first, because only a calendar can interleave them.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    days: Days<'a>,
    path: &'a IntradayPath,
    from: NaiveDate,
    points: std::vec::IntoIter<PricePoint>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(days: Days<'a>, path: &'a IntradayPath, from: NaiveDate) -> Self {
        Self {
            days,
            path,
            from,
            points: Vec::new().into_iter(),
        }
    }
}

impl Iterator for Replay<'_> {
    type Item = PricePoint;

    fn next(&mut self) -> Option<PricePoint> {
        loop {
            if let Some(point) = self.points.next() {
                return Some(point);
            }
            let day = self.days.next()?;
            if day.date < self.from {
                continue;
            }
            self.points = day.points(self.path).into_iter();
        }
    }
}

/// What was recorded from a date on, kept to be replayed a date at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    series: Vec<Kept>,
    /// Those on which anything was recorded, earliest first.
    pub(crate) dates: BTreeSet<NaiveDate>,
}

/// A series with one bar from before, if there is one.
#[derive(Clone, Debug)]
struct Kept {
    series: RecordedSeries,
    bar_length: TimeDelta,
}

impl Store {
    pub(super) fn new<'a>(all: impl Iterator<Item = &'a RecordedSeries>, from: NaiveDate) -> Self {
        let kept = all.map(|series| Kept {
            series: series.since(from),
            bar_length: series.bar_length(),
        });
        let series: Vec<_> = kept.collect();
        let dates = series.iter().flat_map(|Kept { series, .. }| {
            let bars = series.bars().iter().map(|bar| bar.at().date());
            bars.chain(series.ticks().iter().map(|tick| tick.at().date_naive()))
        });
        let dates = dates.filter(|date| *date >= from).collect();
        Self { series, dates }
    }

    /// What was recorded on one of the dates.
    pub(crate) fn day(&self, date: NaiveDate) -> Day<'_> {
        let on_date = self
            .series
            .iter()
            .filter_map(|Kept { series, bar_length }| {
                let (bars, ticks) = (series.bars_in(date..=date), series.ticks_on(date));
                let any = !bars.is_empty() || !ticks.is_empty();
                any.then(|| DaySeries {
                    series,
                    previous: series.bars_in(..date).last(),
                    bars,
                    ticks,
                    bar_length: *bar_length,
                })
            });
        Day {
            date,
            series: on_date.collect(),
        }
    }
}
