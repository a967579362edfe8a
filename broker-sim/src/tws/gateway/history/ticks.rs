//! Historical ticks (request 96), and those that single ticks begin with.

use broker_core::model::{Instrument, Trade};
use chrono::{DateTime, Utc};

use super::{end_time, terms::Show};
use crate::{
    exchange::PastPrice,
    tws::{
        gateway::{
            contracts::{double, zone},
            market_data::{TickKind, trade_tick},
            turn::Turn,
        },
        message::{
            CancelHistoricalTicks, HistoricalTick, HistoricalTickBidAsk, HistoricalTicks,
            HistoricalTicksBidAsk, HistoricalTicksLast, HistoricalTicksRequest, Reply,
            TickAttribBidAsk,
        },
    },
};

/// Ticks that are given at a time.
const MOST: usize = 1_000;

/// Which ticks are wanted: so many from an instant on, or the last before one.
#[derive(Debug, Clone, Copy)]
enum Which {
    From(DateTime<Utc>),
    Before(DateTime<Utc>),
    /// The first of those from one instant to another.
    Between(DateTime<Utc>, DateTime<Utc>),
}

impl Which {
    fn pick<T>(self, mut all: Vec<T>, at: fn(&T) -> DateTime<Utc>, count: usize) -> Vec<T> {
        match self {
            Self::From(start) => {
                all.retain(|tick| at(tick) >= start);
                all.truncate(count);
            }
            Self::Between(start, end) => {
                all.retain(|tick| (start..end).contains(&at(tick)));
                all.truncate(count);
            }
            Self::Before(end) => {
                all.retain(|tick| at(tick) < end);
                let skip = all.len().saturating_sub(count);
                all.drain(..skip);
            }
        }
        all
    }
}

