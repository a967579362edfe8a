use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, Research, Result,
    model::{
        CorporateAction, FundamentalKind, Fundamentals, Instrument, NewsArticle, NewsHeadline,
        ResearchQuery, ScannerQuery, ScannerRow,
    },
};

use super::PaperBroker;

#[async_trait]
impl Research for PaperBroker {
    async fn fundamentals(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
    ) -> Result<Fundamentals> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.fundamentals(instrument, kind).cloned())
            .ok_or_else(|| {
                let message = format!("there is no {kind} report on {instrument}");
                Error::new(ErrorKind::NotFound, message)
            })
    }

    async fn corporate_actions(&self, query: &ResearchQuery) -> Result<Vec<CorporateAction>> {
        self.link.check_up()?;
        Ok(self
            .world
            .read(|exchange| exchange.corporate_actions(query)))
    }

    async fn news(&self, query: &ResearchQuery) -> Result<Vec<NewsHeadline>> {
        self.link.check_up()?;
        Ok(self.world.read(|exchange| exchange.news(query)))
    }

    async fn article(&self, provider: &str, id: &str) -> Result<NewsArticle> {
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.article(provider, id).cloned())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("there is no article {id} by {provider}"),
                )
            })
    }

    async fn scan(&self, query: &ScannerQuery) -> Result<Vec<ScannerRow>> {
        self.link.check_up()?;
        Ok(self.world.read(|exchange| exchange.scan(query)))
    }
}
