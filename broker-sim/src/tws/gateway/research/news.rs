use broker_core::model::ResearchQuery;
use chrono::{DateTime, NaiveDateTime, Utc};

use crate::tws::{
    gateway::{state::State, turn::Turn},
    message::{
        Contract, HistoricalNews, HistoricalNewsEnd, HistoricalNewsRequest, NewsArticle,
        NewsArticleRequest, NewsBulletin, NewsBulletinsRequest, NewsProvider, NewsProviders, Reply,
    },
};

/// Most headlines of one request.
const HEADLINES: i32 = 300;

impl Turn<'_> {
    pub(in crate::tws::gateway) fn news_providers(&mut self) {
        let providers = self.exchange.news_providers();
        let row = |code: String| NewsProvider {
            provider_name: Some(format!("{code} headlines")),
            provider_code: Some(code),
        };
        self.reply(&Reply::NewsProviders(NewsProviders {
            news_providers: providers.into_iter().map(row).collect(),
        }));
    }

    pub(in crate::tws::gateway) fn news_article(&mut self, request: &NewsArticleRequest) {
        let provider = request.provider_code.as_deref().unwrap_or_default();
        let article = request.article_id.as_deref().unwrap_or_default();
        match self.exchange.article(provider, article) {
            Some(article) => self.reply(&Reply::NewsArticle(NewsArticle {
                req_id: request.req_id,
                article_type: Some(0),
                article_text: Some(article.text.clone()),
            })),
            None => self.error(
                request.req_id.unwrap_or(-1),
                10172,
                "Failed to request news article:Requested article is not available",
            ),
        }
    }

    pub(in crate::tws::gateway) fn historical_news(&mut self, request: &HistoricalNewsRequest) {
        let id = request.req_id.unwrap_or(-1);
        let wanted = request.total_results.unwrap_or_default();
        if !(1..=HEADLINES).contains(&wanted) {
            let text = format!(
                "Error validating request: {wanted} headlines are not between 1 and {HEADLINES}"
            );
            return self.error(id, 321, text);
        }
        let codes = request.provider_codes.as_deref().unwrap_or_default();
        let codes: Vec<&str> = codes
            .split(['+', ','])
            .filter(|code| !code.is_empty())
            .collect();
        let known = self.exchange.news_providers();
        if codes.is_empty()
            || !codes
                .iter()
                .all(|code| known.iter().any(|known| known == code))
        {
            return self.error(id, 10276, "News feed is not allowed.");
        }
        let bound = |text: &Option<String>| match text.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => parse_time(text).map(Some).ok_or_else(|| text.to_owned()),
        };
        let (from, to) = match (
            bound(&request.start_date_time),
            bound(&request.end_date_time),
        ) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(text), _) | (_, Err(text)) => {
                return self.error(
                    id,
                    321,
                    format!("Error validating request: {text:?} is no date and time"),
                );
            }
        };
        let contract = Contract {
            con_id: request.con_id,
            ..Contract::default()
        };
        let Ok(instrument) = self.state.contracts.find_one(self.exchange, &contract) else {
            return self.no_contract(id, &contract);
        };
        let mut query = ResearchQuery::new(instrument);
        query.limit = u32::MAX;
        let mut headlines = self.exchange.news(&query);
        headlines.retain(|headline| {
            codes.contains(&headline.provider.as_str())
                // TWS goes back from the end; the start is the earliest that may come.
                && from.is_none_or(|from| headline.time >= from)
                && to.is_none_or(|to| headline.time <= to)
        });
        let wanted = usize::try_from(wanted).unwrap_or_default();
        let has_more = headlines.len() > wanted;
        for headline in headlines.into_iter().take(wanted) {
            self.reply(&Reply::HistoricalNews(HistoricalNews {
                req_id: request.req_id,
                time: Some(headline.time.format("%Y-%m-%d %H:%M:%S.0").to_string()),
                provider_code: Some(headline.provider),
                article_id: Some(headline.id),
                headline: Some(headline.headline),
            }));
        }
        self.reply(&Reply::HistoricalNewsEnd(HistoricalNewsEnd {
            req_id: request.req_id,
            has_more: Some(has_more),
        }));
    }

    pub(in crate::tws::gateway) fn news_bulletins(&mut self, request: &NewsBulletinsRequest) {
        self.state.research.bulletin_readers.insert(self.from);
        if request.all_messages.unwrap_or_default() {
            let earlier = self.state.research.bulletins.clone();
            for (number, text) in (1..).zip(earlier) {
                self.reply(&bulletin(number, text));
            }
        }
    }

    pub(in crate::tws::gateway) fn cancel_news_bulletins(&mut self) {
        self.state.research.bulletin_readers.remove(&self.from);
    }
}

impl State {
    /// Tells everyone who reads bulletins.
    pub(in crate::tws::gateway) fn publish_bulletin(&mut self, text: &str) {
        self.research.bulletins.push(text.to_owned());
        let number = i32::try_from(self.research.bulletins.len()).unwrap_or(i32::MAX);
        for reader in &self.research.bulletin_readers {
            if let Some(client) = self.clients.get(reader) {
                client.send(&bulletin(number, text.to_owned()));
            }
        }
    }
}

fn bulletin(number: i32, text: String) -> Reply {
    Reply::NewsBulletin(NewsBulletin {
        news_msg_id: Some(number),
        news_msg_type: Some(1),
        news_message: Some(text),
        originating_exch: Some(String::new()),
    })
}

/// `2022-01-03 15:00:00`, with or without a fraction, or `20220103 15:00:00`; UTC.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.split('.').next().unwrap_or(text).trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    ["%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%d-%H:%M:%S"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
}