impl Turn<'_> {
    pub(in crate::tws::gateway) fn historical_ticks(&mut self, request: &HistoricalTicksRequest) {
        let Some(id) = self.request_id(request.req_id) else {
            return;
        };
        let what = request.what_to_show.as_deref().unwrap_or_default();
        let Some(show @ (Show::Trades | Show::Midpoint | Show::BidAsk)) = Show::read(what) else {
            return self.invalid(id, &format!("Invalid what to show: {what}"));
        };
        let count = usize::try_from(request.number_of_ticks.unwrap_or_default()).ok();
        let Some(count) = count.filter(|count| (1..=MOST).contains(count)) else {
            return self.invalid(id, "Number of ticks must be from 1 to 1000");
        };
        let Some(instrument) = self.one_instrument(id, request.contract.as_ref()) else {
            return;
        };
        let time_zone = self.exchange.contract(&instrument);
        let zone =
            zone(&time_zone.map_or_else(|_| "UTC".to_owned(), |known| known.time_zone.clone()));
        let text = |field: &Option<String>| field.clone().filter(|text| !text.trim().is_empty());
        let (start, end) = (text(&request.start_date_time), text(&request.end_date_time));
        let read = |text: &str| end_time::read(text, zone);
        let which = match (&start, &end) {
            (Some(start), None) => read(start).map(Which::From),
            (None, Some(end)) => read(end).map(Which::Before),
            (Some(start), Some(end)) => read(start)
                .zip(read(end))
                .map(|(start, end)| Which::Between(start, end)),
            (None, None) => return self.invalid(id, "A start or an end date/time must be given"),
        };
        let Some(which) = which else {
            return self.error(id, 10314, end_time::WRONG);
        };
        if self.state.habits.delayed_data_only {
            let text = "Failed to request historical ticks:No market data permissions";
            return self.error(id, 10187, text);
        }
        if !self.records(&instrument, show) {
            return self.history_error(
                id,
                &format!("No historical market data for {instrument} {what}"),
            );
        }
        let regular_only = request.use_rth == Some(true);
        self.answer_ticks(id, &instrument, (show, regular_only), which, count);
        self.state.history.answered.insert((self.from, id));
    }

    /// The newest ticks, before a stream of them.
    pub(in crate::tws::gateway) fn newest_ticks(
        &mut self,
        id: i32,
        instrument: &Instrument,
        kind: TickKind,
        count: usize,
    ) {
        let show = match kind {
            TickKind::Last | TickKind::AllLast => Show::Trades,
            TickKind::BidAsk => Show::BidAsk,
            TickKind::MidPoint => Show::Midpoint,
        };
        // What happens now is not history yet.
        let which = Which::Before(self.now());
        self.answer_ticks(id, instrument, (show, false), which, count);
    }

    fn answer_ticks(
        &mut self,
        id: i32,
        instrument: &Instrument,
        (show, regular_only): (Show, bool),
        which: Which,
        count: usize,
    ) {
        let (req_id, is_done) = (Some(id), Some(true));
        let from = DateTime::<Utc>::MIN_UTC;
        if show == Show::Trades {
            let mut trades = self
                .exchange
                .trades_since(instrument, from)
                .unwrap_or_default();
            self.keep_sessions(instrument, regular_only, &mut trades, |trade| trade.time);
            let trades = which.pick(trades, |trade: &Trade| trade.time, count);
            return self.reply(&Reply::HistoricalTicksLast(HistoricalTicksLast {
                req_id,
                historical_ticks_last: trades.iter().map(trade_tick).collect(),
                is_done,
            }));
        }
        let mut past = self
            .exchange
            .past_prices(instrument, from)
            .unwrap_or_default();
        self.keep_sessions(instrument, regular_only, &mut past, |past| past.at);
        let past = which.pick(past, |past: &PastPrice| past.at, count);
        if show == Show::Midpoint {
            let middle = |past: &PastPrice| {
                let middle = (past.bid? + past.ask?) / rust_decimal::Decimal::TWO;
                Some(HistoricalTick {
                    time: Some(past.at.timestamp()),
                    price: Some(double(middle)),
                    size: Some("0".to_owned()),
                })
            };
            return self.reply(&Reply::HistoricalTicks(HistoricalTicks {
                req_id,
                historical_ticks: past.iter().filter_map(middle).collect(),
                is_done,
            }));
        }
        // The size at the best price was at least this.
        let size = self.exchange.house_size(instrument).unwrap_or_default();
        let size = size.normalize().to_string();
        let best = |past: &PastPrice| {
            Some(HistoricalTickBidAsk {
                time: Some(past.at.timestamp()),
                tick_attrib_bid_ask: Some(TickAttribBidAsk {
                    bid_past_low: Some(false),
                    ask_past_high: Some(false),
                }),
                price_bid: Some(double(past.bid?)),
                price_ask: Some(double(past.ask?)),
                size_bid: Some(size.clone()),
                size_ask: Some(size.clone()),
            })
        };
        self.reply(&Reply::HistoricalTicksBidAsk(HistoricalTicksBidAsk {
            req_id,
            historical_ticks_bid_ask: past.iter().filter_map(best).collect(),
            is_done,
        }));
    }

    /// Leaves out what was outside the regular sessions, when only those are wanted.
    pub(super) fn keep_sessions<T>(
        &mut self,
        instrument: &Instrument,
        regular_only: bool,
        ticks: &mut Vec<T>,
        at: fn(&T) -> DateTime<Utc>,
    ) {
        let range = ticks.first().map(at).zip(ticks.last().map(at));
        let Some((first, last)) = range.filter(|_| regular_only) else {
            return;
        };
        let day = chrono::TimeDelta::days(1);
        let dates = ((first - day).date_naive(), (last + day).date_naive());
        let sessions = super::sessions::sessions(self.exchange, instrument, true, dates);
        ticks.retain(|tick| {
            let at = at(tick);
            let place = sessions.partition_point(|session| session.close < at);
            let session = sessions.get(place);
            session.is_some_and(|session| session.open <= at && at <= session.close)
        });
    }

    pub(in crate::tws::gateway) fn cancel_historical_ticks(
        &mut self,
        request: &CancelHistoricalTicks,
    ) {
        self.cancel_answered(request.req_id);
    }
}
