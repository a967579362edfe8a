//! What is written about instruments: reports, corporate actions, news, scans.

use broker_core::model::{
    CorporateAction, FundamentalKind, Fundamentals, Instrument, NewsArticle, NewsHeadline, Price,
    ResearchQuery, ScannerQuery, ScannerRanking, ScannerRow,
};

use super::{Exchange, queries::change_percent};

/// The shelf of an exchange's library.
#[derive(Debug, Default)]
pub(super) struct Library {
    fundamentals: Vec<Fundamentals>,
    actions: Vec<CorporateAction>,
    articles: Vec<NewsArticle>,
}

impl Library {
    pub(super) fn add_action(&mut self, action: CorporateAction) -> usize {
        self.actions.push(action);
        self.actions.len() - 1
    }

    pub(super) fn action(&self, index: usize) -> Option<&CorporateAction> {
        self.actions.get(index)
    }
}

impl Exchange {
    /// Puts a company report on the shelf.
    pub fn publish_fundamentals(&mut self, report: Fundamentals) {
        self.research.fundamentals.push(report);
    }

    /// Puts an article on the shelf.
    pub fn publish_article(&mut self, article: NewsArticle) {
        self.research.articles.push(article);
    }

    /// A company report.
    #[must_use]
    pub fn fundamentals(
        &self,
        instrument: &Instrument,
        kind: FundamentalKind,
    ) -> Option<&Fundamentals> {
        let mut reports = self.research.fundamentals.iter();
        reports.find(|report| report.instrument == *instrument && report.kind == kind)
    }

    /// Corporate actions by date ascending.
    #[must_use]
    pub fn corporate_actions(&self, query: &ResearchQuery) -> Vec<CorporateAction> {
        let mut actions: Vec<_> = self
            .research
            .actions
            .iter()
            .filter(|a| a.instrument == query.instrument && query.accepts(a.ex_date))
            .cloned()
            .collect();
        actions.sort_by_key(|action| action.ex_date);
        actions.truncate(query.limit as usize);
        actions
    }

    /// The providers of the articles on the shelf, in order.
    #[must_use]
    pub fn news_providers(&self) -> Vec<String> {
        let providers = self
            .research
            .articles
            .iter()
            .map(|a| a.headline.provider.clone());
        providers
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Headlines that have been published by now, newest first.
    #[must_use]
    pub fn news(&self, query: &ResearchQuery) -> Vec<NewsHeadline> {
        let mut headlines: Vec<_> = self
            .research
            .articles
            .iter()
            .map(|article| &article.headline)
            .filter(|headline| {
                headline.time <= self.now
                    && headline.instruments.contains(&query.instrument)
                    && query.accepts(headline.time.date_naive())
            })
            .cloned()
            .collect();
        headlines.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.id.cmp(&b.id)));
        headlines.truncate(query.limit as usize);
        headlines
    }

    /// An article that has been published by now.
    #[must_use]
    pub fn article(&self, provider: &str, id: &str) -> Option<&NewsArticle> {
        self.research.articles.iter().find(|article| {
            let headline = &article.headline;
            headline.provider == provider && headline.id == id && headline.time <= self.now
        })
    }

    /// The best rows of a scan over the shares.
    #[must_use]
    pub fn scan(&self, query: &ScannerQuery) -> Vec<ScannerRow> {
        let mut rows: Vec<ScannerRow> = self
            .markets
            .iter()
            .filter(|market| matches!(market.instrument(), Instrument::Equity(_)))
            .filter_map(|market| {
                let (last, _) = market.last?;
                let price = Price::new(last).ok()?;
                let wanted = query.price_above.is_none_or(|least| price >= least);
                wanted.then(|| ScannerRow {
                    rank: 0,
                    instrument: market.instrument().clone(),
                    last: Some(price),
                    change_percent: market
                        .day
                        .previous_close
                        .and_then(|previous| change_percent(last, previous)),
                    volume: Some(market.day.volume),
                })
            })
            .collect();
        rows.sort_by(|a, b| {
            let order = match query.ranking {
                ScannerRanking::TopGainers => b.change_percent.cmp(&a.change_percent),
                ScannerRanking::TopLosers => a.change_percent.cmp(&b.change_percent),
                _ => b.volume.cmp(&a.volume),
            };
            order.then_with(|| a.instrument.cmp(&b.instrument))
        });
        rows.truncate(query.limit as usize);
        for (rank, row) in (1_u32..).zip(&mut rows) {
            row.rank = rank;
        }
        rows
    }
}
