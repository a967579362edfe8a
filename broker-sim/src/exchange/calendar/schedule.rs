use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

use super::cme::CmeIndexFutures;
use super::continuous::{AlwaysOpen, Forex};
use super::error::CalendarError;
use super::hong_kong::HongKong;
use super::rules::{Rules, instant};
use super::session::{DayKind, Phase, TradingDate, Transition};
use super::us::{UsEquities, UsEquitiesOvernight, UsOptions};
use super::year_table::YearTable;

/// The trading calendar of one market.
///
/// Cloning shares the calendar, and each constructor returns a clone of one calendar per process,
/// so every user of a market shares its cache. A year is laid out when it is first asked about
/// (under a millisecond and some tens of kilobytes); from then on [`at`](Self::at) and
/// [`next_transition`](Self::next_transition) are one binary search.
///
/// Dates are trade dates in the exchange's time zone, instants are UTC. A calendar knows only its
/// [`covered_years`](Self::covered_years): outside them dates give [`CalendarError::NotCovered`]
/// and instants [`Phase::Unknown`].
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    rules: Box<dyn Rules>,
    /// The instant at which the first covered trade date begins.
    start: DateTime<Utc>,
    /// The instant at which the last covered trade date ends.
    end: DateTime<Utc>,
    /// One table per UTC year from the year of `start` to that of `end`.
    years: Box<[OnceLock<YearTable>]>,
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Calendar").field(&self.name()).finish()
    }
}

