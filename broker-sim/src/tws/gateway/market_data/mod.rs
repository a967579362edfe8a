//! Live prices: market data lines, books, real-time bars, single ticks and the option calculators.
//!
//! Each kind of line lives on a [`Shelf`](shelf::Shelf) that is indexed by listing, so that a change
//! in a market costs only what shows that market; `opening` has the checks that all kinds share.

mod calculators;
mod computations;
mod delayed;
mod depth;
mod figures;
mod flood;
mod generic;
mod ladder;
mod late;
mod opening;
mod pen;
mod quotes;
mod real_time_bars;
mod shelf;
mod shown;
mod tape;
mod tick_by_tick;

#[cfg(test)]
mod depth_tests;
#[cfg(test)]
mod figures_tests;
#[cfg(test)]
mod late_tests;
#[cfg(test)]
mod quotes_tests;
#[cfg(test)]
mod streams_tests;
#[cfg(test)]
mod wire_tests;

use std::collections::{BTreeMap, BTreeSet};

use broker_core::model::{Quote, Trade};
use chrono::{DateTime, Utc};

use self::{
    depth::DepthLine, pen::Pen, quotes::QuoteLine, real_time_bars::BarLine, tick_by_tick::TickLine,
};
pub(super) use calculators::decimal;
pub(super) use figures::{deviation, implied_volatility};
pub(super) use flood::Flood;
pub(super) use shelf::Shelf;
pub(super) use tick_by_tick::{TickKind, trade_tick};

use super::{ConnectionId, state::State, turn::Turn};
use crate::exchange::Exchange;

/// What this room keeps.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Lines that have been opened so far: numbers are never used twice.
    opened: u64,
    /// The market data type that a client has asked for.
    types: BTreeMap<ConnectionId, i32>,
    quotes: Shelf<QuoteLine>,
    depth: Shelf<DepthLine>,
    bars: Shelf<BarLine>,
    ticks: Shelf<TickLine>,
    /// When the present five seconds end, while there are bars.
    bars_end: Option<DateTime<Utc>>,
    pen: Pen,
}

impl Lines {
    /// A number for a new line.
    pub(super) fn next_number(&mut self) -> u64 {
        self.opened += 1;
        self.opened
    }
}

impl State {
    /// A listing's best prices or its book changed.
    pub(super) fn on_market(&mut self, listing: usize, exchange: &mut Exchange) {
        // Looked up by the first line that needs it.
        let mut quote: Option<Quote> = None;
        self.touch_quotes(listing, exchange, &mut quote);
        self.show_depth(listing, exchange);
        self.move_bars(listing, exchange, &mut quote);
        self.tick_quotes(listing, exchange, &mut quote);
        self.move_history(listing, exchange.now());
    }

    /// A trade was printed.
    pub(super) fn on_print(&mut self, listing: usize, trade: &Trade, exchange: &mut Exchange) {
        self.print_on_quotes(listing, trade, exchange);
        self.print_on_bars(listing, trade, exchange);
        self.tick_trade(listing, trade);
    }

    /// Lines that are open, of all kinds.
    pub(super) fn open_lines(&self) -> usize {
        let lines = &self.lines;
        lines.quotes.len()
            + lines.depth.len()
            + lines.bars.len()
            + lines.ticks.len()
            + self.live_bars()
    }
}

impl State {
    /// Ends the lines of a client.
    pub(super) fn close_lines_of(&mut self, connection: ConnectionId, exchange: &mut Exchange) {
        let lines = &mut self.lines;
        let mut watched = lines.quotes.take_all(connection);
        watched.extend(lines.depth.take_all(connection));
        watched.extend(lines.bars.take_all(connection));
        watched.extend(lines.ticks.take_all(connection));
        for listing in watched {
            exchange.watch(listing, false);
        }
    }

    /// Every listing that a line follows, of any kind.
    pub(super) fn followed_listings(&self) -> BTreeSet<usize> {
        let lines = &self.lines;
        let mut followed: BTreeSet<usize> = lines.quotes.followed().into_iter().collect();
        followed.extend(lines.depth.followed());
        followed.extend(lines.bars.followed());
        followed.extend(lines.ticks.followed());
        followed
    }
}

impl Turn<'_> {
    /// Ends what the client has open here.
    pub(super) fn close_lines(&mut self) {
        self.state.lines.types.remove(&self.from);
        self.state.close_lines_of(self.from, self.exchange);
    }
}
