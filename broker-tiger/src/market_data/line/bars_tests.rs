use std::sync::Arc;

use broker_core::{
    ErrorKind, ManualClock, dec,
    feed::{FeedGap, FeedItem, FeedStream},
    model::{Bar, BarInterval, Subscription, TickTable},
};
use chrono::TimeDelta;

use super::{
    bars::{BarLine, length},
    line_tests::{at, caught, price, read, share},
};
use crate::push::{BarData, Listener, Market, recorded};

const MINUTE: i64 = 60_000;

async fn line(interval: BarInterval, opened: i64) -> (BarLine, FeedStream, ManualClock) {
    let (sink, stream) = caught(Subscription::Bars {
        instrument: share(),
        interval,
    })
    .await;
    let clock = ManualClock::at(at(opened));
    let ticks = TickTable::uniform(dec!(0.01)).unwrap();
    let seconds = length(interval).unwrap();
    let line = BarLine::new(seconds, Some(ticks), Arc::new(clock.clone()), sink);
    (line, stream, clock)
}

fn minute(number: i64, close: f32, volume: i64) -> BarData {
    BarData {
        time: number * MINUTE,
        open: 10.0,
        high: close.max(10.0),
        low: close.min(10.0),
        close,
        volume,
        count: 2,
        amount: 10.0 * f64::from(i32::try_from(volume).unwrap()),
        ..BarData::default()
    }
}

async fn bars(stream: &mut FeedStream) -> Vec<Bar> {
    let items = read(stream).await.into_iter();
    items
        .filter_map(|item| match item {
            FeedItem::Bar(bar) => Some((*bar).clone()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_minute_is_told_when_the_next_one_begins() {
    let (mut line, mut stream, _) = line(BarInterval::Minute1, 1_000).await;
    line.take(Market::Bar(&minute(7, 10.5, 100)));
    line.take(Market::Bar(&minute(7, 11.25, 300)));
    assert!(bars(&mut stream).await.is_empty(), "it is under way");
    line.take(Market::Bar(&minute(8, 9.0, 1)));
    let told = bars(&mut stream).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].start, told[0].close),
        (at(7 * MINUTE), price("11.25"))
    );
    assert_eq!((told[0].volume, told[0].trades), (Some(dec!(300)), Some(2)));
    assert_eq!(told[0].vwap, Some(price("10")));
}

#[tokio::test]
async fn a_minute_is_told_when_it_is_over_though_nothing_trades_any_more() {
    let (mut line, mut stream, _) = line(BarInterval::Minute1, 1_000).await;
    line.take(Market::Bar(&minute(7, 10.5, 100)));
    line.pass(at(8 * MINUTE));
    assert!(
        bars(&mut stream).await.is_empty(),
        "it may still be corrected"
    );
    line.pass(at(8 * MINUTE + 2_000));
    assert_eq!(bars(&mut stream).await.len(), 1);
    // Too late: a bar is told once.
    line.take(Market::Bar(&minute(7, 12.0, 400)));
    line.take(Market::Bar(&minute(9, 12.0, 400)));
    assert!(bars(&mut stream).await.is_empty());
}

#[tokio::test]
async fn longer_bars_are_made_of_minutes_and_only_of_all_of_them() {
    let (mut line, mut stream, _) = line(BarInterval::Minute5, 6 * MINUTE).await;
    for number in 6..=16 {
        line.take(Market::Bar(&minute(number, 10.0, 100)));
    }
    let told = bars(&mut stream).await;
    let starts: Vec<_> = told.iter().map(|bar| bar.start).collect();
    assert_eq!(
        starts,
        [at(10 * MINUTE)],
        "the first was joined in the middle"
    );
    assert_eq!(
        (told[0].volume, told[0].trades),
        (Some(dec!(500)), Some(10))
    );
    line.pass(at(20 * MINUTE + 2_000));
    assert_eq!(bars(&mut stream).await.len(), 1);
}

#[tokio::test]
async fn a_bar_with_a_gap_in_it_is_nobodys() {
    let (mut line, mut stream, clock) = line(BarInterval::Minute5, MINUTE).await;
    for number in 5..=7 {
        line.take(Market::Bar(&minute(number, 10.0, 100)));
    }
    clock.advance(TimeDelta::minutes(7));
    line.lose(FeedGap::Reopened);
    for number in 8..=15 {
        line.take(Market::Bar(&minute(number, 10.0, 100)));
    }
    let starts: Vec<_> = bars(&mut stream)
        .await
        .iter()
        .map(|bar| bar.start)
        .collect();
    assert_eq!(starts, [at(10 * MINUTE)]);
}

#[tokio::test]
async fn the_recorded_bar_is_read() {
    let (mut line, mut stream, _) = line(BarInterval::Minute1, 1_000).await;
    recorded("push_kline", |push| line.take(push));
    line.pass(at(1_755_095_400_000 + 2 * MINUTE));
    let told = bars(&mut stream).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].high, told[0].low),
        (price("201.5"), price("200.5"))
    );
    assert_eq!(
        told[0].vwap,
        Some(price("201.100166666667")),
        "603300.5 for 3000"
    );
}

#[tokio::test]
async fn prices_that_cannot_be_read_exactly_are_a_gap() {
    let (mut line, mut stream, _) = line(BarInterval::Minute1, 1_000).await;
    line.take(Market::Bar(&minute(7, f32::NAN, 100)));
    line.take(Market::Bar(&minute(7, 723_456.8, 100)));
    let items = read(&mut stream).await;
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| matches!(item, FeedItem::Gap(_))));
}

#[test]
fn lengths_that_minutes_do_not_make_are_refused_by_name() {
    for interval in [BarInterval::Second5, BarInterval::Day1, BarInterval::Week1] {
        let error = length(interval).unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (ErrorKind::Unsupported, Some("interval"))
        );
    }
    assert_eq!(length(BarInterval::Hour4).unwrap(), 4 * 3_600);
}