impl Calendar {
    /// United States equities (XNYS, XNAS): pre-market 04:00 to 09:30, regular to 16:00 and
    /// post-market to 20:00 New York; 13:00 and 17:00 on early-close days.
    ///
    /// The auctions take orders while continuous trading goes on, so they are instants
    /// ([`TradingDate::opening_cross`], [`Transition::auction`]) and not sessions. Covers 2007 to
    /// 2099 by rule (NYSE Rule 7.2); special closures are known up to 2025.
    #[must_use]
    pub fn us_equities() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::new(Box::new(UsEquities)))
            .clone()
    }

    /// The same with the night before each trade date, 20:00 to 04:00 New York, Sunday evening to
    /// Friday morning; the trade date rolls at 20:00. There is no night before a holiday.
    #[must_use]
    pub fn us_equities_overnight() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::new(Box::new(UsEquitiesOvernight)))
            .clone()
    }

    /// Whether some of its sessions are in the night.
    #[must_use]
    pub fn has_nights(&self) -> bool {
        self.name() == Self::us_equities_overnight().name()
    }

    /// United States listed options: 09:30 to 16:00 New York on the days of the equities, 13:00 on
    /// early-close days.
    ///
    /// The classes that trade 15 minutes longer (some indices and funds) are not told apart.
    #[must_use]
    pub fn us_options() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::new(Box::new(UsOptions)))
            .clone()
    }

    /// Hong Kong securities (XHKG): opening auction 09:00 to 09:30, trading 09:30 to 12:00 and
    /// 13:00 to 16:00, closing auction to 16:10 Hong Kong; half days end at noon with a closing
    /// auction to 12:10.
    ///
    /// Covers 2018 to 2027 from published lists. Random uncrossing times within the auctions are
    /// taken at the auction's end, and mornings or afternoons lost to weather count as open.
    #[must_use]
    pub fn hong_kong() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(Box::new(HongKong))).clone()
    }

    /// Equity index futures on CME Globex: Sunday 17:00 to Friday 16:00 Chicago with a daily break
    /// from 16:00 to 17:00; the trade date rolls at 17:00.
    ///
    /// Shut on New Year's Day, Good Friday and Christmas Day. The other United States holidays
    /// trade until noon as part of the next trade date; stock early-close days end at 12:15. Covers
    /// 2012 to 2099 with today's hours throughout.
    #[must_use]
    pub fn cme_index_futures() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::new(Box::new(CmeIndexFutures)))
            .clone()
    }

    /// Spot foreign exchange: Sunday 17:00 to Friday 17:00 New York without a break; the trade date
    /// rolls at 17:00. No holidays, because the interbank market has none of its own.
    #[must_use]
    pub fn forex() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(Box::new(Forex))).clone()
    }

    /// Crypto: always open, one trade date per UTC day, weekends included.
    #[must_use]
    pub fn always_open() -> Self {
        static SHARED: OnceLock<Calendar> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::new(Box::new(AlwaysOpen)))
            .clone()
    }

    fn new(rules: Box<dyn Rules>) -> Self {
        let covered = rules.covered_years();
        let begin_of = |year| {
            let date = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
            instant(rules.time_zone(), date, rules.roll())
        };
        let start = begin_of(*covered.start());
        let end = begin_of(*covered.end() + 1);
        let years = (start.year()..=end.year())
            .map(|_| OnceLock::new())
            .collect();
        Self {
            inner: Arc::new(Inner {
                rules,
                start,
                end,
                years,
            }),
        }
    }

    /// The market's name: its MIC (ISO 10383) where it has one, such as `"XHKG"`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.inner.rules.name()
    }

    /// The zone whose wall clock the sessions follow.
    #[must_use]
    pub fn time_zone(&self) -> Tz {
        self.inner.rules.time_zone()
    }

    /// The years, both inclusive, about which the calendar answers.
    #[must_use]
    pub fn covered_years(&self) -> RangeInclusive<i32> {
        self.inner.rules.covered_years()
    }

    /// Whether the date trades, and if not why.
    ///
    /// # Errors
    ///
    /// [`CalendarError::NotCovered`] outside the covered years.
    ///
    /// ```
    /// use broker_sim::exchange::calendar::{Calendar, DayKind};
    /// use chrono::NaiveDate;
    ///
    /// let sandy = NaiveDate::from_ymd_opt(2012, 10, 29).unwrap_or_default();
    /// let day = Calendar::us_equities().day(sandy);
    /// assert_eq!(day, Ok(DayKind::Holiday("Hurricane Sandy")));
    /// assert!(Calendar::hong_kong().day(sandy).is_err()); // before its list begins
    /// ```
    pub fn day(&self, date: NaiveDate) -> Result<DayKind, CalendarError> {
        if !self.covered_years().contains(&date.year()) {
            return Err(self.not_covered(date));
        }
        Ok(self.inner.rules.day(date))
    }

    /// The sessions of a trade date, or `None` when the date does not trade.
    ///
    /// # Errors
    ///
    /// [`CalendarError::NotCovered`] outside the covered years.
    pub fn trading_date(&self, date: NaiveDate) -> Result<Option<TradingDate>, CalendarError> {
        if !self.covered_years().contains(&date.year()) {
            return Err(self.not_covered(date));
        }
        let year = self.year(date.year());
        Ok(year.and_then(|year| year.trading_date(date)).cloned())
    }

    /// What the market is doing at an instant.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Phase {
        if now < self.inner.start || now >= self.inner.end {
            return Phase::Unknown;
        }
        self.year(now.year())
            .map_or(Phase::Unknown, |table| table.phase(now))
    }

    /// True while the regular session is under way or, with `include_extended`, any session:
    /// pre-market, post-market and the call phases of auctions count as extended.
    ///
    /// False for an instant outside the covered years.
    #[must_use]
    pub fn is_open(&self, instant: DateTime<Utc>, include_extended: bool) -> bool {
        match self.at(instant) {
            Phase::Open(window) => include_extended || window.kind.is_regular(),
            Phase::Closed | Phase::Unknown => false,
        }
    }

    /// The trade date that business at the instant belongs to.
    ///
    /// It is the exchange's calendar date, one later from the roll on (17:00 for futures and
    /// forex), moved forward to a trade date: on a weekend or holiday, the next one.
    ///
    /// # Errors
    ///
    /// [`CalendarError::NotCovered`] outside the covered years.
    ///
    /// ```
    /// use broker_sim::exchange::calendar::Calendar;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sunday_evening = "2024-03-10T22:00:00Z".parse()?; // 17:00 in Chicago, daylight time
    /// let trade_date = Calendar::cme_index_futures().trade_date_of(sunday_evening)?;
    /// assert_eq!(trade_date.to_string(), "2024-03-11");
    /// # Ok(())
    /// # }
    /// ```
    pub fn trade_date_of(&self, instant: DateTime<Utc>) -> Result<NaiveDate, CalendarError> {
        if instant < self.inner.start || instant >= self.inner.end {
            return Err(self.not_covered(instant.date_naive()));
        }
        let year = self.year(instant.year());
        if let Some(date) = year.and_then(|year| year.trade_date_of(instant)) {
            return Ok(date);
        }
        // Past the last trade date that is covered.
        let local = instant.with_timezone(&self.time_zone()).naive_local();
        let date = (local - TimeDelta::minutes(self.inner.rules.roll())).date();
        if self.day(date)?.is_trading() {
            Ok(date)
        } else {
            self.next_trading_date(date)
        }
    }

    /// The next session boundary strictly after the instant, and what changes there.
    ///
    /// `None` outside the covered years and after their last boundary. One binary search over the
    /// boundaries of a year: some tens of nanoseconds, with no allocation once the year is laid
    /// out. The answer holds until its instant, so a loop may keep it that long.
    ///
    /// ```
    /// use broker_sim::exchange::calendar::{Auction, Calendar, SessionKind};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pre_market = "2024-07-01T13:00:00Z".parse()?;
    /// let (at, transition) =
    ///     Calendar::us_equities().next_transition(pre_market).ok_or("not covered")?;
    /// assert_eq!(at.to_rfc3339(), "2024-07-01T13:30:00+00:00");
    /// assert_eq!(transition.from.kind(), Some(SessionKind::PreMarket));
    /// assert_eq!(transition.to.kind(), Some(SessionKind::Regular));
    /// assert_eq!(transition.auction, Some(Auction::Opening));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn next_transition(&self, after: DateTime<Utc>) -> Option<(DateTime<Utc>, Transition)> {
        if after < self.inner.start || after >= self.inner.end {
            return None;
        }
        (after.year()..=self.inner.end.year())
            .find_map(|year| self.year(year)?.next_after(after))
            .copied()
    }

    /// When the next regular session opens, strictly after the instant.
    ///
    /// The afternoon after a lunch break counts. In a continuous market each trade date opens
    /// anew at the roll.
    #[must_use]
    pub fn next_open(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.next_where(after, |transition| transition.to.is_regular())
    }

    /// When the current or else the next regular session closes, strictly after the instant.
    ///
    /// A lunch break counts as a close; [`TradingDate::regular_close`] does not stop there.
    #[must_use]
    pub fn next_close(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.next_where(after, |transition| transition.from.is_regular())
    }

    /// The last trade date before the date.
    ///
    /// # Errors
    ///
    /// [`CalendarError::NotCovered`] when the search leaves the covered years.
    pub fn previous_trading_date(&self, date: NaiveDate) -> Result<NaiveDate, CalendarError> {
        let mut date = date;
        loop {
            date = date.pred_opt().ok_or_else(|| self.not_covered(date))?;
            if self.day(date)?.is_trading() {
                return Ok(date);
            }
        }
    }

    /// The first trade date after the date.
    ///
    /// # Errors
    ///
    /// [`CalendarError::NotCovered`] when the search leaves the covered years.
    pub fn next_trading_date(&self, date: NaiveDate) -> Result<NaiveDate, CalendarError> {
        let mut date = date;
        loop {
            date = date.succ_opt().ok_or_else(|| self.not_covered(date))?;
            if self.day(date)?.is_trading() {
                return Ok(date);
            }
        }
    }

    /// The trade dates from `from` to `to`, both inclusive; empty when `to` is before `from`.
    ///
    /// # Errors
    ///
    /// [`CalendarError::NotCovered`] when any date of the range lies outside the covered years.
    pub fn trading_days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<NaiveDate>, CalendarError> {
        let mut days = Vec::new();
        let dates = std::iter::successors(Some(from), NaiveDate::succ_opt);
        for date in dates.take_while(|date| *date <= to) {
            if self.day(date)?.is_trading() {
                days.push(date);
            }
        }
        Ok(days)
    }

    /// The third Friday of a month, the standard expiry of options and index futures; the trade
    /// date before it (as a rule Thursday) when that Friday does not trade.
    ///
    /// # Errors
    ///
    /// [`CalendarError::InvalidMonth`] for a month outside 1 to 12, and
    /// [`CalendarError::NotCovered`] outside the covered years.
    ///
    /// ```
    /// use broker_sim::exchange::calendar::Calendar;
    ///
    /// // Good Friday 2019 was the third Friday of April.
    /// let expiry = Calendar::us_options().third_friday(2019, 4);
    /// assert_eq!(expiry.map(|date| date.to_string()).as_deref(), Ok("2019-04-18"));
    /// ```
    pub fn third_friday(&self, year: i32, month: u32) -> Result<NaiveDate, CalendarError> {
        let friday = NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Fri, 3)
            .ok_or(CalendarError::InvalidMonth { year, month })?;
        if self.day(friday)?.is_trading() {
            Ok(friday)
        } else {
            self.previous_trading_date(friday)
        }
    }

    fn next_where(
        &self,
        after: DateTime<Utc>,
        wanted: impl Fn(&Transition) -> bool,
    ) -> Option<DateTime<Utc>> {
        let mut after = after;
        loop {
            let (at, transition) = self.next_transition(after)?;
            if wanted(&transition) {
                return Some(at);
            }
            after = at;
        }
    }

    fn year(&self, year: i32) -> Option<&YearTable> {
        let index = usize::try_from(year - self.inner.start.year()).ok()?;
        let cell = self.inner.years.get(index)?;
        Some(cell.get_or_init(|| YearTable::new(self.inner.rules.as_ref(), year)))
    }

    fn not_covered(&self, date: NaiveDate) -> CalendarError {
        let covered = self.covered_years();
        CalendarError::NotCovered {
            calendar: self.name(),
            date,
            first_year: *covered.start(),
            last_year: *covered.end(),
        }
    }
}
