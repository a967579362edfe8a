use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use broker_core::{
    BrokerExt as _, Decimal,
    feed::{FeedItem, FeedStream},
    model::Subscription,
};
use broker_tiger::{TigerBroker, TigerConfig};
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    Outcome,
    adapter::{say, told},
    mix::{SYMBOLS, last_size},
};

/// What the readers have seen so far.
#[derive(Default)]
struct Seen {
    quotes: AtomicU64,
    trades: AtomicU64,
    gaps: AtomicU64,
    events: AtomicU64,
}

/// After how many pushes the flood was over whose last word a reader has seen.
type Over = mpsc::UnboundedSender<u64>;

/// Reads one line for as long as it lasts.
async fn read(mut stream: FeedStream, seen: Arc<Seen>, over: Over) -> Outcome {
    // The last quote and the last trade of a flood have a size that no other has.
    let usual = Decimal::from(last_size(0));
    while let Some(item) = stream.next().await {
        let size = match item {
            FeedItem::Quote(quote) => {
                seen.quotes.fetch_add(1, Ordering::Relaxed);
                quote.ask_size
            }
            FeedItem::Trade(trade) => {
                seen.trades.fetch_add(1, Ordering::Relaxed);
                Some(trade.size)
            }
            FeedItem::Gap(_) => {
                seen.gaps.fetch_add(1, Ordering::Relaxed);
                None
            }
            FeedItem::Failed(error) => return Err(error.into()),
            other => return Err(format!("{other:?} is not expected").into()),
        };
        if let Some(size) = size.filter(|size| *size > usual) {
            over.send((size - usual).try_into()?)?;
        }
    }
    Err("a line ended".into())
}

/// What the adapter's process does with pushes: follows every share and its account, and says what it has
/// seen when a flood is over.
pub(super) async fn listen(config: TigerConfig) -> Outcome {
    let broker = TigerBroker::builder(config).connect().await?;
    broker.ensure_ready(Duration::from_secs(30)).await?;
    let seen = Arc::new(Seen::default());
    let (over, mut ended) = mpsc::unbounded_channel();
    let mut readers = JoinSet::new();
    for symbol in SYMBOLS {
        let instrument = broker.resolve(symbol).await?;
        let trades = Subscription::Trades {
            instrument: instrument.clone(),
        };
        for wanted in [Subscription::Quotes { instrument }, trades] {
            let stream = broker.subscribe(&wanted).await?;
            readers.spawn(read(stream, Arc::clone(&seen), over.clone()));
        }
    }
    let mut events = broker.events(&broker.account_ids().swap_remove(0))?;
    let happened = Arc::clone(&seen);
    readers.spawn(async move {
        while events.next().await.is_some() {
            happened.events.fetch_add(1, Ordering::Relaxed);
        }
        Err("the events ended".into())
    });
    say("ready", &[])?;
    while let Some((_, total, _)) = told().await? {
        // Every line brings the end of every flood, and here and there that of the flood before, too.
        let mut missing = 2 * SYMBOLS.len();
        while missing > 0 {
            tokio::select! {
                Some(count) = ended.recv() => missing -= usize::from(count == total),
                Some(reader) = readers.join_next() => reader??,
            }
        }
        let now = [&seen.quotes, &seen.trades, &seen.gaps, &seen.events];
        say("done", &now.map(|count| count.load(Ordering::Relaxed)))?;
    }
    Ok(())
}
