use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{
    Bar, BarTime, IntradayPath, OpenHighLow, PathSettings, PointKind, PointTime, PricePoint,
    SyntheticVolume,
};

const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

fn cents(count: i64) -> Decimal {
    Decimal::new(count, 2)
}

fn day(number: u32) -> BarTime {
    BarTime::Date(NaiveDate::from_ymd_opt(2024, 1, number).unwrap())
}

fn bar(open: Decimal, high: Decimal, low: Decimal, close: Decimal) -> Bar {
    Bar::new(day(2), OpenHighLow { open, high, low }, close, None).unwrap()
}

fn path(seed: u64, points: u32) -> IntradayPath {
    IntradayPath::new(PathSettings::new(seed, CENT).with_points_per_bar(points)).unwrap()
}

fn points(path: &IntradayPath, symbol: &str, previous: Option<&Bar>, bar: &Bar) -> Vec<PricePoint> {
    let mut points = Vec::new();
    path.extend(
        &Arc::from(symbol),
        previous,
        bar,
        TimeDelta::minutes(5),
        &mut points,
    );
    points
}

fn prices(points: &[PricePoint]) -> Vec<Decimal> {
    points.iter().map(|point| point.price).collect()
}

fn on_grid(price: Decimal) -> bool {
    (price % CENT).is_zero()
}

/// A bar in cents with open and close inside low and high.
fn any_bar() -> impl Strategy<Value = Bar> {
    (1_i64..5_000_000, 0_i64..200_000).prop_flat_map(|(low, width)| {
        (low..=low + width, low..=low + width).prop_map(move |(open, close)| {
            bar(cents(open), cents(low + width), cents(low), cents(close))
        })
    })
}

/// A bar with five decimal places, most of which are off the grid.
fn any_fine_bar() -> impl Strategy<Value = Bar> {
    (1_i64..5_000_000, 0_i64..5_000).prop_flat_map(|(low, width)| {
        (low..=low + width, low..=low + width).prop_map(move |(open, close)| {
            let price = |count| Decimal::new(count, 5);
            bar(price(open), price(low + width), price(low), price(close))
        })
    })
}

