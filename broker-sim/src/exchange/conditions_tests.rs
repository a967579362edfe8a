//! Orders that wait for something, or are canceled by it.

use std::sync::Arc;

use broker_core::{dec, model::*};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{
    Condition, Conditions, Instructions, Place, Test, WatchedPrice,
    fixtures::{Sim, at, check, limit, price},
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
    pub(super) fn instructed(&mut self, order: NewOrder, instructions: Instructions) -> u64 {
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

    pub(super) fn place_of(&self, key: u64) -> Place {
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
