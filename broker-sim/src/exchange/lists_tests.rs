use broker_core::{ErrorKind, dec, model::*};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    Place,
    fixtures::{Sim, check_positions, limit, stop, units},
};

fn bracket(sim: &mut Sim, entry: OrderType) -> [u64; 3] {
    let [entry, profit, loss] = [
        sim.order(Side::Buy, 100, entry),
        sim.order(Side::Sell, 100, limit(dec!(110))),
        sim.order(Side::Sell, 100, stop(dec!(90))),
    ];
    let keys = sim.list(Contingency::Bracket {
        entry: Box::new(entry),
        take_profit: Box::new(profit),
        stop_loss: Box::new(loss),
    });
    keys.unwrap().try_into().unwrap()
}

fn alternatives(sim: &mut Sim, types: [(Side, OrderType); 2]) -> Vec<u64> {
    let orders = types.map(|(side, order_type)| sim.order(side, 100, order_type));
    sim.list(Contingency::OneCancelsOther {
        orders: orders.into(),
    })
    .unwrap()
}

#[test]
fn exits_wait_for_the_entry_and_the_first_one_cancels_the_other() {
    let mut sim = Sim::new();
    let [entry, profit, loss] = bracket(&mut sim, limit(dec!(99)));
    assert_eq!(sim.get(profit).place, Place::Waiting);
    assert_eq!(sim.get(loss).place, Place::Waiting);
    sim.price(dec!(98));
    assert_eq!(sim.status(entry), OrderStatus::Filled);
    assert_eq!(
        (sim.get(profit).place, sim.get(loss).place),
        (Place::Book, Place::Armed)
    );
    sim.price(dec!(111));
    assert_eq!(sim.status(profit), OrderStatus::Filled);
    assert_eq!(sim.state(loss), (OrderStatus::Canceled, dec!(0)));
    assert_eq!(sim.held(1), dec!(0));
}

#[test]
fn an_entry_filled_in_part_releases_as_much_of_its_exits() {
    let mut sim = Sim::new();
    let [entry, profit, loss] = bracket(&mut sim, limit(dec!(100)));
    assert_eq!(sim.get(entry).place, Place::Book);
    let other = |sim: &mut Sim, quantity| {
        let order = sim.order_of(2, Side::SellShort, quantity, limit(dec!(100)));
        sim.place(&order).unwrap();
    };
    other(&mut sim, 30);
    assert_eq!(sim.get(profit).tradable(), dec!(30));
    other(&mut sim, 20);
    assert_eq!(
        (sim.get(profit).tradable(), sim.get(loss).tradable()),
        (dec!(50), dec!(50))
    );
    // The exit trades what was released and waits for more.
    let share = sim.share.clone();
    let taker = sim.order_of(3, Side::Buy, 50, limit(dec!(110)));
    let best = sim.exchange.quote(&share).unwrap().ask.unwrap();
    assert!(best.get() < dec!(110));
    sim.exchange.cancel(entry).unwrap();
    super::fixtures::check(&sim.exchange);
    assert_eq!(sim.get(profit).quantity, dec!(50));
    assert_eq!(sim.get(loss).quantity, dec!(50));
    sim.place(&taker).unwrap();
    sim.price(dec!(111));
    assert_eq!(sim.state(profit), (OrderStatus::Filled, dec!(50)));
    assert_eq!(sim.status(loss), OrderStatus::Canceled);
    assert_eq!(sim.held(1), dec!(0));
}

