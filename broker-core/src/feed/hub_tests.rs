use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use tokio::sync::Semaphore;

use super::{FeedGap, FeedHub, FeedItem, FeedLine, FeedSink, FeedStream};
use crate::{
    Error, ErrorKind, MarketData, Result, dec,
    model::{Bar, BarQuery, Depth, Instrument, Price, Quote, Subscription, Trade},
    test_support::{apple, lock, price, time},
};

/// A source that counts its lines. A line that is opened takes a permit of `gate`.
#[derive(Debug)]
struct Source {
    gate: Semaphore,
    opened: AtomicUsize,
    open_now: Arc<AtomicUsize>,
    most_at_once: AtomicUsize,
    refuse: Mutex<bool>,
    sinks: Mutex<Vec<FeedSink>>,
}

impl Source {
    fn new() -> Arc<Self> {
        Self::gated(Semaphore::MAX_PERMITS)
    }

    fn gated(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            gate: Semaphore::new(permits),
            opened: AtomicUsize::default(),
            open_now: Arc::default(),
            most_at_once: AtomicUsize::default(),
            refuse: Mutex::new(false),
            sinks: Mutex::default(),
        })
    }

    fn sink(&self) -> FeedSink {
        lock(&self.sinks).last().unwrap().clone()
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    fn open_now(&self) -> usize {
        self.open_now.load(Ordering::SeqCst)
    }
}

/// Tells the source when it is dropped.
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn not_here<T>() -> Result<T> {
    Err(Error::unsupported("not in this test"))
}

#[async_trait]
impl MarketData for Source {
    async fn quotes(&self, _: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        not_here()
    }
    async fn depth(&self, _: &Instrument, _: u16) -> Result<Depth> {
        not_here()
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        not_here()
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        not_here()
    }
    async fn open_line(&self, _: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        self.gate.acquire().await.unwrap().forget();
        if *lock(&self.refuse) {
            return Err(Error::new(ErrorKind::PermissionDenied, "no market data"));
        }
        self.opened.fetch_add(1, Ordering::SeqCst);
        let now = self.open_now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        lock(&self.sinks).push(sink);
        Ok(FeedLine::new(Guard(Arc::clone(&self.open_now))))
    }
}

fn quotes() -> Subscription {
    Subscription::Quotes {
        instrument: apple(),
    }
}

fn trades() -> Subscription {
    Subscription::Trades {
        instrument: apple(),
    }
}

fn quote(last: i64) -> Quote {
    let mut quote = Quote::new(apple(), time(0));
    quote.last = Price::try_from(last).ok();
    quote
}

fn trade(number: i64) -> Trade {
    Trade::new(apple(), Price::try_from(number).unwrap(), dec!(1), time(0))
}

/// What a reader gets now, in short; `-` when it would have to wait, `end` after the end.
fn read(stream: &mut FeedStream) -> String {
    match tokio::task::unconstrained(stream.next()).now_or_never() {
        None => "-".into(),
        Some(None) => "end".into(),
        Some(Some(FeedItem::Quote(quote))) => format!("quote {}", quote.last.unwrap()),
        Some(Some(FeedItem::Trade(trade))) => format!("trade {}", trade.price),
        Some(Some(FeedItem::Gap(gap))) => format!("gap {gap:?}"),
        Some(Some(FeedItem::Failed(error))) => format!("failed {}", error.kind()),
        Some(Some(other)) => format!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_readers_at_once_share_one_line() {
    let (hub, source) = (Arc::new(FeedHub::default()), Source::gated(0));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (hub, source) = (Arc::clone(&hub), Arc::clone(&source));
            tokio::spawn(async move { hub.subscribe(&*source, &quotes()).await.unwrap() })
        })
        .collect();
    source.gate.add_permits(50);
    let mut readers = Vec::new();
    for task in tasks {
        readers.push(task.await.unwrap());
    }
    assert_eq!((source.opened(), source.open_now()), (1, 1));
    let last = readers.pop().unwrap();
    drop(readers);
    assert_eq!(source.open_now(), 1, "one reader is left");
    drop(last);
    assert_eq!(source.open_now(), 0, "the last reader releases the line");
    assert!(hub.is_empty());
}

