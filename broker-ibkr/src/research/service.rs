use core::fmt;
use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, Research, Result,
    model::{
        CorporateAction, FundamentalKind, Fundamentals, Instrument, NewsArticle, NewsHeadline,
        ResearchQuery, ScannerQuery, ScannerRanking, ScannerRow,
    },
};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use futures_util::StreamExt as _;
use ibapi::{
    news::ArticleType,
    scanner::{ScannerData, ScannerSubscription},
    subscriptions::SubscriptionItem,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout_at},
};

use super::{calendar, news::Headlines};
use crate::{
    convert,
    error::from_ibapi,
    instrument::{Book, Listing},
    session::link::Link,
};

/// How long a list of headlines or a scan may take.
const LIST: Duration = Duration::from_secs(20);
/// Most headlines in one answer.
const MOST_HEADLINES: u8 = 200;
/// Most rows of a scan.
const MOST_ROWS: u32 = 50;
/// Most events in one answer of the calendar.
const MOST_EVENTS: i32 = 100;

/// The research service of one connection.
pub(crate) struct Reports {
    link: Arc<Link>,
    book: Arc<Book>,
    headlines: Headlines,
    /// The day on which the calendar's description was asked for; the gateway wants that first, once
    /// a day.
    described: Mutex<Option<NaiveDate>>,
}

impl Reports {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>) -> Self {
        Self {
            link,
            book,
            headlines: Headlines::default(),
            described: Mutex::default(),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.link.desk().clock().now()
    }

    /// Asks for the calendar's description once a day and connection, before its events.
    async fn describe_calendar(&self) -> Result<()> {
        let today = self.now().date_naive();
        let mut described = self.described.lock().await;
        if *described != Some(today) {
            let asking = self.link.ask("corporate_actions", |client| async move {
                client.wsh_metadata().await
            });
            asking.await.map_err(calendar_error)?;
            *described = Some(today);
        }
        Ok(())
    }

    async fn events(&self, listing: &Listing, query: &ResearchQuery) -> Result<String> {
        let number = listing.contract.contract_id;
        let from = query.from.map(convert::to_date).transpose()?;
        let to = query.to.map(convert::to_date).transpose()?;
        let asking = self
            .link
            .ask("corporate_actions", move |client| async move {
                let mut request = client.wsh_event_data_by_contract(number).limit(MOST_EVENTS);
                if let Some(from) = from {
                    request = request.starting(from);
                }
                if let Some(to) = to {
                    request = request.ending(to);
                }
                request.fetch().await
            });
        match asking.await {
            Ok(events) => Ok(events.data_json),
            // The gateway has forgotten the description: it was restarted.
            Err(error) if error.broker_code() == Some("10282") => {
                *self.described.lock().await = None;
                Err(calendar_error(error))
            }
            Err(error) => Err(calendar_error(error)),
        }
    }

    async fn providers(&self) -> Result<Vec<String>> {
        let asking = self.link.ask(
            "news",
            |client| async move { client.news_providers().await },
        );
        let providers = asking.await?;
        Ok(providers
            .into_iter()
            .map(|provider| provider.code)
            .collect())
    }

    /// Headlines of one answer, newest first.
    async fn headlines_before(
        &self,
        listing: &Listing,
        providers: &[String],
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        count: u8,
    ) -> Result<Vec<NewsHeadline>> {
        let number = listing.contract.contract_id;
        let codes = providers.to_vec();
        let (start, end) = (convert::to_offset(from)?, convert::to_offset(to)?);
        let opening = self.link.ask("news", move |client| async move {
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            client
                .historical_news(number, &codes, start, end, count)
                .await
        });
        let mut answers = opening.await?;
        let deadline = Instant::now() + LIST;
        let mut headlines = Vec::new();
        loop {
            match timeout_at(deadline, answers.next()).await {
                Ok(Some(Ok(SubscriptionItem::Data(article)))) => headlines.push(NewsHeadline {
                    id: article.article_id,
                    provider: article.provider_code,
                    time: convert::utc(article.time)?,
                    headline: article.headline,
                    instruments: vec![listing.instrument.clone()],
                }),
                Ok(Some(Ok(SubscriptionItem::Notice(_)))) => {}
                Ok(Some(Err(ibapi::Error::EndOfStream))) | Ok(None) => break,
                Ok(Some(Err(error))) => return Err(from_ibapi("news", &error)),
                Err(_) => return Err(late("the headlines")),
            }
        }
        headlines.sort_by_key(|headline| core::cmp::Reverse(headline.time));
        Ok(headlines)
    }

    async fn rows(&self, subscription: ScannerSubscription) -> Result<Vec<ScannerData>> {
        let opening = self.link.stream("scan", move |client| async move {
            client.scanner_subscription(&subscription, &[]).await
        });
        let mut answers = opening.await?;
        let deadline = Instant::now() + LIST;
        loop {
            match timeout_at(deadline, answers.next()).await {
                Ok(Some(Ok(SubscriptionItem::Data(rows)))) => return Ok(rows),
                Ok(Some(Ok(SubscriptionItem::Notice(notice)))) if notice.code == 165 => {
                    return Ok(Vec::new());
                }
                Ok(Some(Ok(SubscriptionItem::Notice(_)))) => {}
                Ok(Some(Err(error))) => return Err(from_ibapi("scan", &error)),
                Ok(None) => return Ok(Vec::new()),
                Err(_) => return Err(late("the rows of the scan")),
            }
        }
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}

fn late(what: &str) -> Error {
    Error::new(ErrorKind::Timeout, format!("{what} did not come in time"))
}

/// Without the subscription the gateway refuses the calendar as "not allowed".
fn calendar_error(error: Error) -> Error {
    match error.broker_code() {
        Some("10276" | "10277" | "10279" | "10358") => {
            let message = "the account has no subscription to the Wall Street Horizon calendar";
            let denied = Error::new(ErrorKind::PermissionDenied, message);
            match error.broker().cloned() {
                Some(words) => denied.with_broker(words),
                None => denied,
            }
            .in_operation("corporate_actions")
        }
        _ => error,
    }
}

/// The scanner's own name of a ranking.
pub(super) fn scan_code(ranking: ScannerRanking) -> Result<&'static str> {
    match ranking {
        ScannerRanking::TopGainers => Ok("TOP_PERC_GAIN"),
        ScannerRanking::TopLosers => Ok("TOP_PERC_LOSE"),
        ScannerRanking::MostActive => Ok("MOST_ACTIVE"),
        other => {
            let message = format!("Interactive Brokers has no scan for {other}");
            Err(Error::unsupported(message).at_field("ranking"))
        }
    }
}

