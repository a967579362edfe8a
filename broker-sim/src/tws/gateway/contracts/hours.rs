//! Trading hours as TWS writes them.

use core::fmt::Write as _;

use broker_core::model::{SessionKind, SessionWindow, TradingSchedule};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Days of trading hours that contract details show, today included.
pub(super) const DAYS_AHEAD: u64 = 6;

/// The time zone that TWS calls by an older name.
const ZONES: &[(&str, &str)] = &[
    ("America/New_York", "US/Eastern"),
    ("America/Chicago", "US/Central"),
    ("Asia/Hong_Kong", "Hongkong"),
];

/// TWS's name of a time zone.
pub(in crate::tws::gateway) fn zone_name(iana: &str) -> &str {
    let known = ZONES.iter().find(|(name, _)| *name == iana);
    known.map_or(iana, |(_, name)| *name)
}

/// A time zone by its IANA name; UTC for one that does not exist.
pub(in crate::tws::gateway) fn zone(iana: &str) -> Tz {
    iana.parse().unwrap_or(Tz::UTC)
}

/// An instant as TWS writes it: wall clock and zone, `20220103 09:30:00 US/Eastern`.
pub(in crate::tws::gateway) fn local_time(at: DateTime<Utc>, iana: &str) -> String {
    let local = at.with_timezone(&zone(iana)).format("%Y%m%d %H:%M:%S");
    format!("{local} {}", zone_name(iana))
}

/// Sessions by date, `20220103:0400-20220103:2000;20220108:CLOSED`; with a break between them
/// two sessions of a date are parted by a comma.
pub(super) fn hours(schedule: &TradingSchedule, regular_only: bool) -> String {
    let zone = zone(&schedule.time_zone);
    let mut text = String::new();
    let mut put = |part: core::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = text.write_fmt(part);
    };
    for (number, day) in schedule.days.iter().enumerate() {
        if number > 0 {
            put(format_args!(";"));
        }
        let sessions = joined(&day.windows, regular_only);
        if sessions.is_empty() {
            put(format_args!("{}:CLOSED", day.date.format("%Y%m%d")));
        }
        for (number, (open, close)) in sessions.into_iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            let open = open.with_timezone(&zone).format("%Y%m%d:%H%M");
            let close = close.with_timezone(&zone).format("%Y%m%d:%H%M");
            put(format_args!("{comma}{open}-{close}"));
        }
    }
    text
}

/// Windows that touch make one session.
fn joined(windows: &[SessionWindow], regular_only: bool) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut sessions: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    let wanted = windows
        .iter()
        .filter(|window| !regular_only || window.kind == SessionKind::Regular);
    for window in wanted {
        match sessions.last_mut() {
            Some((_, close)) if *close == window.open => *close = window.close,
            _ => sessions.push((window.open, window.close)),
        }
    }
    sessions
}
