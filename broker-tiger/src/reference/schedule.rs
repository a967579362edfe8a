//! Trading days of shares and options. Tiger's calendar tells dates only; the hours are those of the exchanges.

use std::collections::BTreeMap;

use broker_core::{
    Error, ErrorKind, Result,
    model::{Instrument, SessionKind, SessionWindow, TradingDay, TradingSchedule},
};
use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::Deserialize;

use super::service::Instruments;
use crate::{
    convert::{Rows, Text},
    instrument::zone_of,
    transport::{Call, Method, Parameters},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DayRow {
    date: Text,
    r#type: Text,
}

/// The hours of a market, in its own time: kind, begin, end.
type Hours = &'static [(SessionKind, (u32, u32), (u32, u32))];

const US: Hours = &[
    (SessionKind::PreMarket, (4, 0), (9, 30)),
    (SessionKind::Regular, (9, 30), (16, 0)),
    (SessionKind::PostMarket, (16, 0), (20, 0)),
];
/// A day that ends early ends at one; what comes after it ends at five.
const US_EARLY: Hours = &[
    (SessionKind::PreMarket, (4, 0), (9, 30)),
    (SessionKind::Regular, (9, 30), (13, 0)),
    (SessionKind::PostMarket, (13, 0), (17, 0)),
];
const HK: Hours = &[
    (SessionKind::Regular, (9, 30), (12, 0)),
    (SessionKind::Regular, (13, 0), (16, 0)),
];
const HK_EARLY: Hours = &[(SessionKind::Regular, (9, 30), (12, 0))];

/// The night of a share that trades in it begins at eight the evening before its trading day and lasts until
/// four (`docs-en.itigerup.com/docs/trade-rules`; to which day it belongs: the vendor's help, 18228782).
const NIGHT: ((u32, u32), (u32, u32)) = ((20, 0), (4, 0));

/// What the calendar says of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Trading,
    EarlyClose,
    Closed,
}

impl DayRow {
    fn read(&self) -> Result<(NaiveDate, Kind)> {
        let date = self.date.required("date")?;
        let kind = match self.r#type.required("type")? {
            "TRADING" => Kind::Trading,
            "EARLY_CLOSE" => Kind::EarlyClose,
            "NON_TRADING" => Kind::Closed,
            other => {
                let message = format!("{other:?} is no word for a day of the calendar");
                return Err(Error::new(ErrorKind::Protocol, message));
            }
        };
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|error| {
            let message = format!("{date:?} is no date of the calendar: {error}");
            Error::new(ErrorKind::Protocol, message)
        })?;
        Ok((date, kind))
    }
}

/// No exchange has ever been closed for longer.
const LONGEST_CLOSURE: TimeDelta = TimeDelta::days(12);

/// The longest range that is asked for.
const MOST_DAYS: i64 = 366;

fn hours(market: &str, early: bool) -> Option<Hours> {
    Some(match (market, early) {
        ("US", false) => US,
        ("US", true) => US_EARLY,
        ("HK", false) => HK,
        ("HK", true) => HK_EARLY,
        _ => return None,
    })
}

/// A time of day in a zone.
fn at(zone: Tz, date: NaiveDate, (hour, minute): (u32, u32)) -> Option<DateTime<Utc>> {
    let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
    let local = zone.from_local_datetime(&date.and_time(time)).earliest()?;
    Some(local.to_utc())
}

fn windows(zone: Tz, date: NaiveDate, hours: Hours) -> Vec<SessionWindow> {
    let windows = hours.iter().filter_map(|(kind, open, close)| {
        Some(SessionWindow {
            kind: *kind,
            open: at(zone, date, *open)?,
            close: at(zone, date, *close)?,
        })
    });
    windows.collect()
}

/// The night that belongs to a trading day.
fn night(zone: Tz, date: NaiveDate) -> Option<SessionWindow> {
    let (open, close) = NIGHT;
    Some(SessionWindow {
        kind: SessionKind::Overnight,
        open: at(zone, date.pred_opt()?, open)?,
        close: at(zone, date, close)?,
    })
}

