use broker_core::{
    dec,
    model::{Price, Trade},
};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    calculators::decimal,
    quotes_tests::{apple, by_id, error_of, pin, quote, world},
};
use crate::tws::{
    gateway::{Habits, probe::Probe},
    message::{
        CancelRealTimeBars, CancelTickByTick, RealTimeBarTick, RealTimeBarsRequest, Reply, Request,
        TickByTick, TickByTickRequest,
    },
};

fn bars(probe: &Probe, id: i32, what: &str) -> Vec<Reply> {
    probe.ask(Request::RealTimeBars(RealTimeBarsRequest {
        req_id: Some(id),
        contract: Some(by_id(265_598)),
        bar_size: Some(5),
        what_to_show: Some(what.into()),
        use_rth: Some(true),
        ..RealTimeBarsRequest::default()
    }))
}

fn heard_bars(probe: &Probe, id: i32) -> Vec<RealTimeBarTick> {
    let replies = probe.hear().into_iter();
    let bars = replies.filter_map(|reply| match reply {
        Reply::RealTimeBar(bar) if bar.req_id == Some(id) => Some(bar),
        _ => None,
    });
    bars.collect()
}

fn ticks(probe: &Probe, id: i32, kind: &str) -> Vec<Reply> {
    probe.ask(Request::TickByTick(TickByTickRequest {
        req_id: Some(id),
        contract: Some(by_id(265_598)),
        tick_type: Some(kind.into()),
        number_of_ticks: Some(0),
        ignore_size: Some(false),
    }))
}

#[test]
fn bars_of_trades_are_the_trades_of_their_five_seconds() {
    let world = world();
    let probe = Probe::new(&world);
    assert_eq!(bars(&probe, 1, "TRADES"), []);
    let began = world.now();
    let price = quote(&world, &apple()).last.unwrap().get();
    for step in 0..40_i32 {
        pin(
            &world,
            &apple(),
            price + Decimal::new(i64::from(step % 7), 2),
        );
        world.advance(TimeDelta::milliseconds(1_300));
    }
    let tape: Vec<Trade> =
        world.with_exchange(|exchange| exchange.trades(&apple(), 1_000).unwrap());
    let told = heard_bars(&probe, 1);
    assert_eq!(told.len(), 10, "52 seconds");
    for bar in &told {
        let start = bar.time.unwrap();
        let within: Vec<&Trade> = tape
            .iter()
            .filter(|trade| {
                trade.time >= began && (start..start + 5).contains(&trade.time.timestamp())
            })
            .collect();
        assert_eq!(bar.count, i32::try_from(within.len()).ok(), "{start}");
        assert_eq!(decimal(bar.open.unwrap()), Some(within[0].price.get()));
        assert_eq!(
            decimal(bar.close.unwrap()),
            within.last().map(|trade| trade.price.get())
        );
        let high = within.iter().map(|trade| trade.price.get()).max();
        assert_eq!(decimal(bar.high.unwrap()), high);
        let volume: Decimal = within.iter().map(|trade| trade.size).sum();
        assert_eq!(bar.volume.as_deref().unwrap().parse(), Ok(volume));
        assert_eq!(start % 5, 0);
    }
}

#[test]
fn bars_of_quotes_stand_still_when_nothing_happens_and_have_no_volume() {
    let world = world();
    let probe = Probe::new(&world);
    pin(&world, &apple(), dec!(180));
    bars(&probe, 1, "BID");
    let bid = quote(&world, &apple()).bid.unwrap().get();
    world.advance(TimeDelta::seconds(11));
    let told = heard_bars(&probe, 1);
    assert_eq!(told.len(), 2);
    for bar in told {
        assert_eq!(decimal(bar.low.unwrap()), Some(bid));
        assert_eq!((bar.volume.as_deref(), bar.count), (Some("-1"), Some(-1)));
    }
}

