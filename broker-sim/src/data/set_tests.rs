use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Bar, BarTime, DataErrorKind, DataSet, OpenHighLow, ReadOptions, RecordedSeries, Tick, TickKind,
};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn closes(dates: &[&str]) -> Result<Vec<Bar>, super::DataError> {
    dates
        .iter()
        .map(|day| Bar::of_close(BarTime::Date(date(day)), Decimal::TEN))
        .collect()
}

#[test]
fn the_shipped_files_are_complete_and_exact() {
    let data = DataSet::shipped().unwrap();
    assert_eq!(data.symbols().count(), 21);
    for series in data.all_series() {
        let days = if series.symbol().as_ref() == "SPX" {
            1258
        } else {
            1257
        };
        assert_eq!(series.len(), days, "{}", series.symbol());
        let whole = series
            .bars()
            .iter()
            .all(|bar| bar.open_high_low().is_some());
        assert_eq!(whole, series.symbol().as_ref() == "SPX");
    }
    let apple = data.series("AAPL").unwrap();
    assert_eq!(apple.bars().first().unwrap().close().to_string(), "40.832");
    assert_eq!(apple.bars().last().unwrap().close().to_string(), "125.674");
    assert_eq!(apple.first_date(), Some(date("2018-01-02")));
    assert_eq!(apple.last_date(), Some(date("2022-12-28")));
    let index = data.series("SPX").unwrap();
    let first = index.bars().first().unwrap();
    assert_eq!(
        first.open_high_low().unwrap().high.to_string(),
        "1845.859985"
    );
    assert_eq!(first.volume().unwrap().to_string(), "3080600000");
    assert_eq!(data.first_date(), Some(date("2014-01-02")));
    assert_eq!(data.last_date(), Some(date("2022-12-28")));
    let credits = data.attribution().unwrap();
    assert!(credits.contains("skfolio") && credits.contains("arch 8.0.0"));
}

#[test]
fn the_shipped_closes_are_the_text_of_the_file() {
    let data = DataSet::shipped().unwrap();
    let mut lines = include_str!("../../data/us_equities_daily_close.csv").lines();
    let symbols: Vec<&str> = lines.next().unwrap().split(',').skip(1).collect();
    for (row, line) in lines.enumerate() {
        for (symbol, text) in symbols.iter().zip(line.split(',').skip(1)) {
            assert_eq!(
                data.series(symbol).unwrap().bars()[row].close().to_string(),
                text
            );
        }
    }
}

#[test]
fn a_file_on_disk_reads_like_the_compiled_one() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/us_equities_daily_close.csv"
    );
    let data = DataSet::from_path(path, &ReadOptions::new()).unwrap();
    assert_eq!(data.name(), path);
    assert_eq!(
        data.series("XOM"),
        DataSet::shipped().unwrap().series("XOM")
    );
}

#[test]
fn a_range_of_dates_includes_and_excludes_its_ends() {
    let data = DataSet::shipped().unwrap();
    let (from, to) = (date("2018-01-03"), date("2018-01-05"));
    let count = |bars: Option<&[Bar]>| bars.map(<[Bar]>::len);
    assert_eq!(count(data.bars("AAPL", from..to)), Some(2));
    assert_eq!(count(data.bars("AAPL", from..=to)), Some(3));
    assert_eq!(count(data.bars("AAPL", ..to)), Some(3));
    assert_eq!(count(data.bars("AAPL", date("2022-12-28")..)), Some(1));
    assert_eq!(count(data.bars("AAPL", ..)), Some(1257));
    assert_eq!(count(data.bars("AAPL", to..from)), Some(0));
    assert_eq!(count(data.bars("aapl", ..)), None);
}

#[test]
fn a_symbol_is_in_one_source_only() {
    let data = DataSet::shipped().unwrap();
    let error = data.clone().join(data).unwrap_err();
    assert_eq!(
        (error.kind(), error.text()),
        (DataErrorKind::Duplicate, "AAPL")
    );
}

