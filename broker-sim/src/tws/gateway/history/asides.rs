//! Where the records begin (request 87) and how much was traded at which price (request 88).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::terms::Show;
use crate::tws::{
    gateway::{contracts::double, turn::Turn},
    message::{
        CancelHeadTimestamp, CancelHistogramData, HeadTimestamp, HeadTimestampRequest,
        HistogramData, HistogramDataEntry, HistogramDataRequest, Reply,
    },
};

/// Reads `3 days`, `1 week`, `2 months`, `1 year` as days.
fn days(text: &str) -> Option<i64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number
        .parse()
        .ok()
        .filter(|number| (1..=1_000).contains(number))?;
    let unit = match unit.trim().trim_end_matches('s') {
        "day" => 1,
        "week" => 7,
        "month" => 31,
        "year" => 366,
        _ => return None,
    };
    Some(number * unit)
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn head_timestamp(&mut self, request: &HeadTimestampRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let what = request.what_to_show.as_deref().unwrap_or_default();
        let Some(show) = Show::read(what) else {
            return self.invalid(id, &format!("Invalid what to show: {what}"));
        };
        let Some(instrument) = self.one_instrument(id, request.contract.as_ref()) else {
            return;
        };
        let daily = self.exchange.daily_bars(&instrument).unwrap_or_default();
        let past = self
            .exchange
            .past_prices(&instrument, DateTime::<Utc>::MIN_UTC);
        let first_day = daily.first().map(|(_, bar)| bar.start);
        let first_price = past.ok().and_then(|past| Some(past.first()?.at));
        let first = first_day.into_iter().chain(first_price).min();
        let first = first.filter(|_| self.records(&instrument, show));
        let Some(first) = first else {
            return self.history_error(id, "No head time stamp");
        };
        let text = if request.format_date == Some(2) {
            first.timestamp().to_string()
        } else {
            first.format("%Y%m%d-%H:%M:%S").to_string()
        };
        self.reply(&Reply::HeadTimestamp(HeadTimestamp {
            req_id: Some(id),
            head_timestamp: Some(text),
        }));
        self.state.history.answered.insert((self.from, id));
    }

    pub(in crate::tws::gateway) fn histogram(&mut self, request: &HistogramDataRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let period = request.time_period.as_deref().unwrap_or_default();
        let Some(days) = days(period) else {
            return self.invalid(id, &format!("Invalid time period: {period}"));
        };
        let Some(instrument) = self.one_instrument(id, request.contract.as_ref()) else {
            return;
        };
        let from = self.now() - chrono::TimeDelta::days(days);
        let mut trades = self
            .exchange
            .trades_since(&instrument, from)
            .unwrap_or_default();
        let regular_only = request.use_rth == Some(true);
        self.keep_sessions(&instrument, regular_only, &mut trades, |trade| trade.time);
        let mut sizes: BTreeMap<Decimal, Decimal> = BTreeMap::new();
        for trade in &trades {
            *sizes.entry(trade.price.get()).or_default() += trade.size;
        }
        let rows = sizes.into_iter().map(|(price, size)| HistogramDataEntry {
            price: Some(double(price)),
            size: Some(size.normalize().to_string()),
        });
        self.reply(&Reply::HistogramData(HistogramData {
            req_id: Some(id),
            histogram_data_entries: rows.collect(),
        }));
        self.state.history.answered.insert((self.from, id));
    }

    pub(in crate::tws::gateway) fn cancel_head_timestamp(&mut self, request: &CancelHeadTimestamp) {
        self.cancel_answered(request.req_id);
    }

    pub(in crate::tws::gateway) fn cancel_histogram(&mut self, request: &CancelHistogramData) {
        self.cancel_answered(request.req_id);
    }

    /// What has been answered is not running any more; clients cancel it all the same.
    pub(super) fn cancel_answered(&mut self, id: Option<i32>) {
        let Some(id) = self.request_id(id) else {
            return;
        };
        if !self.state.history.answered.remove(&(self.from, id)) {
            self.error(id, 300, format!("Can't find EId with tickerId:{id}"));
        }
    }
}
