//! The trade dates and session boundaries of one year, laid out once, so that a lookup is one
//! binary search.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::rules::{Rules, instant};
use super::session::{Auction, DayKind, Phase, SessionWindow, TradingDate, Transition};

/// How far around the year trade dates are laid out; longer than any closure.
const MARGIN_DAYS: i64 = 14;

/// What a trade date holds, in UTC. `date` must be a covered trade date of the rules.
pub(super) fn lay_out(rules: &dyn Rules, date: NaiveDate, early_close: bool) -> TradingDate {
    let zone = rules.time_zone();
    let local = rules.sessions(date, early_close);
    let windows = local
        .sessions
        .iter()
        .map(|session| SessionWindow {
            kind: session.kind,
            open: instant(zone, date, session.open),
            close: instant(zone, date, session.close),
        })
        .collect();
    TradingDate {
        date,
        windows,
        early_close,
        opening_cross: local
            .opening_cross
            .map(|minutes| instant(zone, date, minutes)),
        closing_cross: local
            .closing_cross
            .map(|minutes| instant(zone, date, minutes)),
    }
}

/// The trade dates of one year, and every boundary whose instant falls in the UTC year.
#[derive(Debug)]
pub(super) struct YearTable {
    /// In order, with some of the years before and after.
    dates: Vec<TradingDate>,
    /// Unix seconds at which `dates` give way to the calendar dates after them.
    ends: Vec<i64>,
    /// Unix seconds of `boundaries`, kept apart so that the search touches little memory.
    seconds: Vec<i64>,
    boundaries: Vec<(DateTime<Utc>, Transition)>,
    at_start: Phase,
}

impl YearTable {
    pub(super) fn new(rules: &dyn Rules, year: i32) -> Self {
        let dates = trading_dates_around(rules, year);
        let boundaries = boundaries(&dates);
        let at_start = boundaries
            .iter()
            .rfind(|(at, _)| at.year() < year)
            .map_or(Phase::Closed, |(_, transition)| transition.to);
        let boundaries: Vec<_> = boundaries
            .into_iter()
            .filter(|(at, _)| at.year() == year)
            .collect();
        let seconds = boundaries.iter().map(|(at, _)| at.timestamp()).collect();
        let zone = rules.time_zone();
        let end = |date: &TradingDate| {
            let tomorrow = date.date + TimeDelta::days(1);
            instant(zone, tomorrow, rules.roll()).timestamp()
        };
        let ends = dates.iter().map(end).collect();
        Self {
            dates,
            ends,
            seconds,
            boundaries,
            at_start,
        }
    }

    /// The sessions of a date of the year, if it trades.
    pub(super) fn trading_date(&self, date: NaiveDate) -> Option<&TradingDate> {
        let found = self.dates.binary_search_by_key(&date, |known| known.date);
        self.dates.get(found.ok()?)
    }

    /// The trade date that an instant of the year belongs to; `None` when it is not covered.
    pub(super) fn trade_date_of(&self, instant: DateTime<Utc>) -> Option<NaiveDate> {
        let second = instant.timestamp();
        let past = self.ends.partition_point(|end| *end <= second);
        Some(self.dates.get(past)?.date)
    }

    /// The first boundary of the year strictly after the instant.
    pub(super) fn next_after(&self, after: DateTime<Utc>) -> Option<&(DateTime<Utc>, Transition)> {
        // Boundaries are whole seconds, so rounding the instant down changes no comparison.
        let second = after.timestamp();
        self.boundaries
            .get(self.seconds.partition_point(|at| *at <= second))
    }

    /// The phase at an instant of the year.
    pub(super) fn phase(&self, now: DateTime<Utc>) -> Phase {
        let second = now.timestamp();
        let past = self.seconds.partition_point(|at| *at <= second);
        past.checked_sub(1)
            .and_then(|last| self.boundaries.get(last))
            .map_or(self.at_start, |(_, transition)| transition.to)
    }
}

fn trading_dates_around(rules: &dyn Rules, year: i32) -> Vec<TradingDate> {
    let covered = rules.covered_years();
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let days = 366 + 2 * MARGIN_DAYS;
    (0..days)
        .map(|offset| first + TimeDelta::days(offset - MARGIN_DAYS))
        .filter(|date| covered.contains(&date.year()))
        .filter_map(|date| {
            let day = rules.day(date);
            let early_close = matches!(day, DayKind::EarlyClose);
            day.is_trading().then(|| lay_out(rules, date, early_close))
        })
        .collect()
}

fn boundaries(dates: &[TradingDate]) -> Vec<(DateTime<Utc>, Transition)> {
    let mut found = Vec::new();
    let mut previous: Option<SessionWindow> = None;
    for date in dates {
        let auction = |at| {
            if date.opening_cross == Some(at) {
                Some(Auction::Opening)
            } else if date.closing_cross == Some(at) {
                Some(Auction::Closing)
            } else {
                None
            }
        };
        for window in &date.windows {
            let from = match previous {
                Some(last) if last.close == window.open => Phase::Open(last),
                _ => Phase::Closed,
            };
            let to = Phase::Open(*window);
            found.push((
                window.open,
                Transition {
                    from,
                    to,
                    auction: auction(window.open),
                },
            ));
            let from = to;
            let to = Phase::Closed;
            found.push((
                window.close,
                Transition {
                    from,
                    to,
                    auction: auction(window.close),
                },
            ));
            previous = Some(*window);
        }
    }
    // Where sessions touch, the close just pushed and the open after it are one boundary.
    found.dedup_by(|open, close| {
        let touch = open.0 == close.0;
        if touch {
            close.1.to = open.1.to;
            close.1.auction = close.1.auction.or(open.1.auction);
        }
        touch
    });
    found
}
