//! Delayed prices are fifteen minutes old, frozen ones those of the close.

use std::sync::Arc;

use broker_core::{
    dec,
    model::{Price, Quote},
};
use chrono::TimeDelta;

use super::quotes_tests::{Ticker, apple, by_id, error_of, open, pin, quote, request};
use crate::{
    paper::{PaperBroker, PaperWorld},
    tws::{
        gateway::{Habits, probe::Probe},
        message::{MarketDataTypeRequest, Reply, Request},
    },
};

fn world_at(text: &str) -> Arc<PaperWorld> {
    let builder = PaperBroker::builder().start_at(text.parse().unwrap());
    builder.build_world().unwrap()
}

/// Tuesday, eleven o'clock in New York.
fn world() -> Arc<PaperWorld> {
    world_at("2026-01-06T16:00:00Z")
}

fn late(world: &Arc<PaperWorld>) -> Probe {
    let habits = Habits {
        delayed_data_only: true,
        ..Habits::unlimited()
    };
    Probe::with(world, habits)
}

fn want(probe: &Probe, kind: i32) -> Vec<Reply> {
    probe.ask(Request::MarketDataType(MarketDataTypeRequest {
        market_data_type: Some(kind),
    }))
}

fn types(replies: &[Reply]) -> Vec<i32> {
    let types = replies.iter().filter_map(|reply| match reply {
        Reply::MarketDataType(kind) => kind.market_data_type,
        _ => None,
    });
    types.collect()
}

/// Opens a line and gives back what it showed at once.
fn opened(probe: &Probe, kind: i32) -> (Ticker, Vec<i32>) {
    want(probe, kind);
    let replies = open(probe, request(1, by_id(265_598)));
    let mut ticker = Ticker::default();
    ticker.take(&replies);
    (ticker, types(&replies))
}

fn best(ticker: &Ticker, quote: &Quote) {
    assert_eq!(ticker.of(66), quote.bid.map(Price::get));
    assert_eq!(ticker.of(67), quote.ask.map(Price::get));
    assert_eq!(ticker.of(68), quote.last.map(Price::get));
}

#[test]
fn a_price_is_shown_a_quarter_of_an_hour_after_it_was_made() {
    let world = world();
    pin(&world, &apple(), dec!(100));
    world.advance(TimeDelta::minutes(20));
    let probe = late(&world);
    let (mut ticker, told) = opened(&probe, 3);
    assert_eq!(told, [3]);
    let then = quote(&world, &apple());
    best(&ticker, &then);

    pin(&world, &apple(), dec!(110));
    world.advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    ticker.take(&probe.hear());
    assert_eq!(ticker.of(66), then.bid.map(Price::get), "not yet");
    let now = quote(&world, &apple());
    assert!(now.bid > then.bid);
    world.advance(TimeDelta::seconds(1));
    ticker.take(&probe.hear());
    assert_eq!(ticker.of(66), now.bid.map(Price::get));
    assert_eq!(ticker.of(67), now.ask.map(Price::get));
}

#[test]
fn what_happened_before_the_line_was_opened_is_shown_late_as_well() {
    let world = world();
    pin(&world, &apple(), dec!(100));
    let before = quote(&world, &apple());
    world.advance(TimeDelta::minutes(20));
    pin(&world, &apple(), dec!(110));
    let after = quote(&world, &apple());
    world.advance(TimeDelta::minutes(10));
    let probe = late(&world);
    let (mut ticker, _) = opened(&probe, 3);
    best(&ticker, &before);
    assert_eq!(ticker.of(72), Some(dec!(100)), "the high of then");
    world.advance(TimeDelta::minutes(5));
    ticker.take(&probe.hear());
    assert_eq!(ticker.of(66), after.bid.map(Price::get));
    assert_eq!(ticker.of(72), Some(dec!(110)));
}

#[test]
fn a_snapshot_of_delayed_data_is_old_too() {
    let world = world();
    pin(&world, &apple(), dec!(100));
    let before = quote(&world, &apple());
    world.advance(TimeDelta::minutes(16));
    pin(&world, &apple(), dec!(110));
    let probe = late(&world);
    want(&probe, 3);
    let mut once = request(1, by_id(265_598));
    once.snapshot = Some(true);
    let replies = open(&probe, once);
    assert!(matches!(replies.last(), Some(Reply::TickSnapshotEnd(_))));
    let mut ticker = Ticker::default();
    ticker.take(&replies);
    best(&ticker, &before);
}

#[test]
fn after_the_close_delayed_prices_are_gone_and_delayed_frozen_ones_stay() {
    // Seven in the evening, before the last session ends; then night.
    let world = world_at("2026-01-07T00:00:00Z");
    pin(&world, &apple(), dec!(100));
    let closing = quote(&world, &apple());
    world.advance(TimeDelta::hours(2));
    let probe = late(&world);
    let (ticker, told) = opened(&probe, 3);
    assert_eq!((told, ticker.of(66)), (vec![3], Some(dec!(-1))));
    let replies = want(&probe, 4);
    let mut ticker = ticker;
    ticker.take(&replies);
    assert_eq!(types(&replies), [4]);
    assert_eq!(ticker.of(66), closing.bid.map(Price::get));
    assert_eq!(ticker.of(67), closing.ask.map(Price::get));
    assert_eq!(ticker.of(68), Some(dec!(100)));
}

#[test]
fn a_delayed_market_closes_a_quarter_of_an_hour_late() {
    let world = world_at("2026-01-07T00:00:00Z");
    pin(&world, &apple(), dec!(100));
    world.advance(TimeDelta::minutes(59));
    let probe = late(&world);
    let (mut ticker, told) = opened(&probe, 4);
    assert_eq!(told, [3], "it is open");
    let bid = ticker.of(66);
    assert!(bid.is_some_and(|bid| bid > dec!(0)));
    world.advance(TimeDelta::minutes(15));
    let replies = probe.hear();
    ticker.take(&replies);
    assert_eq!((types(&replies), ticker.of(66)), (vec![], bid));
    world.advance(TimeDelta::minutes(2));
    let replies = probe.hear();
    ticker.take(&replies);
    assert_eq!((types(&replies), ticker.of(66)), (vec![4], bid));
}

#[test]
fn frozen_prices_are_those_of_the_close_and_thaw_at_the_opening() {
    let world = world_at("2026-01-07T00:00:00Z");
    pin(&world, &apple(), dec!(100));
    let closing = quote(&world, &apple());
    world.advance(TimeDelta::hours(2));
    let probe = Probe::new(&world);
    let (mut ticker, told) = opened(&probe, 1);
    assert_eq!((told, ticker.of(1)), (vec![1], Some(dec!(-1))));
    let replies = want(&probe, 2);
    ticker.take(&replies);
    assert_eq!(types(&replies), [2]);
    assert_eq!(ticker.of(1), closing.bid.map(Price::get));
    assert_eq!(ticker.of(2), closing.ask.map(Price::get));
    // The first session of Wednesday begins at nine in the morning.
    world.advance(TimeDelta::hours(8));
    let replies = probe.hear();
    assert_eq!(types(&replies), [1]);
    assert_eq!(error_of(&replies), None);
}
