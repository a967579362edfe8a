use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    dec,
    model::{Currency, Instrument, Mic, Price, Quote},
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::calculators::decimal;
use crate::{
    paper::{PaperBroker, PaperWorld},
    tws::{
        gateway::{Habits, probe::Probe},
        message::{
            CancelMarketData, Contract, MarketDataRequest, MarketDataTypeRequest, Reply, Request,
        },
    },
};

pub(super) fn world() -> Arc<PaperWorld> {
    PaperBroker::builder().build_world().unwrap()
}

pub(super) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(super) fn by_id(con_id: i32) -> Contract {
    Contract {
        con_id: Some(con_id),
        exchange: Some("SMART".into()),
        ..Contract::default()
    }
}

pub(super) fn pin(world: &Arc<PaperWorld>, instrument: &Instrument, price: Decimal) {
    let price = Price::new(price).unwrap();
    world.with_exchange(|exchange| exchange.pin_price(instrument, price).unwrap());
}

pub(super) fn quote(world: &Arc<PaperWorld>, instrument: &Instrument) -> Quote {
    world.with_exchange(|exchange| exchange.quote(instrument).unwrap())
}

pub(super) fn request(id: i32, contract: Contract) -> MarketDataRequest {
    MarketDataRequest {
        req_id: Some(id),
        contract: Some(contract),
        ..MarketDataRequest::default()
    }
}

pub(super) fn open(probe: &Probe, request: MarketDataRequest) -> Vec<Reply> {
    probe.ask(Request::MarketData(request))
}

pub(super) fn error_of(replies: &[Reply]) -> Option<i32> {
    replies.iter().find_map(|reply| match reply {
        Reply::Error(error) => error.error_code,
        _ => None,
    })
}

/// Prices and sizes by tick type, as a client keeps them.
#[derive(Default, Debug)]
pub(super) struct Ticker(BTreeMap<i32, Decimal>);

impl Ticker {
    pub(super) fn take(&mut self, replies: &[Reply]) {
        for reply in replies {
            match reply {
                Reply::TickPrice(tick) => {
                    let kind = tick.tick_type.unwrap();
                    self.0.insert(kind, decimal(tick.price.unwrap()).unwrap());
                    if let Some(size) = &tick.size {
                        let kind = [(1, 0), (2, 3), (4, 5), (66, 69), (67, 70), (68, 71)]
                            .into_iter()
                            .find(|(price, _)| *price == kind)
                            .unwrap()
                            .1;
                        self.0.insert(kind, size.parse().unwrap());
                    }
                }
                Reply::TickSize(tick) => {
                    let size = tick.size.as_deref().unwrap().parse().unwrap();
                    self.0.insert(tick.tick_type.unwrap(), size);
                }
                Reply::TickGeneric(tick) => {
                    let value = decimal(tick.value.unwrap()).unwrap();
                    self.0.insert(tick.tick_type.unwrap(), value);
                }
                _ => {}
            }
        }
    }

    pub(super) fn of(&self, tick: i32) -> Option<Decimal> {
        self.0.get(&tick).copied()
    }

    /// Says that this is what a quote says.
    fn is(&self, quote: &Quote) {
        let none = Some(dec!(-1));
        assert_eq!(self.of(1), quote.bid.map(Price::get).or(none));
        assert_eq!(self.of(2), quote.ask.map(Price::get).or(none));
        assert_eq!(self.of(4), quote.last.map(Price::get));
        assert_eq!(self.of(0), Some(quote.bid_size.unwrap_or_default()));
        assert_eq!(self.of(3), Some(quote.ask_size.unwrap_or_default()));
        assert_eq!(self.of(5), quote.last_size);
        assert_eq!(self.of(6), quote.high.map(Price::get));
        assert_eq!(self.of(7), quote.low.map(Price::get));
        assert_eq!(self.of(8), quote.volume);
        assert_eq!(self.of(9), quote.previous_close.map(Price::get));
        assert_eq!(self.of(14), quote.open.map(Price::get));
    }
}

