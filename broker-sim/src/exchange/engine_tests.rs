//! Every order type and every lifetime in the regular session.

use broker_core::{ErrorKind, dec, model::*};
use chrono::TimeDelta;

use super::{
    End, Place,
    fixtures::{Sim, at, check_positions, limit, price, stop, units},
};

const DAY: TimeDelta = TimeDelta::days(1);

#[test]
fn a_market_order_sweeps_the_house_and_is_fed_until_it_is_filled() {
    let mut sim = Sim::new();
    let key = sim.buy(9_000, OrderType::Market);
    assert_eq!(sim.status(key), OrderStatus::PartiallyFilled);
    assert_eq!(sim.get(key).place, Place::Hungry);
    sim.pass(TimeDelta::minutes(1));
    assert_eq!(sim.state(key), (OrderStatus::Filled, dec!(9_000)));
    check_positions(&sim.exchange);
}

#[test]
fn orders_that_wait_for_liquidity_do_not_multiply_the_timers() {
    let mut sim = Sim::new();
    sim.price(dec!(0.0001));
    // The house buys nothing at this price.
    for _ in 0..6 {
        let order = sim.order(Side::SellShort, 10, OrderType::Market);
        let key = sim.place(&order).unwrap();
        assert_eq!(sim.get(key).place, Place::Hungry);
    }
    let mut steps = 0;
    while sim
        .exchange
        .next_at()
        .is_some_and(|next| next < at("2022-01-04T20:59"))
    {
        sim.exchange.step();
        steps += 1;
        assert!(steps < 100, "the exchange keeps itself busy");
    }
}

#[test]
fn a_limit_order_rests_and_trades_at_its_own_price() {
    let mut sim = Sim::new();
    let key = sim.buy(100, limit(dec!(99)));
    assert_eq!(sim.get(key).place, Place::Book);
    sim.price(dec!(98));
    assert_eq!(sim.state(key), (OrderStatus::Filled, dec!(100)));
    assert_eq!(sim.average(key), dec!(99));
}

#[test]
fn two_clients_trade_by_price_and_then_by_time() {
    let mut sim = Sim::new();
    sim.price(dec!(100));
    let rest = |sim: &mut Sim, account, value| {
        let order = sim.order_of(account, Side::Sell, 100, limit(value));
        sim.place(&order).unwrap()
    };
    let later = rest(&mut sim, 2, dec!(100.00));
    let worse = rest(&mut sim, 3, dec!(100.01));
    let behind = rest(&mut sim, 3, dec!(100.00));
    let taker = sim.buy(150, limit(dec!(100)));
    assert_eq!(sim.state(taker), (OrderStatus::Filled, dec!(150)));
    assert_eq!(sim.state(later), (OrderStatus::Filled, dec!(100)));
    assert_eq!(sim.state(behind), (OrderStatus::PartiallyFilled, dec!(50)));
    assert_eq!(sim.state(worse), (OrderStatus::New, dec!(0)));
    assert_eq!(
        (sim.held(1), sim.held(2), sim.held(3)),
        (dec!(150), dec!(-100), dec!(-50))
    );
}

#[test]
fn a_stop_goes_with_the_market_and_a_touched_order_against_it() {
    let mut sim = Sim::new();
    let stop_buy = sim.buy(10, stop(dec!(101)));
    let stop_limit = sim.buy(
        10,
        OrderType::StopLimit {
            trigger: price(dec!(101)),
            price: price(dec!(100.5)),
        },
    );
    let touched = sim.buy(
        10,
        OrderType::MarketIfTouched {
            trigger: price(dec!(99)),
        },
    );
    let touched_limit = sim.buy(
        10,
        OrderType::LimitIfTouched {
            trigger: price(dec!(99)),
            price: price(dec!(98.5)),
        },
    );
    sim.price(dec!(100.99));
    assert_eq!(sim.get(stop_buy).place, Place::Armed);
    sim.price(dec!(101));
    assert_eq!(sim.status(stop_buy), OrderStatus::Filled);
    assert_eq!(sim.get(stop_limit).place, Place::Book);
    assert_eq!(sim.reports(stop_limit), ["New", "Triggered"]);
    sim.price(dec!(99));
    assert_eq!(sim.status(stop_limit), OrderStatus::Filled);
    assert_eq!(sim.average(stop_limit), dec!(100.5));
    assert_eq!(sim.status(touched), OrderStatus::Filled);
    assert_eq!(sim.get(touched_limit).place, Place::Book);
    sim.price(dec!(98));
    assert_eq!(sim.status(touched_limit), OrderStatus::Filled);
}

