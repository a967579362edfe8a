use broker_core::{
    dec,
    model::{Bar, BarInterval, Price},
};
use chrono::{DateTime, TimeDelta};
use ibapi::market_data::realtime::Bar as WireBar;
use rust_decimal::Decimal;
use time::OffsetDateTime;

use super::{
    bar_builder::{BarBuilder, piece},
    fold_tests::{listing, now},
};

/// A piece so many seconds into the hour.
fn at(seconds: i64, price: i64, volume: i64) -> Bar {
    let price = Price::try_from(price).unwrap();
    let mut bar = Bar::new(now() + TimeDelta::seconds(seconds), price);
    bar.volume = Some(Decimal::from(volume));
    bar.trades = Some(1);
    bar.vwap = Some(price);
    bar
}

fn bars(interval: BarInterval, pieces: &[Bar]) -> Vec<Bar> {
    let mut builder = BarBuilder::new(interval).unwrap();
    pieces
        .iter()
        .flat_map(|piece| builder.take(piece))
        .flatten()
        .collect()
}

#[test]
fn five_second_bars_are_passed_on_at_once() {
    let bars = bars(BarInterval::Second5, &[at(0, 10, 1), at(5, 11, 1)]);
    assert_eq!(bars.len(), 2);
    assert_eq!(bars[1].open.get(), dec!(11));
}

#[test]
fn a_minute_is_complete_with_its_last_piece() {
    let pieces: Vec<_> = (0..12).map(|n| at(n * 5, 10 + n, n)).collect();
    assert!(bars(BarInterval::Minute1, &pieces[..11]).is_empty());
    let bars = bars(BarInterval::Minute1, &pieces);
    let [bar] = &bars[..] else { panic!("{bars:?}") };
    assert_eq!(bar.start, now());
    assert_eq!((bar.open.get(), bar.close.get()), (dec!(10), dec!(21)));
    assert_eq!((bar.high.get(), bar.low.get()), (dec!(21), dec!(10)));
    assert_eq!(bar.volume, Some(dec!(66)));
    assert_eq!(bar.trades, Some(12));
    let turnover: i64 = (0..12).map(|n| (10 + n) * n).sum();
    assert_eq!(
        bar.vwap.unwrap().get().round_dp(6),
        (Decimal::from(turnover) / dec!(66)).round_dp(6)
    );
}

#[test]
fn a_minute_that_was_joined_in_the_middle_is_nobodys() {
    let pieces: Vec<_> = (6..24).map(|n| at(n * 5, 10, 1)).collect();
    let bars = bars(BarInterval::Minute1, &pieces);
    assert_eq!(
        bars.iter().map(|bar| bar.start).collect::<Vec<_>>(),
        [now() + TimeDelta::minutes(1)]
    );
}

#[test]
fn a_minute_without_trades_at_its_end_is_complete_with_the_next() {
    let bars = bars(
        BarInterval::Minute1,
        &[at(0, 10, 1), at(5, 12, 1), at(60, 11, 1)],
    );
    let [bar] = &bars[..] else { panic!("{bars:?}") };
    assert_eq!((bar.start, bar.close.get()), (now(), dec!(12)));
}

#[test]
fn days_are_not_built() {
    assert!(BarBuilder::new(BarInterval::Day1).is_none());
}

#[test]
fn no_value_in_a_bar_is_absent() {
    let wire = |volume, wap, count| WireBar {
        date: OffsetDateTime::from_unix_timestamp(now().timestamp()).unwrap(),
        open: 10.0,
        high: 11.0,
        low: 9.5,
        close: 10.5,
        volume,
        wap,
        count,
    };
    let bar = piece(&listing(), &wire(-1.0, -1.0, -1), true).unwrap();
    assert_eq!((bar.volume, bar.vwap, bar.trades), (None, None, None));
    let bar = piece(&listing(), &wire(5.0, 10.25, 2), true).unwrap();
    assert_eq!((bar.volume, bar.trades), (Some(dec!(5)), Some(2)));
    // A middle between bid and ask has no volume, whatever is said.
    let bar = piece(&listing(), &wire(5.0, 10.25, 2), false).unwrap();
    assert_eq!((bar.volume, bar.vwap, bar.trades), (None, None, None));
    let mut broken = wire(5.0, 10.25, 2);
    broken.high = f64::MAX;
    assert_eq!(piece(&listing(), &broken, true), None);
    assert_eq!(
        bar.start,
        DateTime::from_timestamp(now().timestamp(), 0).unwrap()
    );
}
