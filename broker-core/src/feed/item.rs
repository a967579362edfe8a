use std::sync::Arc;

use crate::{
    Error,
    model::{Bar, Depth, Quote, Trade},
};

/// What a market data line delivers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FeedItem {
    /// The newest best prices.
    Quote(Arc<Quote>),
    /// The newest book.
    Depth(Arc<Depth>),
    /// A trade.
    Trade(Arc<Trade>),
    /// A completed bar.
    Bar(Arc<Bar>),
    /// Something has been lost.
    Gap(FeedGap),
    /// The line cannot go on; the stream ends after this.
    Failed(Error),
}

/// Why data has been lost on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeedGap {
    /// The connection was lost; the line was opened again.
    Reopened,
    /// This reader was too slow.
    ReaderLagged {
        /// How many items it did not get.
        dropped: u64,
    },
    /// The broker announced that it lost data.
    BrokerLost(Arc<str>),
}
