use std::sync::Arc;

use broker_core::{
    Covered, Decimal, ErrorKind, dec,
    model::{Currency, Instrument, Mic, Money, Position, SignedQuantity},
};
use chrono::TimeDelta;

use super::{Exposure, ExposureTerms, Permission, Registry};
use crate::test_support::{Step, Stub, account, apple, equity, failure, lock, price, start};

/// Two brokers with the account DU1.
struct World {
    registry: Registry,
    alpha: Arc<Stub>,
    beta: Arc<Stub>,
}

fn siemens() -> Instrument {
    Instrument::equity("SIE", "XETR".parse::<Mic>().unwrap(), Currency::EUR).unwrap()
}

fn euro() -> Instrument {
    Instrument::forex(Currency::EUR, Currency::USD)
}

fn position(instrument: &Instrument, units: i64) -> Position {
    let quantity = SignedQuantity::try_from(units).unwrap();
    Position::new(account(), instrument.clone(), quantity, start())
}

fn worth(instrument: &Instrument, units: i64, value: Decimal) -> Position {
    let mut position = position(instrument, units);
    position.market_value = Some(Money::new(value, instrument.currency().unwrap()));
    position
}

impl World {
    fn new() -> Self {
        let (registry, alpha, beta) = (Registry::new(), Stub::named("alpha"), Stub::named("beta"));
        for stub in [&alpha, &beta] {
            registry
                .add(stub.dynamic(), &account(), Permission::Read)
                .unwrap();
        }
        Self {
            registry,
            alpha,
            beta,
        }
    }

    fn hold(&self, alpha: Vec<Position>, beta: Vec<Position>) {
        for (stub, positions) in [(&self.alpha, alpha), (&self.beta, beta)] {
            lock(&stub.positions).insert(account(), Covered::Complete(positions));
        }
    }

    async fn exposure(&self) -> Exposure {
        let terms = ExposureTerms::new(Currency::USD);
        self.registry
            .exposure(&self.registry.seats(), 10, &terms)
            .await
    }
}

#[tokio::test]
async fn positions_are_netted_across_brokers_and_added_up_in_one_currency() {
    let world = World::new();
    world.hold(
        vec![
            worth(&apple(), 100, dec!(15_000)),
            worth(&siemens(), 10, dec!(2_000)),
        ],
        vec![
            worth(&apple(), -40, dec!(-6_000)),
            worth(&equity("TSLA"), -5, dec!(-1_000)),
        ],
    );
    world.alpha.quote(&euro(), dec!(1.10));
    let exposure = world.exposure().await;
    let total = exposure.total.clone().complete().unwrap();
    assert_eq!((total.long, total.short), (dec!(11_200), dec!(-1_000)));
    assert_eq!((total.net, total.gross), (dec!(10_200), dec!(12_200)));
    assert_eq!(total.gross_of_holdings, dec!(24_200), "before netting");
    let instruments = exposure.instruments.complete().unwrap();
    let apples = instruments
        .iter()
        .find(|one| one.instrument == apple())
        .unwrap();
    assert_eq!(apples.net_quantity, dec!(60));
    assert_eq!(
        (apples.net, apples.gross),
        (Some(dec!(9_000)), Some(dec!(21_000)))
    );
    assert_eq!(apples.holdings.len(), 2);
    assert_eq!(exposure.rates.len(), 1);
    assert_eq!(exposure.rates[0].rate, dec!(1.10));
}

#[tokio::test]
async fn a_pair_that_is_quoted_the_other_way_round_is_turned() {
    let world = World::new();
    world.hold(vec![worth(&siemens(), 10, dec!(2_000))], vec![]);
    let inverse = Instrument::forex(Currency::USD, Currency::EUR);
    world.beta.quote(&inverse, dec!(0.80));
    let exposure = world.exposure().await;
    assert_eq!(exposure.total.complete().unwrap().net, dec!(2_500));
    assert_eq!(exposure.rates[0].legs[0].broker.as_str(), "beta");
}

#[tokio::test]
async fn a_stale_rate_is_used_and_named_and_a_fresh_one_preferred() {
    let world = World::new();
    world.hold(vec![worth(&siemens(), 10, dec!(2_000))], vec![]);
    world.alpha.quote(&euro(), dec!(1.10));
    world.alpha.clock.advance(TimeDelta::seconds(61));
    let exposure = world.exposure().await;
    let Covered::Partial { value, missing } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!(value.net, dec!(2_200));
    assert!(
        missing.contains("EUR in USD by alpha is stale, 61 s old"),
        "{missing}"
    );
    assert_eq!(exposure.stale_rates().count(), 1);
    assert!(exposure.instruments.is_complete());
    // Younger by the clock and delayed: a fresh one is better all the same.
    lock(&world.alpha.quotes).get_mut(&euro()).unwrap().delayed = true;
    lock(&world.alpha.quotes).get_mut(&euro()).unwrap().as_of += TimeDelta::seconds(60);
    world.beta.quote(&euro(), dec!(1.20));
    let exposure = world.exposure().await;
    assert_eq!(exposure.total.complete().unwrap().net, dec!(2_400));
    assert_eq!(exposure.rates[0].legs[0].broker.as_str(), "beta");
}