#[test]
fn an_exit_that_traded_all_it_was_released_is_filled_when_the_entry_ends() {
    let mut sim = Sim::new();
    let [entry, profit, loss] = bracket(&mut sim, limit(dec!(100)));
    let order = sim.order_of(2, Side::SellShort, 40, limit(dec!(100)));
    sim.place(&order).unwrap();
    sim.exchange
        .pin_price(&sim.share.clone(), Price::new(dec!(100)).unwrap())
        .unwrap();
    let taker = sim.order_of(3, Side::Buy, 100_000, limit(dec!(110)));
    let _ = sim.place(&taker);
    while sim.get(profit).filled < dec!(40) {
        let taker = sim
            .order_of(3, Side::Buy, 3_000, limit(dec!(110)))
            .with_time_in_force(TimeInForce::Ioc);
        sim.place(&taker).unwrap();
    }
    assert_eq!(sim.get(profit).place, Place::Hungry);
    assert_eq!(sim.get(loss).quantity, dec!(60));
    sim.exchange.cancel(entry).unwrap();
    super::fixtures::check(&sim.exchange);
    assert_eq!(sim.state(profit), (OrderStatus::Filled, dec!(40)));
    assert!(!sim.get(loss).is_open());
    assert_eq!(sim.held(1), dec!(0));
}

#[test]
fn the_end_of_an_entry_ends_its_waiting_exits() {
    for expire in [false, true] {
        let mut sim = Sim::new();
        let [entry, profit, loss] = bracket(&mut sim, limit(dec!(99)));
        if expire {
            sim.pass(TimeDelta::days(1));
            assert_eq!(sim.status(entry), OrderStatus::Expired);
        } else {
            sim.exchange.cancel(entry).unwrap();
        }
        assert!(!sim.get(profit).is_open() && !sim.get(loss).is_open());
    }
    let mut sim = Sim::new();
    let [_, profit, loss] = bracket(&mut sim, OrderType::Market);
    sim.exchange.cancel(profit).unwrap();
    assert_eq!(sim.get(loss).place, Place::Armed);
}

#[test]
fn an_alternative_that_trades_at_once_keeps_the_other_from_working() {
    let mut sim = Sim::new();
    let keys = alternatives(
        &mut sim,
        [(Side::Buy, limit(dec!(101))), (Side::Buy, stop(dec!(99)))],
    );
    assert_eq!(sim.status(keys[0]), OrderStatus::Filled);
    assert_eq!(sim.state(keys[1]), (OrderStatus::Canceled, dec!(0)));
    assert_eq!(sim.held(1), dec!(100));
}

#[test]
fn two_alternatives_hit_by_one_sweep_trade_only_once() {
    let mut sim = Sim::new();
    let keys = alternatives(
        &mut sim,
        [
            (Side::Sell, limit(dec!(100))),
            (Side::Sell, limit(dec!(100))),
        ],
    );
    let taker = sim.order_of(2, Side::Buy, 200, limit(dec!(100)));
    let taker = sim.place(&taker).unwrap();
    assert_eq!(sim.status(taker), OrderStatus::Filled);
    assert_eq!(sim.state(keys[0]), (OrderStatus::Filled, dec!(100)));
    assert_eq!(sim.state(keys[1]), (OrderStatus::Canceled, dec!(0)));
    assert_eq!(sim.reports(keys[1]), ["New", "Canceled"]);
    check_positions(&sim.exchange);
}

#[test]
fn two_stops_reached_by_one_gap_trade_only_once() {
    let mut sim = Sim::new();
    let keys = alternatives(
        &mut sim,
        [(Side::Buy, stop(dec!(101))), (Side::Buy, stop(dec!(102)))],
    );
    sim.price(dec!(105));
    assert_eq!(sim.status(keys[0]), OrderStatus::Filled);
    assert_eq!(sim.state(keys[1]), (OrderStatus::Canceled, dec!(0)));
}