proptest! {
    #[test]
    fn a_bar_on_the_grid_is_reproduced_exactly(
        bar in any_bar(), seed: u64, count in prop::sample::select(vec![4_u32, 5, 7, 60, 390]),
    ) {
        let prices_of_bar = bar.open_high_low().unwrap();
        let points = points(&path(seed, count), "AA", None, &bar);
        let prices = prices(&points);
        prop_assert_eq!(prices.len(), count as usize);
        prop_assert_eq!(prices[0], prices_of_bar.open);
        prop_assert_eq!(*prices.last().unwrap(), bar.close());
        prop_assert_eq!(*prices.iter().max().unwrap(), prices_of_bar.high);
        prop_assert_eq!(*prices.iter().min().unwrap(), prices_of_bar.low);
        prop_assert!(prices.iter().all(|price| on_grid(*price)));
        let inner = &prices[1..prices.len() - 1];
        let first = |wanted| inner.iter().position(|price| *price == wanted).unwrap();
        let last = |wanted| inner.iter().rposition(|price| *price == wanted).unwrap();
        if bar.close() > prices_of_bar.open {
            prop_assert!(first(prices_of_bar.low) <= last(prices_of_bar.high));
        } else {
            prop_assert!(first(prices_of_bar.high) <= last(prices_of_bar.low));
        }
    }

    #[test]
    fn a_bar_off_the_grid_stays_inside_and_ends_as_recorded(bar in any_fine_bar(), seed: u64) {
        let OpenHighLow { high, low, .. } = bar.open_high_low().unwrap();
        let prices = prices(&points(&path(seed, 20), "AA", None, &bar));
        let (last, before) = prices.split_last().unwrap();
        prop_assert_eq!(last.to_string(), bar.close().to_string());
        prop_assert!(prices.iter().all(|price| (low..=high).contains(price)));
        let (lowest, highest) = ((low / CENT).ceil() * CENT, (high / CENT).floor() * CENT);
        if lowest <= highest {
            prop_assert!(before.iter().all(|price| on_grid(*price)));
            prop_assert_eq!(*before.iter().max().unwrap(), highest);
            prop_assert_eq!(*before.iter().min().unwrap(), lowest);
        } else {
            prop_assert!(before.iter().all(|price| *price == bar.close()));
        }
    }

    #[test]
    fn a_close_alone_is_reached_from_the_close_before(
        from in 1_i64..100_000_000, to in 1_i64..100_000_000, seed: u64, count in 4_u32..400,
    ) {
        let previous = Bar::of_close(day(2), Decimal::new(from, 3)).unwrap();
        let bar = Bar::of_close(day(3), Decimal::new(to, 3)).unwrap();
        let prices = prices(&points(&path(seed, count), "AA", Some(&previous), &bar));
        let (last, before) = prices.split_last().unwrap();
        prop_assert_eq!(last.to_string(), bar.close().to_string());
        prop_assert!((before[0] - previous.close()).abs() <= CENT);
        prop_assert!(before.iter().all(|price| on_grid(*price) && *price > Decimal::ZERO));
        let ceiling = previous.close().max(bar.close()) * Decimal::TWO + CENT * Decimal::TEN;
        prop_assert!(before.iter().all(|price| *price <= ceiling));
    }

    #[test]
    fn any_increment_and_any_price_keep_the_promises(
        mantissa in 1_i64..10_000, scale in 0_u32..=9, price in prop_oneof![1_i64..1000, 1_i64..1_000_000_000_000], seed: u64,
    ) {
        let increment = Decimal::new(mantissa, scale);
        let path = IntradayPath::new(PathSettings::new(seed, increment)).unwrap();
        let bar = Bar::of_close(day(2), Decimal::new(price, 3)).unwrap();
        let points = points(&path, "AA", None, &bar);
        prop_assert!(points[..3].iter().all(|point| point.price > Decimal::ZERO));
        prop_assert!(points[..3].iter().all(|point| (point.price % increment).is_zero()));
        prop_assert_eq!(points[3].price, bar.close());
    }

    #[test]
    fn the_same_seed_gives_the_same_path_and_another_seed_another(seed: u64) {
        let bar = bar(cents(10_000), cents(11_000), cents(9_000), cents(10_500));
        let path_of = |seed, symbol| prices(&points(&path(seed, 60), symbol, None, &bar));
        prop_assert_eq!(path_of(seed, "AA"), path_of(seed, "AA"));
        prop_assert_ne!(path_of(seed, "AA"), path_of(seed.wrapping_add(1), "AA"));
        prop_assert_ne!(path_of(seed, "AA"), path_of(seed, "AB"));
    }

    #[test]
    fn the_volume_of_the_points_is_the_volume_of_the_bar(volume in 0_i64..1_000_000, count in 4_u32..400) {
        let prices = OpenHighLow { open: cents(100), high: cents(100), low: cents(100) };
        let volume = Decimal::new(volume, 1);
        let bar = Bar::new(day(2), prices, cents(100), Some(volume)).unwrap();
        let points = points(&path(1, count), "AA", None, &bar);
        prop_assert_eq!(points.iter().map(|point| point.volume).sum::<Decimal>(), volume);
        let whole = |point: &PricePoint| point.volume.fract().is_zero();
        prop_assert!(points[..points.len() - 1].iter().all(whole));
        prop_assert!(points.iter().all(|point| point.volume >= Decimal::ZERO));
    }
}

#[test]
fn four_points_are_open_low_high_close_on_a_rise_and_open_high_low_close_otherwise() {
    let path = path(1, 4);
    let of = |open, close| {
        let bar = bar(cents(open), cents(120), cents(90), cents(close));
        prices(&points(&path, "AA", None, &bar))
    };
    assert_eq!(of(100, 110), [100, 90, 120, 110].map(cents));
    assert_eq!(of(110, 100), [110, 120, 90, 100].map(cents));
    assert_eq!(of(100, 100), [100, 120, 90, 100].map(cents));
}

#[test]
fn points_of_a_daily_bar_divide_the_session_and_say_what_they_are() {
    let bar = bar(cents(100), cents(120), cents(90), cents(110));
    let points = points(&path(1, 4), "AA", None, &bar);
    let kinds: Vec<PointKind> = points.iter().map(|point| point.kind).collect();
    assert_eq!(
        kinds,
        [
            PointKind::Open,
            PointKind::Intraday,
            PointKind::Intraday,
            PointKind::Close
        ]
    );
    let date = day(2).date();
    for (point, parts_per_million) in points.iter().zip([0, 333_333, 666_666, 1_000_000]) {
        assert_eq!(
            point.at,
            PointTime::Session {
                date,
                parts_per_million
            }
        );
    }
}

