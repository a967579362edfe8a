//! Quotes through one market data line to 1 to 8 readers: how fast the source may be, and that
//! every reader ends at the newest.

use std::{
    error::Error,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use broker_benches::{Measured, section, share};
use broker_core::{
    Decimal, MarketData, Result,
    feed::{FeedHub, FeedItem, FeedLine, FeedSink, FeedStream},
    model::{Bar, BarQuery, Depth, Instrument, Price, Quote, Subscription, Trade},
};

const QUOTES: u32 = 500_000;
const RUNS: usize = 5;

/// A source that hands out the sink of the line it was asked for.
#[derive(Debug, Default)]
struct Source(Mutex<Option<FeedSink>>);

#[async_trait]
impl MarketData for Source {
    async fn quotes(&self, _: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        Ok(Vec::new())
    }
    async fn depth(&self, instrument: &Instrument, _: u16) -> Result<Depth> {
        Ok(Depth::new(instrument.clone(), chrono::Utc::now()))
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        Ok(Vec::new())
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        Ok(Vec::new())
    }
    async fn open_line(&self, _: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink);
        Ok(FeedLine::new(()))
    }
}

/// Reads up to the last quote; gives back how many it saw.
async fn read(mut stream: FeedStream, last: Price) -> u32 {
    let mut seen = 0;
    while let Some(item) = stream.next().await {
        if let FeedItem::Quote(quote) = item {
            seen += 1;
            if quote.bid == Some(last) {
                break;
            }
        }
    }
    seen
}

/// The time until the source has sent everything, and the quotes that the readers saw.
async fn run(readers: u32) -> Result<(Measured, u32)> {
    let (hub, source, instrument) = (FeedHub::default(), Source::default(), share()?);
    let subscription = Subscription::Quotes {
        instrument: instrument.clone(),
    };
    let last = Price::new(Decimal::from(QUOTES))?;
    let mut tasks = Vec::new();
    for _ in 0..readers {
        let stream = hub.subscribe(&source, &subscription).await?;
        tasks.push(tokio::spawn(read(stream, last)));
    }
    let sink = source
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some(sink) = sink else {
        return Ok((Measured::new(std::time::Duration::ZERO, 1), 0));
    };
    let quote = Quote::new(instrument, chrono::Utc::now());
    // A thread of its own, as a socket's reader is.
    let sending = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        for number in 1..=QUOTES {
            let mut quote = quote.clone();
            quote.bid = Price::new(Decimal::from(number)).ok();
            sink.quote(quote);
        }
        Measured::new(began.elapsed(), QUOTES)
    });
    let sent = sending
        .await
        .unwrap_or(Measured::new(std::time::Duration::ZERO, 1));
    let mut seen = 0;
    for task in tasks {
        seen += task.await.unwrap_or(0);
    }
    Ok((sent, seen))
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    let mut rows = Vec::new();
    let mut alone = None;
    for readers in [1, 2, 4, 8] {
        let mut runs = (0..RUNS)
            .map(|_| runtime.block_on(run(readers)))
            .collect::<Result<Vec<_>>>()?;
        runs.sort_by_key(|(sent, _)| sent.time());
        let Some((sent, seen)) = runs.get(RUNS / 2).copied() else {
            continue;
        };
        let alone = *alone.get_or_insert(sent);
        let share = f64::from(seen) / f64::from(readers) / f64::from(QUOTES) * 100.0;
        rows.push((
            format!("{readers} readers: sent, ratio to one, seen by each"),
            format!(
                "{:.2} M/s {:.2} {share:.0} %",
                sent.millions(),
                sent.millions() / alone.millions()
            ),
        ));
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    section("Quotes through one line, conflated", &rows)?;
    Ok(())
}