#[test]
fn joined_sets_keep_the_credits_of_both() {
    let set = |name: &str| DataSet::new(name).with_attribution(format!("by {name}"));
    let joined = set("a").join(set("b")).unwrap();
    assert_eq!(
        (joined.name(), joined.attribution()),
        ("a", Some("by a\nby b"))
    );
    assert_eq!(
        DataSet::new("c").join(set("b")).unwrap().attribution(),
        Some("by b")
    );
}

#[test]
fn a_series_made_by_hand_keeps_the_order_of_time() {
    assert!(RecordedSeries::of_bars("A", closes(&["2024-01-02", "2024-01-03"]).unwrap()).is_ok());
    let kind = |dates| {
        RecordedSeries::of_bars("A", closes(dates).unwrap())
            .unwrap_err()
            .kind()
    };
    assert_eq!(
        kind(&["2024-01-03", "2024-01-02"]),
        DataErrorKind::OutOfOrder
    );
    assert_eq!(
        kind(&["2024-01-03", "2024-01-03"]),
        DataErrorKind::Duplicate
    );
    let trade = |text: &str| {
        let kind = TickKind::Trade {
            price: Decimal::TEN,
            size: Decimal::ONE,
        };
        Tick::new(text.parse().unwrap(), kind).unwrap()
    };
    let ticks = vec![trade("2024-01-02T10:00:01Z"), trade("2024-01-02T10:00:00Z")];
    let error = RecordedSeries::of_ticks("A", ticks).unwrap_err();
    assert_eq!(error.kind(), DataErrorKind::OutOfOrder);
}

#[test]
fn a_bar_or_tick_made_by_hand_is_checked_like_one_from_a_file() {
    let at = BarTime::Date(date("2024-01-02"));
    let bar = |open: i64, high: i64, low: i64, close: i64, volume: i64| {
        let prices = OpenHighLow {
            open: open.into(),
            high: high.into(),
            low: low.into(),
        };
        Bar::new(at, prices, close.into(), Some(volume.into())).map_err(|error| error.kind())
    };
    assert!(bar(10, 12, 9, 11, 0).is_ok());
    assert_eq!(
        bar(10, 9, 12, 11, 0).unwrap_err(),
        DataErrorKind::HighBelowLow
    );
    assert_eq!(
        bar(13, 12, 9, 11, 0).unwrap_err(),
        DataErrorKind::InconsistentBar
    );
    assert_eq!(
        bar(10, 12, 0, 11, 0).unwrap_err(),
        DataErrorKind::NotPositive
    );
    assert_eq!(
        bar(10, 12, 9, 11, -1).unwrap_err(),
        DataErrorKind::NotPositive
    );
    assert_eq!(
        bar(10, 2_000_000_000, 9, 11, 1).unwrap_err(),
        DataErrorKind::TooLarge
    );
    assert_eq!(
        bar(10, 12, 9, 11, i64::MAX).unwrap_err(),
        DataErrorKind::TooLarge
    );
    let fine = Decimal::new(1, 19);
    assert_eq!(
        Bar::of_close(at, fine).unwrap_err().kind(),
        DataErrorKind::BadNumber
    );
    let late = BarTime::Date(date("2201-01-01"));
    assert_eq!(
        Bar::of_close(late, Decimal::TEN).unwrap_err().kind(),
        DataErrorKind::BadDate
    );
    let crossed = TickKind::Quote {
        bid: Decimal::TEN,
        ask: Decimal::ONE,
        bid_size: None,
        ask_size: None,
    };
    let error = Tick::new("2024-01-02T10:00:00Z".parse().unwrap(), crossed).unwrap_err();
    assert_eq!(error.kind(), DataErrorKind::CrossedQuote);
}

#[test]
fn the_length_of_a_bar_is_the_shortest_distance_of_two() {
    let length = |times: &[&str]| {
        let bar = |time: &&str| {
            let start = format!("2024-01-02T{time}:00Z").parse().unwrap();
            Bar::of_close(BarTime::Start(start), Decimal::TEN).unwrap()
        };
        let bars = times.iter().map(bar).collect();
        RecordedSeries::of_bars("A", bars)
            .unwrap()
            .bar_length()
            .num_minutes()
    };
    assert_eq!(length(&["14:30", "14:40", "14:45", "15:30"]), 5);
    assert_eq!(length(&["14:30"]), 1);
}
