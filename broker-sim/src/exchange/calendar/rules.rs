//! What one market's file implements, and how its local times become UTC.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use chrono::offset::LocalResult;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::session::{DayKind, SessionKind};

/// Wall-clock minutes from midnight of the trade date; negative on the evening before.
pub(super) type Minutes = i64;

/// The wall-clock time as minutes from midnight of the trade date.
pub(super) const fn clock(hour: i64, minute: i64) -> Minutes {
    hour * 60 + minute
}

/// The wall-clock time on the calendar day before the trade date.
pub(super) const fn evening_before(hour: i64, minute: i64) -> Minutes {
    clock(hour, minute) - clock(24, 0)
}

/// One session in the exchange's wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalSession {
    pub(super) kind: SessionKind,
    pub(super) open: Minutes,
    pub(super) close: Minutes,
}

impl LocalSession {
    pub(super) const fn new(kind: SessionKind, open: Minutes, close: Minutes) -> Self {
        Self { kind, open, close }
    }
}

/// The sessions and auctions of one trade date in wall-clock time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LocalDay {
    pub(super) sessions: Vec<LocalSession>,
    pub(super) opening_cross: Option<Minutes>,
    pub(super) closing_cross: Option<Minutes>,
}

/// One market's hours and holidays.
pub(super) trait Rules: Debug + Send + Sync {
    /// The market's name: its MIC (ISO 10383) where it has one.
    fn name(&self) -> &'static str;

    /// The zone in which the rules are written.
    fn time_zone(&self) -> Tz;

    /// The years for which the rules hold.
    fn covered_years(&self) -> RangeInclusive<i32>;

    /// When a trade date begins, in minutes from its own midnight; zero or negative.
    fn roll(&self) -> Minutes;

    /// Whether a covered date trades.
    fn day(&self, date: NaiveDate) -> DayKind;

    /// The sessions of a covered date on which `day` says the market trades.
    fn sessions(&self, date: NaiveDate, early_close: bool) -> LocalDay;
}

/// The UTC instant of a wall-clock time.
///
/// A time that occurs twice (clocks going back) means the first; a time that clocks skip means
/// the instant it would have been had they not moved yet.
pub(super) fn instant(zone: Tz, date: NaiveDate, minutes: Minutes) -> DateTime<Utc> {
    let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => found.to_utc(),
        LocalResult::None => {
            // No zone in the database has ever skipped more than a day.
            let before = TimeDelta::days(1);
            match zone.from_local_datetime(&(local - before)).earliest() {
                Some(found) => found.to_utc() + before,
                None => zone.from_utc_datetime(&local).to_utc(),
            }
        }
    }
}
