use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker, BrokerExt as _,
    feed::{FeedGap, FeedItem, FeedStream},
    model::{Quote, Subscription},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior};

use super::quote::{Missing, QuoteRow, find_each};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, ready, sized, within},
    },
    value::{InstrumentRef, Listed, Untrusted},
};

/// Most instruments in one request.
const MOST: usize = 10;
/// Most updates in the answer; the newest are kept.
const MOST_UPDATES: usize = 200;

/// Watches prices for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamMarketData {
    /// 1 to 10 instruments.
    pub symbols: Listed<InstrumentRef>,
    /// How long, 1 to 300. Default 60.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Seconds between samples, 1 to 60. Default 2.
    #[serde(default)]
    pub interval: Option<u32>,
    /// Answer every sample, too. Default false.
    #[serde(default)]
    pub updates: bool,
    /// Account whose data permissions count.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StreamedQuotes {
    /// Samples with a price that was not in the one before.
    pub updates_count: u32,
    /// The newest of each instrument.
    pub latest: Vec<QuoteRow>,
    /// Every sample, the newest 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<Vec<QuoteRow>>,
    /// Instruments without prices, and why.
    pub missing: Vec<Missing>,
    /// Ended before its time: cancelled, or no feed was left.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub ended_early: bool,
}

/// One instrument that is watched. Its line is released when this is dropped.
struct Watched {
    symbol: String,
    newest: Option<Arc<Quote>>,
    /// What the last sample had.
    sampled: Option<Arc<Quote>>,
    failed: Option<Fault>,
}

struct Watch<'a> {
    broker: &'a dyn Broker,
    call: &'a Call,
    lines: Vec<Watched>,
    warnings: Vec<String>,
    count: u32,
    updates: Vec<QuoteRow>,
    keeps: bool,
}

impl Watch<'_> {
    fn heard(&mut self, index: usize, item: FeedItem) {
        let Some(line) = self.lines.get_mut(index) else {
            return;
        };
        match item {
            FeedItem::Quote(quote) => line.newest = Some(quote),
            FeedItem::Failed(error) => line.failed = Some(error.into()),
            FeedItem::Gap(gap) => {
                let what = match gap {
                    FeedGap::Reopened => {
                        "the connection was lost and is back; prices in between are missing"
                    }
                    FeedGap::ReaderLagged { .. } => "some prices were passed over",
                    FeedGap::BrokerLost(_) => "the broker lost prices",
                    _ => "prices are missing",
                };
                let warning = format!("{}: {what}", line.symbol);
                if !self.warnings.contains(&warning) {
                    self.warnings.push(warning);
                }
            }
            // Books, trades and bars come only on lines of their own.
            _ => {}
        }
    }

    /// Takes a sample of what has changed, and says so.
    async fn sample(&mut self, elapsed: u32, total: u32) {
        // Prices of a feed that is down are not seen again.
        if ready(self.broker).is_err() {
            return;
        }
        let now = self.broker.desk().clock().now();
        for index in 0..self.lines.len() {
            let Some(line) = self.lines.get_mut(index) else {
                continue;
            };
            let Some(quote) = line.newest.clone() else {
                continue;
            };
            if line.sampled.as_ref() == Some(&quote) {
                continue;
            }
            line.sampled = Some(Arc::clone(&quote));
            let row = QuoteRow::of(line.symbol.clone(), &quote, now);
            self.count = self.count.saturating_add(1);
            if let Ok(message) = serde_json::to_string(&row) {
                self.call.progress.report(elapsed, total, message).await;
            }
            if self.keeps {
                if self.updates.len() >= MOST_UPDATES {
                    self.updates.remove(0);
                }
                self.updates.push(row);
            }
        }
    }

    fn has_feed(&self) -> bool {
        self.lines.iter().any(|line| line.failed.is_none())
    }

    fn told(
        self,
        mut missing: Vec<Missing>,
        ended_early: bool,
    ) -> Result<Told<StreamedQuotes>, Fault> {
        let now = self.broker.desk().clock().now();
        let down = ready(self.broker);
        let mut latest = Vec::new();
        let mut warnings = self.warnings;
        for line in self.lines {
            match (line.sampled, line.failed) {
                (Some(quote), failed) => {
                    if let Some(fault) = failed {
                        let why = Untrusted::line(&fault.message, Untrusted::LINE);
                        warnings.push(format!("{}: the feed ended: {why}", line.symbol));
                    }
                    latest.push(QuoteRow::of(line.symbol, &quote, now));
                }
                (None, Some(fault)) => missing.push(Missing::of(line.symbol, fault)),
                (None, None) => {
                    let fault = Fault::new(FaultCode::Timeout, "no price came in this time");
                    missing.push(Missing::of(line.symbol, fault));
                }
            }
        }
        let lost = match down {
            Ok(_) => false,
            Err(fault) if latest.is_empty() => return Err(fault),
            Err(fault) => {
                warnings.push(format!(
                    "the feed was lost; these prices are from before: {fault}"
                ));
                true
            }
        };
        let as_of: Option<DateTime<Utc>> = latest.iter().map(|row| row.time).min();
        let delayed = latest.iter().any(|row| row.delayed);
        let stale = lost || latest.iter().any(|row| row.stale);
        let data = StreamedQuotes {
            updates_count: self.count,
            latest,
            updates: self.keeps.then_some(self.updates),
            missing,
            ended_early,
        };
        let mut told = Told::new(data, as_of.unwrap_or(now)).warned(warnings);
        (told.delayed, told.stale) = (delayed, stale);
        Ok(told)
    }
}

