//! What the clock of TWS shows, and the day that its lists are of.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::America::New_York;
use time::OffsetDateTime;

use crate::convert;

/// How far from a midnight an instant has to be to be surely on one side of it: the clock of TWS is
/// told in whole seconds, and an answer takes its time.
const MARGIN: TimeDelta = TimeDelta::minutes(1);
/// An answer that took longer tells too little about the time.
const QUICK: TimeDelta = TimeDelta::seconds(10);

/// The clock of TWS as against ours, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TwsClock {
    ahead: TimeDelta,
    /// What it was from UTC in the handshake, which is at most a day ago: TWS restarts every night.
    /// `None` when it said a zone that nobody knows.
    offset: Option<FixedOffset>,
}

impl Default for TwsClock {
    fn default() -> Self {
        Self {
            ahead: TimeDelta::zero(),
            offset: None,
        }
    }
}

impl TwsClock {
    /// The clock as the handshake has told it.
    pub(crate) fn at_handshake(told: Option<OffsetDateTime>, now: DateTime<Utc>) -> Self {
        let offset = told.map(|told| told.offset().whole_seconds());
        let told = told.and_then(|told| convert::utc(told).ok());
        Self {
            ahead: told.map_or(TimeDelta::zero(), |told| told - now),
            offset: offset.and_then(FixedOffset::east_opt),
        }
    }

    /// Takes in what TWS answered to the question for its time.
    pub(crate) fn measure(
        &mut self,
        told: DateTime<Utc>,
        asked: DateTime<Utc>,
        answered: DateTime<Utc>,
    ) {
        let took = answered - asked;
        if (TimeDelta::zero()..QUICK).contains(&took) {
            self.ahead = told - answered;
        }
    }

    /// The day that TWS lists, at an instant of our clock.
    pub(crate) fn today(self, now: DateTime<Utc>) -> Today {
        Today {
            clock: self,
            now: now + self.ahead,
        }
    }
}

/// The day whose ended orders and executions TWS lists.
///
/// Whether it begins at midnight in New York or where TWS runs is not written down anywhere, so that
/// only what happened on the same day in both places is surely listed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Today {
    clock: TwsClock,
    now: DateTime<Utc>,
}

impl Today {
    /// Whether TWS surely lists what happened at an instant of its clock.
    pub(crate) fn has(self, at: DateTime<Utc>) -> bool {
        let Some(offset) = self.clock.offset else {
            return false;
        };
        let (from, to) = (at - MARGIN, self.now + MARGIN);
        day(from, &New_York) == day(to, &New_York) && day(from, &offset) == day(to, &offset)
    }

    /// The instant of its clock from which on TWS surely lists everything; `None` where nobody knows.
    pub(crate) fn begins(self) -> Option<DateTime<Utc>> {
        let offset = self.clock.offset?;
        let now = self.now + MARGIN;
        Some(midnight(now, &New_York)?.max(midnight(now, &offset)?) + MARGIN)
    }

    /// Whether TWS surely lists what happened at an instant of our clock.
    pub(crate) fn has_ours(self, at: DateTime<Utc>) -> bool {
        self.has(at + self.clock.ahead)
    }
}

/// When the day of an instant began.
fn midnight(at: DateTime<Utc>, zone: &impl TimeZone) -> Option<DateTime<Utc>> {
    let local = day(at, zone).and_hms_opt(0, 0, 0)?;
    let began = zone.from_local_datetime(&local).latest()?;
    Some(began.with_timezone(&Utc))
}

fn day(at: DateTime<Utc>, zone: &impl TimeZone) -> NaiveDate {
    at.with_timezone(zone).date_naive()
}
