//! The sessions of an instrument around a range of time.

use broker_core::model::{Instrument, SessionKind, TradingDay};
use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::exchange::Exchange;

/// One stretch of time in which an instrument trades, with its trading date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) date: NaiveDate,
    pub(super) open: DateTime<Utc>,
    pub(super) close: DateTime<Utc>,
    /// Whether nothing of the date comes after it.
    pub(super) is_last: bool,
}

/// Days that the exchange lays out at a time.
const PART: u64 = 360;

/// The sessions of every date from one to another, in order; those that touch are one.
pub(super) fn sessions(
    exchange: &mut Exchange,
    instrument: &Instrument,
    regular_only: bool,
    (from, to): (NaiveDate, NaiveDate),
) -> Vec<Session> {
    let mut all = Vec::new();
    let mut first = from;
    while first <= to {
        let last = first
            .checked_add_days(Days::new(PART))
            .unwrap_or(to)
            .min(to);
        if let Ok(part) = exchange.schedule_of(instrument, first, last) {
            for day in &part.days {
                all.extend(of_day(day, regular_only));
            }
        }
        let Some(next) = last.succ_opt() else { break };
        first = next;
    }
    all
}

fn of_day(day: &TradingDay, regular_only: bool) -> Vec<Session> {
    let mut found: Vec<Session> = Vec::new();
    let wanted = day
        .windows
        .iter()
        .filter(|window| !regular_only || window.kind == SessionKind::Regular);
    for window in wanted {
        match found.last_mut() {
            Some(session) if session.close == window.open => session.close = window.close,
            _ => found.push(Session {
                date: day.date,
                open: window.open,
                close: window.close,
                is_last: false,
            }),
        }
    }
    if let Some(last) = found.last_mut() {
        last.is_last = true;
    }
    found
}