#[tokio::test]
async fn of_fresh_rates_the_youngest_counts_until_it_is_too_old_or_halted() {
    let world = World::new();
    world.hold(vec![worth(&siemens(), 10, dec!(2_000))], vec![]);
    let net = || async { world.exposure().await.total.complete().unwrap().net };
    world.alpha.quote(&euro(), dec!(1.10));
    world.beta.clock.advance(TimeDelta::seconds(10));
    world.beta.quote(&euro(), dec!(1.20));
    assert_eq!(net().await, dec!(2_400));
    world.alpha.clock.advance(TimeDelta::seconds(20));
    world.alpha.quote(&euro(), dec!(1.10));
    assert_eq!(net().await, dec!(2_200));
    // As old as it may be.
    world.alpha.clock.advance(TimeDelta::seconds(60));
    assert_eq!(net().await, dec!(2_200));
    lock(&world.alpha.quotes).get_mut(&euro()).unwrap().halted = true;
    assert_eq!(net().await, dec!(2_400));
}

fn tencent() -> Instrument {
    Instrument::equity("700", "XHKG".parse::<Mic>().unwrap(), Currency::HKD).unwrap()
}

fn pair(of: Currency, per: Currency) -> Instrument {
    Instrument::forex(of, per)
}

impl World {
    async fn in_singapore_dollars(&self) -> Exposure {
        let terms = ExposureTerms::new(Currency::SGD);
        let seats = self.registry.seats();
        self.registry.exposure(&seats, 10, &terms).await
    }
}

#[tokio::test]
async fn a_pair_that_nobody_quotes_is_counted_through_a_third_currency() {
    let world = World::new();
    world.hold(vec![worth(&tencent(), 10, dec!(7_800))], vec![]);
    // The legs are of different brokers, and one is the other way round.
    let (hong_kong, singapore) = (
        pair(Currency::USD, Currency::HKD),
        pair(Currency::USD, Currency::SGD),
    );
    world.alpha.quote(&hong_kong, dec!(8));
    world.beta.quote(&singapore, dec!(1.3));
    let exposure = world.in_singapore_dollars().await;
    assert_eq!(exposure.total.complete().unwrap().net, dec!(1_267.5));
    let [rate] = &exposure.rates[..] else {
        panic!("{:?}", exposure.rates);
    };
    let legs: Vec<_> = rate.legs.iter().map(|leg| (leg.from, leg.to)).collect();
    assert_eq!(
        legs,
        [
            (Currency::HKD, Currency::USD),
            (Currency::USD, Currency::SGD)
        ]
    );
    // A pair that is quoted now is better than any way round.
    let direct = pair(Currency::HKD, Currency::SGD);
    world.beta.quote(&direct, dec!(0.17));
    let exposure = world.in_singapore_dollars().await;
    assert_eq!(exposure.total.complete().unwrap().net, dec!(1_326));
    // And one that is old is not.
    world.beta.clock.advance(TimeDelta::seconds(61));
    world.beta.quote(&singapore, dec!(1.3));
    let exposure = world.in_singapore_dollars().await;
    assert_eq!(exposure.total.complete().unwrap().net, dec!(1_267.5));
    // When either is old, the pair that is quoted counts.
    world.alpha.clock.advance(TimeDelta::seconds(61));
    let exposure = world.in_singapore_dollars().await;
    let Covered::Partial { value, .. } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!(value.net, dec!(1_326));
}

#[tokio::test]
async fn each_stale_leg_is_named_and_a_missing_one_is_no_rate_at_all() {
    let world = World::new();
    world.hold(
        vec![worth(&tencent(), 10, dec!(8_000))],
        vec![worth(&apple(), 1, dec!(100))],
    );
    let (hong_kong, singapore) = (
        pair(Currency::USD, Currency::HKD),
        pair(Currency::USD, Currency::SGD),
    );
    world.alpha.quote(&hong_kong, dec!(8));
    let exposure = world.in_singapore_dollars().await;
    let Covered::Partial { value, missing } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!((value.net, value.gross), (dec!(0), dec!(0)));
    for word in ["nobody quotes HKD in SGD", "nobody quotes USD in SGD"] {
        assert!(missing.contains(word), "{word}: {missing}");
    }
    world.alpha.clock.advance(TimeDelta::seconds(90));
    world.beta.quote(&singapore, dec!(1.3));
    let exposure = world.in_singapore_dollars().await;
    let Covered::Partial { value, missing } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!(value.net, dec!(1_430));
    assert_eq!(
        &**missing,
        "the rate of HKD in USD by alpha is stale, 90 s old"
    );
    let stale: Vec<_> = exposure.stale_rates().map(|rate| rate.currency).collect();
    assert_eq!(stale, [Currency::HKD]);
    // Both, each once.
    world.beta.clock.advance(TimeDelta::seconds(61));
    let exposure = world.in_singapore_dollars().await;
    let Covered::Partial { missing, .. } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!(missing.matches("is stale").count(), 2, "{missing}");
    assert!(missing.contains("USD in SGD by beta"), "{missing}");
}

