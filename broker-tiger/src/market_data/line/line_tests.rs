use std::sync::Mutex;

use broker_core::{
    Error, MarketData, Result, async_trait, dec,
    feed::{FeedGap, FeedHub, FeedItem, FeedLine, FeedSink, FeedStream},
    model::{
        Bar, BarQuery, Currency, Depth, Instrument, Mic, OccSymbol, Price, Quote, Subscription,
        TickTable, Trade,
    },
};
use chrono::{DateTime, Utc};

use super::{depth::DepthLine, quotes::QuoteLine, single::single};
use crate::push::{DepthSide, Listener, Market, QuoteData, QuoteHalves};

/// Catches the sink of a line, so that a test can read what a listener makes of pushes.
#[derive(Debug, Default)]
struct Catch(Mutex<Option<FeedSink>>);

fn nothing<T>() -> Result<T> {
    Err(Error::unsupported("not in this test"))
}

#[async_trait]
impl MarketData for Catch {
    async fn quotes(&self, _: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        nothing()
    }
    async fn depth(&self, _: &Instrument, _: u16) -> Result<Depth> {
        nothing()
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        nothing()
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        nothing()
    }
    async fn open_line(&self, _: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        *self.0.lock().unwrap() = Some(sink);
        Ok(FeedLine::new(()))
    }
}

/// A sink and who reads it.
pub(super) async fn caught(subscription: Subscription) -> (FeedSink, FeedStream) {
    let (hub, catch) = (FeedHub::default(), Catch::default());
    let stream = hub.subscribe(&catch, &subscription).await.unwrap();
    let sink = catch.0.lock().unwrap().clone().unwrap();
    (sink, stream)
}

/// What there is to read at the moment.
pub(super) async fn read(stream: &mut FeedStream) -> Vec<FeedItem> {
    let mut items = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(core::time::Duration::ZERO, stream.next()).await
    {
        items.push(item);
    }
    items
}

pub(super) fn share() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(super) fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

pub(super) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

/// Hands a push over that came alone.
pub(super) fn hand(line: &mut impl Listener, data: Market<'_>) {
    line.take(data);
    line.settle();
}

async fn quote_line() -> (QuoteLine, FeedStream) {
    let instrument = share();
    let (sink, stream) = caught(Subscription::Quotes {
        instrument: instrument.clone(),
    })
    .await;
    (QuoteLine::new(instrument, at(1_000), sink), stream)
}

fn best(timestamp: u64, bid: Option<f64>, ask: Option<f64>) -> QuoteData {
    QuoteData {
        r#type: QuoteHalves::Bbo.into(),
        timestamp,
        bid_price: bid,
        bid_size: bid.map(|_| 200),
        ask_price: ask,
        ask_size: ask.map(|_| 300),
        ..QuoteData::default()
    }
}

fn traded(timestamp: u64, last: f64) -> QuoteData {
    QuoteData {
        r#type: QuoteHalves::Basic.into(),
        timestamp,
        latest_price: Some(last),
        pre_close: Some(200.37),
        volume: Some(1_234_567),
        ..QuoteData::default()
    }
}

