use core::fmt;
use std::sync::Arc;

use broker_core::{
    Error, MarketData, Result, async_trait,
    feed::{FeedLine, FeedSink},
    model::{AssetClass, Bar, BarQuery, Depth, Instrument, Quote, Subscription, Trade},
};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::{
    convert::Rows,
    instrument::Book,
    push::Lines,
    reference::MarketStates,
    session::{Link, Signal, is_about_permissions},
    transport::{Call, Data},
};

/// The market data service of one connection.
pub(crate) struct Quotes {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    pub(super) markets: Arc<MarketStates>,
    /// `None` when nothing is pushed.
    pub(super) lines: Option<Arc<Lines>>,
}

impl Quotes {
    pub(crate) const fn new(
        link: Arc<Link>,
        book: Arc<Book>,
        markets: Arc<MarketStates>,
        lines: Option<Arc<Lines>>,
    ) -> Self {
        Self {
            link,
            book,
            markets,
            lines,
        }
    }

    pub(super) async fn ask(&self, call: &Call) -> Result<Data> {
        let answer = self.link.gateway()?.ask(call).await;
        if let Err(error) = &answer
            && is_about_permissions(error)
        {
            self.link.signal(Signal::NoQuotePermission);
        }
        answer
    }

    /// A list, all of which could be read.
    pub(super) async fn list<T: DeserializeOwned>(&self, call: &Call) -> Result<Vec<T>> {
        self.list_told(call).await.map(|(rows, _)| rows)
    }

    /// The same, and when it was told, by the broker's clock.
    pub(super) async fn list_told<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<(Vec<T>, Option<DateTime<Utc>>)> {
        let data = self.ask(call).await?;
        let Rows { rows, unreadable } = data.rows::<T>()?;
        match unreadable.into_iter().next() {
            Some(error) => Err(error),
            None => Ok((rows, data.told_at())),
        }
    }
}

/// What this adapter has no method for.
pub(super) fn not_told(what: &str, instrument: &Instrument) -> Error {
    let class = instrument.asset_class();
    let why = match class {
        AssetClass::FutureOption => "Tiger serves no prices of options on futures".to_owned(),
        AssetClass::Warrant => "Tiger serves quotes of warrants and nothing else".to_owned(),
        AssetClass::Fund => "Tiger serves values of funds by the day and nothing else".to_owned(),
        class => format!("not for instruments of the class {class}"),
    };
    Error::unsupported(format!("{what} of {instrument}: {why}")).at_field("instrument")
}

fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.in_operation(operation)
}

impl fmt::Debug for Quotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quotes").finish_non_exhaustive()
    }
}

#[async_trait]
impl MarketData for Quotes {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        self.ask_quotes(instruments).await.map_err(during("quotes"))
    }

    async fn depth(&self, instrument: &Instrument, levels: u16) -> Result<Depth> {
        self.ask_depth(instrument, levels)
            .await
            .map_err(during("depth"))
    }

    async fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Vec<Trade>> {
        self.ask_trades(instrument, limit)
            .await
            .map_err(during("trades"))
    }

    async fn bars(&self, query: &BarQuery) -> Result<Vec<Bar>> {
        self.ask_bars(query).await.map_err(during("bars"))
    }

    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        self.line(subscription, sink)
            .await
            .map_err(during("open_line"))
    }
}
