use std::sync::Arc;

use broker_core::{
    dec,
    model::{DepthLevel, Price},
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    calculators::decimal,
    ladder::{Ladder, Step},
    quotes_tests::{apple, by_id, error_of, pin, quote, world},
};
use crate::{
    paper::PaperWorld,
    tws::{
        gateway::{Habits, probe::Probe},
        message::{CancelMarketDepth, MarketDepthData, MarketDepthRequest, Reply, Request},
    },
};

type Rows = Vec<(Decimal, Decimal)>;

/// A book as a client keeps it: rows go in, change and go out by place.
#[derive(Default, Debug, PartialEq)]
struct Copy {
    bids: Rows,
    asks: Rows,
    resets: u32,
}

impl Copy {
    fn take(&mut self, replies: &[Reply]) {
        for reply in replies {
            match reply {
                Reply::MarketDepth(message) => {
                    self.apply(message.market_depth_data.as_ref().unwrap());
                }
                Reply::MarketDepthL2(message) => {
                    self.apply(message.market_depth_data.as_ref().unwrap());
                }
                Reply::Error(error) if error.error_code == Some(317) => {
                    self.bids.clear();
                    self.asks.clear();
                    self.resets += 1;
                }
                _ => {}
            }
        }
    }

    fn apply(&mut self, data: &MarketDepthData) {
        let rows = if data.side == Some(1) {
            &mut self.bids
        } else {
            &mut self.asks
        };
        let place = usize::try_from(data.position.unwrap()).unwrap();
        let row = || {
            let price = decimal(data.price.unwrap()).unwrap();
            (price, data.size.as_deref().unwrap().parse().unwrap())
        };
        match data.operation {
            Some(0) => rows.insert(place, row()),
            Some(1) => rows[place] = row(),
            Some(2) => drop(rows.remove(place)),
            other => panic!("{other:?}"),
        }
        assert!(rows.len() <= 5, "never more rows than were asked for");
    }
}

fn book(world: &Arc<PaperWorld>) -> (Rows, Rows) {
    let depth = world.with_exchange(|exchange| exchange.depth(&apple(), 5).unwrap());
    let rows = |levels: Vec<DepthLevel>| {
        levels
            .iter()
            .map(|level| (level.price.get(), level.size))
            .collect()
    };
    (rows(depth.bids), rows(depth.asks))
}

fn open(probe: &Probe, id: i32, con_id: i32, smart: bool) -> Vec<Reply> {
    probe.ask(Request::MarketDepth(MarketDepthRequest {
        req_id: Some(id),
        contract: Some(by_id(con_id)),
        num_rows: Some(5),
        is_smart_depth: Some(smart),
        ..MarketDepthRequest::default()
    }))
}

#[test]
fn a_copy_that_follows_the_changes_is_the_book() {
    let world = world();
    let probe = Probe::new(&world);
    let mut copy = Copy::default();
    copy.take(&open(&probe, 1, 265_598, true));
    assert_eq!(copy.bids.len(), 5);
    let mut price = quote(&world, &apple()).last.unwrap().get();
    for step in 0..120_i32 {
        let move_by = Decimal::new(i64::from((step * 7) % 11 - 5), 2);
        price += move_by;
        pin(&world, &apple(), price);
        world.advance(TimeDelta::seconds(3));
        copy.take(&probe.hear());
        let (bids, asks) = book(&world);
        assert_eq!((&copy.bids, &copy.asks), (&bids, &asks), "step {step}");
    }
    assert_eq!(copy.resets, 0);
}

#[test]
fn rows_of_shares_have_names_and_those_of_currencies_do_not() {
    let world = world();
    let probe = Probe::new(&world);
    let named = open(&probe, 1, 265_598, true);
    assert!(matches!(&named[0], Reply::MarketDepthL2(row)
        if row.market_depth_data.as_ref().unwrap().market_maker.as_deref() == Some("NASDAQ")));
    let mut euro = by_id(12_087_792);
    euro.exchange = Some("IDEALPRO".into());
    let plain = probe.ask(Request::MarketDepth(MarketDepthRequest {
        req_id: Some(2),
        contract: Some(euro),
        num_rows: Some(3),
        ..MarketDepthRequest::default()
    }));
    assert!(matches!(&plain[0], Reply::MarketDepth(_)), "{plain:?}");
    assert_eq!(plain.len(), 6, "three rows on each side");
}

#[test]
fn a_halt_and_its_end_and_the_owner_start_the_copy_again() {
    let world = world();
    let probe = Probe::new(&world);
    let mut copy = Copy::default();
    copy.take(&open(&probe, 1, 265_598, true));
    world.with_exchange(|exchange| {
        let listing = exchange.listing_of(&apple()).unwrap();
        exchange.halt(listing, TimeDelta::minutes(1));
    });
    copy.take(&probe.hear());
    assert_eq!(
        copy,
        Copy {
            resets: 1,
            ..Copy::default()
        }
    );
    world.advance(TimeDelta::minutes(2));
    copy.take(&probe.hear());
    assert_eq!(copy.resets, 2);
    assert_eq!((copy.bids.clone(), copy.asks.clone()), book(&world));
    probe.gateway.reset_depth();
    copy.take(&probe.hear());
    assert_eq!(copy.resets, 3);
    assert_eq!((copy.bids.clone(), copy.asks.clone()), book(&world));
}

#[test]
fn books_are_few_and_only_of_what_has_one() {
    let world = world();
    let habits = Habits {
        depth_lines: 1,
        ..Habits::unlimited()
    };
    let probe = Probe::with(&world, habits);
    assert_eq!(
        error_of(&open(&probe, 1, 416_904, false)),
        Some(200),
        "an index is not on SMART"
    );
    let mut index = by_id(416_904);
    index.exchange = Some("CBOE".into());
    let request = MarketDepthRequest {
        req_id: Some(1),
        contract: Some(index),
        num_rows: Some(5),
        ..MarketDepthRequest::default()
    };
    assert_eq!(
        error_of(&probe.ask(Request::MarketDepth(request))),
        Some(10092)
    );
    assert_eq!(error_of(&open(&probe, 1, 265_598, true)), None);
    assert_eq!(error_of(&open(&probe, 1, 265_598, true)), Some(322));
    assert_eq!(error_of(&open(&probe, 2, 272_093, true)), Some(309));
    let cancel = || {
        probe.ask(Request::CancelMarketDepth(CancelMarketDepth {
            req_id: Some(1),
            is_smart_depth: Some(true),
        }))
    };
    assert_eq!(error_of(&cancel()), None);
    assert_eq!(error_of(&cancel()), Some(310));
    assert_eq!(probe.gateway.open_lines(), 0);
}

#[test]
fn a_ladder_takes_out_before_it_puts_in() {
    let level = |price, size| DepthLevel {
        price: Price::new(price).unwrap(),
        size,
        orders: None,
    };
    let mut ladder = Ladder::default();
    ladder.follow(
        &[level(dec!(10), dec!(1)), level(dec!(9), dec!(2))],
        |_, _, _| {},
    );
    let mut told = Vec::new();
    let now = [level(dec!(11), dec!(5)), level(dec!(9), dec!(3))];
    ladder.follow(&now, |step, place, _| told.push((step, place)));
    assert_eq!(
        told,
        [(Step::Delete, 0), (Step::Insert, 0), (Step::Update, 1)]
    );
}