async fn newest(stream: &mut FeedStream) -> Quote {
    match read(stream).await.pop() {
        Some(FeedItem::Quote(quote)) => (*quote).clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pushes_that_came_together_are_told_once_and_before_a_gap_or_the_end() {
    let (mut line, mut stream) = quote_line().await;
    line.take(Market::Quote(&best(2_000, Some(201.2), Some(201.3))));
    line.take(Market::Quote(&traded(3_000, 201.25)));
    line.take(Market::Quote(&best(4_000, Some(201.1), Some(201.3))));
    assert!(read(&mut stream).await.is_empty(), "more may be at hand");
    line.settle();
    line.settle();
    let items = read(&mut stream).await;
    let [FeedItem::Quote(quote)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(
        (quote.bid, quote.last),
        (Some(price("201.1")), Some(price("201.25")))
    );
    assert_eq!(quote.as_of, at(4_000));
    line.take(Market::Quote(&best(5_000, Some(201.4), Some(201.5))));
    line.lose(FeedGap::Reopened);
    let items = read(&mut stream).await;
    let [FeedItem::Quote(quote), FeedItem::Gap(_)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(quote.bid, Some(price("201.4")));
    line.take(Market::Quote(&best(6_000, Some(201.6), Some(201.7))));
    line.fail(Error::unsupported("no more"));
    let items = read(&mut stream).await;
    let [FeedItem::Quote(quote), FeedItem::Failed(_)] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!(quote.bid, Some(price("201.6")));
}

#[tokio::test]
async fn the_halves_of_a_quote_are_put_together() {
    let (mut line, mut stream) = quote_line().await;
    hand(
        &mut line,
        Market::Quote(&best(2_000, Some(201.2), Some(201.3))),
    );
    hand(&mut line, Market::Quote(&traded(3_000, 201.25)));
    let quote = newest(&mut stream).await;
    assert_eq!(quote.bid, Some(price("201.2")));
    assert_eq!(quote.ask, Some(price("201.3")));
    assert_eq!(
        (quote.bid_size, quote.ask_size),
        (Some(dec!(200)), Some(dec!(300)))
    );
    assert_eq!(quote.last, Some(price("201.25")));
    assert_eq!(quote.previous_close, Some(price("200.37")));
    assert_eq!(quote.volume, Some(dec!(1234567)));
    assert_eq!(quote.as_of, at(3_000));
}

#[tokio::test]
async fn a_side_that_nobody_quotes_any_more_is_gone() {
    let (mut line, mut stream) = quote_line().await;
    hand(
        &mut line,
        Market::Quote(&best(2_000, Some(201.2), Some(201.3))),
    );
    hand(&mut line, Market::Quote(&best(3_000, Some(201.1), None)));
    let quote = newest(&mut stream).await;
    assert_eq!((quote.bid, quote.ask), (Some(price("201.1")), None));
    assert_eq!(quote.ask_size, None);
    hand(
        &mut line,
        Market::Quote(&best(4_000, Some(0.0), Some(201.3))),
    );
    let quote = newest(&mut stream).await;
    assert_eq!((quote.bid, quote.ask), (None, Some(price("201.3"))));
}

#[tokio::test]
async fn what_was_asked_for_fills_in_what_was_not_pushed() {
    let (mut line, mut stream) = quote_line().await;
    hand(
        &mut line,
        Market::Quote(&best(5_000, Some(201.2), Some(201.3))),
    );
    let mut asked = Quote::new(share(), at(4_000));
    asked.bid = Some(price("100"));
    asked.last = Some(price("201"));
    asked.open = Some(price("199"));
    line.fill_in(&asked);
    let quote = newest(&mut stream).await;
    assert_eq!(quote.bid, Some(price("201.2")), "a push is newer");
    assert_eq!(
        (quote.last, quote.open),
        (Some(price("201")), Some(price("199")))
    );
    hand(&mut line, Market::Quote(&traded(6_000, 201.25)));
    line.fill_in(&asked);
    assert_eq!(newest(&mut stream).await.last, Some(price("201.25")));
}

#[tokio::test]
async fn no_value_is_no_price() {
    let (mut line, mut stream) = quote_line().await;
    let mut odd = best(2_000, Some(f64::NAN), Some(f64::MAX));
    odd.r#type = QuoteHalves::All.into();
    odd.latest_price = Some(f64::INFINITY);
    odd.high = Some(-1.0);
    odd.volume = Some(-1);
    hand(&mut line, Market::Quote(&odd));
    let quote = newest(&mut stream).await;
    assert_eq!((quote.bid, quote.ask, quote.last), (None, None, None));
    assert_eq!((quote.high, quote.volume), (None, None));
}

#[tokio::test]
async fn a_gap_forgets_what_may_be_old() {
    let (mut line, mut stream) = quote_line().await;
    hand(
        &mut line,
        Market::Quote(&best(2_000, Some(201.2), Some(201.3))),
    );
    line.lose(FeedGap::Reopened);
    hand(&mut line, Market::Quote(&traded(3_000, 201.25)));
    let items = read(&mut stream).await;
    assert!(
        items
            .iter()
            .any(|item| matches!(item, FeedItem::Gap(FeedGap::Reopened)))
    );
    let Some(FeedItem::Quote(quote)) = items.last() else {
        panic!("{items:?}");
    };
    assert_eq!((quote.bid, quote.last), (None, Some(price("201.25"))));
}

#[tokio::test]
async fn a_book_is_sorted_cut_and_never_older_than_the_last() {
    let instrument = share();
    let (sink, mut stream) = caught(Subscription::Depth {
        instrument: instrument.clone(),
        levels: 2,
    })
    .await;
    let mut line = DepthLine::new(instrument, 2, sink);
    let side = |prices: &[f64], volumes: &[i64]| DepthSide {
        price: prices.to_vec(),
        volume: volumes.to_vec(),
        order_count: vec![3],
    };
    let book = crate::push::DepthData {
        symbol: "AAPL".into(),
        timestamp: 2_000,
        ask: Some(side(&[588.5, 588.0, 589.0], &[300, 100, 5])),
        bid: Some(side(&[587.5, 0.0, 587.0], &[200, 1, 500])),
    };
    hand(&mut line, Market::Depth(&book));
    let mut older = book.clone();
    older.timestamp = 1_000;
    older.ask = None;
    hand(&mut line, Market::Depth(&older));
    let items = read(&mut stream).await;
    let [FeedItem::Depth(depth)] = &items[..] else {
        panic!("{items:?}");
    };
    let asks: Vec<_> = depth.asks.iter().map(|level| level.price.get()).collect();
    let bids: Vec<_> = depth.bids.iter().map(|level| level.price.get()).collect();
    assert_eq!(
        (asks, bids),
        (vec![dec!(588), dec!(588.5)], vec![dec!(587.5), dec!(587)])
    );
    assert_eq!(
        (depth.bids[0].orders, depth.bids[1].orders),
        (Some(3), None)
    );
    assert_eq!(depth.as_of, at(2_000));
}

#[test]
fn a_single_is_the_shortest_decimal_unless_it_may_mean_its_neighbour() {
    let cents = TickTable::uniform(dec!(0.01)).unwrap();
    for (value, text) in [
        (201.25_f32, "201.25"),
        (0.07, "0.07"),
        (187.535, "187.535"),
        (65_535.99, "65535.99"),
    ] {
        assert_eq!(single(value, Some(&cents)), Some(price(text)));
    }
    // Two cents apart: 723,456.78 and 723,456.81 are one number here.
    assert_eq!(single(723_456.8, Some(&cents)), None);
    let quarters = TickTable::uniform(dec!(0.25)).unwrap();
    assert_eq!(
        single(723_456.75, Some(&quarters)),
        Some(price("723456.75"))
    );
    for nonsense in [f32::NAN, f32::INFINITY, f32::MAX, 0.0, -1.0] {
        assert_eq!(single(nonsense, Some(&cents)), None);
    }
}

#[test]
fn an_option_is_asked_for_in_words() {
    let occ: OccSymbol = "AAPL  250919C00200000".parse().unwrap();
    assert_eq!(
        super::option_words(occ),
        "AAPL 20250919 200.0 CALL",
        "as the recorded subscription"
    );
}