#[test]
fn points_of_a_timestamped_bar_divide_its_length() {
    let start = "2024-01-02T14:30:00Z".parse().unwrap();
    let bar = Bar::of_close(BarTime::Start(start), cents(100)).unwrap();
    let points = points(&path(1, 6), "AA", None, &bar);
    for (minute, point) in (0..).zip(&points) {
        assert_eq!(
            point.at,
            PointTime::Instant(start + TimeDelta::minutes(minute))
        );
    }
}

#[test]
fn a_path_has_a_plausible_range() {
    let mut widest = 0.0_f64;
    for seed in 0..200 {
        let bar = Bar::of_close(day(3), cents(10_000)).unwrap();
        let prices = prices(&points(&path(seed, 100), "AA", Some(&bar), &bar));
        let range = prices.iter().max().unwrap() - prices.iter().min().unwrap();
        assert!(range > cents(10), "seed {seed}: {range}");
        widest = widest.max(range.to_string().parse().unwrap());
    }
    assert!((1.0..5.0).contains(&widest), "{widest}");
}

#[test]
fn a_path_is_the_same_on_every_platform() {
    let previous = Bar::of_close(day(2), cents(10_000)).unwrap();
    let bar = Bar::of_close(day(3), Decimal::new(101_234, 3)).unwrap();
    let prices = prices(&points(&path(42, 8), "AAPL", Some(&previous), &bar));
    let text: Vec<String> = prices.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "100.00", "99.99", "100.12", "100.31", "100.72", "100.94", "101.23", "101.234"
        ]
    );
}

#[test]
fn synthetic_volume_is_constant_plus_noise_by_seed() {
    let volume = |seed, symbol, noise| {
        let synthetic = SyntheticVolume::new(1000, noise).unwrap();
        let settings = PathSettings::new(seed, CENT).with_synthetic_volume(synthetic);
        let bar = Bar::of_close(day(3), cents(100)).unwrap();
        let points = points(&IntradayPath::new(settings).unwrap(), symbol, None, &bar);
        points.iter().map(|point| point.volume).sum::<Decimal>()
    };
    assert_eq!(volume(1, "AA", 0), Decimal::from(1000));
    assert_eq!(volume(1, "AA", 500_000), volume(1, "AA", 500_000));
    assert_ne!(volume(1, "AA", 500_000), volume(2, "AA", 500_000));
    assert_ne!(volume(1, "AA", 500_000), volume(1, "AB", 500_000));
    let all: Vec<Decimal> = (0..300).map(|seed| volume(seed, "AA", 500_000)).collect();
    let range = Decimal::from(500)..=Decimal::from(1500);
    assert!(all.iter().all(|volume| range.contains(volume)));
    assert!(all.iter().any(|volume| *volume < Decimal::from(600)));
    assert!(all.iter().any(|volume| *volume > Decimal::from(1400)));
    assert_eq!(
        SyntheticVolume::new(1000, 1_000_001).unwrap_err().name(),
        "noise_parts_per_million"
    );
}

#[test]
fn settings_outside_their_range_are_refused() {
    let name = |increment, points| {
        let settings = PathSettings::new(1, increment).with_points_per_bar(points);
        IntradayPath::new(settings)
            .map(|_| "accepted")
            .unwrap_or_else(|error| error.name())
    };
    assert_eq!(name(CENT, 4), "accepted");
    assert_eq!(name(Decimal::new(10, 12), 4), "price_increment");
    assert_eq!(name(Decimal::new(1_000_000_000, 10), 4), "accepted");
    assert_eq!(name(Decimal::ZERO, 4), "price_increment");
    assert_eq!(name(-CENT, 4), "price_increment");
    assert_eq!(name(Decimal::from(1_000_001), 4), "price_increment");
    assert_eq!(name(CENT, 3), "points_per_bar");
    assert_eq!(name(CENT, 100_001), "points_per_bar");
}
