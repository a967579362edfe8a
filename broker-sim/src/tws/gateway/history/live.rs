//! Bars that are kept up to date (message 90).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{bars::HistoryBar, requests::Wanted};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            state::{Due, State},
            turn::Turn,
        },
        message::{HistoricalDataUpdate, Reply},
    },
};

/// How often TWS sends the unfinished bar.
const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// Bars that go on after the answer.
#[derive(Debug)]
pub(super) struct LiveBars {
    wanted: Wanted,
    /// The newest bar that has been told.
    told: (NaiveDate, HistoryBar),
    /// Whether the next look is in the timers.
    waiting: bool,
}

impl LiveBars {
    pub(super) fn new(wanted: Wanted, date: NaiveDate, bar: &HistoryBar) -> Self {
        Self {
            wanted,
            told: (date, bar.clone()),
            waiting: false,
        }
    }
}

impl Turn<'_> {
    /// Goes on with bars whose history has been told.
    pub(super) fn keep_up(&mut self, id: i32, line: LiveBars) {
        let Some(listing) = self.exchange.listing_of(&line.wanted.instrument) else {
            return;
        };
        self.exchange.watch(listing, true);
        let number = self.state.lines.next_number();
        let live = &mut self.state.history.live;
        live.put(number, (self.from, id), vec![listing], line);
    }
}

impl State {
    /// Something happened in a market: its bars are told again at the next pause.
    pub(in crate::tws::gateway) fn move_history(&mut self, listing: usize, now: DateTime<Utc>) {
        let mut place = 0;
        while let Some(number) = self.history.live.at(listing, place) {
            place += 1;
            if let Some(kept) = self.history.live.get_mut(number)
                && !kept.line.waiting
            {
                kept.line.waiting = true;
                self.timers.add(now + PAUSE, Due::UpdateBars(number));
            }
        }
    }

    /// Tells what has changed since the newest bar that has been told.
    pub(in crate::tws::gateway) fn update_bars(&mut self, number: u64, exchange: &mut Exchange) {
        let Some(kept) = self.history.live.get_mut(number) else {
            return;
        };
        kept.line.waiting = false;
        let line = &mut kept.line;
        let range = (
            line.told.1.start,
            exchange.now() + TimeDelta::milliseconds(1),
        );
        let bars = line.wanted.bars_from(exchange, range);
        let Some(client) = self.clients.get(&kept.connection) else {
            return;
        };
        for (date, bar) in bars {
            if bar.start < line.told.1.start || (date, &bar) == (line.told.0, &line.told.1) {
                continue;
            }
            client.send(&Reply::HistoricalDataUpdate(HistoricalDataUpdate {
                req_id: Some(kept.req_id),
                historical_data_bar: Some(line.wanted.write(date, &bar)),
            }));
            line.told = (date, bar);
        }
    }

    /// Bars that are kept up to date.
    pub(in crate::tws::gateway) fn live_bars(&self) -> usize {
        self.history.live.len()
    }
}
