use rust_decimal::Decimal;

use super::{DataSet, IntradayPath, PathSettings, PointKind, PointTime, PricePoint, ReadOptions};

fn path() -> IntradayPath {
    IntradayPath::new(PathSettings::new(7, Decimal::new(1, 2))).unwrap()
}

fn read(text: &str) -> DataSet {
    DataSet::from_reader("test", text.as_bytes(), &ReadOptions::new()).unwrap()
}

fn show(point: &PricePoint) -> String {
    let at = match point.at {
        PointTime::Session {
            date,
            parts_per_million,
        } => format!("{date}+{parts_per_million}"),
        PointTime::Instant(instant) => instant.format("%dT%H:%M:%S").to_string(),
    };
    format!("{at} {} {}", point.symbol, point.price)
}

#[test]
fn days_go_across_symbols_and_know_the_bar_before() {
    let data = read("date,AA,BB\n2024-01-02,1,\n2024-01-03,,2\n2024-01-04,3,4\n");
    let days: Vec<String> = data
        .days()
        .map(|day| {
            let show = |entry: &super::DaySeries<'_>| {
                let before = entry
                    .previous
                    .map_or("-".to_owned(), |bar| bar.close().to_string());
                format!(
                    " {}:{before}>{}",
                    entry.series.symbol(),
                    entry.bars[0].close()
                )
            };
            format!(
                "{}{}",
                day.date,
                day.series.iter().map(show).collect::<String>()
            )
        })
        .collect();
    assert_eq!(
        days,
        [
            "2024-01-02 AA:->1",
            "2024-01-03 BB:->2",
            "2024-01-04 AA:1>3 BB:2>4"
        ]
    );
}

#[test]
fn the_shipped_data_replays_in_order_and_closes_as_recorded() {
    let data = DataSet::shipped().unwrap();
    let path = path();
    let points: Vec<PricePoint> = data.replay(&path).collect();
    assert_eq!(points.len(), (20 * 1257 + 1258) * 4);
    assert!(
        points
            .windows(2)
            .all(|pair| { (pair[0].at, &pair[0].symbol) < (pair[1].at, &pair[1].symbol) })
    );
    let closes = points
        .iter()
        .filter(|p| p.kind == PointKind::Close && p.symbol.as_ref() == "XOM");
    let recorded = data.series("XOM").unwrap().bars();
    assert_eq!(closes.clone().count(), recorded.len());
    for (point, bar) in closes.zip(recorded) {
        assert_eq!(point.price.to_string(), bar.close().to_string());
        assert_eq!(point.at.date(), bar.at().date());
    }
}

#[test]
fn a_symbol_replays_alike_alone_and_among_others() {
    let data = DataSet::shipped().unwrap();
    let path = path();
    let mut alone = DataSet::new("alone");
    alone.insert(data.series("KO").unwrap().clone()).unwrap();
    let among: Vec<_> = data
        .replay(&path)
        .filter(|p| p.symbol.as_ref() == "KO")
        .collect();
    assert_eq!(alone.replay(&path).collect::<Vec<_>>(), among);
    assert_eq!(
        data.series("KO").unwrap().points(&path).collect::<Vec<_>>(),
        among
    );
}

#[test]
fn timestamped_bars_of_several_symbols_interleave() {
    let data = read(
        "timestamp,symbol,open,high,low,close\n\
         2024-01-02T14:30:00Z,BB,1,4,1,2\n2024-01-02T14:33:00Z,BB,2,2,2,2\n\
         2024-01-02T14:30:00Z,AA,5,8,5,6\n",
    );
    let path = path();
    let shown: Vec<String> = data
        .replay(&path)
        .map(|point| show(&point))
        .take(8)
        .collect();
    let expected = [
        "02T14:30:00 AA 5",
        "02T14:30:00 BB 1",
        "02T14:30:20 AA 5",
        "02T14:30:40 AA 8",
        "02T14:31:00 AA 6",
        "02T14:31:00 BB 1",
        "02T14:32:00 BB 4",
        "02T14:33:00 BB 2",
    ];
    let plain: Vec<String> = shown.iter().map(|text| text.replace(".00", "")).collect();
    assert_eq!(plain, expected);
}

#[test]
fn trades_and_quotes_leave_as_points_at_their_instant() {
    let trades = read("timestamp,symbol,price,size\n2024-01-02T14:30:00Z,AA,10.5,3\n");
    let path = path();
    let point = trades.replay(&path).next().unwrap();
    assert_eq!(
        (show(&point).as_str(), point.volume),
        ("02T14:30:00 AA 10.5", Decimal::from(3))
    );
    assert_eq!(point.kind, PointKind::Intraday);

    let quotes = read("timestamp,symbol,bid,ask,bid_size\n2024-01-02T14:30:00Z,AA,10,11,4\n");
    let point = quotes.series("AA").unwrap().points(&path).next().unwrap();
    assert_eq!(
        (show(&point).as_str(), point.volume),
        ("02T14:30:00 AA 10.5", Decimal::ZERO)
    );
    let (bid, ask) = (Decimal::from(10), Decimal::from(11));
    let kind = PointKind::Quote {
        bid,
        ask,
        bid_size: Some(Decimal::from(4)),
        ask_size: None,
    };
    assert_eq!(point.kind, kind);
}
