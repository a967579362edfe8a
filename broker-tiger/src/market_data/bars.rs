//! Historical bars.

use broker_core::{
    Error, Result,
    model::{Bar, BarInterval, BarQuery, BarSource, Instrument, TradingSession},
};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    quotes::{option_basic, shown},
    service::{Quotes, not_told},
};
use crate::{
    convert::{Figure, Rows, Text, Whole},
    instrument::{fund_symbol, market_of, zone_of},
    transport::{Call, Method, Parameters},
};

/// Bars of one answer.
const PAGE: u32 = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BarList {
    next_page_token: Text,
    items: Rows<BarRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BarRow {
    time: Whole,
    open: Figure,
    high: Figure,
    low: Figure,
    close: Figure,
    volume: Figure,
    volume_decimal: Figure,
}

impl BarRow {
    fn bar(&self) -> Option<Bar> {
        let close = shown(self.close)?;
        let mut bar = Bar::new(self.time.instant()?, close);
        bar.open = shown(self.open)?;
        bar.high = shown(self.high)?;
        bar.low = shown(self.low)?;
        bar.volume = self.volume_decimal.get().or(self.volume.get());
        Some(bar)
    }
}

/// The vendor's word for an interval; options have fewer.
fn period(interval: BarInterval, instrument: &Instrument) -> Result<&'static str> {
    let word = match interval {
        BarInterval::Minute1 => "1min",
        BarInterval::Minute3 => "3min",
        BarInterval::Minute5 => "5min",
        BarInterval::Minute15 => "15min",
        BarInterval::Minute30 => "30min",
        BarInterval::Hour1 => "60min",
        BarInterval::Hour2 => "2hour",
        BarInterval::Hour4 => "4hour",
        BarInterval::Day1 => "day",
        BarInterval::Week1 => "week",
        BarInterval::Month1 => "month",
        BarInterval::Year1 => "year",
        _ => "",
    };
    let of_option = matches!(word, "day" | "1min" | "5min" | "30min" | "60min");
    let taken = match instrument {
        Instrument::Option(_) => of_option,
        _ => !word.is_empty(),
    };
    if taken {
        Ok(word)
    } else {
        Err(Error::unsupported(format!("bars of {interval}")).at_field("interval"))
    }
}

fn millis(at: Option<DateTime<Utc>>) -> i64 {
    at.map_or(-1, |at| at.timestamp_millis())
}

fn is_us_share(instrument: &Instrument) -> bool {
    matches!(instrument, Instrument::Equity(_)) && market_of(instrument) == "US"
}

/// Whether an instant is in the night of the US market, between its sessions.
fn is_at_night(at: DateTime<Utc>) -> bool {
    let hour = at.with_timezone(&zone_of("US")).hour();
    !(4..20).contains(&hour)
}

/// The vendor's word for the part of the day; bars of days are of the regular session.
fn session_word(query: &BarQuery, intraday: bool) -> Result<Option<&'static str>> {
    match query.session {
        TradingSession::Regular => Ok(None),
        TradingSession::Extended => Ok(intraday.then_some("All")),
        TradingSession::All if intraday && is_us_share(&query.instrument) => Ok(Some("All")),
        TradingSession::Overnight if intraday && is_us_share(&query.instrument) => {
            Ok(Some("OverNight"))
        }
        other => {
            let message = format!("bars of the session {other} are of US shares, within a day");
            Err(Error::unsupported(message).at_field("session"))
        }
    }
}

/// The values of a fund.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ValueList {
    items: Rows<ValueRow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ValueRow {
    nav: Figure,
    time: Whole,
}

impl ValueRow {
    fn bar(&self) -> Option<Bar> {
        Some(Bar::new(self.time.instant()?, shown(self.nav)?))
    }
}

impl Quotes {
    /// The values of a fund by the day, each as a bar that did not move.
    async fn values(&self, query: &BarQuery, symbol: &str) -> Result<Vec<Bar>> {
        if query.interval != BarInterval::Day1 {
            let message = format!(
                "a fund has one value a day and no bars of {}",
                query.interval
            );
            return Err(Error::unsupported(message).at_field("interval"));
        }
        if query.session != TradingSession::Regular {
            let message = format!("a fund has no session {}", query.session);
            return Err(Error::unsupported(message).at_field("session"));
        }
        // Both bounds have to be named. Two days for each that is wanted leave room for weekends.
        let end = query.end.unwrap_or_else(|| self.link.now());
        let reach = TimeDelta::days(i64::from(query.limit).saturating_mul(2).saturating_add(7));
        let start = query.start.or_else(|| end.checked_sub_signed(reach));
        let start = start.unwrap_or(DateTime::UNIX_EPOCH);
        let parameters = Parameters::default()
            .with("symbols", [symbol])?
            .with("begin_time", start.timestamp_millis())?
            .with("end_time", end.timestamp_millis())?
            .with("limit", PAGE.min(query.limit))?;
        let call = Call::new(Method::FUND_HISTORY_QUOTE, parameters);
        let lists: Vec<ValueList> = self.list(&call).await?;
        let list = lists.into_iter().next().unwrap_or_default();
        if let Some(error) = list.items.unreadable.into_iter().next() {
            return Err(error);
        }
        let mut bars: Vec<Bar> = list.items.rows.iter().filter_map(ValueRow::bar).collect();
        bars.retain(|bar| bar.start >= start && bar.start < end);
        bars.sort_by_key(|bar| bar.start);
        bars.dedup_by_key(|bar| bar.start);
        let skip = bars.len().saturating_sub(limit(query));
        Ok(bars.split_off(skip))
    }