#[test]
fn a_line_begins_with_type_and_parameters_and_then_follows_the_exchange() {
    let world = world();
    let probe = Probe::new(&world);
    let mut replies = open(&probe, request(9, by_id(265_598)));
    assert!(matches!(&replies[0], Reply::MarketDataType(kind) if kind.market_data_type == Some(1)));
    assert!(matches!(&replies[1], Reply::TickReqParams(params)
        if params.min_tick.as_deref() == Some("0.0001") && params.bbo_exchange.as_deref() == Some("9c0001")));
    let mut ticker = Ticker::default();
    ticker.take(&replies);
    ticker.is(&quote(&world, &apple()));
    for _ in 0..200 {
        world.advance(TimeDelta::seconds(17));
        replies = probe.hear();
        ticker.take(&replies);
        ticker.is(&quote(&world, &apple()));
    }
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let world = world();
    let probe = Probe::new(&world);
    open(&probe, request(9, by_id(265_598)));
    let price = quote(&world, &apple()).last.unwrap().get();
    probe.hear();
    pin(&world, &apple(), price + dec!(0.05));
    let replies = probe.hear();
    let price_ticks: Vec<i32> = replies
        .iter()
        .filter_map(|reply| match reply {
            Reply::TickPrice(tick) => tick.tick_type,
            _ => None,
        })
        .collect();
    for once in [1, 2, 4] {
        let count = price_ticks.iter().filter(|tick| **tick == once).count();
        assert_eq!(count, 1, "tick {once} in {replies:?}");
    }
    assert!(
        !price_ticks.contains(&9) && !price_ticks.contains(&14),
        "{price_ticks:?}"
    );
    // The same price again moves only the volume.
    pin(&world, &apple(), price + dec!(0.05));
    let again = probe.hear();
    assert!(
        !again
            .iter()
            .any(|reply| matches!(reply, Reply::TickPrice(_))),
        "{again:?}"
    );
}

#[test]
fn a_conflated_line_shows_the_first_change_at_once_and_the_last_after_the_pause() {
    let world = world();
    let habits = Habits {
        conflate_market_data: true,
        ..Habits::unlimited()
    };
    let probe = Probe::with(&world, habits);
    open(&probe, request(9, by_id(265_598)));
    world.advance(TimeDelta::seconds(1));
    probe.hear();
    let price = quote(&world, &apple()).last.unwrap().get();
    let bids = |replies: Vec<Reply>| -> Vec<Decimal> {
        let bids = replies.iter().filter_map(|reply| match reply {
            Reply::TickPrice(tick) if tick.tick_type == Some(1) => decimal(tick.price?),
            _ => None,
        });
        bids.collect()
    };
    for step in 1..=5 {
        pin(&world, &apple(), price + Decimal::from(step));
        world.advance(TimeDelta::milliseconds(40));
    }
    let first = bids(probe.hear());
    assert_eq!(first.len(), 1, "200 ms hold one picture: {first:?}");
    world.advance(TimeDelta::milliseconds(49));
    assert_eq!(bids(probe.hear()), []);
    world.advance(TimeDelta::milliseconds(1));
    let last = quote(&world, &apple()).bid.unwrap().get();
    assert_eq!(bids(probe.hear()), [last]);
    assert_ne!(first, [last]);
}

#[test]
fn a_snapshot_shows_everything_ends_and_leaves_nothing_open() {
    let world = world();
    let probe = Probe::new(&world);
    let mut wanted = request(4, by_id(265_598));
    wanted.snapshot = Some(true);
    let replies = open(&probe, wanted.clone());
    assert!(matches!(replies.last(), Some(Reply::TickSnapshotEnd(end)) if end.req_id == Some(4)));
    let mut ticker = Ticker::default();
    ticker.take(&replies);
    ticker.is(&quote(&world, &apple()));
    assert_eq!(probe.gateway.open_lines(), 0);
    world.advance(TimeDelta::minutes(1));
    assert_eq!(probe.hear(), []);
    wanted.generic_tick_list = Some("233".into());
    assert_eq!(error_of(&open(&probe, wanted)), Some(321));
}