fn start_of(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

#[async_trait]
impl Research for Reports {
    async fn fundamentals(&self, _: &Instrument, kind: FundamentalKind) -> Result<Fundamentals> {
        let message = format!(
            "no {kind} reports: Interactive Brokers removed company reports from its interface"
        );
        Err(Error::unsupported(message).at_field("kind"))
    }

    async fn corporate_actions(&self, query: &ResearchQuery) -> Result<Vec<CorporateAction>> {
        let listing = self.book.listing(&self.link, &query.instrument).await?;
        self.describe_calendar().await?;
        let json = self.events(&listing, query).await?;
        let mut actions = calendar::actions(&json, &query.instrument)?;
        actions.retain(|action| query.accepts(action.ex_date));
        actions.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(actions)
    }

    async fn news(&self, query: &ResearchQuery) -> Result<Vec<NewsHeadline>> {
        let listing = self.book.listing(&self.link, &query.instrument).await?;
        let providers = self.providers().await?;
        if providers.is_empty() {
            let message = "the account has no subscription to a news provider";
            return Err(Error::new(ErrorKind::PermissionDenied, message));
        }
        let most = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut to = match query
            .to
            .and_then(|date| date.checked_add_days(Days::new(1)))
        {
            Some(date) => start_of(date),
            None => self.now() + TimeDelta::seconds(1),
        };
        // As far back as any provider reaches.
        let from = query
            .from
            .map_or_else(|| to - TimeDelta::days(3_650), start_of);
        let mut headlines: Vec<NewsHeadline> = Vec::new();
        while headlines.len() < most && from < to {
            let missing = most.saturating_sub(headlines.len());
            let count = u8::try_from(missing)
                .unwrap_or(MOST_HEADLINES)
                .min(MOST_HEADLINES);
            let page = self
                .headlines_before(&listing, &providers, from, to, count)
                .await?;
            let full = page.len() >= usize::from(count);
            let oldest = page.last().map(|headline| headline.time);
            let known = headlines.len();
            for headline in page {
                let same =
                    |one: &NewsHeadline| one.id == headline.id && one.provider == headline.provider;
                let wanted = query.accepts(headline.time.date_naive());
                if wanted && !headlines.iter().any(same) {
                    headlines.push(headline);
                }
            }
            match oldest {
                Some(oldest) if full && headlines.len() > known => to = oldest,
                _ => break,
            }
        }
        headlines.truncate(most);
        for headline in &headlines {
            self.headlines.remember(headline);
        }
        Ok(headlines)
    }

    async fn article(&self, provider: &str, id: &str) -> Result<NewsArticle> {
        let (code, article) = (provider.to_owned(), id.to_owned());
        let asking = self.link.ask("article", move |client| async move {
            client.news_article(&code, &article).await
        });
        let body = asking.await.map_err(|error| match error.broker() {
            // The gateway has no code of its own for an article that is not there.
            Some(words) if error.kind() != ErrorKind::PermissionDenied => {
                let message = format!("there is no article {id} by {provider}");
                Error::new(ErrorKind::NotFound, message).with_broker(words.clone())
            }
            _ => error.clone(),
        })?;
        if body.article_type == ArticleType::Binary {
            let message = "the article is a document in binary form, not text";
            return Err(Error::unsupported(message).at_field("id"));
        }
        let headline = self.headlines.of(provider, id).ok_or_else(|| {
            let message = "the gateway gives an article without its headline; ask for news first";
            Error::new(ErrorKind::Incomplete, message).at_field("id")
        })?;
        Ok(NewsArticle {
            headline,
            text: body.article_text,
        })
    }

    async fn scan(&self, query: &ScannerQuery) -> Result<Vec<ScannerRow>> {
        if query.limit == 0 {
            return Err(Error::invalid(
                "limit",
                "at least one row has to be asked for",
            ));
        }
        let rows = i32::try_from(query.limit.min(MOST_ROWS)).unwrap_or(i32::MAX);
        let subscription = ScannerSubscription {
            number_of_rows: rows,
            instrument: Some("STK".to_owned()),
            location_code: Some("STK.US.MAJOR".to_owned()),
            scan_code: Some(scan_code(query.ranking)?.to_owned()),
            above_price: query
                .price_above
                .map(|price| convert::to_wire(price.get()))
                .transpose()?,
            ..ScannerSubscription::default()
        };
        let mut found = self.rows(subscription).await?;
        // The gateway counts from 0.
        found.sort_by_key(|row| row.rank);
        let most = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut rows = Vec::with_capacity(found.len());
        for (row, rank) in found.into_iter().take(most).zip(1_u32..) {
            let contract = &row.contract_details.contract;
            rows.push(ScannerRow {
                rank,
                instrument: self.book.instrument(&self.link, contract).await?,
                // A scan says who, not how much.
                last: None,
                change_percent: None,
                volume: None,
            });
        }
        Ok(rows)
    }
}