impl Instruments {
    pub(super) async fn sessions(
        &self,
        instrument: &Instrument,
        market: &'static str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        if to < from {
            return Err(Error::invalid("to", "is before the beginning"));
        }
        if matches!(instrument, Instrument::Future(_)) {
            return self.future_sessions(instrument, from, to).await;
        }
        if to - from > TimeDelta::days(MOST_DAYS) {
            return Err(Error::invalid(
                "to",
                "is more than a year after the beginning",
            ));
        }
        let plain = matches!(
            instrument,
            Instrument::Equity(_) | Instrument::Option(_) | Instrument::Index(_)
        );
        if !plain || hours(market, false).is_none() {
            let message = format!("the trading hours of {instrument} are not told by Tiger");
            return Err(Error::unsupported(message));
        }
        let told = self.calendar(market, from, to).await?;
        self.check_reach(market, (from, to), &told).await?;
        let zone = zone_of(market);
        let shares = matches!(instrument, Instrument::Equity(_));
        let nights = shares && market == "US" && self.trades_at_night(instrument).await?;
        let mut told_days = Vec::new();
        for date in days(from, to) {
            let kind = told.get(&date).copied();
            let early = kind == Some(Kind::EarlyClose);
            let trades = early || kind == Some(Kind::Trading);
            let mut of_day = match hours(market, early) {
                Some(hours) if trades => windows(zone, date, hours),
                _ => Vec::new(),
            };
            // Only shares trade before and after the regular session.
            of_day.retain(|window| shares || window.kind == SessionKind::Regular);
            if let Some(night) = night(zone, date).filter(|_| trades && nights) {
                of_day.insert(0, night);
            }
            told_days.push(TradingDay {
                date,
                windows: of_day,
                early_close: early,
                holiday: (!trades && !is_weekend(date)).then(|| "holiday".to_owned()),
            });
        }
        Ok(TradingSchedule {
            time_zone: zone.name().to_owned(),
            days: told_days,
        })
    }

    /// Whether Tiger lets a share trade in the night. It does not where Tiger says nothing of it.
    async fn trades_at_night(&self, share: &Instrument) -> Result<bool> {
        let listing = self.book.listing(share).await?;
        let told = listing.row.as_ref();
        Ok(told.and_then(|row| row.support_overnight_trading.get()) == Some(true))
    }

    /// The days that Tiger's calendar tells.
    async fn calendar(
        &self,
        market: &'static str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, Kind>> {
        let parameters = Parameters::default()
            .with("market", market)?
            .with("begin_date", from.format("%Y-%m-%d").to_string())?
            .with("end_date", to.format("%Y-%m-%d").to_string())?;
        let call = Call::new(Method::TRADING_CALENDAR, parameters);
        let told: Rows<DayRow> = self.link.gateway()?.ask(&call).await?.rows()?;
        if let Some(error) = told.unreadable.into_iter().next() {
            return Err(error);
        }
        told.rows.iter().map(DayRow::read).collect()
    }

    /// A date that the calendar leaves out is a holiday between days that it tells, and beyond them
    /// nothing is known.
    async fn check_reach(
        &self,
        market: &'static str,
        (from, to): (NaiveDate, NaiveDate),
        told: &BTreeMap<NaiveDate, Kind>,
    ) -> Result<()> {
        let (first, last) = (told.keys().next(), told.keys().next_back());
        let open_before = days(from, to)
            .find(|date| first.is_none_or(|first| date < first) && !is_weekend(*date));
        let open_after =
            days(from, to).find(|date| last.is_none_or(|last| date > last) && !is_weekend(*date));
        let day = TimeDelta::days(1);
        let around = [
            (open_before, from - LONGEST_CLOSURE, from - day),
            (open_after, to + day, to + LONGEST_CLOSURE),
        ];
        for (open, from, to) in around {
            if let Some(open) = open
                && self.calendar(market, from, to).await?.is_empty()
            {
                let message = format!(
                    "Tiger's calendar does not say whether {open} is a trading day: ask for less"
                );
                return Err(Error::new(ErrorKind::Incomplete, message));
            }
        }
        Ok(())
    }
}

pub(super) fn days(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |date| *date <= to)
}

pub(super) fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}
