//! Which connection market data comes over: options may have one of their own.

use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    MarketData, Result,
    feed::{FeedLine, FeedSink},
    model::{AssetClass, Bar, BarQuery, Depth, Instrument, Quote, Subscription, Trade},
};

use crate::{instrument::Book, market_data::Market, session::Link};

/// Market data over one connection or two.
#[derive(Debug)]
pub(crate) struct Quotes {
    main: Market,
    options: Option<Market>,
}

impl Quotes {
    pub(crate) fn new(link: &Arc<Link>, options: Option<&Arc<Link>>, book: &Arc<Book>) -> Self {
        let over = |link: &Arc<Link>| Market::new(Arc::clone(link), Arc::clone(book));
        Self {
            main: over(link),
            options: options.map(over),
        }
    }

    fn of(&self, instrument: &Instrument) -> &Market {
        let class = instrument.asset_class();
        let is_option = matches!(class, AssetClass::Option | AssetClass::FutureOption);
        self.options
            .as_ref()
            .filter(|_| is_option)
            .unwrap_or(&self.main)
    }
}

#[async_trait]
impl MarketData for Quotes {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        let Some(options) = &self.options else {
            return self.main.quotes(instruments).await;
        };
        let over_main =
            |instrument: &&Instrument| core::ptr::eq(self.of(instrument), &raw const self.main);
        let (main, other): (Vec<_>, Vec<_>) = instruments.iter().partition(over_main);
        let owned =
            |some: &[&Instrument]| some.iter().map(|one| (*one).clone()).collect::<Vec<_>>();
        let (main, other) = (owned(&main), owned(&other));
        // An empty question needs no connection.
        let main = async {
            if main.is_empty() {
                Ok(Vec::new())
            } else {
                self.main.quotes(&main).await
            }
        };
        let other = async {
            if other.is_empty() {
                Ok(Vec::new())
            } else {
                options.quotes(&other).await
            }
        };
        let (main, other) = futures_util::future::try_join(main, other).await?;
        let (mut main, mut other) = (main.into_iter(), other.into_iter());
        let answers = instruments.iter().filter_map(|instrument| {
            if over_main(&instrument) {
                main.next()
            } else {
                other.next()
            }
        });
        Ok(answers.collect())
    }

    async fn depth(&self, instrument: &Instrument, levels: u16) -> Result<Depth> {
        self.of(instrument).depth(instrument, levels).await
    }

    async fn trades(&self, instrument: &Instrument, limit: u32) -> Result<Vec<Trade>> {
        self.of(instrument).trades(instrument, limit).await
    }

    async fn bars(&self, query: &BarQuery) -> Result<Vec<Bar>> {
        self.of(&query.instrument).bars(query).await
    }

    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        self.of(subscription.instrument())
            .open_line(subscription, sink)
            .await
    }
}
