use core::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Result,
    model::{
        CorporateAction, FundamentalKind, Fundamentals, Instrument, NewsArticle, NewsHeadline,
        ResearchQuery, ScannerQuery, ScannerRow,
    },
};

/// Company reports, corporate actions, news and scanners.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Research: Send + Sync + Debug {
    /// A company report.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when the broker has no reports of the kind.
    async fn fundamentals(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
    ) -> Result<Fundamentals>;

    /// Dividends, splits and earnings by date ascending.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    async fn corporate_actions(&self, query: &ResearchQuery) -> Result<Vec<CorporateAction>>;

    /// Headlines, newest first.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    async fn news(&self, query: &ResearchQuery) -> Result<Vec<NewsHeadline>>;

    /// An article.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is none.
    async fn article(&self, provider: &str, id: &str) -> Result<NewsArticle>;

    /// The best rows of a scan.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    async fn scan(&self, query: &ScannerQuery) -> Result<Vec<ScannerRow>>;
}