#[test]
fn a_trade_between_clients_sets_off_the_stop_of_a_third() {
    let mut sim = Sim::new();
    let armed = sim.sell(
        10,
        OrderType::Stop {
            trigger: price(dec!(99.99)),
        },
    );
    assert_eq!(sim.get(armed).place, Place::Armed);
    let taker = sim.order_of(2, Side::SellShort, 100, OrderType::Market);
    sim.place(&taker).unwrap();
    assert_eq!(sim.status(armed), OrderStatus::Filled);
}

#[test]
fn a_trailing_stop_follows_and_never_moves_back() {
    let mut sim = Sim::new();
    let amount = sim.sell(
        10,
        OrderType::TrailingStop {
            offset: TrailingOffset::Amount(dec!(2)),
            trigger: None,
        },
    );
    let percent = sim.sell(
        10,
        OrderType::TrailingStop {
            offset: TrailingOffset::Percent(dec!(10)),
            trigger: None,
        },
    );
    let limited = sim.sell(
        10,
        OrderType::TrailingStopLimit {
            offset: TrailingOffset::Amount(dec!(2)),
            limit_offset: dec!(0.5),
            trigger: None,
        },
    );
    sim.price(dec!(110));
    sim.price(dec!(108.5));
    assert_eq!(sim.get(amount).place, Place::Armed);
    assert_eq!(sim.get(amount).trigger, Some(dec!(108)));
    assert_eq!(sim.get(percent).trigger, Some(dec!(99)));
    sim.price(dec!(107));
    assert_eq!(sim.status(amount), OrderStatus::Filled);
    assert_eq!(sim.get(limited).place, Place::Book);
    assert_eq!(sim.get(limited).limit(), Some(dec!(107.5)));
    sim.price(dec!(98));
    assert_eq!(sim.status(percent), OrderStatus::Filled);
}

#[test]
fn the_rest_of_a_market_to_limit_order_works_at_its_last_price() {
    let mut sim = Sim::new();
    let key = sim.buy(9_500, OrderType::MarketToLimit);
    assert_eq!(sim.get(key).place, Place::Book);
    let last = sim.exchange.fills_of(key).last().unwrap().price;
    assert_eq!(sim.get(key).limit(), Some(last.get()));
}

#[test]
fn immediate_orders_take_what_is_there_or_nothing() {
    let mut sim = Sim::new();
    let some = sim
        .order(Side::Buy, 9_000, limit(dec!(100.02)))
        .with_time_in_force(TimeInForce::Ioc);
    let some = sim.place(&some).unwrap();
    let (status, filled) = sim.state(some);
    assert_eq!(status, OrderStatus::Canceled);
    assert!(filled > dec!(0));
    sim.pass(TimeDelta::seconds(5));
    let none = sim
        .order(Side::Buy, 9_000, OrderType::Market)
        .with_time_in_force(TimeInForce::Fok);
    let none = sim.place(&none).unwrap();
    assert_eq!(sim.state(none), (OrderStatus::Canceled, dec!(0)));
    let all = sim
        .order(Side::Buy, 100, OrderType::Market)
        .with_time_in_force(TimeInForce::Fok);
    let all = sim.place(&all).unwrap();
    assert_eq!(sim.status(all), OrderStatus::Filled);
}

