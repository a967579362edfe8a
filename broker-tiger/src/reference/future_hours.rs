//! The hours of futures, which Tiger tells for one trading date at a time.

use broker_core::{
    Error, ErrorKind, Result,
    model::{Instrument, SessionKind, SessionWindow, TradingDay, TradingSchedule},
};
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde::Deserialize;

use super::{
    schedule::{days, is_weekend},
    service::Instruments,
};
use crate::{
    convert::{Text, Whole},
    transport::{Call, Method, Parameters},
};

/// The longest range that is asked for: every date is a request, and there are sixty of them in a minute.
const MOST_DAYS: i64 = 31;

/// The answer of `future_trading_date` (protocol notes, section 4.5).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DateRow {
    bidding_times: Option<Vec<TimeRow>>,
    trading_times: Option<Vec<TimeRow>>,
    time_section: Text,
}

/// A part of a trading date, in milliseconds since 1970.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TimeRow {
    start: Whole,
    end: Whole,
}

impl TimeRow {
    fn window(&self, kind: SessionKind) -> Result<SessionWindow> {
        let (open, close) = (self.start.instant(), self.end.instant());
        match (open, close) {
            (Some(open), Some(close)) if open < close => Ok(SessionWindow { kind, open, close }),
            _ => {
                let message = format!(
                    "from {:?} to {:?} is no part of a trading date",
                    self.start.get(),
                    self.end.get()
                );
                Err(Error::new(ErrorKind::Protocol, message))
            }
        }
    }
}

impl DateRow {
    /// The parts in order. A list that is missing is no proof that nothing trades.
    fn windows(&self) -> Result<Vec<SessionWindow>> {
        let trading = self.trading_times.as_ref().ok_or_else(|| {
            let message = "Tiger's hours of a trading date have no `tradingTimes`";
            Error::new(ErrorKind::Protocol, message)
        })?;
        let bids = self.bidding_times.iter().flatten();
        let mut windows = bids
            .map(|row| row.window(SessionKind::OpeningAuction))
            .chain(trading.iter().map(|row| row.window(SessionKind::Regular)))
            .collect::<Result<Vec<_>>>()?;
        windows.sort_by_key(|window| window.open);
        Ok(windows)
    }
}

impl Instruments {
    /// The hours of a future by trading date, which may begin the evening before. Whether one ends early is not
    /// told.
    pub(super) async fn future_sessions(
        &self,
        future: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        if to - from >= TimeDelta::days(MOST_DAYS) {
            let message = format!(
                "is more than {MOST_DAYS} dates after the beginning: Tiger tells the hours of futures date by \
                 date"
            );
            return Err(Error::invalid("to", message));
        }
        let code = self.book.listing(future).await?.name.symbol.clone();
        let mut zone = None;
        let mut told_days = Vec::new();
        for date in days(from, to) {
            let parameters = Parameters::default()
                .with("contract_code", &code)?
                .with("trading_date", date.format("%Y-%m-%d").to_string())?;
            let call = Call::new(Method::FUTURE_TRADING_DATE, parameters);
            let row: DateRow = self.link.gateway()?.ask(&call).await?.decode()?;
            let windows = row.windows()?;
            zone = row.time_section.get().map(str::to_owned).or(zone);
            told_days.push(TradingDay {
                date,
                holiday: (windows.is_empty() && !is_weekend(date)).then(|| "holiday".to_owned()),
                windows,
                early_close: false,
            });
        }
        let zone = zone.ok_or_else(|| {
            let message = "Tiger's hours of a future have no `timeSection`";
            Error::new(ErrorKind::Protocol, message)
        })?;
        let zone: Tz = zone
            .parse()
            .map_err(|_| Error::new(ErrorKind::Protocol, format!("{zone:?} is no time zone")))?;
        Ok(TradingSchedule {
            time_zone: zone.name().to_owned(),
            days: told_days,
        })
    }
}
