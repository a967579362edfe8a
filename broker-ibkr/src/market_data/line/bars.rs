use std::sync::Arc;

use broker_core::{
    Error, Result,
    feed::FeedSink,
    model::{AssetClass, BarInterval},
};
use ibapi::{
    Notice,
    market_data::{
        TradingHours,
        realtime::{Bar, WhatToShow},
    },
    subscriptions::Subscription,
};

use super::run::Feed;
use crate::{
    instrument::Listing,
    market_data::{
        bar_builder::{BarBuilder, piece},
        snapshot::tell,
    },
    session::{Lease, link::Link},
};

/// What puts bars of an interval together.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) for a day or longer.
pub(super) fn builder(interval: BarInterval) -> Result<BarBuilder> {
    BarBuilder::new(interval).ok_or_else(|| {
        let message = format!("bars of {interval} are not streamed; ask for history");
        Error::unsupported(message).at_field("interval")
    })
}

/// Bars as they complete.
pub(super) struct Bars {
    listing: Arc<Listing>,
    builder: BarBuilder,
}

impl Bars {
    pub(super) fn new(listing: Arc<Listing>, builder: BarBuilder) -> Self {
        Self { listing, builder }
    }

    fn what(&self) -> WhatToShow {
        match self.listing.instrument.asset_class() {
            // Currencies have no trades, and the trades of crypto assets come put together.
            AssetClass::Forex => WhatToShow::MidPoint,
            AssetClass::Crypto => WhatToShow::AggTrades,
            _ => WhatToShow::Trades,
        }
    }
}

impl Feed for Bars {
    type Message = Bar;
    type Messages = Lease<Subscription<Bar>>;

    async fn open(&self, link: &Link) -> Result<Self::Messages> {
        let contract = self.listing.contract.clone();
        let what = self.what();
        let opening = link.stream("open_line", move |client| async move {
            let request = client.realtime_bars(&contract).what_to_show(what);
            request
                .trading_hours(TradingHours::Extended)
                .subscribe()
                .await
        });
        opening.await
    }

    fn take(&mut self, message: Bar, sink: &FeedSink) -> Result<()> {
        let trades = !matches!(self.what(), WhatToShow::MidPoint);
        if let Some(piece) = piece(&self.listing, &message, trades) {
            for bar in self.builder.take(&piece).into_iter().flatten() {
                sink.bar(bar);
            }
        }
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) {
        tell(notice);
    }

    fn publish(&mut self, _: &FeedSink) {}

    fn forget(&mut self) {
        self.builder.clear();
    }

    fn needs_every_message(&self) -> bool {
        // A bar with a piece missing is nobody's bar.
        true
    }
}
