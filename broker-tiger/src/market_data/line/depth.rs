use broker_core::{
    Error,
    feed::{FeedGap, FeedSink},
    model::{Depth, DepthLevel, Instrument},
};
use rust_decimal::Decimal;

use crate::{
    convert::from_millis,
    market_data::{depth::levels, quotes::shown},
    push::{DepthSide, Listener, Market, double},
};

/// The book, which is always pushed whole.
pub(super) struct DepthLine {
    instrument: Instrument,
    levels: u16,
    sink: FeedSink,
    /// When the newest book was sent, in milliseconds.
    newest: u64,
    /// A book that has been taken in and not told yet.
    fresh: Option<Depth>,
}

impl DepthLine {
    pub(super) fn new(instrument: Instrument, levels: u16, sink: FeedSink) -> Self {
        Self {
            instrument,
            levels,
            sink,
            newest: 0,
            fresh: None,
        }
    }

    fn side(&self, side: Option<&DepthSide>, best_is_highest: bool) -> Vec<DepthLevel> {
        let Some(side) = side else {
            return Vec::new();
        };
        let counts = side.order_count.iter().map(|count| Some(*count));
        let rows = side.price.iter().zip(&side.volume);
        let rows = rows.zip(counts.chain(core::iter::repeat(None)));
        let rows = rows.filter_map(|((price, volume), orders)| {
            let price = shown(double(*price))?;
            Some((price, Decimal::from(*volume), orders))
        });
        levels(rows, self.levels, best_is_highest)
    }
}

impl Listener for DepthLine {
    fn take(&mut self, data: Market<'_>) {
        let Market::Depth(data) = data else {
            return;
        };
        let sent = data.timestamp.try_into().ok().and_then(from_millis);
        let Some(sent) = sent.filter(|_| data.timestamp >= self.newest) else {
            return tracing::debug!("a book without a time, or one that is older than the last");
        };
        self.newest = data.timestamp;
        let mut depth = Depth::new(self.instrument.clone(), sent);
        depth.asks = self.side(data.ask.as_ref(), false);
        depth.bids = self.side(data.bid.as_ref(), true);
        self.fresh = Some(depth);
    }

    fn settle(&mut self) {
        if let Some(depth) = self.fresh.take() {
            self.sink.depth(depth);
        }
    }

    fn lose(&mut self, gap: FeedGap) {
        self.settle();
        self.newest = 0;
        self.sink.gap(gap);
    }

    fn fail(&mut self, error: Error) {
        self.settle();
        self.sink.fail(error.in_operation("open_line"));
    }
}
