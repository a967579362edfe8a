use core::{any::Any, fmt, time::Duration};
use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Result,
    model::{FundamentalKind, Instrument, InstrumentQuery},
};
use chrono::NaiveDate;
use moka::ops::compute::Op;
use serde::Serialize;
use tokio::time::Instant;

use super::{Answer, Ask, Layer, Query};

/// How long answers are kept, by kind of data; `None` asks the broker every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheTimes {
    /// Searches and resolved instruments.
    pub instruments: Option<Duration>,
    /// Contract details and option expiry dates.
    pub contracts: Option<Duration>,
    /// Option chains, which carry quotes.
    pub option_chains: Option<Duration>,
    /// Trading schedules.
    pub schedules: Option<Duration>,
    /// Company reports and corporate actions.
    pub company: Option<Duration>,
    /// Headlines.
    pub headlines: Option<Duration>,
    /// Articles, which do not change.
    pub articles: Option<Duration>,
    /// Scanner rows.
    pub scans: Option<Duration>,
}

impl Default for CacheTimes {
    fn default() -> Self {
        const fn seconds(seconds: u64) -> Option<Duration> {
            Some(Duration::from_secs(seconds))
        }
        Self {
            instruments: seconds(3_600),
            contracts: seconds(3_600),
            option_chains: seconds(2),
            schedules: seconds(3_600),
            company: seconds(3_600),
            headlines: seconds(30),
            articles: seconds(86_400),
            scans: seconds(15),
        }
    }
}

/// Keeps answers about instruments and companies for a while, and makes one call of equal questions
/// that are asked at the same time.
///
/// Never kept: orders, fills, balances, positions, quotes, depth, trades and bars. Errors are not
/// kept either; those who waited for the same answer share one.
#[derive(Clone)]
pub struct Cache {
    times: CacheTimes,
    kept: moka::future::Cache<Key, Kept>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("times", &self.times)
            .field("entries", &self.kept.entry_count())
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Kept {
    answer: Arc<dyn Any + Send + Sync>,
    until: Instant,
}

/// A question in full: two different ones never share an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Search(String, u32),
    Resolve(InstrumentQuery),
    Contract(Instrument),
    Expirations(Instrument),
    Schedule(Instrument, NaiveDate, NaiveDate),
    Fundamentals(Instrument, FundamentalKind),
    Article(String, String),
    /// The operation and its question as JSON.
    Written(&'static str, String),
}

impl Default for Cache {
    fn default() -> Self {
        Self::new(CacheTimes::default())
    }
}

impl Cache {
    /// Most answers that are kept.
    const MOST: u64 = 50_000;

    /// Keeps answers for these times.
    #[must_use]
    pub fn new(times: CacheTimes) -> Self {
        let longest = [
            times.instruments,
            times.contracts,
            times.option_chains,
            times.schedules,
            times.company,
            times.headlines,
            times.articles,
            times.scans,
        ];
        // What nobody asks for again has to go, too.
        let longest = longest.into_iter().flatten().max().unwrap_or_default();
        let kept = moka::future::Cache::builder()
            .max_capacity(Self::MOST)
            .time_to_live(longest)
            .build();
        Self { times, kept }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.kept.invalidate_all();
    }

    fn key(&self, query: Query<'_>) -> Option<(Key, Duration)> {
        fn written(query: Query<'_>, question: &impl Serialize) -> Option<Key> {
            // A question that cannot be written down is asked every time.
            let text = serde_json::to_string(question).ok()?;
            Some(Key::Written(query.operation(), text))
        }
        let times = &self.times;
        let (time, key) = match query {
            Query::Search(text, limit) => (times.instruments?, Key::Search(text.into(), limit)),
            Query::Resolve(question) => (times.instruments?, Key::Resolve(question.clone())),
            Query::Contract(instrument) => (times.contracts?, Key::Contract(instrument.clone())),
            Query::OptionExpirations(underlying) => {
                (times.contracts?, Key::Expirations(underlying.clone()))
            }
            Query::OptionChain(question) => (times.option_chains?, written(query, question)?),
            Query::Schedule(instrument, from, to) => (
                times.schedules?,
                Key::Schedule(instrument.clone(), from, to),
            ),
            Query::Fundamentals(instrument, kind) => {
                (times.company?, Key::Fundamentals(instrument.clone(), kind))
            }
            Query::CorporateActions(question) => (times.company?, written(query, question)?),
            Query::News(question) => (times.headlines?, written(query, question)?),
            Query::Article(provider, id) => {
                (times.articles?, Key::Article(provider.into(), id.into()))
            }
            Query::Scan(question) => (times.scans?, written(query, question)?),
            Query::Accounts
            | Query::Preview(_)
            | Query::Find(..)
            | Query::OrderReports(..)
            | Query::Fills(..)
            | Query::Summary(_)
            | Query::Positions(_)
            | Query::ProfitAndLoss(_)
            | Query::Quotes(_)
            | Query::Depth(..)
            | Query::Trades(..)
            | Query::Bars(_)
            | Query::OpenLine(_)
            | Query::ComputeOption(_) => return None,
        };
        Some((key, time))
    }
}

impl Layer for Cache {
    async fn read<A: Answer>(&self, query: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let Some((key, time)) = self.key(query) else {
            return ask.ask().await;
        };
        let is_old = |kept: &Kept| kept.until <= Instant::now();
        if let Some(kept) = self.kept.get(&key).await {
            if !is_old(&kept) {
                return answer(&kept);
            }
            // Only if it is still the old one: somebody may have asked again meanwhile.
            self.kept
                .entry(key.clone())
                .and_compute_with(|entry| async move {
                    match entry {
                        Some(entry) if is_old(entry.value()) => Op::Remove,
                        Some(_) | None => Op::Nop,
                    }
                })
                .await;
        }
        let asked = async {
            let answer: Arc<dyn Any + Send + Sync> = Arc::new(ask.ask().await?);
            let until = Instant::now() + time;
            Ok::<_, Error>(Kept { answer, until })
        };
        match self.kept.try_get_with(key, asked).await {
            Ok(kept) => answer(&kept),
            Err(error) => Err((*error).clone()),
        }
    }
}

fn answer<A: Answer>(kept: &Kept) -> Result<A> {
    kept.answer.downcast_ref::<A>().cloned().ok_or_else(|| {
        let message = "an answer was kept under another question";
        Error::new(ErrorKind::Internal, message)
    })
}
