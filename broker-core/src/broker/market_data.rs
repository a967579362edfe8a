use core::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Result,
    feed::{FeedLine, FeedSink},
    model::{Bar, BarQuery, Depth, Instrument, Quote, Subscription, Trade},
};

/// Quotes, depth, trades and bars.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait MarketData: Send + Sync + Debug {
    /// The best prices now, of several instruments in one request where the broker can.
    ///
    /// One answer per instrument, in the order asked.
    ///
    /// # Errors
    /// When nothing could be asked; an instrument's own trouble is in its answer.
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>>;

    /// The book now, at most `levels` deep on each side.
    ///
    /// # Errors
    /// When the instrument is not known, the permission is missing or the broker cannot be asked.
    async fn depth(&self, instrument: &Instrument, levels: u16) -> Result<Depth>;

    /// The newest trades, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As [`depth`](Self::depth).
    async fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Vec<Trade>>;

    /// Historical bars, oldest first.
    ///
    /// # Errors
    /// As [`depth`](Self::depth), and
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) for a limit outside 1 to 5000 or an
    /// interval that ends before it starts.
    async fn bars(&self, query: &BarQuery) -> Result<Vec<Bar>>;

    /// Opens one upstream line that feeds the sink until the returned line is dropped.
    ///
    /// Callers use [`BrokerExt::subscribe`](super::BrokerExt::subscribe), which opens one line for
    /// all readers of the same subscription.
    ///
    /// # Errors
    /// When the line could not be opened; nothing is left open then.
    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine>;
}
