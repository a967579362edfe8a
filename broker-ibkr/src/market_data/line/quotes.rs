use std::sync::Arc;

use broker_core::{Clock, Result, feed::FeedSink};
use ibapi::{Notice, market_data::realtime::TickTypes, subscriptions::Subscription};

use super::run::Feed;
use crate::{
    instrument::Listing,
    market_data::{
        fold::QuoteFold,
        snapshot::{DELAYED, tell},
    },
    session::{Lease, link::Link},
};

/// Best prices and the day's figures.
pub(super) struct Quotes {
    listing: Arc<Listing>,
    clock: Arc<dyn Clock>,
    fold: QuoteFold,
    changed: bool,
}

impl Quotes {
    pub(super) fn new(listing: Arc<Listing>, link: &Link) -> Self {
        let clock = Arc::clone(link.desk().clock());
        Self {
            fold: QuoteFold::new(Arc::clone(&listing), clock.now()),
            listing,
            clock,
            changed: false,
        }
    }
}

impl Feed for Quotes {
    type Message = TickTypes;
    type Messages = Lease<Subscription<TickTypes>>;

    async fn open(&self, link: &Link) -> Result<Self::Messages> {
        let contract = self.listing.contract.clone();
        let opening = link.stream("open_line", move |client| async move {
            client.market_data(&contract).streaming().subscribe().await
        });
        opening.await
    }

    fn take(&mut self, message: TickTypes, _: &FeedSink) -> Result<()> {
        self.changed |= self.fold.take(&message);
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) {
        if notice.code == DELAYED {
            self.changed |= self.fold.set_delayed(true);
        } else {
            tell(notice);
        }
    }

    fn publish(&mut self, sink: &FeedSink) {
        if core::mem::take(&mut self.changed) {
            sink.quote(self.fold.quote(self.clock.now()));
        }
    }

    fn forget(&mut self) {
        self.fold = QuoteFold::new(Arc::clone(&self.listing), self.clock.now());
        self.changed = false;
    }

    fn needs_every_message(&self) -> bool {
        // Each figure is overwritten by its next tick.
        false
    }
}