    pub(super) async fn ask_bars(&self, query: &BarQuery) -> Result<Vec<Bar>> {
        if !(1..=BarQuery::MAX_LIMIT).contains(&query.limit) {
            let message = format!("must be 1 to {}", BarQuery::MAX_LIMIT);
            return Err(Error::invalid("limit", message));
        }
        if let (Some(start), Some(end)) = (query.start, query.end)
            && end <= start
        {
            return Err(Error::invalid("end", "must be after the start"));
        }
        if query.source != BarSource::Trades {
            let message = format!("bars of {}", query.source);
            return Err(Error::unsupported(message).at_field("source"));
        }
        let intraday = query.interval.seconds().is_some();
        if let Instrument::Fund(part) = &query.instrument {
            return self.values(query, &fund_symbol(part)).await;
        }
        let session = session_word(query, intraday)?;
        // The vendor has no word for all but the nights, and a page of nothing else is no end.
        let drops_nights = session == Some("All")
            && query.session == TradingSession::Extended
            && is_us_share(&query.instrument);
        let page_size = if drops_nights {
            PAGE
        } else {
            PAGE.min(query.limit)
        };
        let mut bars: Vec<Bar> = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let left = query
                .limit
                .saturating_sub(u32::try_from(bars.len()).unwrap_or(u32::MAX));
            let call = self.bars_call(query, session, page_size, page.as_deref());
            let lists: Vec<BarList> = self.list(&call.await?).await?;
            let Some(list) = lists.into_iter().next() else {
                break;
            };
            if let Some(error) = list.items.unreadable.into_iter().next() {
                return Err(error);
            }
            let before = bars.len();
            let read = list.items.rows.iter().filter_map(BarRow::bar);
            bars.extend(read.filter(|bar| !drops_nights || !is_at_night(bar.start)));
            let more = list
                .next_page_token
                .0
                .filter(|next| Some(next) != page.as_ref());
            let stuck = bars.len() == before;
            match more {
                Some(next) if !stuck && left > 0 && bars.len() < limit(query) => page = Some(next),
                _ => break,
            }
        }
        bars.retain(|bar| {
            query.start.is_none_or(|start| bar.start >= start)
                && query.end.is_none_or(|end| bar.start < end)
        });
        bars.sort_by_key(|bar| bar.start);
        bars.dedup_by_key(|bar| bar.start);
        let skip = bars.len().saturating_sub(limit(query));
        Ok(bars.split_off(skip))
    }

    async fn bars_call(
        &self,
        query: &BarQuery,
        session: Option<&'static str>,
        page_size: u32,
        page: Option<&str>,
    ) -> Result<Call> {
        let instrument = &query.instrument;
        let period = period(query.interval, instrument)?;
        let mut parameters = Parameters::default();
        if let Some(page) = page {
            parameters = parameters.with("page_token", page)?;
        }
        let (begin, end) = (millis(query.start), millis(query.end));
        match instrument {
            Instrument::Equity(_) | Instrument::Index(_) | Instrument::Crypto(_) => {
                let mut parameters = parameters
                    .with("symbols", [self.symbol(instrument).await?])?
                    .with("period", period)?
                    .with("right", if query.adjusted { "br" } else { "nr" })?
                    .with("begin_time", begin)?
                    .with("end_time", end)?
                    .with("limit", page_size)?;
                if let Some(session) = session {
                    parameters = parameters.with("trade_session", session)?;
                }
                if matches!(instrument, Instrument::Crypto(_)) {
                    parameters = parameters.with("sec_type", "CC")?;
                }
                Ok(Call::new(Method::KLINE, parameters))
            }
            Instrument::Future(_) => {
                let parameters = parameters
                    .with("contract_codes", [self.symbol(instrument).await?])?
                    .with("period", period)?
                    .with("begin_time", begin)?
                    .with("end_time", end)?
                    .with("limit", page_size)?;
                Ok(Call::new(Method::FUTURE_KLINE, parameters))
            }
            Instrument::Option(_) => {
                let mut one =
                    option_basic(instrument).ok_or_else(|| not_told("bars", instrument))?;
                if let Some(members) = one.as_object_mut() {
                    members.insert("period".to_owned(), period.into());
                    members.insert("begin_time".to_owned(), begin.into());
                    // The vendor's word for "now" here is an instant far ahead.
                    let end = if end < 0 { 4_070_880_000_000 } else { end };
                    members.insert("end_time".to_owned(), end.into());
                    members.insert("limit".to_owned(), page_size.into());
                }
                let parameters = parameters
                    .with("option_query", json!([one]))?
                    .with("market", market_of(instrument))?;
                Ok(Call::new(Method::OPTION_KLINE, parameters).without_language())
            }
            other => Err(not_told("bars", other)),
        }
    }
}

fn limit(query: &BarQuery) -> usize {
    usize::try_from(query.limit).unwrap_or(usize::MAX)
}
