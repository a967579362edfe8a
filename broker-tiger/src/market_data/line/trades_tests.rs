use broker_core::{
    dec,
    feed::{FeedGap, FeedItem, FeedStream},
    model::{Mic, Side, Subscription, TickTable, Trade},
};

use super::{
    line_tests::{at, caught, hand, price, read, share},
    trades::TradeLine,
};
use crate::push::{Listener, Market, TradesData, recorded};

async fn line() -> (TradeLine, FeedStream) {
    let instrument = share();
    let (sink, stream) = caught(Subscription::Trades {
        instrument: instrument.clone(),
    })
    .await;
    let ticks = TickTable::uniform(dec!(0.01)).unwrap();
    (TradeLine::new(instrument, Some(ticks), sink), stream)
}

async fn trades(stream: &mut FeedStream) -> Vec<Trade> {
    let items = read(stream).await.into_iter();
    items
        .map(|item| match item {
            FeedItem::Trade(trade) => (*trade).clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn recorded_trades_are_exact() {
    let (mut line, mut stream) = line().await;
    recorded("push_trade_tick_us", |data| hand(&mut line, data));
    let trades = trades(&mut stream).await;
    let told: Vec<_> = trades
        .iter()
        .map(|one| (one.price, one.size, one.aggressor, one.venue, one.time))
        .collect();
    let (first, venue) = (1_755_095_400_001, |code: &str| code.parse::<Mic>().ok());
    assert_eq!(
        told,
        [
            (
                price("201.25"),
                dec!(10),
                Some(Side::Buy),
                venue("XNAS"),
                at(first)
            ),
            (
                price("201.23"),
                dec!(20),
                Some(Side::Sell),
                venue("ARCX"),
                at(first + 5)
            ),
            (price("201.2"), dec!(30), None, venue("XNYS"), at(first + 5)),
        ]
    );
}

#[tokio::test]
async fn a_trade_of_a_future_is_told_in_its_parts() {
    let (mut line, mut stream) = line().await;
    recorded("push_trade_tick_future", |data| hand(&mut line, data));
    let sizes: Vec<_> = trades(&mut stream)
        .await
        .iter()
        .map(|one| one.size)
        .collect();
    assert_eq!(sizes, [dec!(2), dec!(3), dec!(3)]);
}

#[tokio::test]
async fn trades_one_by_one_are_the_same_trades() {
    let (mut line, mut stream) = line().await;
    recorded("push_full_tick", |data| hand(&mut line, data));
    let trades = trades(&mut stream).await;
    assert_eq!(trades.len(), 1);
    assert_eq!(
        (trades[0].price, trades[0].size),
        (price("201.25"), dec!(10))
    );
}

#[tokio::test]
async fn what_is_pushed_twice_is_told_once_and_a_hole_is_announced() {
    let (mut line, mut stream) = line().await;
    let push = |sn: i64, time: i64| TradesData {
        symbol: "AAPL".into(),
        sn,
        price_base: 100,
        price_offset: 0,
        time: vec![time],
        price: vec![1],
        volume: vec![7],
        ..TradesData::default()
    };
    for (sn, time) in [(5, 1_000), (5, 1_000), (6, 1_001), (9, 1_002)] {
        line.take(Market::Trades(&push(sn, time)));
    }
    line.settle();
    let items = read(&mut stream).await;
    assert!(
        matches!(
            &items[..],
            [
                FeedItem::Trade(_),
                FeedItem::Trade(_),
                FeedItem::Gap(FeedGap::BrokerLost(_)),
                FeedItem::Trade(_)
            ]
        ),
        "{items:?}"
    );
    // Numbers begin anew some day; the time does not.
    hand(&mut line, Market::Trades(&push(1, 90_000_000)));
    assert_eq!(trades(&mut stream).await.len(), 1);
}

#[tokio::test]
async fn lists_that_do_not_go_together_are_a_gap_and_no_trades() {
    let (mut line, mut stream) = line().await;
    let odd = TradesData {
        time: vec![1, 2],
        price: vec![1],
        volume: vec![1, 2],
        ..TradesData::default()
    };
    hand(&mut line, Market::Trades(&odd));
    let extreme = TradesData {
        sn: i64::MAX,
        price_base: i64::MAX,
        price_offset: i32::MAX,
        time: vec![i64::MAX, i64::MAX],
        price: vec![i64::MAX, i64::MIN],
        volume: vec![i64::MIN, i64::MAX],
        ..TradesData::default()
    };
    hand(&mut line, Market::Trades(&extreme));
    let items = read(&mut stream).await;
    assert!(
        !items.is_empty() && items.iter().all(|item| matches!(item, FeedItem::Gap(_))),
        "{items:?}"
    );
}
