use core::fmt;
use std::sync::Arc;

use broker_core::{
    Error, Research, Result, async_trait,
    model::{
        CorporateAction, FundamentalKind, Fundamentals, Instrument, NewsArticle, NewsHeadline,
        ResearchQuery, ScannerQuery, ScannerRow,
    },
};

use crate::{
    instrument::{Book, market_of},
    session::Link,
    transport::{Call, Data},
};

/// The research service of one connection.
pub(crate) struct Reports {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
}

impl Reports {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>) -> Self {
        Self { link, book }
    }

    pub(super) async fn ask(&self, call: &Call) -> Result<Data> {
        self.link.gateway()?.ask(call).await
    }
}

/// The symbol and the market of a share.
pub(super) fn share(instrument: &Instrument) -> Result<(String, &'static str)> {
    match instrument {
        Instrument::Equity(part) => Ok((part.symbol.to_string(), market_of(instrument))),
        other => {
            let message = format!("{other} is no share of a company");
            Err(Error::unsupported(message).at_field("instrument"))
        }
    }
}

fn no_news() -> Error {
    Error::unsupported("Tiger has no news for programs")
}

fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.in_operation(operation)
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}

#[async_trait]
impl Research for Reports {
    async fn fundamentals(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
    ) -> Result<Fundamentals> {
        self.report(instrument, kind)
            .await
            .map_err(during("fundamentals"))
    }

    async fn corporate_actions(&self, query: &ResearchQuery) -> Result<Vec<CorporateAction>> {
        self.actions(query)
            .await
            .map_err(during("corporate_actions"))
    }

    async fn news(&self, _query: &ResearchQuery) -> Result<Vec<NewsHeadline>> {
        Err(no_news().in_operation("news"))
    }

    async fn article(&self, _provider: &str, _id: &str) -> Result<NewsArticle> {
        Err(no_news().in_operation("article"))
    }

    async fn scan(&self, query: &ScannerQuery) -> Result<Vec<ScannerRow>> {
        self.scanned(query).await.map_err(during("scan"))
    }
}
