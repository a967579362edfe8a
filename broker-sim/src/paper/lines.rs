//! Market data lines of a connection.

use std::sync::{Arc, Weak};

use broker_core::{feed::FeedSink, model::Subscription};

use super::{bars::BarBuilder, link::Link};
use crate::exchange::Exchange;

#[derive(Debug)]
pub(super) struct Line {
    id: u64,
    subscription: Subscription,
    pub(super) listing: usize,
    pub(super) sink: FeedSink,
    bars: Option<BarBuilder>,
}

impl Link {
    /// Opens a line and gives back what closes it when dropped.
    pub(super) fn open_line(
        self: &Arc<Self>,
        subscription: &Subscription,
        sink: FeedSink,
        exchange: &mut Exchange,
        listing: usize,
    ) -> LineGuard {
        let mut state = self.lock();
        let id = state.next_line;
        state.next_line += 1;
        let bars = match subscription {
            Subscription::Bars { interval, .. } => BarBuilder::new(*interval),
            _ => None,
        };
        exchange.watch(listing, true);
        let mut line = Line {
            id,
            subscription: subscription.clone(),
            listing,
            sink,
            bars,
        };
        line.show(exchange);
        state.lines.push(line);
        LineGuard {
            link: Arc::downgrade(self),
            id,
        }
    }

    /// Lines that are open.
    pub(super) fn open_lines(&self) -> usize {
        self.lock().lines.len()
    }
}

impl Line {
    /// Delivers the newest prices of a line that has prices.
    pub(super) fn show(&mut self, exchange: &mut Exchange) {
        let levels = match &self.subscription {
            Subscription::Quotes { .. } => 0,
            Subscription::Depth { levels, .. } => usize::from(*levels),
            _ => return,
        };
        let Some((quote, depth)) = exchange.view(self.listing, levels) else {
            return;
        };
        if levels == 0 {
            self.sink.quote(quote);
        } else {
            self.sink.depth(depth);
        }
    }

    pub(super) fn print(&mut self, trade: &broker_core::model::Trade) {
        match &self.subscription {
            Subscription::Trades { .. } => self.sink.trade(trade.clone()),
            Subscription::Bars { .. } => {
                if let Some(bar) = self.bars.as_mut().and_then(|bars| bars.take(trade)) {
                    self.sink.bar(bar);
                }
            }
            _ => {}
        }
    }
}

/// Closes a line when dropped.
#[derive(Debug)]
pub(super) struct LineGuard {
    link: Weak<Link>,
    id: u64,
}

impl Drop for LineGuard {
    fn drop(&mut self) {
        if let Some(link) = self.link.upgrade() {
            let mut state = link.lock();
            let place = state.lines.iter().position(|line| line.id == self.id);
            let line = place.map(|place| state.lines.swap_remove(place));
            state
                .unwatched
                .extend(line.as_ref().map(|line| line.listing));
            drop(state);
            // The line's own end may close others: not under the lock.
            drop(line);
        }
    }
}
