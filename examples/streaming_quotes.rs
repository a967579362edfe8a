//! Several readers of the same market data share one upstream line.
//!
//! ```text
//! cargo run --example streaming_quotes
//! ```
//!
//! The world runs by itself, fifty minutes to the second. Three readers subscribe to the same quotes:
//! the broker sees one line. A slow reader is never in anyone's way; it gets the newest quote
//! whenever it looks. Trades are different: every one is delivered. When the last reader is gone, so
//! is the line. Takes about three seconds and needs no network.

#![allow(clippy::print_stdout)]

use std::{error::Error, time::Duration};

use broker_core::{
    BrokerExt,
    feed::{FeedItem, FeedStream},
    model::*,
};
use broker_examples::{table, text};
use broker_sim::paper::{PaperBroker, TimeMode};
use chrono::{DateTime, Utc};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let broker = PaperBroker::builder()
        .points_per_day(390) // a recorded price each minute
        .time(TimeMode::Running { factor: 3_000 })
        .build()?;
    let instrument = broker.resolve("AAPL").await?;
    let quotes = Subscription::Quotes {
        instrument: instrument.clone(),
    };
    let trades = Subscription::Trades { instrument };

    println!("lines open at the broker: {}", broker.open_lines());
    let fast = broker.subscribe(&quotes).await?;
    let also = broker.subscribe(&quotes).await?;
    let slow = broker.subscribe(&quotes).await?;
    println!("three readers of the quotes:  {} line", broker.open_lines());
    let prints = broker.subscribe(&trades).await?;
    println!(
        "and one reader of the trades: {} lines\n",
        broker.open_lines()
    );

    // All four read for three seconds, which are two and a half hours of trading.
    let (fast, also, slow, prints) = tokio::join!(
        read("quotes", "reads all the time", fast, Duration::ZERO),
        read("quotes", "reads all the time", also, Duration::ZERO),
        read(
            "quotes",
            "looks once per second",
            slow,
            Duration::from_secs(1)
        ),
        read("trades", "reads all the time", prints, Duration::ZERO),
    );
    let readings = [&fast, &also, &slow, &prints];
    let rows = readings.map(|reading| {
        [
            reading.what.into(),
            reading.habit.into(),
            reading.items.to_string(),
            reading.gaps.to_string(),
            text(reading.newest.map(|(price, _)| price)),
            text(reading.newest.map(|(_, at)| at.format("%H:%M:%S"))),
        ]
    });
    println!(
        "{}",
        table(
            ["line", "reader", "items", "gaps", "newest price", "as of"],
            rows
        )
    );
    println!("the slow reader got fewer quotes, yet none of them was old when it looked");

    // A reading holds its stream, so that each line lives as long as somebody may read it.
    drop((fast, also));
    println!(
        "\ntwo readers of the quotes dropped: {} lines",
        broker.open_lines()
    );
    drop(slow);
    println!(
        "the last one dropped:              {} line",
        broker.open_lines()
    );
    drop(prints);
    println!(
        "the reader of the trades dropped:  {} lines",
        broker.open_lines()
    );
    Ok(())
}

/// What one reader saw.
struct Reading {
    what: &'static str,
    habit: &'static str,
    items: u32,
    gaps: u32,
    newest: Option<(Price, DateTime<Utc>)>,
    stream: FeedStream,
}

/// Reads for three seconds, with a pause after each item.
async fn read(
    what: &'static str,
    habit: &'static str,
    stream: FeedStream,
    pause: Duration,
) -> Reading {
    let mut reading = Reading {
        what,
        habit,
        items: 0,
        gaps: 0,
        newest: None,
        stream,
    };
    let end = tokio::time::Instant::now() + Duration::from_secs(3);
    while tokio::time::Instant::now() < end {
        let Ok(Some(item)) = tokio::time::timeout_at(end, reading.stream.next()).await else {
            break;
        };
        reading.items += 1;
        match item {
            FeedItem::Quote(quote) => reading.newest = quote.bid.map(|bid| (bid, quote.as_of)),
            FeedItem::Trade(trade) => reading.newest = Some((trade.price, trade.time)),
            FeedItem::Gap(_) => reading.gaps += 1,
            FeedItem::Failed(error) => println!("{what}: {error}"),
            _ => {}
        }
        tokio::time::sleep(pause).await;
    }
    reading
}
