use core::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    Error, MarketData, Result,
    feed::{FeedLine, FeedSink},
    model::{Bar, BarQuery, Depth, Instrument, Quote, Subscription, Trade},
};
use futures_util::{StreamExt as _, stream};

use super::{line, snapshot};
use crate::{historical_pacing::HistoricalPacing, instrument::Book, session::link::Link};

/// Snapshots that are open at a time; they share the account's market data lines.
const SNAPSHOTS: usize = 20;

/// The market data service of one connection.
pub(crate) struct Market {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    pub(super) pacing: Arc<HistoricalPacing>,
}

impl Market {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>) -> Self {
        let pacing = Arc::clone(link.pacer().history());
        Self { link, book, pacing }
    }

    async fn one_quote(&self, instrument: Instrument) -> Result<Quote> {
        let listing = self.book.listing(&self.link, &instrument).await?;
        snapshot::quote(&self.link, &listing).await
    }
}

impl fmt::Debug for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.pacing.counts();
        f.debug_struct("Market")
            .field("historical", &counts)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl MarketData for Market {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        // Without a connection nothing could be asked, which is not each instrument's own trouble.
        self.link.client()?;
        let quotes: Vec<_> = instruments
            .iter()
            .map(|one| self.one_quote(one.clone()))
            .collect();
        Ok(stream::iter(quotes).buffered(SNAPSHOTS).collect().await)
    }

    async fn depth(&self, instrument: &Instrument, levels: u16) -> Result<Depth> {
        if levels == 0 {
            return Err(Error::invalid("levels", "a book has at least one level"));
        }
        let listing = self.book.listing(&self.link, instrument).await?;
        snapshot::depth(&self.link, &listing, levels).await
    }

    async fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Vec<Trade>> {
        let listing = self.book.listing(&self.link, instrument).await?;
        self.past_trades(&listing, limit).await
    }

    async fn bars(&self, query: &BarQuery) -> Result<Vec<Bar>> {
        let listing = self.book.listing(&self.link, &query.instrument).await?;
        self.past_bars(&listing, query).await
    }

    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        line::open(&self.link, &self.book, subscription, sink).await
    }
}
