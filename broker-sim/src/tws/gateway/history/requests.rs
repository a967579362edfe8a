//! Historical bars and schedules (request 20).

use broker_core::model::Instrument;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{
    bars::{HistoryBar, bars},
    daily::daily,
    end_time,
    live::LiveBars,
    points::points,
    sessions::{Session, sessions},
    terms::{BarSize, Duration, Show},
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            contracts::{double, local_time, sec_type, zone, zone_name},
            turn::Turn,
        },
        message::{
            CancelHistoricalData, Contract, HistoricalBars, HistoricalData, HistoricalDataBar,
            HistoricalDataEnd, HistoricalDataRequest, HistoricalSchedule, HistoricalSession, Reply,
        },
    },
};

/// How instants are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateFormat {
    /// Wall clock and zone.
    Text,
    /// Seconds since 1970.
    Seconds,
}

/// A request for bars that has been understood.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) instrument: Instrument,
    pub(super) show: Show,
    pub(super) size: BarSize,
    pub(super) duration: Duration,
    pub(super) end: DateTime<Utc>,
    pub(super) regular_only: bool,
    pub(super) format: DateFormat,
    /// The exchange's time zone by its IANA name.
    pub(super) zone_name: String,
    pub(super) zone: Tz,
}

/// Dates before the first session of a request that are looked through for it: no exchange rests
/// longer.
const REST: i64 = 15;

impl Wanted {
    /// Where the request begins, and where it ends: at the end of the last session when the market
    /// is closed.
    fn range(&self, exchange: &mut Exchange) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let last = self.end.with_timezone(&self.zone).date_naive() + TimeDelta::days(1);
        let back = match self.duration {
            // Five trading days need at most seven dates, holidays apart.
            Duration::Days(number) => TimeDelta::days(i64::from(number) * 2 + REST),
            _ => TimeDelta::days(REST),
        };
        let around = (last - back, last);
        let before: Vec<Session> = sessions(exchange, &self.instrument, self.regular_only, around)
            .into_iter()
            .filter(|session| session.open < self.end)
            .collect();
        let end = before.last()?.close.min(self.end);
        let start = match self.duration {
            Duration::Days(number) => {
                let mut dates: Vec<NaiveDate> = before.iter().map(|session| session.date).collect();
                dates.dedup();
                let skip = dates.len().saturating_sub(usize::try_from(number).ok()?);
                let first = dates.get(skip)?;
                before.iter().find(|session| session.date == *first)?.open
            }
            other => other.before(end)?,
        };
        Some((start, end))
    }

    /// The bars from an instant on.
    pub(super) fn bars_from(
        &self,
        exchange: &mut Exchange,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<(NaiveDate, HistoryBar)> {
        let Some(seconds) = self.size.seconds() else {
            let mut bars = daily(exchange, &self.instrument, self.show, self.size);
            bars.retain(|(_, bar)| bar.start >= start && bar.start < end);
            return bars;
        };
        let date = |at: DateTime<Utc>| at.with_timezone(&self.zone).date_naive();
        let dates = (date(start), date(end) + TimeDelta::days(1));
        let sessions = sessions(exchange, &self.instrument, self.regular_only, dates);
        let points = points(exchange, &self.instrument, self.show, start);
        let range = (start, end);
        let bars = bars(&points, &sessions, range, (seconds, self.zone), self.show);
        bars.into_iter().map(|bar| (date(bar.start), bar)).collect()
    }

    /// A bar as the wire has it.
    pub(super) fn write(&self, date: NaiveDate, bar: &HistoryBar) -> HistoricalDataBar {
        let text = match (self.size.seconds(), self.format) {
            (None, _) => date.format("%Y%m%d").to_string(),
            (Some(_), DateFormat::Seconds) => bar.start.timestamp().to_string(),
            (Some(_), DateFormat::Text) => local_time(bar.start, &self.zone_name),
        };
        let (volume, average, count) = bar.traded.map_or_else(
            || ("-1".to_owned(), "-1".to_owned(), -1),
            |(volume, average, count)| {
                let text = |value: rust_decimal::Decimal| value.normalize().to_string();
                (text(volume), text(average), count)
            },
        );
        HistoricalDataBar {
            date: Some(text),
            open: Some(double(bar.open)),
            high: Some(double(bar.high)),
            low: Some(double(bar.low)),
            close: Some(double(bar.close)),
            volume: Some(volume),
            wap: Some(average),
            bar_count: Some(count),
        }
    }
}

