//! What orders ask for beyond their terms, and orders that wait for the opening.

use std::sync::Arc;

use broker_core::{dec, model::*};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    Adjustment, Instructions, Place,
    fixtures::{Sim, at, limit, price, stop, units},
};

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
