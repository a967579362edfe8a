use std::{collections::HashMap, sync::Arc};

use broker_core::dec;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{
    calendar::Calendar,
    tape::{Tape, TimedPoint},
};
use crate::data::{DataSet, IntradayPath, PathSettings, PointTime, ReadOptions};

type Row = (DateTime<Utc>, usize, Decimal, Decimal);

fn row(point: TimedPoint) -> Row {
    (point.at, point.market, point.price, point.volume)
}

fn path() -> IntradayPath {
    IntradayPath::new(PathSettings::new(7, dec!(0.01)).with_points_per_bar(6)).unwrap()
}

/// All of it at once, sorted by the instant, without what has no market.
fn at_once(data: &DataSet, from: NaiveDate, markets: &HashMap<Arc<str>, usize>) -> Vec<Row> {
    let calendar = Calendar::us_equities();
    let path = path();
    let points = data.replay_from(&path, from).filter_map(|point| {
        let at = match point.at {
            PointTime::Instant(at) => at,
            PointTime::Session {
                date,
                parts_per_million,
            } => {
                let day = calendar.trading_date(date).unwrap()?;
                let (open, close) = (day.regular_open()?, day.regular_close()?);
                open + (close - open) * i32::try_from(parts_per_million).unwrap() / 1_000_000
            }
        };
        let at = DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap();
        Some((at, *markets.get(&point.symbol)?, point.price, point.volume))
    });
    let mut rows: Vec<Row> = points.collect();
    rows.sort_by_key(|row| row.0);
    rows
}

fn check(data: &DataSet, from: NaiveDate, unlisted: &str) -> usize {
    let symbols = data.symbols().filter(|symbol| *symbol != unlisted);
    let markets: HashMap<Arc<str>, usize> = symbols.map(Arc::from).zip(0..).collect();
    let expected = at_once(data, from, &markets);
    let mut tape = Tape::new(data.store_from(from), path(), markets);
    let ends = expected.last().map(|row| row.0);
    assert!(tape.take_if(|_| false).is_none());
    for (place, row_expected) in expected.iter().enumerate() {
        assert_eq!(tape.remaining(), expected.len() - place);
        assert_eq!(tape.ends(), ends);
        assert_eq!(tape.next_at(), Some(row_expected.0));
        assert_eq!(tape.take_if(|_| true).map(row), Some(*row_expected));
    }
    assert_eq!((tape.next_at(), tape.remaining()), (None, 0));
    assert_eq!(tape.ends(), ends);
    expected.len()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn read(text: &str) -> DataSet {
    DataSet::from_reader("test", text.as_bytes(), &ReadOptions::new()).unwrap()
}

#[test]
fn prices_that_are_made_by_date_are_those_of_all_dates_at_once() {
    let data = DataSet::shipped().unwrap();
    assert!(check(&data, day("2017-12-20"), "KO") > 100_000);
    assert!(check(&data, day("2022-12-01"), "") > 1_000);
    assert_eq!(check(&data, day("2023-01-01"), ""), 0);
}

#[test]
fn bars_that_go_on_behind_the_beginning_of_the_next_date_stay_in_the_order_of_time() {
    // Bars of two hours from 23:00, closes, and trades, one of them of a date of its own.
    let bars = "timestamp,symbol,open,high,low,close,volume\n\
        2022-01-03T21:00:00Z,LATE,10,12,9,11,60\n2022-01-03T23:00:00Z,LATE,11,12,9,10,60\n\
        2022-01-04T01:00:00Z,LATE,10,12,9,11,60\n2022-01-04T23:00:00Z,LATE,11,12,9,10,60\n";
    let trades = "timestamp,symbol,price,size\n2022-01-04T00:30:00Z,TICK,5,1\n2022-01-04T00:30:00Z,TICK,6,2\n\
        2022-01-05T00:10:00Z,TICK,7,1\n2022-01-08T12:00:00Z,TICK,8,1\n";
    // A day without a session has no prices.
    let closes = "date,AA\n2022-01-03,100\n2022-01-04,101\n2022-01-05,102\n2022-01-08,103\n";
    let data = read(bars).join(read(trades)).unwrap();
    let data = data.join(read(closes)).unwrap();
    assert_eq!(check(&data, day("2022-01-01"), ""), 4 * 6 + 4 + 3 * 6);
    assert_eq!(check(&data, day("2022-01-04"), ""), 2 * 6 + 4 + 2 * 6);
}