#[test]
fn lifetimes_end_at_the_close_at_the_instant_or_never() {
    let mut sim = Sim::new();
    let day = sim.buy(1, limit(dec!(90)));
    let order = sim
        .order(Side::Buy, 1, limit(dec!(90)))
        .with_time_in_force(TimeInForce::Gtc);
    let gtc = sim.place(&order).unwrap();
    let until = at("2022-01-04T18:00");
    let order = sim
        .order(Side::Buy, 1, limit(dec!(90)))
        .with_time_in_force(TimeInForce::Gtd(until));
    let gtd = sim.place(&order).unwrap();
    sim.until(until - TimeDelta::nanoseconds(1));
    assert_eq!(sim.status(gtd), OrderStatus::New);
    sim.until(until);
    assert_eq!(sim.status(gtd), OrderStatus::Expired);
    sim.until(at("2022-01-04T21:00") - TimeDelta::nanoseconds(1));
    assert_eq!(sim.status(day), OrderStatus::New);
    sim.until(at("2022-01-04T21:00"));
    assert_eq!(sim.status(day), OrderStatus::Expired);
    assert_eq!(sim.get(gtc).place, Place::Held);
    sim.pass(DAY * 30);
    assert_eq!(sim.status(gtc), OrderStatus::New);
    let past = sim
        .order(Side::Buy, 1, limit(dec!(90)))
        .with_time_in_force(TimeInForce::Gtd(until));
    assert_eq!(
        sim.place(&past).unwrap_err().kind,
        ErrorKind::InvalidRequest
    );
}

#[test]
fn an_iceberg_shows_its_display_and_trades_all_of_it() {
    let mut sim = Sim::new();
    let order = sim
        .order(Side::Buy, 1_000, limit(dec!(99.999).round_dp(2)))
        .with_display_quantity(units(dec!(100)));
    let key = sim.place(&order).unwrap();
    sim.exchange.cancel(key).unwrap();
    let order = sim
        .order(Side::Sell, 1_000, limit(dec!(100)))
        .with_display_quantity(units(dec!(100)));
    let key = sim.place(&order).unwrap();
    let share = sim.share.clone();
    let quote = sim.exchange.quote(&share).unwrap();
    assert_eq!(
        (quote.ask, quote.ask_size),
        (Some(price(dec!(100))), Some(dec!(100)))
    );
    let taker = sim.order_of(2, Side::Buy, 450, limit(dec!(100)));
    sim.place(&taker).unwrap();
    assert_eq!(sim.get(key).filled, dec!(450));
    let absurd = sim
        .order(Side::Sell, 10, limit(dec!(100)))
        .with_display_quantity(units(dec!(11)));
    assert_eq!(
        sim.place(&absurd).unwrap_err().field,
        Some("display_quantity")
    );
}

#[test]
fn money_buys_whole_fractions_and_says_when_it_is_done() {
    let mut sim = Sim::new();
    let mut order = sim.order(Side::Buy, 1, OrderType::Market);
    order.amount = OrderAmount::Cash(Money::new(dec!(333), Currency::USD));
    let key = sim.place(&order).unwrap();
    assert_eq!(sim.state(key), (OrderStatus::Filled, dec!(3.3296)));
    assert_eq!(sim.reports(key), ["New", "Trade", "Status"]);
    order.client_order_id = ClientOrderId::new("other").unwrap();
    order.amount = OrderAmount::Cash(Money::new(dec!(333), Currency::EUR));
    assert_eq!(sim.place(&order).unwrap_err().field, Some("amount.cash"));
}

#[test]
fn a_time_weighted_order_is_done_before_the_close() {
    for strategy in [AlgoStrategy::Twap, AlgoStrategy::Vwap] {
        let mut sim = Sim::new();
        let key = sim.buy(1_000, OrderType::Algo(Algo::new(strategy)));
        assert_eq!(sim.get(key).place, Place::Algo);
        sim.until(at("2022-01-04T17:30"));
        let (status, filled) = sim.state(key);
        assert_eq!(status, OrderStatus::PartiallyFilled);
        assert!(filled > dec!(200) && filled < dec!(800), "{filled}");
        sim.until(at("2022-01-04T21:00"));
        assert_eq!(
            sim.state(key),
            (OrderStatus::Filled, dec!(1_000)),
            "{strategy:?}"
        );
    }
}

