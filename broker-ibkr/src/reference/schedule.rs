//! Trading sessions.

use std::collections::BTreeMap;

use broker_core::{
    Error, ErrorKind, Result,
    model::{SessionKind, SessionWindow, TradingDay, TradingSchedule},
};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use super::{
    hours::{ByDate, Hours, Window, hours},
    service::Instruments,
};
use crate::{convert, instrument::Listing};

/// The longest range of one question, in days.
const LONGEST: i64 = 366;

impl Instruments {
    /// The sessions of a range of dates: of past ones what history says, which knows the regular
    /// session alone, and of the coming ones what the contract says.
    pub(super) async fn sessions(
        &self,
        listing: &Listing,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        let length = (to - from).num_days();
        if !(0..LONGEST).contains(&length) {
            let message = format!("{from} to {to} is not between one day and a year");
            return Err(Error::invalid("to", message));
        }
        let details = listing.details.as_deref();
        let Some(hours) = details.map(hours).transpose()? else {
            return Err(Error::unsupported(
                "a combination has the sessions of its legs",
            ));
        };
        let now = self.link.desk().clock().now();
        let today = now.with_timezone(&hours.zone).date_naive();
        let told = hours.liquid.keys().next().copied();
        let known_from = told.map_or(today, |first| first.min(today));
        let past = if from < known_from {
            self.past_sessions(listing, from, known_from.min(to), &hours)
                .await?
        } else {
            ByDate::new()
        };
        days(&hours, &past, from, to)
    }

    async fn past_sessions(
        &self,
        listing: &Listing,
        from: NaiveDate,
        to: NaiveDate,
        hours: &Hours,
    ) -> Result<ByDate> {
        let end = to.checked_add_days(Days::new(1)).unwrap_or(to);
        let now = self.link.desk().clock().now();
        let end = convert::at_zone(end.and_time(NaiveTime::MIN), hours.zone).min(now);
        let contract = listing.contract.clone();
        let days = i32::try_from((to - from).num_days() + 2).unwrap_or(i32::MAX);
        let span = if days > 365 {
            ibapi::market_data::historical::Duration::years(2)
        } else {
            ibapi::market_data::historical::Duration::days(days)
        };
        let end = convert::to_offset(end)?;
        let asking = self.link.ask("schedule", move |client| async move {
            client
                .historical_schedules(&contract, span)
                .ending(end)
                .fetch()
                .await
        });
        let schedule = asking.await?;
        let mut dates = ByDate::new();
        for session in &schedule.sessions {
            let window = (convert::utc(session.start)?, convert::utc(session.end)?);
            dates
                .entry(convert::date(session.reference)?)
                .or_default()
                .push(window);
        }
        // What history has nothing for between its ends, nothing was traded on.
        for date in from.iter_days().take_while(|date| *date <= to) {
            dates.entry(date).or_default();
        }
        Ok(dates)
    }
}

/// Puts the days together.
///
/// # Errors
/// [`InvalidRequest`](ErrorKind::InvalidRequest) for a date that nothing is known about.
pub(super) fn days(
    hours: &Hours,
    past: &ByDate,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<TradingSchedule> {
    let last = hours
        .liquid
        .keys()
        .chain(hours.trading.keys())
        .max()
        .copied();
    let usual = usual_close(hours, past);
    let mut days = Vec::new();
    for date in from.iter_days().take_while(|date| *date <= to) {
        let regular = hours.liquid.get(&date).or_else(|| past.get(&date));
        // A date between dates that are told, or a weekend behind the last of them.
        let between = last.is_some_and(|last| date <= last) || is_weekend_behind(date, last);
        if regular.is_none() && !between {
            let known = last.map_or_else(String::new, |last| format!(" after {last}"));
            let message = format!("Interactive Brokers does not tell the hours of {date}{known}");
            return Err(Error::new(ErrorKind::InvalidRequest, message).at_field("to"));
        }
        let regular = regular.map(Vec::as_slice).unwrap_or_default();
        let all = hours
            .trading
            .get(&date)
            .map(Vec::as_slice)
            .unwrap_or_default();
        days.push(TradingDay {
            date,
            windows: windows(regular, all),
            early_close: is_early(regular, usual, hours.zone),
            holiday: None,
        });
    }
    Ok(TradingSchedule {
        time_zone: hours.zone.name().to_owned(),
        days,
    })
}

/// Saturday and Sunday right behind the last date that is told.
fn is_weekend_behind(date: NaiveDate, last: Option<NaiveDate>) -> bool {
    let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    weekend && last.is_some_and(|last| (date - last).num_days() <= 2)
}

/// The regular windows, and what of all windows lies before, between and behind them.
fn windows(regular: &[Window], all: &[Window]) -> Vec<SessionWindow> {
    let mut windows: Vec<SessionWindow> = regular
        .iter()
        .map(|window| part(SessionKind::Regular, *window))
        .collect();
    let first = regular.iter().map(|window| window.0).min();
    let last = regular.iter().map(|window| window.1).max();
    let Some((first, last)) = first.zip(last) else {
        // Nothing regular: what there is lies between the trading days.
        let others = all
            .iter()
            .map(|window| part(SessionKind::Overnight, *window));
        return others.collect();
    };
    for (open, close) in all {
        if *open < first {
            windows.push(part(SessionKind::PreMarket, (*open, first.min(*close))));
        }
        if *close > last {
            windows.push(part(SessionKind::PostMarket, (last.max(*open), *close)));
        }
    }
    windows.sort_by_key(|window| window.open);
    windows.dedup();
    windows
}

fn part(kind: SessionKind, (open, close): Window) -> SessionWindow {
    SessionWindow { kind, open, close }
}

fn closing(regular: &[Window], zone: Tz) -> Option<NaiveTime> {
    let last: Option<DateTime<Utc>> = regular.iter().map(|window| window.1).max();
    last.map(|close| close.with_timezone(&zone).time())
}

/// The local time at which the regular session ends on most days.
fn usual_close(hours: &Hours, past: &ByDate) -> Option<NaiveTime> {
    let mut counts: BTreeMap<NaiveTime, usize> = BTreeMap::new();
    for regular in hours.liquid.values().chain(past.values()) {
        if let Some(close) = closing(regular, hours.zone) {
            *counts.entry(close).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(close, _)| close)
}

fn is_early(regular: &[Window], usual: Option<NaiveTime>, zone: Tz) -> bool {
    closing(regular, zone)
        .zip(usual)
        .is_some_and(|(close, usual)| close < usual)
}
