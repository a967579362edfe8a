use broker_core::dec;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::{
    bars::bars,
    points::Point,
    sessions::Session,
    terms::{BarSize, Duration, Show},
};

const NEW_YORK: Tz = chrono_tz::America::New_York;

fn at(text: &str) -> DateTime<Utc> {
    format!("2022-01-04T{text}Z").parse().unwrap()
}

fn session() -> Session {
    Session {
        date: NaiveDate::from_ymd_opt(2022, 1, 4).unwrap(),
        open: at("14:30:00"),
        close: at("21:00:00"),
        is_last: true,
    }
}

fn trade(time: &str, price: Decimal, size: Decimal) -> Point {
    Point {
        at: at(time),
        low: price,
        high: price,
        size,
        trades: 1,
    }
}

#[test]
fn a_trade_on_a_boundary_begins_the_next_bar_and_the_closing_one_ends_the_last() {
    let points = [
        trade("14:30:00", dec!(10), dec!(1)),
        trade("14:30:59", dec!(12), dec!(2)),
        trade("14:31:00", dec!(11), dec!(3)),
        trade("21:00:00", dec!(9), dec!(100)),
    ];
    let range = (at("14:30:00"), at("21:00:00") + TimeDelta::seconds(1));
    let found = bars(&points, &[session()], range, (60, NEW_YORK), Show::Trades);
    let starts: Vec<_> = found.iter().map(|bar| bar.start).collect();
    assert_eq!(starts, [at("14:30:00"), at("14:31:00"), at("20:59:00")]);
    let first = &found[0];
    assert_eq!(
        (first.open, first.high, first.low, first.close),
        (dec!(10), dec!(12), dec!(10), dec!(12))
    );
    assert_eq!(first.traded, Some((dec!(3), dec!(11.33333333), 2)));
}

#[test]
fn hours_follow_the_wall_clock_and_the_first_is_short() {
    let points = [
        trade("14:45:00", dec!(10), dec!(1)),
        trade("15:10:00", dec!(11), dec!(1)),
    ];
    let range = (at("14:30:00"), at("16:00:00"));
    let found = bars(
        &points,
        &[session()],
        range,
        (3_600, NEW_YORK),
        Show::Trades,
    );
    let starts: Vec<_> = found.iter().map(|bar| bar.start).collect();
    assert_eq!(starts, [at("14:30:00"), at("15:00:00")]);
}

#[test]
fn bid_and_ask_together_are_averages_over_time() {
    let quote = |time: &str, bid, ask| Point {
        at: at(time),
        low: bid,
        high: ask,
        size: Decimal::ZERO,
        trades: 0,
    };
    // In force for fifteen and for forty-five seconds of the minute.
    let points = [
        quote("14:29:00", dec!(10), dec!(11)),
        quote("14:30:15", dec!(14), dec!(15)),
    ];
    let range = (at("14:30:00"), at("14:31:00"));
    let found = bars(&points, &[session()], range, (60, NEW_YORK), Show::BidAsk);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].open, found[0].close), (dec!(13), dec!(14)));
    assert_eq!((found[0].low, found[0].high), (dec!(10), dec!(15)));
}

#[test]
fn durations_and_sizes_are_read_as_tws_writes_them() {
    for (text, wanted) in [
        ("3600 S", Duration::Seconds(3_600)),
        ("2 D", Duration::Days(2)),
        ("1 W", Duration::Weeks(1)),
        ("6 M", Duration::Months(6)),
        ("2 Y", Duration::Years(2)),
    ] {
        assert_eq!(Duration::read(text), Ok(wanted), "{text}");
    }
    for wrong in ["", "1", "D 1", "-1 D", "1.5 D", "90000 S", "13 M", "1 d"] {
        assert!(Duration::read(wrong).is_err(), "{wrong}");
    }
    assert_eq!(BarSize::read("30 mins"), Ok(BarSize::Seconds(1_800)));
    assert_eq!(BarSize::read("1W"), Ok(BarSize::Week));
    assert!(BarSize::read("1 minute").is_err());
}
