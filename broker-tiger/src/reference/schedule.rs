//! Trading days. Tiger's calendar tells dates only; the hours are those of the exchanges.

use broker_core::{
    Error, Result,
    model::{Instrument, SessionKind, SessionWindow, TradingDay, TradingSchedule},
};
use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Weekday};
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

fn windows(zone: Tz, date: NaiveDate, hours: Hours) -> Vec<SessionWindow> {
    let at = |(hour, minute): (u32, u32)| {
        let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
        let local = zone.from_local_datetime(&date.and_time(time)).earliest()?;
        Some(local.to_utc())
    };
    let windows = hours.iter().filter_map(|(kind, open, close)| {
        Some(SessionWindow {
            kind: *kind,
            open: at(*open)?,
            close: at(*close)?,
        })
    });
    windows.collect()
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
        let parameters = Parameters::default()
            .with("market", market)?
            .with("begin_date", from.format("%Y-%m-%d").to_string())?
            .with("end_date", to.format("%Y-%m-%d").to_string())?;
        let call = Call::new(Method::TRADING_CALENDAR, parameters);
        let told: Rows<DayRow> = self.link.gateway()?.ask(&call).await?.rows()?;
        if let Some(error) = told.unreadable.into_iter().next() {
            return Err(error);
        }
        let zone = zone_of(market);
        let shares = matches!(instrument, Instrument::Equity(_));
        let mut days = Vec::new();
        for date in from.iter_days().take_while(|date| *date <= to) {
            let name = date.format("%Y-%m-%d").to_string();
            let row = told.rows.iter().find(|row| row.date.get() == Some(&name));
            let kind = row.and_then(|row| row.r#type.get());
            let early = kind == Some("EARLY_CLOSE");
            let trades = early || kind == Some("TRADING");
            let mut of_day = match hours(market, early) {
                Some(hours) if trades => windows(zone, date, hours),
                _ => Vec::new(),
            };
            // Only shares trade before and after the regular session.
            of_day.retain(|window| shares || window.kind == SessionKind::Regular);
            let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
            days.push(TradingDay {
                date,
                windows: of_day,
                early_close: early,
                holiday: (!trades && !weekend).then(|| "holiday".to_owned()),
            });
        }
        Ok(TradingSchedule {
            time_zone: zone.name().to_owned(),
            days,
        })
    }
}
