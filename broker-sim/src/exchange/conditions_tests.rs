//! Orders that wait for something, or are canceled by it.

use std::sync::Arc;

use broker_core::{dec, model::*};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{
    Adjustment, Condition, Conditions, Instructions, Place, Test, WatchedPrice,
    fixtures::{Sim, at, check, limit, price, stop, units},
};

fn one(test: Test) -> Conditions {
    chain([(test, false)])
}

fn chain<const N: usize>(all: [(Test, bool); N]) -> Conditions {
    let all = all.map(|(test, and_next)| Condition { test, and_next });
    Conditions {
        all: all.to_vec(),
        cancels: false,
        outside_regular_hours: false,
    }
}

fn on(conditions: Conditions) -> Instructions {
    Instructions {
        conditions: Some(conditions),
        ..Instructions::default()
    }
}

impl Sim {
    fn instructed(&mut self, order: NewOrder, instructions: Instructions) -> u64 {
        let key = self
            .exchange
            .place_held(Arc::new(order), None, instructions)
            .unwrap();
        self.exchange.release(key);
        check(&self.exchange);
        key
    }

    fn buy_on(&mut self, conditions: Conditions) -> u64 {
        let order = self.order(Side::Buy, 10, OrderType::Market);
        self.instructed(order, on(conditions))
    }

    fn last(&self, above: bool, level: Decimal) -> Test {
        Test::Price {
            instrument: self.share.clone(),
            of: WatchedPrice::Last,
            above,
            level: price(level),
        }
    }

    fn place_of(&self, key: u64) -> Place {
        self.get(key).place
    }
}

fn after(at: DateTime<Utc>) -> Test {
    Test::Time { after: true, at }
}

