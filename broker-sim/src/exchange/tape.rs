//! The recorded prices that are to come, with the instants at which they come.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::calendar::Calendar;
use crate::data::{IntradayPath, PointTime, Store};

/// A recorded price and when it comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimedPoint {
    pub(super) at: DateTime<Utc>,
    pub(super) market: usize,
    pub(super) price: Decimal,
    pub(super) volume: Decimal,
}

/// The recorded prices that are to come, made a date at a time: a year of them is ten times what was recorded.
#[derive(Debug, Default)]
pub(super) struct Tape {
    source: Option<Source>,
    /// Those that are made, in the order of time.
    made: VecDeque<TimedPoint>,
    /// So many of them come before anything that is still to be made.
    ready: usize,
    remaining: usize,
    ends: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Source {
    store: Store,
    path: IntradayPath,
    /// By what the data calls them.
    markets: HashMap<Arc<str>, usize>,
    hours: Hours,
}

impl Tape {
    pub(super) fn new(store: Store, path: IntradayPath, markets: HashMap<Arc<str>, usize>) -> Self {
        let mut source = Source {
            store,
            path,
            markets,
            hours: Hours {
                calendar: Calendar::us_equities(),
                last: None,
            },
        };
        let (remaining, ends) = source.extent();
        let mut tape = Self {
            source: Some(source),
            remaining,
            ends,
            ..Self::default()
        };
        tape.make();
        tape
    }

    pub(super) fn remaining(&self) -> usize {
        self.remaining
    }

    /// When the last one comes, or came.
    pub(super) fn ends(&self) -> Option<DateTime<Utc>> {
        self.ends
    }

    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        self.made.front().map(|point| point.at)
    }

    /// The next price, if it comes at such an instant.
    pub(super) fn take_if(
        &mut self,
        is_due: impl FnOnce(DateTime<Utc>) -> bool,
    ) -> Option<TimedPoint> {
        if !is_due(self.next_at()?) {
            return None;
        }
        let point = self.made.pop_front()?;
        self.ready = self.ready.saturating_sub(1);
        self.remaining = self.remaining.saturating_sub(1);
        self.make();
        Some(point)
    }

    /// Makes the prices of dates to come until it is known which one is next.
    fn make(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        while self.ready == 0 {
            let Some(date) = source.store.dates.pop_first() else {
                self.ready = self.made.len();
                return;
            };
            source.make(date, &mut self.made);
            // Stable, so that symbols keep their order within an instant. A long bar may go on behind the
            // beginning of the next date.
            self.made.make_contiguous().sort_by_key(|point| point.at);
            let next = source.store.dates.first();
            let next = next.map(|date| date.and_time(NaiveTime::MIN).and_utc());
            self.ready = next.map_or(self.made.len(), |next| {
                self.made.partition_point(|point| point.at < next)
            });
        }
    }
}

impl Source {
    /// How many prices are to come, and when the last of them comes.
    fn extent(&mut self) -> (usize, Option<DateTime<Utc>>) {
        let (mut count, mut ends) = (0, None);
        for date in &self.store.dates {
            for (symbol, points, last) in self.store.day(*date).extents(&self.path) {
                let at = self.hours.of(last);
                if let Some(at) = at.filter(|_| self.markets.contains_key(symbol)) {
                    count += usize::try_from(points).unwrap_or(usize::MAX);
                    ends = ends.max(Some(at));
                }
            }
        }
        (count, ends)
    }

    fn make(&mut self, date: NaiveDate, made: &mut VecDeque<TimedPoint>) {
        for point in self.store.day(date).points(&self.path) {
            let (at, market) = (self.hours.of(point.at), self.markets.get(&point.symbol));
            if let (Some(at), Some(market)) = (at, market) {
                made.push_back(TimedPoint {
                    at,
                    market: *market,
                    price: point.price,
                    volume: point.volume,
                });
            }
        }
    }
}

/// The regular session of the last date that was asked for.
#[derive(Debug)]
struct Hours {
    calendar: Calendar,
    last: Option<(NaiveDate, DateTime<Utc>, DateTime<Utc>)>,
}

impl Hours {
    fn of(&mut self, time: PointTime) -> Option<DateTime<Utc>> {
        match time {
            PointTime::Instant(at) => Some(at),
            PointTime::Session {
                date,
                parts_per_million,
            } => self.instant(date, parts_per_million),
        }
    }

    fn instant(&mut self, date: NaiveDate, parts_per_million: u32) -> Option<DateTime<Utc>> {
        let known = self.last.filter(|(known, _, _)| *known == date);
        let (open, close) = match known {
            Some((_, open, close)) => (open, close),
            None => {
                let layout = self.calendar.trading_date(date).ok().flatten()?;
                let (open, close) = (layout.regular_open()?, layout.regular_close()?);
                self.last = Some((date, open, close));
                (open, close)
            }
        };
        let span = (close - open).num_milliseconds();
        let part = i64::from(parts_per_million.min(1_000_000));
        let offset = span.checked_mul(part)? / 1_000_000;
        open.checked_add_signed(TimeDelta::milliseconds(offset))
    }
}