#[test]
fn an_algorithm_keeps_its_limit_its_window_and_its_share_of_the_volume() {
    let mut sim = Sim::new();
    let mut algo = Algo::new(AlgoStrategy::Twap);
    algo.price = Some(price(dec!(99)));
    let limited = sim.buy(1_000, OrderType::Algo(algo.clone()));
    algo.price = None;
    algo.start = Some(at("2022-01-04T16:00"));
    algo.end = Some(at("2022-01-04T17:00"));
    let windowed = sim.buy(1_000, OrderType::Algo(algo.clone()));
    algo.end = Some(at("2022-01-04T15:30"));
    let order = sim.order(Side::Buy, 10, OrderType::Algo(algo));
    assert_eq!(sim.place(&order).unwrap_err().field, Some("end"));
    sim.until(at("2022-01-04T15:59"));
    assert_eq!(sim.state(windowed), (OrderStatus::New, dec!(0)));
    sim.until(at("2022-01-04T17:00"));
    assert_eq!(sim.status(windowed), OrderStatus::Filled);
    let mut algo = Algo::new(AlgoStrategy::Vwap);
    algo.participation = Some(dec!(0.1));
    let shy = sim.buy(1_000, OrderType::Algo(algo));
    sim.pass(TimeDelta::minutes(45));
    assert_eq!(sim.get(shy).filled, dec!(0), "nobody else trades");
    for _ in 0..10 {
        sim.price(dec!(100));
    }
    sim.until(at("2022-01-04T20:59"));
    // Two hundred units ten times, and its own.
    let filled = sim.get(shy).filled;
    assert!(filled >= dec!(180) && filled <= dec!(230), "{filled}");
    assert_eq!(sim.state(limited), (OrderStatus::New, dec!(0)));
    sim.until(at("2022-01-04T21:00"));
    assert_eq!(sim.get(limited).place, Place::Ended(End::Expired));
}

#[test]
fn bad_orders_are_refused_and_change_nothing() {
    let mut sim = Sim::new();
    let order = sim.order(Side::Buy, 10, limit(dec!(99)));
    sim.place(&order).unwrap();
    let before = sim.exchange.take_outputs().len();
    assert!(before > 0);
    let with = |change: &dyn Fn(&mut NewOrder)| {
        let mut bad = order.clone();
        bad.client_order_id = ClientOrderId::new("bad").unwrap();
        change(&mut bad);
        bad
    };
    let unknown = Instrument::equity("NONE", Mic::XNAS, Currency::USD).unwrap();
    for (bad, kind) in [
        (order.clone(), ErrorKind::Duplicate),
        (
            with(&|o| o.instrument = unknown.clone()),
            ErrorKind::NotFound,
        ),
        (
            with(&|o| o.account = AccountId::new("nobody").unwrap()),
            ErrorKind::NotFound,
        ),
        (
            with(&|o| o.order_type = limit(dec!(99.999))),
            ErrorKind::InvalidRequest,
        ),
        (
            with(&|o| o.order_type = limit(dec!(-1))),
            ErrorKind::InvalidRequest,
        ),
        (
            with(&|o| o.amount = OrderAmount::Quantity(units(dec!(0.00001)))),
            ErrorKind::InvalidRequest,
        ),
        (
            with(&|o| o.amount = OrderAmount::Quantity(units(dec!(10_000_000)))),
            ErrorKind::InvalidRequest,
        ),
        (
            with(&|o| o.amount = OrderAmount::Quantity(units(dec!(900_000)))),
            ErrorKind::InsufficientFunds,
        ),
        (
            with(&|o| o.session = TradingSession::Overnight),
            ErrorKind::Unsupported,
        ),
        (
            with(&|o| {
                o.order_type = OrderType::TrailingStop {
                    offset: TrailingOffset::Amount(dec!(0)),
                    trigger: None,
                }
            }),
            ErrorKind::InvalidRequest,
        ),
    ] {
        let refusal = sim.place(&bad).unwrap_err();
        assert_eq!(refusal.kind, kind, "{refusal:?}");
    }
    assert!(!sim.exchange.has_outputs());
    assert_eq!(sim.exchange.open_orders(), 1);
}
