use broker_core::{ErrorKind, dec, model::*};
use chrono::TimeDelta;

use super::{
    Place,
    fixtures::{Sim, at, limit, price},
};

#[test]
fn a_regular_order_does_not_trade_before_or_after_and_works_again_the_next_day() {
    let mut sim = Sim::new();
    let order = sim
        .order(Side::Buy, 10, limit(dec!(99)))
        .with_time_in_force(TimeInForce::Gtc);
    let regular = sim.place(&order).unwrap();
    let order = order.with_session(TradingSession::Extended);
    let mut order = order;
    order.client_order_id = ClientOrderId::new("extended").unwrap();
    let extended = sim.place(&order).unwrap();
    sim.until(at("2022-01-04T22:00"));
    sim.price(dec!(98));
    assert_eq!(sim.get(regular).place, Place::Held);
    assert_eq!(sim.status(extended), OrderStatus::Filled);
    sim.until(at("2022-01-05T14:30"));
    assert_eq!(sim.status(regular), OrderStatus::Filled);
}

#[test]
fn a_day_order_placed_after_the_close_works_the_next_day() {
    let mut sim = Sim::starting(at("2022-01-04T22:00"));
    let key = sim.buy(10, limit(dec!(90)));
    sim.until(at("2022-01-05T20:59"));
    assert_eq!(sim.get(key).place, Place::Book);
    sim.until(at("2022-01-05T21:00"));
    assert_eq!(sim.status(key), OrderStatus::Expired);
}

#[test]
fn an_extended_day_order_ends_with_the_post_market() {
    let mut sim = Sim::new();
    let order = sim
        .order(Side::Buy, 10, limit(dec!(90)))
        .with_session(TradingSession::Extended);
    let key = sim.place(&order).unwrap();
    sim.until(at("2022-01-05T00:59"));
    assert_eq!(sim.status(key), OrderStatus::New);
    sim.until(at("2022-01-05T01:00"));
    assert_eq!(sim.status(key), OrderStatus::Expired);
}

#[test]
fn a_day_order_ends_at_an_early_close() {
    // The day after Thanksgiving 2022 ends at 13:00 in New York.
    let mut sim = Sim::starting(at("2022-11-25T15:00"));
    let key = sim.buy(10, limit(dec!(90)));
    sim.until(at("2022-11-25T18:00") - TimeDelta::nanoseconds(1));
    assert_eq!(sim.status(key), OrderStatus::New);
    sim.until(at("2022-11-25T18:00"));
    assert_eq!(sim.status(key), OrderStatus::Expired);
}

#[test]
fn a_market_order_on_a_closed_market_is_told_when_it_opens() {
    let mut sim = Sim::starting(at("2022-01-08T15:00"));
    let order = sim.order(Side::Buy, 10, OrderType::Market);
    let refusal = sim.place(&order).unwrap_err();
    assert_eq!(refusal.kind, ErrorKind::MarketClosed);
    assert!(
        refusal.text.contains("2022-01-10T14:30:00"),
        "{}",
        refusal.text
    );
}

#[test]
fn auctions_trade_at_the_price_of_the_market() {
    let mut sim = Sim::starting(at("2022-01-04T14:00"));
    let types = [
        OrderType::MarketOnOpen,
        OrderType::LimitOnOpen {
            price: price(dec!(102)),
        },
        OrderType::LimitOnOpen {
            price: price(dec!(99)),
        },
        OrderType::Auction,
        OrderType::AuctionLimit {
            price: price(dec!(99)),
        },
        OrderType::MarketOnClose,
        OrderType::LimitOnClose {
            price: price(dec!(105)),
        },
        OrderType::LimitOnClose {
            price: price(dec!(90)),
        },
    ];
    let keys = types.map(|order_type| sim.buy(10, order_type));
    let order = sim
        .order(Side::Buy, 10, OrderType::Market)
        .with_time_in_force(TimeInForce::Opg);
    let opg = sim.place(&order).unwrap();
    let order = sim
        .order(Side::Sell, 10, limit(dec!(90)))
        .with_time_in_force(TimeInForce::AtClose);
    let at_close = sim.place(&order).unwrap();
    sim.until(at("2022-01-04T14:29"));
    sim.price(dec!(102));
    sim.until(at("2022-01-04T14:30"));
    for key in [keys[0], keys[1], keys[3], opg] {
        assert_eq!(
            (sim.status(key), sim.average(key)),
            (OrderStatus::Filled, dec!(102))
        );
    }
    assert_eq!(sim.status(keys[2]), OrderStatus::Expired);
    assert_eq!(sim.get(keys[4]).place, Place::Book);
    assert_eq!(sim.get(keys[5]).place, Place::Auction);
    sim.until(at("2022-01-04T20:59"));
    sim.price(dec!(103));
    sim.until(at("2022-01-04T21:00"));
    for key in [keys[5], keys[6], at_close] {
        assert_eq!(
            (sim.status(key), sim.average(key)),
            (OrderStatus::Filled, dec!(103))
        );
    }
    assert_eq!(sim.status(keys[7]), OrderStatus::Expired);
    assert_eq!(sim.status(keys[4]), OrderStatus::Expired);
}