#[test]
fn a_partial_fill_shrinks_the_other_alternative_in_its_place() {
    let mut sim = Sim::new();
    let keys = alternatives(
        &mut sim,
        [
            (Side::Sell, limit(dec!(100))),
            (Side::Sell, limit(dec!(100.01))),
        ],
    );
    let behind = sim.order_of(3, Side::Sell, 10, limit(dec!(100.01)));
    sim.place(&behind).unwrap();
    let taker = sim.order_of(2, Side::Buy, 30, limit(dec!(100)));
    sim.place(&taker).unwrap();
    assert_eq!(sim.get(keys[0]).leaves(), dec!(70));
    assert_eq!(
        (sim.get(keys[1]).quantity, sim.get(keys[1]).place),
        (dec!(70), Place::Book)
    );
    assert_eq!(sim.reports(keys[1]), ["New", "Restated"]);
}

#[test]
fn lists_of_the_same_name_do_not_meet() {
    let mut sim = Sim::new();
    let id = ListId::new("same").unwrap();
    let mut keys = Vec::new();
    for account in [1, 2] {
        let orders =
            [limit(dec!(90)), limit(dec!(91))].map(|t| sim.order_of(account, Side::Buy, 10, t));
        let list = OrderList::new(
            id.clone(),
            Contingency::OneCancelsOther {
                orders: orders.into(),
            },
        );
        keys.extend(sim.exchange.place_list(&list.unwrap()).unwrap());
    }
    let taker = sim.order_of(3, Side::Sell, 10, limit(dec!(91)));
    sim.exchange.halt(0, TimeDelta::seconds(1));
    sim.place(&taker).unwrap();
    sim.price(dec!(90.99));
    sim.pass(TimeDelta::seconds(2));
    let open = keys.iter().filter(|key| sim.get(**key).is_open()).count();
    assert!(open == 0 || open == 2, "each list is all or none: {open}");
}

#[test]
fn a_first_order_triggers_the_others_when_it_is_complete_and_they_can_be_paid_for() {
    let mut sim = Sim::new();
    let first = sim.order(Side::Buy, 100, limit(dec!(99)));
    let cheap = sim.order(Side::Buy, 10, limit(dec!(95)));
    let mut dear = sim.order(Side::Buy, 10, limit(dec!(95)));
    dear.amount = OrderAmount::Quantity(units(dec!(900_000)));
    let keys = sim
        .list(Contingency::OneTriggersOther {
            first: Box::new(first),
            then: vec![cheap, dear],
        })
        .unwrap();
    assert_eq!(sim.get(keys[1]).place, Place::Waiting);
    sim.price(dec!(98));
    assert_eq!(sim.get(keys[1]).place, Place::Book);
    assert_eq!(sim.status(keys[2]), OrderStatus::Canceled);
}

#[test]
fn a_refused_member_refuses_the_whole_list() {
    let mut sim = Sim::new();
    sim.exchange.take_outputs();
    let good = sim.order(Side::Buy, 100, limit(dec!(99)));
    let bad = sim.order(Side::Buy, 100, limit(dec!(99.001)));
    let refusal = sim
        .list(Contingency::OneCancelsOther {
            orders: vec![good, bad],
        })
        .unwrap_err();
    assert_eq!(refusal.kind, ErrorKind::InvalidRequest);
    assert_eq!(
        (sim.exchange.open_orders(), sim.exchange.has_outputs()),
        (0, false)
    );
}

#[test]
fn an_exit_can_be_changed_while_it_waits_but_does_not_overtake_its_entry() {
    let mut sim = Sim::new();
    let [_, profit, loss] = bracket(&mut sim, limit(dec!(100)));
    let mut change = sim.change(loss);
    change.trigger_price = Some(Price::new(dec!(95)).unwrap());
    sim.exchange.replace(loss, &change).unwrap();
    let order = sim.order_of(2, Side::SellShort, 30, limit(dec!(100)));
    sim.place(&order).unwrap();
    let mut change = sim.change(profit);
    change.quantity = Some(units(Decimal::from(150)));
    sim.exchange.replace(profit, &change).unwrap();
    super::fixtures::check(&sim.exchange);
    assert_eq!(sim.get(profit).tradable(), dec!(30));
    assert_eq!(sim.get(loss).trigger, Some(dec!(95)));
}