#[test]
fn bars_end_with_the_regular_session_and_with_the_cancel() {
    let world = world();
    let probe = Probe::new(&world);
    bars(&probe, 1, "TRADES");
    world.advance(TimeDelta::hours(7));
    let told = heard_bars(&probe, 1);
    let last = told.last().unwrap().time.unwrap();
    let close = world
        .now()
        .date_naive()
        .and_hms_opt(21, 0, 0)
        .unwrap()
        .and_utc();
    assert_eq!(last, close.timestamp() - 5, "the last bar of the session");
    let cancel = || {
        probe.ask(Request::CancelRealTimeBars(CancelRealTimeBars {
            req_id: Some(1),
        }))
    };
    assert_eq!(cancel(), []);
    assert_eq!(error_of(&cancel()), Some(300));
    assert_eq!(error_of(&bars(&probe, 1, "YIELD_BID")), Some(420));
}

#[test]
fn every_trade_is_told_once_and_in_order() {
    let world = world();
    let probe = Probe::new(&world);
    assert_eq!(ticks(&probe, 1, "AllLast"), []);
    let began = world.now();
    world.advance(TimeDelta::minutes(20));
    let told: Vec<(i64, Option<Decimal>, Option<String>)> = probe
        .hear()
        .into_iter()
        .filter_map(|reply| match reply {
            Reply::TickByTick(tick) => match tick.tick {
                Some(TickByTick::Last(last)) => {
                    assert_eq!(tick.tick_type, Some(2));
                    assert_eq!(last.exchange.as_deref(), Some("NASDAQ"));
                    Some((last.time?, decimal(last.price?), last.size))
                }
                other => panic!("{other:?}"),
            },
            _ => None,
        })
        .collect();
    let tape: Vec<Trade> =
        world.with_exchange(|exchange| exchange.trades(&apple(), 10_000).unwrap());
    let wanted: Vec<_> = tape
        .iter()
        .filter(|trade| trade.time > began)
        .map(|trade| {
            let size = trade.size.normalize().to_string();
            (trade.time.timestamp(), Some(trade.price.get()), Some(size))
        })
        .collect();
    assert!(wanted.len() > 200, "signs of life");
    assert_eq!(told, wanted);
}

#[test]
fn best_prices_and_their_middle_come_with_every_change() {
    let world = world();
    let probe = Probe::new(&world);
    let first = ticks(&probe, 1, "BidAsk");
    assert!(matches!(&first[0], Reply::TickByTick(tick) if tick.tick_type == Some(3)));
    let middle = ticks(&probe, 2, "MidPoint");
    assert_eq!(middle.len(), 1);
    let price = quote(&world, &apple()).last.unwrap().get();
    pin(&world, &apple(), price + dec!(1));
    let now = quote(&world, &apple());
    let replies = probe.hear();
    let told = replies.iter().find_map(|reply| match reply {
        Reply::TickByTick(tick) => match &tick.tick {
            Some(TickByTick::BidAsk(best)) => Some((best.price_bid?, best.price_ask?)),
            _ => None,
        },
        _ => None,
    });
    let (bid, ask) = told.unwrap();
    assert_eq!(decimal(bid), now.bid.map(Price::get));
    assert_eq!(decimal(ask), now.ask.map(Price::get));
    let middle = replies.iter().find_map(|reply| match reply {
        Reply::TickByTick(tick) => match &tick.tick {
            Some(TickByTick::MidPoint(middle)) => decimal(middle.price?),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(middle, now.mid());
}

#[test]
fn single_ticks_are_limited_and_of_known_kinds() {
    let world = world();
    let habits = Habits {
        tick_by_tick_lines: 1,
        ..Habits::unlimited()
    };
    let probe = Probe::with(&world, habits);
    assert_eq!(error_of(&ticks(&probe, 1, "Lasts")), Some(321));
    assert_eq!(error_of(&ticks(&probe, 1, "Last")), None);
    assert_eq!(error_of(&ticks(&probe, 1, "Last")), Some(322));
    assert_eq!(error_of(&ticks(&probe, 2, "Last")), Some(10190));
    let cancel = CancelTickByTick { req_id: Some(1) };
    assert_eq!(probe.ask(Request::CancelTickByTick(cancel)), []);
    assert_eq!(probe.gateway.open_lines(), 0);
}