fn indexed(index: usize, stream: FeedStream) -> stream::BoxStream<'static, (usize, FeedItem)> {
    stream.into_stream().map(move |item| (index, item)).boxed()
}

impl StreamMarketData {
    async fn watch(&self, call: &Call, seat: &Seat) -> Result<Told<StreamedQuotes>, Fault> {
        let seconds = within("seconds", self.seconds.unwrap_or(60), 1, 300)?;
        let interval = within("interval", self.interval.unwrap_or(2), 1, 60)?;
        let broker = &*seat.broker;
        let mut missing = Vec::new();
        let found = find_each(broker, &self.symbols.0, &mut missing).await;
        let mut lines = Vec::new();
        let mut feeds = stream::SelectAll::new();
        for (symbol, instrument) in found {
            match broker.subscribe(&Subscription::Quotes { instrument }).await {
                Ok(feed) => {
                    feeds.push(indexed(lines.len(), feed));
                    lines.push(Watched {
                        symbol,
                        newest: None,
                        sampled: None,
                        failed: None,
                    });
                }
                Err(error) => missing.push(Missing::of(symbol, error.into())),
            }
        }
        let mut watch = Watch {
            broker,
            call,
            lines,
            warnings: Vec::new(),
            count: 0,
            updates: Vec::new(),
            keeps: self.updates,
        };
        let begin = Instant::now();
        let end = begin + Duration::from_secs(u64::from(seconds));
        let mut ticks = tokio::time::interval(Duration::from_secs(u64::from(interval)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut ended_early = false;
        let elapsed = || {
            u32::try_from(begin.elapsed().as_secs())
                .unwrap_or(seconds)
                .min(seconds)
        };
        loop {
            if !watch.has_feed() {
                ended_early = true;
                break;
            }
            tokio::select! {
                biased;
                () = call.cancel.cancelled() => {
                    ended_early = true;
                    break;
                }
                () = tokio::time::sleep_until(end) => break,
                _ = ticks.tick() => watch.sample(elapsed(), seconds).await,
                item = feeds.next() => match item {
                    Some((index, item)) => watch.heard(index, item),
                    None => {
                        ended_early = true;
                        break;
                    }
                },
            }
        }
        watch.sample(elapsed(), seconds).await;
        // The lines are released before anybody is answered.
        drop(feeds);
        watch.told(missing, ended_early)
    }
}

impl Request for StreamMarketData {
    type Data = StreamedQuotes;

    const ABOUT: About = About {
        name: "stream_market_data",
        title: "Watch prices",
        summary: "Watches up to 10 instruments for up to 300 seconds, reports progress with each change, and answers the latest.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<StreamedQuotes>, Fault> {
        sized("symbols", &self.symbols.0, MOST)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move { asked.watch(call, &seat).await };
        service.read(call, &scope, ask).await
    }
}