#[tokio::test]
async fn different_subscriptions_have_different_lines() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let _quotes = hub.subscribe(&*source, &quotes()).await.unwrap();
    let _trades = hub.subscribe(&*source, &trades()).await.unwrap();
    assert_eq!(source.open_now(), 2);
    assert_eq!(hub.subscriptions().await, [quotes(), trades()]);
}

#[tokio::test]
async fn a_line_that_was_dropped_is_opened_again() {
    let (hub, source) = (FeedHub::default(), Source::new());
    drop(hub.subscribe(&*source, &quotes()).await.unwrap());
    let _again = hub.subscribe(&*source, &quotes()).await.unwrap();
    assert_eq!((source.opened(), source.open_now()), (2, 1));
}

#[tokio::test]
async fn conflation_gives_the_newest_and_never_queues() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut reader = hub.subscribe(&*source, &quotes()).await.unwrap();
    (1..=1_000).for_each(|last| source.sink().quote(quote(last)));
    assert_eq!(read(&mut reader), "quote 1000");
    assert_eq!(read(&mut reader), "-");
    let mut late = hub.subscribe(&*source, &quotes()).await.unwrap();
    assert_eq!(
        read(&mut late),
        "quote 1000",
        "a newcomer gets the newest at once"
    );
    assert_eq!(read(&mut late), "-");
}

#[tokio::test]
async fn conflation_swallows_neither_gap_nor_failure() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut reader = hub.subscribe(&*source, &quotes()).await.unwrap();
    let sink = source.sink();
    sink.quote(quote(1));
    sink.gap(FeedGap::BrokerLost("1".into()));
    sink.quote(quote(2));
    sink.quote(quote(3));
    sink.fail(Error::new(ErrorKind::Disconnected, "gone"));
    sink.quote(quote(4));
    let got: Vec<_> = (0..4).map(|_| read(&mut reader)).collect();
    assert_eq!(
        got,
        [
            "gap BrokerLost(\"1\")",
            "quote 3",
            "failed disconnected",
            "end"
        ]
    );
}

#[tokio::test]
async fn a_quote_from_before_a_gap_is_read_before_it() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut reader = hub.subscribe(&*source, &quotes()).await.unwrap();
    source.sink().quote(quote(1));
    source.sink().gap(FeedGap::Reopened);
    let got: Vec<_> = (0..3).map(|_| read(&mut reader)).collect();
    assert_eq!(got, ["quote 1", "gap Reopened", "-"]);
}

#[tokio::test]
async fn a_slow_reader_of_trades_is_told_how_many_it_lost() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut slow = hub.subscribe(&*source, &trades()).await.unwrap();
    let mut fast = hub.subscribe(&*source, &trades()).await.unwrap();
    for number in 1..=4_100 {
        source.sink().trade(trade(number));
        assert_eq!(read(&mut fast), format!("trade {number}"));
    }
    assert_eq!(read(&mut slow), "gap ReaderLagged { dropped: 4 }");
    assert_eq!(read(&mut slow), "trade 5");
}

#[tokio::test]
async fn a_failure_is_the_last_thing_that_a_reader_of_trades_gets() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut reader = hub.subscribe(&*source, &trades()).await.unwrap();
    source
        .sink()
        .fail(Error::new(ErrorKind::Disconnected, "gone"));
    // As many as would push the failure out of the reader's buffer.
    (1..=5_000).for_each(|number| source.sink().trade(trade(number)));
    assert_eq!(read(&mut reader), "failed disconnected");
    assert_eq!(read(&mut reader), "end");
}

#[tokio::test]
async fn nobody_joins_a_line_that_has_failed() {
    for subscription in [quotes(), trades()] {
        let (hub, source) = (FeedHub::default(), Source::new());
        let _unread = hub.subscribe(&*source, &subscription).await.unwrap();
        source
            .sink()
            .fail(Error::new(ErrorKind::Disconnected, "gone"));
        assert!(hub.subscriptions().await.is_empty());
        let mut fresh = hub.subscribe(&*source, &subscription).await.unwrap();
        assert_eq!((source.opened(), source.open_now()), (2, 1));
        let most = source.most_at_once.load(Ordering::SeqCst);
        assert_eq!(
            most, 1,
            "the failed line is released before the next is opened"
        );
        assert_eq!(read(&mut fresh), "-");
        drop(_unread);
        assert_eq!(source.open_now(), 1, "the old reader takes nothing with it");
    }
}

