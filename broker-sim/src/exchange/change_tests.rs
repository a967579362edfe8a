use broker_core::{ErrorKind, dec, model::*};
use chrono::TimeDelta;

use super::{
    Place,
    fixtures::{Sim, at, limit, price, stop, units},
};

#[test]
fn an_order_that_shrinks_keeps_its_place_in_the_queue() {
    let mut sim = Sim::new();
    let first = sim.sell(100, limit(dec!(100)));
    let second = sim.order_of(2, Side::Sell, 100, limit(dec!(100)));
    let second = sim.place(&second).unwrap();
    let mut change = sim.change(first);
    change.quantity = Some(units(dec!(60)));
    sim.exchange.replace(first, &change).unwrap();
    let taker = sim.order_of(3, Side::Buy, 60, limit(dec!(100)));
    sim.place(&taker).unwrap();
    assert_eq!(sim.state(first), (OrderStatus::Filled, dec!(60)));
    change.client_order_id = sim.get(second).client_order_id().clone();
    change.account = sim.get(second).account.clone();
    change.quantity = Some(units(dec!(120)));
    change.limit_price = Some(price(dec!(100.03)));
    sim.exchange.replace(second, &change).unwrap();
    assert_eq!(sim.get(second).leaves(), dec!(120));
}

#[test]
fn a_replace_to_the_filled_quantity_or_less_is_refused() {
    let mut sim = Sim::new();
    let key = sim.sell(100, limit(dec!(100)));
    let taker = sim.order_of(2, Side::Buy, 40, limit(dec!(100)));
    sim.place(&taker).unwrap();
    for quantity in [dec!(30), dec!(40)] {
        let mut change = sim.change(key);
        change.quantity = Some(units(quantity));
        let refusal = sim.exchange.replace(key, &change).unwrap_err();
        assert_eq!(refusal.field, Some("quantity"));
    }
    assert_eq!(sim.get(key).leaves(), dec!(60));
}

#[test]
fn a_replaced_lifetime_replaces_the_old_one() {
    let mut sim = Sim::new();
    let soon = TimeInForce::Gtd(at("2022-01-04T16:00"));
    let order = sim
        .order(Side::Buy, 10, limit(dec!(90)))
        .with_time_in_force(soon);
    let key = sim.place(&order).unwrap();
    let mut change = sim.change(key);
    change.time_in_force = Some(TimeInForce::Gtd(at("2022-01-04T18:00")));
    sim.exchange.replace(key, &change).unwrap();
    sim.until(at("2022-01-04T17:59"));
    assert_eq!(sim.status(key), OrderStatus::New);
    change.time_in_force = Some(TimeInForce::Gtc);
    sim.exchange.replace(key, &change).unwrap();
    sim.until(at("2022-01-06T22:00"));
    assert_eq!(sim.status(key), OrderStatus::New);
    // Made a day order after the close, it works one more day.
    change.time_in_force = Some(TimeInForce::Day);
    sim.exchange.replace(key, &change).unwrap();
    sim.until(at("2022-01-07T20:59"));
    assert_eq!(sim.status(key), OrderStatus::New);
    change.time_in_force = Some(TimeInForce::Ioc);
    assert_eq!(
        sim.exchange.replace(key, &change).unwrap_err().field,
        Some("time_in_force")
    );
    sim.until(at("2022-01-07T21:00"));
    assert_eq!(sim.status(key), OrderStatus::Expired);
}

#[test]
fn triggers_and_distances_are_replaced_armed_or_held() {
    let mut sim = Sim::new();
    let armed = sim.buy(10, stop(dec!(110)));
    let mut change = sim.change(armed);
    change.trigger_price = Some(price(dec!(105)));
    sim.exchange.replace(armed, &change).unwrap();
    let trailing = sim.sell(
        10,
        OrderType::TrailingStop {
            offset: TrailingOffset::Amount(dec!(5)),
            trigger: None,
        },
    );
    let mut change = sim.change(trailing);
    change.trailing_offset = Some(TrailingOffset::Amount(dec!(1)));
    sim.exchange.replace(trailing, &change).unwrap();
    assert_eq!(sim.get(trailing).trigger, Some(dec!(99)));
    sim.price(dec!(105));
    assert_eq!(sim.status(armed), OrderStatus::Filled);
    sim.until(at("2022-01-04T22:00"));
    let held = sim.buy(10, stop(dec!(120)));
    assert_eq!(sim.get(held).place, Place::Held);
    let mut change = sim.change(held);
    change.trigger_price = Some(price(dec!(104)));
    sim.exchange.replace(held, &change).unwrap();
    sim.until(at("2022-01-05T14:31"));
    assert_eq!(sim.status(held), OrderStatus::Filled);
}

