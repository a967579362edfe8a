use std::sync::Arc;

use broker_core::{ErrorKind, dec, model::*};

use super::{
    AlternativeRule, Instructions, Place,
    fixtures::{Sim, check, limit, stop},
};

fn list() -> ListId {
    ListId::new("family").unwrap()
}

fn follower(sim: &mut Sim, entry: u64, role: ListRole, terms: (Side, i64, OrderType)) -> u64 {
    let (side, quantity, order_type) = terms;
    let order = Arc::new(sim.order(side, quantity, order_type));
    sim.exchange
        .place_follower(order, entry, &list(), role, Instructions::default())
        .unwrap()
}

fn held(sim: &mut Sim, side: Side, order_type: OrderType) -> u64 {
    let order = Arc::new(sim.order(side, 100, order_type));
    sim.exchange
        .place_held(order, None, Instructions::default())
        .unwrap()
}

#[test]
fn a_held_order_does_nothing_before_it_is_released() {
    let mut sim = Sim::new();
    let entry = held(&mut sim, Side::Buy, OrderType::Market);
    assert_eq!(sim.get(entry).place, Place::Waiting);
    assert_eq!(sim.held(1), dec!(0));
    sim.exchange.release(entry);
    assert_eq!(sim.status(entry), OrderStatus::Filled);
    // A second release is none.
    sim.exchange.release(entry);
    assert_eq!(sim.held(1), dec!(100));
    check(&sim.exchange);
}

#[test]
fn exits_that_joined_one_by_one_behave_as_those_of_a_bracket() {
    let mut sim = Sim::new();
    let entry = held(&mut sim, Side::Buy, limit(dec!(99)));
    let profit = follower(
        &mut sim,
        entry,
        ListRole::TakeProfit,
        (Side::Sell, 100, limit(dec!(110))),
    );
    let loss = follower(
        &mut sim,
        entry,
        ListRole::StopLoss,
        (Side::Sell, 100, stop(dec!(90))),
    );
    sim.exchange.release(entry);
    assert_eq!(sim.get(profit).place, Place::Waiting);
    sim.price(dec!(98));
    assert_eq!(
        (sim.get(profit).place, sim.get(loss).place),
        (Place::Book, Place::Armed)
    );
    sim.price(dec!(111));
    assert_eq!(sim.status(profit), OrderStatus::Filled);
    assert_eq!(sim.status(loss), OrderStatus::Canceled);
    assert_eq!(sim.held(1), dec!(0));
    check(&sim.exchange);
}

#[test]
fn an_exit_that_joins_an_entry_filled_in_part_works_for_that_part() {
    let mut sim = Sim::new();
    let entry = sim.buy(100, limit(dec!(100)));
    let other = sim.order_of(2, Side::SellShort, 30, limit(dec!(100)));
    sim.place(&other).unwrap();
    assert_eq!(sim.get(entry).filled, dec!(30));
    let exit = follower(
        &mut sim,
        entry,
        ListRole::TakeProfit,
        (Side::Sell, 100, limit(dec!(110))),
    );
    assert_eq!(sim.get(exit).tradable(), dec!(30));
    let role = sim.get(entry).list.as_ref().map(|link| link.role);
    assert_eq!(role, Some(ListRole::Entry));
    check(&sim.exchange);
}

#[test]
fn a_child_of_a_child_waits_for_its_own_parent_and_goes_with_it() {
    let mut sim = Sim::new();
    let entry = held(&mut sim, Side::Buy, limit(dec!(99)));
    let exit = follower(
        &mut sim,
        entry,
        ListRole::TakeProfit,
        (Side::Sell, 100, limit(dec!(110))),
    );
    let again = follower(
        &mut sim,
        exit,
        ListRole::Triggered,
        (Side::Buy, 50, limit(dec!(95))),
    );
    sim.exchange.release(entry);
    sim.price(dec!(98));
    assert_eq!(sim.get(again).place, Place::Waiting);
    sim.price(dec!(111));
    assert_eq!(sim.status(exit), OrderStatus::Filled);
    assert_eq!(sim.get(again).place, Place::Book);

    let mut sim = Sim::new();
    let entry = held(&mut sim, Side::Buy, limit(dec!(99)));
    let exit = follower(
        &mut sim,
        entry,
        ListRole::TakeProfit,
        (Side::Sell, 100, limit(dec!(110))),
    );
    let again = follower(
        &mut sim,
        exit,
        ListRole::Triggered,
        (Side::Buy, 50, limit(dec!(95))),
    );
    sim.exchange.release(entry);
    sim.exchange.cancel(entry).unwrap();
    assert_eq!(sim.status(exit), OrderStatus::Canceled);
    assert_eq!(sim.status(again), OrderStatus::Canceled);
}

#[test]
fn nobody_follows_an_order_that_has_ended_or_in_a_part_that_follows_nobody() {
    let mut sim = Sim::new();
    let entry = sim.buy(100, limit(dec!(90)));
    let order = Arc::new(sim.order(Side::Sell, 100, limit(dec!(110))));
    let wrong = sim.exchange.place_follower(
        Arc::clone(&order),
        entry,
        &list(),
        ListRole::Alternative,
        Instructions::default(),
    );
    assert_eq!(wrong.unwrap_err().kind, ErrorKind::InvalidRequest);
    sim.exchange.cancel(entry).unwrap();
    let late = sim.exchange.place_follower(
        order,
        entry,
        &list(),
        ListRole::StopLoss,
        Instructions::default(),
    );
    assert_eq!(late.unwrap_err().kind, ErrorKind::TooLate);
    check(&sim.exchange);
}

#[test]
fn a_partial_fill_reduces_or_cancels_the_alternatives_by_their_rule() {
    for rule in [AlternativeRule::Reduce, AlternativeRule::Cancel] {
        let mut sim = Sim::new();
        let one = sim.buy(100, limit(dec!(100)));
        let order = Arc::new(sim.order(Side::Buy, 100, limit(dec!(95))));
        let two = sim
            .exchange
            .place_held(order, Some(one), Instructions::default())
            .unwrap();
        sim.exchange.join_alternatives(two, one, rule);
        sim.exchange.release(two);
        let other = sim.order_of(2, Side::SellShort, 30, limit(dec!(100)));
        sim.place(&other).unwrap();
        assert_eq!(sim.get(one).filled, dec!(30));
        match rule {
            AlternativeRule::Reduce => assert_eq!(sim.get(two).leaves(), dec!(70)),
            AlternativeRule::Cancel => assert_eq!(sim.status(two), OrderStatus::Canceled),
        }
        check(&sim.exchange);
    }
}

#[test]
fn of_sales_that_cancel_each_other_each_may_sell_all_that_is_held() {
    let mut sim = Sim::new();
    sim.buy(100, OrderType::Market);
    let one = sim.sell(100, limit(dec!(110)));
    let order = Arc::new(sim.order(Side::Sell, 100, stop(dec!(90))));
    let two = sim
        .exchange
        .place_held(order, Some(one), Instructions::default())
        .unwrap();
    sim.exchange
        .join_alternatives(two, one, AlternativeRule::Reduce);
    sim.exchange.release(two);
    sim.price(dec!(111));
    assert_eq!(sim.status(one), OrderStatus::Filled);
    assert_eq!(sim.status(two), OrderStatus::Canceled);
    assert_eq!(sim.held(1), dec!(0));
    check(&sim.exchange);
}