#[tokio::test]
async fn a_line_that_cannot_be_opened_leaves_nothing_behind() {
    let (hub, source) = (FeedHub::default(), Source::new());
    *lock(&source.refuse) = true;
    let error = hub.subscribe(&*source, &quotes()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(hub.is_empty());
    *lock(&source.refuse) = false;
    let _works = hub.subscribe(&*source, &quotes()).await.unwrap();
    assert_eq!(source.open_now(), 1);
}

#[tokio::test]
async fn giving_up_while_a_line_is_being_opened_leaves_nothing_behind() {
    let (hub, source) = (FeedHub::default(), Source::gated(0));
    assert!(hub.subscribe(&*source, &quotes()).now_or_never().is_none());
    assert!(hub.is_empty());
    source.gate.add_permits(1);
    let _reader = hub.subscribe(&*source, &quotes()).await.unwrap();
    assert_eq!((source.opened(), source.open_now()), (1, 1));
}

#[tokio::test]
async fn a_reconnect_opens_each_line_once_and_announces_the_gap() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut first = hub.subscribe(&*source, &quotes()).await.unwrap();
    let mut second = hub.subscribe(&*source, &quotes()).await.unwrap();
    let mut tape = hub.subscribe(&*source, &trades()).await.unwrap();
    drop(
        hub.subscribe(
            &*source,
            &Subscription::Depth {
                instrument: apple(),
                levels: 5,
            },
        )
        .await,
    );
    hub.resubscribe(&*source).await;
    assert_eq!(source.opened(), 3 + 2, "nobody reads depth any more");
    assert_eq!(
        (
            source.open_now(),
            source.most_at_once.load(Ordering::SeqCst)
        ),
        (2, 3)
    );
    for reader in [&mut first, &mut second, &mut tape] {
        assert_eq!(read(reader), "gap Reopened");
        assert_eq!(read(reader), "-");
    }
    lock(&source.sinks)
        .iter()
        .for_each(|sink| sink.quote(quote(7)));
    assert_eq!(read(&mut first), "quote 7");
    drop((first, second, tape));
    assert_eq!(source.open_now(), 0);
}

#[tokio::test]
async fn a_line_that_cannot_be_opened_again_fails_for_its_readers() {
    let (hub, source) = (FeedHub::default(), Source::new());
    let mut reader = hub.subscribe(&*source, &trades()).await.unwrap();
    *lock(&source.refuse) = true;
    hub.resubscribe(&*source).await;
    let got: Vec<_> = (0..3).map(|_| read(&mut reader)).collect();
    assert_eq!(got, ["gap Reopened", "failed permission_denied", "end"]);
    assert_eq!(source.open_now(), 0);
    hub.resubscribe(&*source).await;
    assert_eq!(source.opened(), 1, "a failed line is not opened again");
}

#[tokio::test]
async fn the_stream_form_ends_after_the_failure() {
    use futures_util::StreamExt as _;
    let (hub, source) = (FeedHub::default(), Source::new());
    let stream = hub
        .subscribe(&*source, &trades())
        .await
        .unwrap()
        .into_stream();
    source.sink().trade(trade(1));
    source
        .sink()
        .fail(Error::new(ErrorKind::Disconnected, "gone"));
    assert_eq!(stream.count().await, 2);
    assert_eq!(source.open_now(), 0);
    assert_eq!(price("1"), trade(1).price);
}

/// The last reader leaves while others come: never two lines at once, none left, none orphaned.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn coming_and_going_never_opens_two_lines() {
    let (hub, source) = (Arc::new(FeedHub::default()), Source::new());
    let tasks: Vec<_> = (0..8_u32)
        .map(|task| {
            let (hub, source) = (Arc::clone(&hub), Arc::clone(&source));
            tokio::spawn(async move {
                for round in 0..400_u32 {
                    let reader = hub.subscribe(&*source, &quotes()).await.unwrap();
                    if (round + task) % 7 == 0 {
                        tokio::task::yield_now().await;
                    }
                    if (round + task) % 50 == 0 {
                        hub.resubscribe(&*source).await;
                    }
                    assert!(source.open_now() <= 1);
                    drop(reader);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(source.most_at_once.load(Ordering::SeqCst), 1);
    assert_eq!(source.open_now(), 0);
    assert!(hub.is_empty());
}