#[test]
fn lines_are_refused_by_number_by_list_by_contract_and_beyond_the_limit() {
    let world = world();
    let habits = Habits {
        market_data_lines: 2,
        ..Habits::unlimited()
    };
    let probe = Probe::with(&world, habits);
    let other = Probe::at(&probe.gateway, 2);
    assert_eq!(error_of(&open(&probe, request(1, by_id(265_598)))), None);
    assert_eq!(
        error_of(&open(&probe, request(1, by_id(265_598)))),
        Some(322)
    );
    let mut unknown = request(2, by_id(265_598));
    unknown.generic_tick_list = Some("233,999".into());
    assert_eq!(error_of(&open(&probe, unknown)), Some(321));
    assert_eq!(error_of(&open(&probe, request(2, by_id(1)))), Some(200));
    let futures = Contract {
        symbol: Some("ES".into()),
        sec_type: Some("FUT".into()),
        ..Contract::default()
    };
    assert_eq!(error_of(&open(&probe, request(2, futures))), Some(200));
    // Another client's line counts, and may have the same number.
    assert_eq!(error_of(&open(&other, request(1, by_id(272_093)))), None);
    assert_eq!(error_of(&open(&probe, request(2, by_id(4_391)))), Some(101));
    let cancel = |id| {
        probe.ask(Request::CancelMarketData(CancelMarketData {
            req_id: Some(id),
        }))
    };
    assert_eq!(error_of(&cancel(1)), None);
    assert_eq!(error_of(&cancel(1)), Some(300));
    assert_eq!(error_of(&open(&probe, request(2, by_id(4_391)))), None);
}

#[test]
fn lines_end_with_their_client_and_nobody_watches_any_more() {
    let world = world();
    let probe = Probe::new(&world);
    open(&probe, request(1, by_id(265_598)));
    open(&probe, request(2, by_id(265_598)));
    let watchers = |world: &Arc<PaperWorld>| {
        world.with_exchange(|exchange| {
            let listing = exchange.listing_of(&apple()).unwrap();
            exchange.watchers(listing)
        })
    };
    assert_eq!((probe.gateway.open_lines(), watchers(&world)), (2, 2));
    let gateway = Arc::clone(&probe.gateway);
    probe.leave();
    assert_eq!((gateway.open_lines(), watchers(&world)), (0, 0));
}

#[test]
fn delayed_data_has_other_numbers_and_is_shown_only_to_those_who_want_it() {
    let world = world();
    let habits = Habits {
        delayed_data_only: true,
        ..Habits::unlimited()
    };
    let probe = Probe::with(&world, habits);
    assert_eq!(
        error_of(&open(&probe, request(1, by_id(265_598)))),
        Some(10168)
    );
    let wants = MarketDataTypeRequest {
        market_data_type: Some(3),
    };
    assert_eq!(probe.ask(Request::MarketDataType(wants)), []);
    let replies = open(&probe, request(1, by_id(265_598)));
    assert_eq!(error_of(&replies), Some(10167));
    assert!(
        replies
            .iter()
            .any(|reply| matches!(reply, Reply::MarketDataType(kind)
        if kind.market_data_type == Some(3)))
    );
    let mut ticker = Ticker::default();
    ticker.take(&replies);
    assert!(ticker.of(66).is_some() && ticker.of(67).is_some());
    assert_eq!(ticker.of(90), Some(Decimal::ZERO));
    assert!(ticker.0.keys().all(|tick| *tick >= 66), "{ticker:?}");
    let wrong = MarketDataTypeRequest {
        market_data_type: Some(5),
    };
    assert_eq!(
        error_of(&probe.ask(Request::MarketDataType(wrong))),
        Some(321)
    );
}

#[test]
fn a_halt_is_told_and_takes_the_best_prices_away() {
    let world = world();
    let probe = Probe::new(&world);
    let mut ticker = Ticker::default();
    ticker.take(&open(&probe, request(1, by_id(265_598))));
    assert_eq!(ticker.of(49), Some(Decimal::ZERO));
    world.with_exchange(|exchange| {
        let listing = exchange.listing_of(&apple()).unwrap();
        exchange.halt(listing, TimeDelta::minutes(5));
    });
    ticker.take(&probe.hear());
    assert_eq!(
        (ticker.of(49), ticker.of(1), ticker.of(0)),
        (Some(dec!(1)), Some(dec!(-1)), Some(dec!(0)))
    );
    world.advance(TimeDelta::minutes(6));
    ticker.take(&probe.hear());
    assert_eq!(ticker.of(49), Some(Decimal::ZERO));
    ticker.is(&quote(&world, &apple()));
}
