//! Trading days and the parts of them that the vendor tells apart.

use broker_core::model::{Instrument, SessionKind, SessionWindow, TradingDay};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::tiger::gateway::{Complaint, parameters::Parameters, turn::Turn};

/// Parts of a trading day, in the vendor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tiger::gateway) enum Part {
    Before,
    Regular,
    After,
    Overnight,
}

impl Part {
    const fn of(kind: SessionKind) -> Self {
        match kind {
            SessionKind::PreMarket => Self::Before,
            SessionKind::PostMarket => Self::After,
            SessionKind::Overnight => Self::Overnight,
            // The auctions belong to the session that they open and close.
            _ => Self::Regular,
        }
    }

    /// The member of a timeline.
    pub(in crate::tiger::gateway) const fn member(self) -> &'static str {
        match self {
            Self::Before => "preMarket",
            Self::Regular => "intraday",
            Self::After => "afterHours",
            Self::Overnight => "overnight",
        }
    }

    /// The tag of figures outside the regular session.
    pub(in crate::tiger::gateway) const fn tag(self) -> Option<&'static str> {
        match self {
            Self::Before => Some("Pre-Mkt"),
            Self::After => Some("Post-Mkt"),
            Self::Overnight => Some("Overnight"),
            Self::Regular => None,
        }
    }

    pub(in crate::tiger::gateway) const ALL: [Self; 4] =
        [Self::Before, Self::Regular, Self::After, Self::Overnight];
}

impl Parameters<'_> {
    /// The parts of the day that a request wants; the regular one when it does not say.
    pub(in crate::tiger::gateway) fn parts(self) -> Result<Vec<Part>, Complaint> {
        Ok(match self.text("trade_session")? {
            None | Some("Regular") => vec![Part::Regular],
            Some("PreMarket") => vec![Part::Before],
            Some("AfterHours") => vec![Part::After],
            Some("OverNight") => vec![Part::Overnight],
            Some("All") => Part::ALL.to_vec(),
            Some(other) => {
                return Err(Complaint::business(format!(
                    "trade_session '{other}' is not supported"
                )));
            }
        })
    }
}

/// One trading day.
#[derive(Debug, Clone)]
pub(in crate::tiger::gateway) struct Day {
    pub(in crate::tiger::gateway) date: NaiveDate,
    pub(in crate::tiger::gateway) windows: Vec<SessionWindow>,
    pub(in crate::tiger::gateway) early_close: bool,
}

impl Day {
    fn of(day: TradingDay) -> Option<Self> {
        let trades = day.windows.iter().any(|window| {
            let kind = window.kind;
            Part::of(kind) == Part::Regular
        });
        trades.then_some(Self {
            date: day.date,
            windows: day.windows,
            early_close: day.early_close,
        })
    }

    /// The windows of a part.
    pub(in crate::tiger::gateway) fn part(
        &self,
        part: Part,
    ) -> impl Iterator<Item = &SessionWindow> {
        let windows = self.windows.iter();
        windows.filter(move |window| Part::of(window.kind) == part)
    }

    /// When the continuous regular session opens.
    pub(in crate::tiger::gateway) fn opens(&self) -> Option<DateTime<Utc>> {
        let mut windows = self.windows.iter();
        let regular = windows.find(|window| window.kind == SessionKind::Regular);
        regular.map(|window| window.open)
    }

    /// When the regular session ends, a closing auction included.
    pub(in crate::tiger::gateway) fn closes(&self) -> Option<DateTime<Utc>> {
        self.part(Part::Regular).map(|window| window.close).max()
    }

    /// When the first window of any kind opens.
    pub(in crate::tiger::gateway) fn begins(&self) -> Option<DateTime<Utc>> {
        self.windows.first().map(|window| window.open)
    }
}

impl Turn<'_> {
    /// The zone of an instrument's dates.
    pub(in crate::tiger::gateway) fn zone(&mut self, instrument: &Instrument) -> Tz {
        let details = self.exchange.contract(instrument);
        let zone = details
            .ok()
            .and_then(|details| details.time_zone.parse().ok());
        zone.unwrap_or(Tz::UTC)
    }

    /// The trading days of an instrument from so many days before an instant to so many after it.
    pub(in crate::tiger::gateway) fn days(
        &mut self,
        instrument: &Instrument,
        at: DateTime<Utc>,
        (before, after): (i64, i64),
    ) -> Vec<Day> {
        let date = at.with_timezone(&self.zone(instrument)).date_naive();
        self.days_between(
            instrument,
            date - TimeDelta::days(before),
            date + TimeDelta::days(after),
        )
    }

    /// The trading days of an instrument from one date to another, a year at most.
    pub(in crate::tiger::gateway) fn days_between(
        &mut self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Vec<Day> {
        let schedule = self.exchange.schedule_of(instrument, from, to);
        let days = schedule.map(|schedule| schedule.days).unwrap_or_default();
        days.into_iter().filter_map(Day::of).collect()
    }

    /// The last trading day whose regular session has begun at an instant.
    pub(in crate::tiger::gateway) fn regular_day(
        &mut self,
        instrument: &Instrument,
        at: DateTime<Utc>,
    ) -> Option<Day> {
        let days = self.days(instrument, at, (12, 1));
        let mut begun = days
            .into_iter()
            .rev()
            .filter(|day| day.opens().is_some_and(|open| open <= at));
        begun.next()
    }
}