impl Turn<'_> {
    /// An answer of TWS's historical data service.
    pub(super) fn history_error(&self, id: i32, why: &str) {
        let text = format!("Historical Market Data Service error message:{why}");
        self.error(id, 162, text);
    }

    pub(super) fn no_history(
        &self,
        id: i32,
        instrument: &Instrument,
        contract: &Contract,
        what: &str,
    ) {
        let symbol = contract
            .symbol
            .clone()
            .unwrap_or_else(|| instrument.to_string());
        let exchange = contract.exchange.as_deref().unwrap_or_default();
        let why = format!("HMDS query returned no data: {symbol}@{exchange} {what}");
        self.history_error(id, &why);
    }

    pub(in crate::tws::gateway) fn historical_data(&mut self, request: &HistoricalDataRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        if self.state.history.live.contains(self.from, id) {
            return self.error(id, 322, "Error processing request.Duplicate ticker id");
        }
        let Some(wanted) = self.wanted_bars(id, request) else {
            return;
        };
        let small = wanted.size.seconds().is_some_and(|seconds| seconds <= 30);
        let what = request.what_to_show.as_deref().unwrap_or_default();
        let whole = HistoricalDataRequest {
            req_id: None,
            ..request.clone()
        };
        let whole = Some(format!("{whole:?}"));
        if small && !self.within_history_pace(what, request.contract.as_ref(), whole) {
            return self.history_error(id, "Historical data request pacing violation");
        }
        let contract = request.contract.clone().unwrap_or_default();
        let Some(range) = wanted.range(self.exchange) else {
            return self.no_history(id, &wanted.instrument, &contract, what);
        };
        if wanted.show == Show::Schedule {
            return self.schedule(id, &wanted, range);
        }
        let found = wanted.bars_from(self.exchange, range);
        if found.is_empty() {
            return self.no_history(id, &wanted.instrument, &contract, what);
        }
        let rows = found.iter().map(|(date, bar)| wanted.write(*date, bar));
        let data = HistoricalData {
            req_id: Some(id),
            historical_data_bars: rows.collect(),
        };
        let end = HistoricalDataEnd {
            req_id: Some(id),
            start_date_str: Some(local_time(range.0, &wanted.zone_name)),
            end_date_str: Some(local_time(range.1, &wanted.zone_name)),
        };
        self.reply(&Reply::HistoricalBars(HistoricalBars { data, end }));
        if request.keep_up_to_date == Some(true)
            && let Some((date, bar)) = found.last()
        {
            let line = LiveBars::new(wanted, *date, bar);
            self.keep_up(id, line);
        }
    }

    /// Reads and checks a request.
    fn wanted_bars(&mut self, id: i32, request: &HistoricalDataRequest) -> Option<Wanted> {
        let refuse = |why: &str| {
            self.invalid(id, why);
            None
        };
        let what = request.what_to_show.as_deref().unwrap_or_default();
        let Some(show) = Show::read(what) else {
            return refuse(&format!("Invalid what to show: {what}"));
        };
        let size = match BarSize::read(request.bar_size_setting.as_deref().unwrap_or_default()) {
            Ok(size) => size,
            Err(why) => return refuse(&why),
        };
        let duration = match Duration::read(request.duration.as_deref().unwrap_or_default()) {
            Ok(duration) => duration,
            Err(why) => return refuse(why),
        };
        let format = match request.format_date.unwrap_or(1) {
            1 => DateFormat::Text,
            2 => DateFormat::Seconds,
            _ => return refuse("Invalid date format"),
        };
        let end_text = request.end_date_time.as_deref().unwrap_or_default().trim();
        if show == Show::AdjustedLast && !end_text.is_empty() {
            return refuse("End date/time is not supported with ADJUSTED_LAST");
        }
        if show == Show::Schedule && size != BarSize::Day {
            return refuse("Schedules come with bars of 1 day only");
        }
        if request.keep_up_to_date == Some(true) {
            if !end_text.is_empty() {
                return refuse("Bars that are kept up to date have no end date/time");
            }
            let too_small = size.seconds().is_some_and(|seconds| seconds < 5);
            if too_small || !matches!(show, Show::Trades | Show::Midpoint | Show::Bid | Show::Ask) {
                return refuse("These bars cannot be kept up to date");
            }
        }
        let contract = request.contract.as_ref();
        let instrument = self.one_instrument(id, contract)?;
        let details = match self.exchange.contract(&instrument) {
            Ok(details) => details,
            Err(refusal) => {
                self.refuse(id, &refusal);
                return None;
            }
        };
        let zone = zone(&details.time_zone);
        let now = self.now();
        let end = if end_text.is_empty() {
            now
        } else if let Some(end) = end_time::read(end_text, zone) {
            end.min(now)
        } else {
            self.error(id, 10314, end_time::WRONG);
            return None;
        };
        if duration.length() > size.longest() {
            self.history_error(id, "Time length exceed max.");
            return None;
        }
        if !self.records(&instrument, show) {
            let (symbol, class) = (
                contract.and_then(|c| c.symbol.clone()),
                sec_type(&instrument),
            );
            let exchange = contract
                .and_then(|c| c.exchange.as_deref())
                .unwrap_or_default();
            let symbol = symbol.unwrap_or_else(|| instrument.to_string());
            let why = format!("No historical market data for {symbol}/{class}@{exchange} {what}");
            self.history_error(id, &why);
            return None;
        }
        Some(Wanted {
            instrument,
            show,
            size,
            duration,
            end,
            regular_only: request.use_rth == Some(true),
            format,
            zone_name: details.time_zone.clone(),
            zone,
        })
    }

    /// Whether TWS has a kind of data of an instrument at all.
    pub(super) fn records(&self, instrument: &Instrument, show: Show) -> bool {
        let stock_or_index = matches!(instrument, Instrument::Equity(_) | Instrument::Index(_));
        match (instrument, show) {
            (Instrument::Combo(_), _)
            | (_, Show::Unrecorded)
            | (Instrument::Forex(_), Show::Trades | Show::AdjustedLast)
            | (Instrument::Index(_), Show::Midpoint | Show::Bid | Show::Ask | Show::BidAsk) => {
                false
            }
            (_, Show::HistoricalVolatility | Show::ImpliedVolatility) => stock_or_index,
            (_, Show::AdjustedLast) => matches!(instrument, Instrument::Equity(_)),
            _ => true,
        }
    }

    fn schedule(&mut self, id: i32, wanted: &Wanted, (start, end): (DateTime<Utc>, DateTime<Utc>)) {
        let date = |at: DateTime<Utc>| at.with_timezone(&wanted.zone).date_naive();
        let dates = (date(start), date(end));
        let found = sessions(
            self.exchange,
            &wanted.instrument,
            wanted.regular_only,
            dates,
        );
        let wall = |at: DateTime<Utc>| {
            let local = at.with_timezone(&wanted.zone);
            Some(local.format("%Y%m%d-%H:%M:%S").to_string())
        };
        let rows = found.iter().map(|session| HistoricalSession {
            start_date_time: wall(session.open),
            end_date_time: wall(session.close),
            ref_date: Some(session.date.format("%Y%m%d").to_string()),
        });
        self.reply(&Reply::HistoricalSchedule(HistoricalSchedule {
            req_id: Some(id),
            start_date_time: wall(found.first().map_or(start, |first| first.open)),
            end_date_time: wall(found.last().map_or(end, |last| last.close)),
            time_zone: Some(zone_name(&wanted.zone_name).to_owned()),
            historical_sessions: rows.collect(),
        }));
    }

    pub(in crate::tws::gateway) fn cancel_historical_data(
        &mut self,
        request: &CancelHistoricalData,
    ) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        match self.state.history.live.take(self.from, id) {
            Some(listings) => {
                self.unwatch(id, Some(listings));
                self.history_error(id, &format!("API historical data query cancelled: {id}"));
            }
            None => {
                let text = format!("No historical data query found for ticker id:{id}");
                self.error(id, 366, text);
            }
        }
    }
}