#[test]
fn an_opening_order_placed_after_the_opening_waits_for_the_next_one() {
    let mut sim = Sim::new();
    let key = sim.buy(10, OrderType::MarketOnOpen);
    sim.until(at("2022-01-05T14:29"));
    assert_eq!(sim.get(key).place, Place::Auction);
    sim.until(at("2022-01-05T14:30"));
    assert_eq!(sim.status(key), OrderStatus::Filled);
}

#[test]
fn what_rests_in_the_book_takes_part_in_the_closing_auction() {
    let mut sim = Sim::new();
    let rests = sim.buy(10, limit(dec!(100)));
    assert_eq!(sim.get(rests).place, Place::Book);
    let order = sim.order_of(2, Side::SellShort, 10, OrderType::MarketOnClose);
    let auction = sim.place(&order).unwrap();
    sim.until(at("2022-01-04T21:00"));
    assert_eq!(sim.status(auction), OrderStatus::Filled);
    assert_eq!(sim.state(rests), (OrderStatus::Filled, dec!(10)));
    assert_eq!(sim.average(rests), dec!(100));
}

#[test]
fn nothing_trades_in_a_halt_and_the_longest_halt_counts() {
    let mut sim = Sim::new();
    let share = sim.share.clone();
    let rests = sim.order_of(2, Side::Sell, 10, limit(dec!(100)));
    let rests = sim.place(&rests).unwrap();
    let algo = sim.buy(100, OrderType::Algo(Algo::new(AlgoStrategy::Twap)));
    let before = sim.get(algo).filled;
    sim.exchange.halt(0, TimeDelta::hours(2));
    sim.exchange.halt(0, TimeDelta::minutes(1));
    let waits = sim.buy(10, limit(dec!(100)));
    let market = sim.buy(10, OrderType::Market);
    let order = sim
        .order(Side::Buy, 10, OrderType::Market)
        .with_time_in_force(TimeInForce::Ioc);
    let immediate = sim.place(&order).unwrap();
    assert_eq!(sim.status(immediate), OrderStatus::Canceled);
    sim.pass(TimeDelta::minutes(90));
    let quote = sim.exchange.quote(&share).unwrap();
    assert!(quote.halted && quote.bid.is_none());
    assert_eq!(sim.get(rests).filled, dec!(0));
    assert_eq!(sim.get(algo).filled, before);
    assert_eq!(sim.get(waits).place, Place::Held);
    sim.pass(TimeDelta::minutes(31));
    assert!(!sim.exchange.quote(&share).unwrap().halted);
    assert_eq!(sim.status(market), OrderStatus::Filled);
    assert_eq!(sim.status(rests), OrderStatus::Filled);
}

#[test]
fn day_bars_carry_their_own_date_and_the_close_of_the_regular_session() {
    let mut sim = Sim::new();
    let share = sim.share.clone();
    for day in 4..=6 {
        sim.until(at(&format!("2022-01-0{day}T15:00")));
        sim.price(dec!(100) + rust_decimal::Decimal::from(day));
        sim.until(at(&format!("2022-01-0{day}T22:00")));
        // A trade after the close is not the close.
        let order = sim
            .order(Side::Buy, 700, limit(dec!(120)))
            .with_session(TradingSession::Extended);
        sim.place(&order).unwrap();
    }
    sim.until(at("2022-01-07T12:00"));
    let bars = sim
        .exchange
        .bars(&BarQuery::new(share, BarInterval::Day1))
        .unwrap();
    let shown: Vec<_> = bars
        .iter()
        .map(|bar| (bar.start.to_rfc3339(), bar.close.get()))
        .collect();
    assert_eq!(
        shown,
        [
            ("2022-01-04T14:30:00+00:00".to_owned(), dec!(104)),
            ("2022-01-05T14:30:00+00:00".to_owned(), dec!(105)),
            ("2022-01-06T14:30:00+00:00".to_owned(), dec!(106)),
        ]
    );
}