#[test]
fn a_cancel_works_in_every_place_and_only_once() {
    let mut sim = Sim::new();
    let book = sim.buy(10, limit(dec!(90)));
    let armed = sim.buy(10, stop(dec!(110)));
    let auction = sim.buy(10, OrderType::MarketOnClose);
    let algo = sim.buy(1_000, OrderType::Algo(Algo::new(AlgoStrategy::Twap)));
    let filled = sim.buy(1, OrderType::Market);
    for key in [book, armed, auction, algo] {
        sim.exchange.cancel(key).unwrap();
        assert_eq!(
            sim.exchange.cancel(key).unwrap_err().kind,
            ErrorKind::TooLate
        );
    }
    if sim.get(filled).is_open() {
        sim.pass(TimeDelta::seconds(3));
    }
    assert_eq!(
        sim.exchange.cancel(filled).unwrap_err().kind,
        ErrorKind::TooLate
    );
    assert_eq!(
        sim.exchange.cancel(9_999).unwrap_err().kind,
        ErrorKind::NotFound
    );
    let change = sim.change(book);
    assert_eq!(
        sim.exchange.replace(book, &change).unwrap_err().kind,
        ErrorKind::TooLate
    );
    sim.buy(10, limit(dec!(90)));
    sim.buy(10, limit(dec!(91)));
    let account = sim.account(1);
    let open = sim
        .exchange
        .orders(&account)
        .iter()
        .filter(|o| o.is_open())
        .count();
    assert_eq!(sim.exchange.cancel_all(&account), open);
    super::fixtures::check(&sim.exchange);
    assert_eq!(sim.exchange.open_orders(), 0);
}

#[test]
fn an_order_works_again_for_a_busted_fill() {
    let mut sim = Sim::new();
    let key = sim.sell(100, limit(dec!(100)));
    let taker = sim.order_of(2, Side::Buy, 40, limit(dec!(100)));
    sim.place(&taker).unwrap();
    let account = sim.account(1);
    assert!(sim.exchange.bust_newest(&account));
    super::fixtures::check(&sim.exchange);
    assert_eq!(sim.get(key).leaves(), dec!(100));
    assert_eq!(sim.held(1), dec!(0));
    sim.price(dec!(101));
    assert_eq!(sim.state(key), (OrderStatus::Filled, dec!(100)));
    assert!(sim.exchange.bust_newest(&account));
    assert_eq!(sim.status(key), OrderStatus::Canceled);
    assert!(!sim.exchange.bust_newest(&account));
}

#[test]
fn every_correction_has_a_name_of_its_own() {
    let mut sim = Sim::new();
    sim.buy(10, OrderType::Market);
    let account = sim.account(1);
    let mut names = vec![sim.exchange.fills(&account)[0].execution_id.clone()];
    for _ in 0..3 {
        assert!(sim.exchange.correct_newest(&account));
        let fill = sim.exchange.fills(&account)[0].clone();
        assert!(!names.contains(&fill.execution_id));
        names.push(fill.execution_id);
    }
    assert_eq!(sim.exchange.fills(&account)[0].price, price(dec!(100.04)));
}

#[test]
fn a_forgotten_identifier_stays_taken() {
    let mut sim = Sim::new();
    sim.exchange.settings.keep_ended = 2;
    let first = sim.order(Side::Buy, 1, OrderType::Market);
    let key = sim.place(&first).unwrap();
    for _ in 0..3 {
        sim.buy(1, OrderType::Market);
    }
    assert!(sim.exchange.order(key).is_none());
    assert_eq!(sim.place(&first).unwrap_err().kind, ErrorKind::Duplicate);
}
