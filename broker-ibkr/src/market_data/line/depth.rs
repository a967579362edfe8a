use std::sync::Arc;

use broker_core::{Clock, Result, feed::FeedSink};
use ibapi::{Notice, market_data::realtime::MarketDepths, subscriptions::Subscription};

use super::run::Feed;
use crate::{
    instrument::Listing,
    market_data::{
        ladder::Ladder,
        snapshot::{open_depth, tell},
    },
    session::{Lease, link::Link},
};

/// The book.
pub(super) struct Rows {
    listing: Arc<Listing>,
    levels: u16,
    clock: Arc<dyn Clock>,
    ladder: Ladder,
    changed: bool,
}

impl Rows {
    pub(super) fn new(listing: Arc<Listing>, levels: u16, link: &Link) -> Self {
        Self {
            ladder: Ladder::new(Arc::clone(&listing), levels),
            clock: Arc::clone(link.desk().clock()),
            listing,
            levels,
            changed: false,
        }
    }
}

impl Feed for Rows {
    type Message = MarketDepths;
    type Messages = Lease<Subscription<MarketDepths>>;

    async fn open(&self, link: &Link) -> Result<Self::Messages> {
        open_depth(link, "open_line", &self.listing, self.levels).await
    }

    fn take(&mut self, message: MarketDepths, _: &FeedSink) -> Result<()> {
        self.changed = true;
        self.ladder.take(&message)
    }

    fn notice(&mut self, notice: &Notice) {
        tell(notice);
    }

    fn publish(&mut self, sink: &FeedSink) {
        if core::mem::take(&mut self.changed) {
            sink.depth(self.ladder.book(self.clock.now()));
        }
    }

    fn forget(&mut self) {
        self.ladder.clear();
        self.changed = false;
    }

    fn needs_every_message(&self) -> bool {
        // A row is numbered by those before it.
        true
    }
}
