//! Bars shorter than a day, out of single prices.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::{points::Point, sessions::Session, terms::Show};

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HistoryBar {
    pub(super) start: DateTime<Utc>,
    pub(super) open: Decimal,
    pub(super) high: Decimal,
    pub(super) low: Decimal,
    pub(super) close: Decimal,
    /// Units, average price and number of trades; only bars of trades have them.
    pub(super) traded: Option<(Decimal, Decimal, i32)>,
}

/// Bars of so many seconds over sessions, aligned to the instrument's wall clock; a session that
/// begins between two multiples begins with a shorter bar.
pub(super) fn bars(
    points: &[Point],
    sessions: &[Session],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    (seconds, zone): (i64, Tz),
    show: Show,
) -> Vec<HistoryBar> {
    let mut bars = Vec::new();
    let mut next = 0;
    let mut carried: Option<Point> = None;
    for session in sessions {
        let mut start = session.open;
        while start < session.close && start < to {
            let end = boundary_after(start, seconds, zone).min(session.close);
            // The closing auction prints at the very end of the last session.
            let closing = session.is_last && end == session.close;
            while let Some(point) = points.get(next).filter(|point| point.at < start) {
                carried = Some(*point);
                next += 1;
            }
            let first = next;
            while points
                .get(next)
                .is_some_and(|point| point.at < end || (closing && point.at == end))
            {
                next += 1;
            }
            let within = points.get(first..next).unwrap_or_default();
            let bar = if show.is_trades() {
                of_trades(start, within)
            } else {
                of_quotes((start, end.min(to)), carried, within, show)
            };
            carried = within.last().copied().or(carried);
            if start >= from || end > from {
                bars.extend(bar);
            }
            start = end;
        }
    }
    bars
}

/// The first multiple of so many seconds of the local day after an instant.
fn boundary_after(at: DateTime<Utc>, seconds: i64, zone: Tz) -> DateTime<Utc> {
    let local = at.with_timezone(&zone);
    let midnight = local.date_naive().and_hms_opt(0, 0, 0);
    let midnight = midnight.and_then(|wall| zone.from_local_datetime(&wall).earliest());
    let midnight = midnight.map_or(0, |midnight| midnight.timestamp());
    let passed = at.timestamp() - midnight;
    let rest = seconds - passed.rem_euclid(seconds);
    at + TimeDelta::seconds(rest)
}

fn of_trades(start: DateTime<Utc>, within: &[Point]) -> Option<HistoryBar> {
    let (first, last) = (within.first()?, within.last()?);
    let volume: Decimal = within.iter().map(|point| point.size).sum();
    let value: Decimal = within.iter().map(|point| point.size * point.low).sum();
    let count = within.iter().map(|point| point.trades).sum();
    let average = value.checked_div(volume).unwrap_or(last.low).round_dp(8);
    Some(HistoryBar {
        start,
        open: first.low,
        high: within.iter().map(|point| point.high).max()?,
        low: within.iter().map(|point| point.low).min()?,
        close: last.low,
        traded: Some((volume, average, count)),
    })
}

/// A bar of quotes begins at the quote in force; bid and ask together give their averages over time
/// as open and close, the lowest bid and the highest ask.
fn of_quotes(
    (start, end): (DateTime<Utc>, DateTime<Utc>),
    carried: Option<Point>,
    within: &[Point],
    show: Show,
) -> Option<HistoryBar> {
    let opening = carried.map(|point| Point { at: start, ..point });
    let all: Vec<Point> = opening.into_iter().chain(within.iter().copied()).collect();
    let (first, last) = (all.first()?, all.last()?);
    let (open, close) = if show == Show::BidAsk {
        (
            average(&all, end, |point| point.low),
            average(&all, end, |point| point.high),
        )
    } else {
        (first.low, last.low)
    };
    Some(HistoryBar {
        start,
        open,
        high: all.iter().map(|point| point.high).max()?,
        low: all.iter().map(|point| point.low).min()?,
        close,
        traded: None,
    })
}

/// The average over the time for which each point was in force.
fn average(points: &[Point], end: DateTime<Utc>, of: fn(&Point) -> Decimal) -> Decimal {
    let ends = points.iter().skip(1).map(|point| point.at);
    let ends = ends.chain(core::iter::once(end));
    let (mut sum, mut time) = (Decimal::ZERO, Decimal::ZERO);
    for (point, until) in points.iter().zip(ends) {
        let held = Decimal::from((until - point.at).num_milliseconds().max(0));
        sum += of(point) * held;
        time += held;
    }
    let last = points.last().map(of).unwrap_or_default();
    sum.checked_div(time).unwrap_or(last).round_dp(8)
}
