//! The state of a market and its calendar.

use broker_core::model::{Instrument, SessionKind};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    row::Row,
    sessions::{Day, Part},
};
use crate::tiger::gateway::{
    Answer, Complaint,
    parameters::{Parameters, missing, wrong},
    symbols::{Market, Name, SecType, date_of},
    turn::Turn,
};

/// Days of a calendar when the request has one end or none.
const USUAL_DAYS: i64 = 30;
/// Most days of a calendar.
const MOST_DAYS: i64 = 366;

impl Turn<'_> {
    pub(in crate::tiger::gateway) fn market_state(&mut self, asked: Parameters<'_>) -> Answer {
        let markets = match asked.text("market")? {
            None | Some("ALL") => vec![Market::Us, Market::Hk],
            Some(_) => asked.market()?.into_iter().collect(),
        };
        let rows = markets
            .into_iter()
            .filter_map(|market| self.state_of(market));
        Ok(rows.collect::<Vec<Value>>().into())
    }

    fn state_of(&mut self, market: Market) -> Option<Value> {
        let share = self.any_share(market)?;
        let now = self.now();
        let days = self.days(&share, now, (1, 12));
        let (status, text) = status(market, &days, now);
        let today = market.date_of(now);
        let next = days.iter().filter(|day| day.date >= today);
        let open = next.filter_map(Day::opens).find(|open| {
            // The opening of today stands until the day is over.
            let over = matches!(status, "CLOSING" | "EARLY_CLOSED" | "POST_HOUR_TRADING");
            *open > now || (!over && market.date_of(*open) == today)
        });
        let open = open.map(|open| {
            let local = open.with_timezone(&market.zone());
            let form = if market == Market::Us {
                "%m-%d %H:%M:%S %Z"
            } else {
                "%m-%d %H:%M:%S"
            };
            local.format(form).to_string()
        });
        let row = Row::default()
            .put("market", market.word())
            .put("status", status)
            .put("marketStatus", text)
            .text("openTime", open);
        Some(row.into())
    }

    /// Any share of a market, whose calendar is the market's.
    pub(in crate::tiger::gateway) fn any_share(&self, market: Market) -> Option<Instrument> {
        let mut all = self.exchange.instruments();
        all.find(|instrument| {
            matches!(instrument, Instrument::Equity(_))
                && Name::of(instrument)
                    .is_some_and(|name| name.market == market && name.sec_type == SecType::Stock)
        })
        .cloned()
    }

    pub(in crate::tiger::gateway) fn trading_calendar(&mut self, asked: Parameters<'_>) -> Answer {
        let market = asked.market()?.ok_or_else(|| missing("market"))?;
        let date = |name| match asked.text(name)? {
            None => Ok(None),
            Some(text) => date_of(text)
                .map(Some)
                .ok_or_else(|| wrong(name, "a date yyyy-MM-dd")),
        };
        let usual = TimeDelta::days(USUAL_DAYS);
        let today = market.date_of(self.now());
        let (begin, end) = match (date("begin_date")?, date("end_date")?) {
            (Some(begin), Some(end)) => (begin, end),
            (Some(begin), None) => (begin, begin + usual),
            (None, Some(end)) => (end - usual, end),
            (None, None) => (today, today + usual),
        };
        if !(0..=MOST_DAYS).contains(&(end - begin).num_days()) {
            return Err(Complaint::business(
                "begin_date and end_date must be at most a year apart",
            ));
        }
        let share = self
            .any_share(market)
            .ok_or_else(|| Complaint::business("market is not supported"))?;
        let schedule = self.exchange.schedule_of(&share, begin, end);
        let schedule = schedule.map_err(|refusal| Complaint::business(refusal.text))?;
        let days = schedule.days.iter().filter(|day| !day.windows.is_empty());
        let rows = days.map(|day| {
            let kind = if day.early_close {
                "EARLY_CLOSE"
            } else {
                "TRADING"
            };
            json!({"date": day.date.to_string(), "type": kind})
        });
        Ok(rows.collect::<Vec<Value>>().into())
    }
}

/// The vendor's word and text for what a market does at an instant.
fn status(market: Market, days: &[Day], now: DateTime<Utc>) -> (&'static str, &'static str) {
    // A night is the next date's.
    let mut windows = days.iter().flat_map(|day| &day.windows);
    if let Some(window) = windows.find(|window| window.open <= now && now < window.close) {
        return match window.kind {
            SessionKind::PreMarket => ("PRE_HOUR_TRADING", "Pre-Market Trading"),
            SessionKind::PostMarket => ("POST_HOUR_TRADING", "Post-Market Trading"),
            SessionKind::Overnight => ("OVERNIGHT_TRADING", "Overnight Trading"),
            SessionKind::OpeningAuction => ("NOT_YET_OPEN", "Not Yet Opened"),
            _ => ("TRADING", "Trading"),
        };
    }
    let today = market.date_of(now);
    let Some(day) = days.iter().find(|day| day.date == today) else {
        return ("MARKET_CLOSED", "Market Closed");
    };
    if day.begins().is_some_and(|begins| now < begins) {
        ("NOT_YET_OPEN", "Not Yet Opened")
    } else if day.part(Part::Regular).any(|window| window.open > now) {
        ("MIDDLE_CLOSE", "Lunch Break")
    } else if day.early_close {
        ("EARLY_CLOSED", "Early Closed")
    } else {
        ("CLOSING", "Closed")
    }
}