#[tokio::test]
async fn the_third_currency_may_be_another_one_or_none() {
    let world = World::new();
    world.hold(vec![worth(&tencent(), 10, dec!(9_000))], vec![]);
    let quotes = [
        (pair(Currency::EUR, Currency::HKD), dec!(9)),
        (pair(Currency::EUR, Currency::SGD), dec!(1.5)),
        (pair(Currency::USD, Currency::HKD), dec!(8)),
        (pair(Currency::USD, Currency::SGD), dec!(1.3)),
    ];
    for (pair, at) in quotes {
        world.alpha.quote(&pair, at);
    }
    let mut terms = ExposureTerms::new(Currency::SGD);
    terms.through = Some(Currency::EUR);
    let seats = world.registry.seats();
    let exposure = world.registry.exposure(&seats, 10, &terms).await;
    assert_eq!(
        exposure.total.complete().unwrap().net.round_dp(6),
        dec!(1_500)
    );
    for through in [None, Some(Currency::SGD), Some(Currency::HKD)] {
        terms.through = through;
        let exposure = world.registry.exposure(&seats, 10, &terms).await;
        assert!(exposure.rates.is_empty(), "{through:?}: {exposure:?}");
        assert!(!exposure.total.is_complete());
    }
}

#[tokio::test]
async fn what_cannot_be_valued_is_missing_by_name_and_no_zero() {
    let world = World::new();
    let option = Instrument::option("AAPL  260116C00150000".parse().unwrap());
    let mut priced = position(&option, -2);
    priced.market_price = Some(price(dec!(3.50)));
    world.hold(
        vec![worth(&siemens(), 10, dec!(2_000)), priced],
        vec![
            position(&apple(), 7),
            worth(&equity("TSLA"), 5, dec!(1_000)),
        ],
    );
    let exposure = world.exposure().await;
    let Covered::Partial { value, missing } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!(
        (value.long, value.short),
        (dec!(1_000), dec!(-700)),
        "the multiplier counts"
    );
    for word in [
        "nobody quotes EUR in USD",
        "alpha/DU1 SIE",
        "beta/DU1 AAPL",
        "neither its value",
    ] {
        assert!(missing.contains(word), "{word}: {missing}");
    }
    let instruments = exposure.instruments.complete().unwrap();
    let apples = instruments
        .iter()
        .find(|one| one.instrument == apple())
        .unwrap();
    assert_eq!((apples.net_quantity, apples.net), (dec!(7), None));
}

#[tokio::test]
async fn an_account_that_does_not_answer_makes_the_total_partial() {
    let world = World::new();
    world.hold(vec![worth(&apple(), 1, dec!(150))], vec![]);
    world
        .beta
        .then("positions", Step::Fail(failure(ErrorKind::Timeout)));
    let exposure = world.exposure().await;
    let Covered::Partial { value, missing } = &exposure.total else {
        panic!("{exposure:?}");
    };
    assert_eq!(value.net, dec!(150));
    assert!(missing.contains("beta/DU1: timeout"), "{missing}");
    assert!(!exposure.instruments.is_complete());
    assert_eq!(exposure.failures.len(), 1);
    for stub in [&world.alpha, &world.beta] {
        stub.then("positions", Step::Fail(failure(ErrorKind::Timeout)));
    }
    assert!(matches!(
        world.exposure().await.total,
        Covered::Unavailable(_)
    ));
}

#[tokio::test]
async fn sums_that_are_too_large_are_no_numbers() {
    let world = World::new();
    world.hold(
        vec![worth(&apple(), 1, Decimal::MAX)],
        vec![worth(&equity("TSLA"), 1, Decimal::MAX)],
    );
    assert!(matches!(
        world.exposure().await.total,
        Covered::Unavailable(_)
    ));
    world.hold(
        vec![worth(&apple(), 1, Decimal::MAX)],
        vec![worth(&apple(), 1, Decimal::MAX)],
    );
    let exposure = world.exposure().await;
    assert!(!exposure.total.is_complete(), "{exposure:?}");
}
