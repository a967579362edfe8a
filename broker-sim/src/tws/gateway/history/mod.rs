//! Recorded prices: bars, schedules, ticks, histograms and where the records begin.
//!
//! `terms` reads what a client writes, `sessions` and `points` ask the exchange, `bars` makes bars of
//! it, `pacing` keeps TWS's limits; the other files answer one request each.

mod asides;
mod bars;
mod daily;
mod end_time;
mod live;
mod pacing;
mod points;
mod requests;
mod sessions;
mod terms;
mod ticks;

#[cfg(test)]
mod bars_tests;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod pacing_tests;
#[cfg(test)]
mod ticks_tests;

use std::collections::BTreeSet;

use self::{live::LiveBars, pacing::Pace};
use super::{ConnectionId, market_data::Shelf, state::State, turn::Turn};
use crate::exchange::Exchange;

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct History {
    pace: Pace,
    /// Bars that are kept up to date.
    live: Shelf<LiveBars>,
    /// Head timestamps, histograms and ticks that have been answered: their cancels are late and
    /// harmless.
    answered: BTreeSet<(ConnectionId, i32)>,
}

impl State {
    /// Ends the bars of a client that are kept up to date.
    pub(super) fn close_live_bars_of(&mut self, connection: ConnectionId, exchange: &mut Exchange) {
        for listing in self.history.live.take_all(connection) {
            exchange.watch(listing, false);
        }
    }
}

impl Turn<'_> {
    /// Ends what the client has open here.
    pub(super) fn close_history(&mut self) {
        let own = self.from;
        let history = &mut self.state.history;
        history
            .answered
            .retain(|(connection, _)| *connection != own);
        self.state.close_live_bars_of(own, self.exchange);
    }
}