#[test]
fn an_order_works_once_a_price_is_reached_and_not_before() {
    let mut sim = Sim::new();
    let above = sim.last(true, dec!(105));
    let key = sim.buy_on(one(above));
    sim.price(dec!(104.99));
    assert_eq!(sim.place_of(key), Place::Conditional);
    assert_eq!(sim.held(1), dec!(0));
    sim.price(dec!(105));
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn a_condition_that_holds_already_does_not_hold_the_order_up() {
    let mut sim = Sim::new();
    let below = sim.last(false, dec!(100));
    let key = sim.buy_on(one(below));
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn an_order_that_was_set_off_does_not_wait_again() {
    let mut sim = Sim::new();
    let above = sim.last(true, dec!(105));
    let order = sim.order(Side::Buy, 10, limit(dec!(90)));
    let key = sim.instructed(order, on(one(above)));
    sim.price(dec!(106));
    assert_eq!(sim.place_of(key), Place::Book);
    sim.price(dec!(100));
    assert_eq!(sim.place_of(key), Place::Book);
    sim.price(dec!(89));
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn the_clock_sets_an_order_off_at_its_instant() {
    let mut sim = Sim::new();
    let noon = at("2022-01-04T17:00");
    let key = sim.buy_on(one(after(noon)));
    sim.until(noon - TimeDelta::seconds(1));
    assert_eq!(sim.place_of(key), Place::Conditional);
    sim.until(noon);
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn good_after_is_a_clock_of_its_own() {
    let mut sim = Sim::new();
    let noon = at("2022-01-04T17:00");
    let order = sim.order(Side::Buy, 10, OrderType::Market);
    let instructions = Instructions {
        good_after: Some(noon),
        ..Instructions::default()
    };
    let key = sim.instructed(order, instructions);
    sim.until(noon - TimeDelta::seconds(1));
    assert_eq!(sim.place_of(key), Place::Conditional);
    sim.until(noon);
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn and_binds_closer_than_or() {
    // (price and time) or price: the far price alone is enough, the near one is not.
    let noon = at("2022-01-04T17:00");
    for (level, expected) in [(dec!(105), false), (dec!(120), true)] {
        let mut sim = Sim::new();
        let (near, far) = (sim.last(true, dec!(105)), sim.last(true, dec!(120)));
        let key = sim.buy_on(chain([(near, true), (after(noon), false), (far, false)]));
        sim.price(level);
        assert_eq!(sim.status(key) == OrderStatus::Filled, expected, "{level}");
    }
    let mut sim = Sim::new();
    let (near, far) = (sim.last(true, dec!(105)), sim.last(true, dec!(120)));
    let key = sim.buy_on(chain([(near, true), (after(noon), false), (far, false)]));
    sim.price(dec!(105));
    sim.until(noon);
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn a_trade_of_the_account_counts_from_when_the_order_was_taken() {
    let mut sim = Sim::new();
    sim.buy(5, OrderType::Market);
    let traded = |exchange| Test::Execution {
        symbol: "AAA".into(),
        class: AssetClass::Equity,
        exchange,
    };
    let key = sim.buy_on(one(traded(None)));
    let elsewhere = sim.buy_on(one(traded(Some(Mic::XHKG))));
    assert_eq!(sim.place_of(key), Place::Conditional);
    let other = sim.order_of(2, Side::Buy, 5, OrderType::Market);
    sim.place(&other).unwrap();
    assert_eq!(
        sim.place_of(key),
        Place::Conditional,
        "someone else's trade"
    );
    sim.buy(5, OrderType::Market);
    assert_eq!(sim.status(key), OrderStatus::Filled);
    assert_eq!(sim.place_of(elsewhere), Place::Conditional);
}

#[test]
fn volume_and_change_are_those_of_the_day() {
    let mut sim = Sim::new();
    let share = sim.share.clone();
    let volume = |units| Test::Volume {
        instrument: share.clone(),
        above: true,
        units,
    };
    let so_far = sim.exchange.quote(&share).unwrap().volume.unwrap();
    let key = sim.buy_on(one(volume(so_far + dec!(7))));
    sim.buy(6, OrderType::Market);
    assert_eq!(sim.place_of(key), Place::Conditional);
    sim.buy(1, OrderType::Market);
    assert_eq!(sim.status(key), OrderStatus::Filled);

    // The next day, from the close before.
    sim.until(at("2022-01-05T15:00"));
    let change = |above, percent| Test::Change {
        instrument: share.clone(),
        above,
        percent,
    };
    let rise = sim.buy_on(one(change(true, dec!(2))));
    let fall = sim.buy_on(one(change(false, dec!(-2))));
    sim.price(dec!(101.9));
    assert_eq!(sim.place_of(rise), Place::Conditional);
    sim.price(dec!(102.1));
    assert_eq!(sim.status(rise), OrderStatus::Filled);
    sim.price(dec!(98));
    assert_eq!(sim.status(fall), OrderStatus::Filled);
}

#[test]
fn the_cushion_of_the_account_is_watched() {
    let mut sim = Sim::new();
    let below = Test::Margin {
        above: false,
        percent: dec!(90),
    };
    let key = sim.buy_on(one(below));
    assert_eq!(sim.place_of(key), Place::Conditional);
    // Half of a million in shares needs a quarter of it as margin.
    sim.buy(5_000, OrderType::Market);
    sim.pass(TimeDelta::minutes(1));
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn prices_outside_the_regular_session_count_only_if_asked() {
    for outside in [false, true] {
        let mut sim = Sim::starting(at("2022-01-04T13:00"));
        let above = sim.last(true, dec!(105));
        let mut conditions = one(above);
        conditions.outside_regular_hours = outside;
        let order = sim
            .order(Side::Buy, 10, limit(dec!(106)))
            .with_session(TradingSession::Extended);
        let key = sim.instructed(order, on(conditions));
        sim.price(dec!(105));
        assert_eq!(sim.status(key) == OrderStatus::Filled, outside);
    }
}

#[test]
fn conditions_that_cancel_let_the_order_work_until_they_hold() {
    let mut sim = Sim::new();
    let above = sim.last(true, dec!(105));
    let mut conditions = one(above);
    conditions.cancels = true;
    let order = sim.order(Side::Buy, 10, limit(dec!(90)));
    let key = sim.instructed(order, on(conditions));
    assert_eq!(sim.place_of(key), Place::Book);
    sim.price(dec!(105));
    assert_eq!(sim.status(key), OrderStatus::Canceled);
    sim.price(dec!(80));
    assert_eq!(sim.held(1), dec!(0));
}

#[test]
fn one_orders_trade_sets_off_the_next() {
    let mut sim = Sim::new();
    let traded = Test::Execution {
        symbol: "AAA".into(),
        class: AssetClass::Equity,
        exchange: None,
    };
    let second = sim.buy_on(one(traded));
    let above = sim.last(true, dec!(105));
    let first = sim.buy_on(one(above));
    sim.price(dec!(105));
    assert_eq!(sim.status(first), OrderStatus::Filled);
    assert_eq!(sim.status(second), OrderStatus::Filled);
}

#[test]
fn a_day_order_whose_condition_never_holds_ends_with_the_day() {
    let mut sim = Sim::new();
    let above = sim.last(true, dec!(105));
    let key = sim.buy_on(one(above));
    sim.until(at("2022-01-04T21:00"));
    assert_eq!(sim.status(key), OrderStatus::Expired);
    sim.until(at("2022-01-05T15:00"));
    sim.price(dec!(110));
    assert_eq!(sim.held(1), dec!(0));
}

#[test]
fn what_an_order_waits_for_can_be_changed_until_it_works() {
    let mut sim = Sim::new();
    let above = sim.last(true, dec!(105));
    let key = sim.buy_on(one(above.clone()));
    let nearer = sim.last(true, dec!(101));
    sim.exchange.instruct(key, on(one(nearer))).unwrap();
    sim.price(dec!(101));
    assert_eq!(sim.status(key), OrderStatus::Filled);

    let order = sim.order(Side::Buy, 10, limit(dec!(90)));
    let works = sim.instructed(order, Instructions::default());
    let refused = sim.exchange.instruct(works, on(one(above))).unwrap_err();
    assert_eq!(refused.code, "105");
    assert_eq!(sim.place_of(works), Place::Book);
}

#[test]
fn all_or_none_waits_until_all_is_there() {
    let mut sim = Sim::new();
    let share = sim.share.clone();
    let offered = sim.exchange.quote(&share).unwrap();
    let (best, there) = (offered.ask.unwrap().get(), offered.ask_size.unwrap());
    let wanted: i64 = (there + dec!(50)).to_string().parse().unwrap();
    let order = sim.order(Side::Buy, wanted, limit(best));
    let whole = Instructions {
        all_or_none: true,
        ..Instructions::default()
    };
    let key = sim.instructed(order, whole);
    assert_eq!(sim.state(key), (OrderStatus::New, dec!(0)));
    let bid = sim.exchange.quote(&share).unwrap().bid.unwrap().get();
    assert!(bid < best, "it is not in the book");
    // Somebody offers what was missing.
    let other = sim.order_of(2, Side::SellShort, 60, limit(best));
    sim.place(&other).unwrap();
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn a_minimum_must_trade_first_and_the_rest_waits_in_the_book() {
    let mut sim = Sim::new();
    let share = sim.share.clone();
    let offered = sim.exchange.quote(&share).unwrap();
    let (best, there) = (offered.ask.unwrap().get(), offered.ask_size.unwrap());
    let more: i64 = (there + dec!(50)).to_string().parse().unwrap();
    let at_least = |minimum: i64| Instructions {
        minimum: Some(units(Decimal::from(minimum))),
        ..Instructions::default()
    };
    let too_much = sim.order(Side::Buy, more, limit(best));
    let waits = sim.instructed(too_much, at_least(more));
    assert_eq!(sim.state(waits), (OrderStatus::New, dec!(0)));
    sim.exchange.cancel(waits).unwrap();
    let order = sim.order(Side::Buy, more, limit(best));
    let key = sim.instructed(order, at_least(more - 60));
    assert_eq!(sim.get(key).filled, there);
    assert_eq!(sim.place_of(key), Place::Book);
}

#[test]
fn a_hidden_order_moves_no_quote_and_trades() {
    let mut sim = Sim::new();
    let share = sim.share.clone();
    let before = sim.exchange.quote(&share).unwrap();
    let (bid, ask) = (before.bid.unwrap().get(), before.ask.unwrap().get());
    let middle = (bid + ask) / dec!(2);
    assert!(bid < middle && middle < ask);
    let order = sim.order(Side::Buy, 10, limit(middle));
    let hidden = Instructions {
        hidden: true,
        ..Instructions::default()
    };
    let key = sim.instructed(order, hidden.clone());
    assert_eq!(sim.place_of(key), Place::Book);
    assert_eq!(sim.exchange.quote(&share).unwrap().bid, before.bid);
    let other = sim.order_of(2, Side::SellShort, 10, OrderType::Market);
    sim.place(&other).unwrap();
    assert_eq!(sim.state(key), (OrderStatus::Filled, dec!(10)));
    assert_eq!(sim.average(key), middle);
    // What never rests cannot hide.
    let order = sim.order(Side::Buy, 10, OrderType::Market);
    let refused = sim.exchange.place_held(Arc::new(order), None, hidden);
    assert_eq!(refused.unwrap_err().field, Some("hidden"));
}

#[test]
fn a_stop_becomes_what_its_adjustment_says_and_then_trails() {
    let mut sim = Sim::new();
    sim.buy(10, OrderType::Market);
    let order = sim.order(Side::Sell, 10, stop(dec!(95)));
    let adjusts = Instructions {
        adjustment: Some(Adjustment {
            trigger: price(dec!(105)),
            becomes: OrderType::TrailingStop {
                offset: TrailingOffset::Amount(dec!(2)),
                trigger: Some(price(dec!(101))),
            },
        }),
        ..Instructions::default()
    };
    let key = sim.instructed(order, adjusts);
    sim.price(dec!(104));
    assert_eq!(sim.get(key).trigger_price(), Some(price(dec!(95))));
    sim.price(dec!(105));
    assert_eq!(
        sim.get(key).terms.order_type.kind(),
        OrderTypeKind::TrailingStop
    );
    assert_eq!(sim.get(key).trigger_price(), Some(price(dec!(103))));
    assert!(sim.reports(key).contains(&"Restated".to_owned()));
    sim.price(dec!(103));
    assert_eq!(sim.status(key), OrderStatus::Filled);
    assert_eq!(sim.held(1), dec!(0));
}

#[test]
fn a_market_order_sent_at_night_waits_for_the_opening() {
    let mut sim = Sim::starting(at("2022-01-04T23:30"));
    let order = sim.order(Side::Buy, 10, OrderType::Market);
    let key = sim.instructed(order, Instructions::default());
    assert_eq!(sim.place_of(key), Place::Held);
    let opens = at("2022-01-05T14:30");
    assert_eq!(sim.exchange.works_from(key), Some(opens));
    sim.until(opens - TimeDelta::seconds(1));
    assert_eq!(sim.place_of(key), Place::Held, "not in the session before");
    sim.until(opens);
    assert_eq!(sim.status(key), OrderStatus::Filled);
    assert_eq!(sim.exchange.works_from(key), None);
    // What must trade at once does not wait.
    sim.until(at("2022-01-05T23:30"));
    let order = sim
        .order(Side::Buy, 10, OrderType::Market)
        .with_time_in_force(TimeInForce::Ioc);
    let refused = sim
        .exchange
        .place_held(Arc::new(order), None, Instructions::default());
    assert_eq!(
        refused.unwrap_err().kind,
        broker_core::ErrorKind::MarketClosed
    );
}

#[test]
fn an_algorithm_trades_over_its_window_and_not_at_once() {
    let mut sim = Sim::new();
    for strategy in [AlgoStrategy::Twap, AlgoStrategy::Vwap] {
        let mut algo = Algo::new(strategy);
        let start = sim.exchange.now();
        algo.end = Some(start + TimeDelta::minutes(60));
        let order = sim.order(Side::Buy, 100, OrderType::Algo(algo));
        let key = sim.instructed(order, Instructions::default());
        let mut filled = vec![sim.get(key).filled];
        for _ in 0..6 {
            sim.pass(TimeDelta::minutes(10));
            filled.push(sim.get(key).filled);
        }
        assert_eq!(filled[0], dec!(0), "{strategy:?}: {filled:?}");
        assert!(
            filled.windows(2).all(|pair| pair[0] < pair[1]),
            "{filled:?}"
        );
        assert!(filled[3] < dec!(70), "{strategy:?}: {filled:?}");
        assert_eq!(filled[6], dec!(100), "{strategy:?}: {filled:?}");
    }
}
