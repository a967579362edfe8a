use std::sync::Arc;

use broker_core::{ErrorKind, dec, model::*};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    fixtures::{at, check, price, units},
    listed_world::{World, expiry, index, option, share},
};

#[test]
fn options_expire_in_and_out_of_the_money_long_and_short() {
    let mut world = World::margin();
    let (call, put) = (
        option("AAA", Right::Call, dec!(100)),
        option("AAA", Right::Put, dec!(100)),
    );
    let short = option("AAA", Right::Put, dec!(110));
    world.trade(&call, Side::Buy, dec!(2));
    world.trade(&put, Side::Buy, dec!(1));
    world.trade(&short, Side::Sell, dec!(1));
    world.pin(&share(), dec!(105));
    world.exchange.advance_to(at("2022-01-21T20:59"));
    let before = world.cash();
    world.exchange.advance_to(at("2022-01-21T21:00"));
    check(&world.exchange);
    for gone in [&call, &put, &short] {
        assert_eq!(world.held(gone), dec!(0));
    }
    // Two calls bring 200 shares at 100, the assigned put another 100 at 110.
    assert_eq!(world.held(&share()), dec!(300));
    assert_eq!(world.cash(), before - dec!(20_000) - dec!(11_000));
    assert_eq!(
        world.refused(&call, Side::Buy, dec!(1)),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn index_options_are_settled_in_cash_and_a_lapse_is_obeyed() {
    let mut world = World::margin();
    let exercised = option("SPX", Right::Call, dec!(4000));
    let lapses = option("SPX", Right::Call, dec!(3950));
    world.trade(&exercised, Side::Buy, dec!(1));
    world.trade(&lapses, Side::Buy, dec!(1));
    let request = ExerciseOption {
        client_order_id: ClientOrderId::new("lapse").unwrap(),
        account: world.account.clone(),
        instrument: lapses.clone(),
        quantity: units(dec!(1)),
        action: ExerciseAction::Lapse,
    };
    world.exchange.exercise(&request).unwrap();
    world.pin(&index(), dec!(4025));
    world.exchange.advance_to(at("2022-01-21T20:59"));
    let before = world.cash();
    world.exchange.advance_to(at("2022-01-21T21:00"));
    assert_eq!(world.cash() - before, dec!(2_500));
    assert!(world.exchange.positions(&world.account).is_empty());
}

#[test]
fn an_early_exercise_takes_effect_once() {
    let mut world = World::margin();
    let call = option("AAA", Right::Call, dec!(90));
    world.trade(&call, Side::Buy, dec!(2));
    let mut request = ExerciseOption {
        client_order_id: ClientOrderId::new("exercise").unwrap(),
        account: world.account.clone(),
        instrument: call.clone(),
        quantity: units(dec!(1)),
        action: ExerciseAction::Exercise,
    };
    world.exchange.exercise(&request).unwrap();
    assert_eq!(
        (world.held(&call), world.held(&share())),
        (dec!(1), dec!(100))
    );
    assert_eq!(
        world.exchange.exercise(&request).unwrap_err().kind,
        ErrorKind::Duplicate
    );
    request.client_order_id = ClientOrderId::new("more").unwrap();
    request.quantity = units(dec!(2));
    assert_eq!(
        world.exchange.exercise(&request).unwrap_err().field,
        Some("quantity")
    );
}

#[test]
fn a_price_and_its_implied_volatility_give_each_other() {
    let mut world = World::margin();
    let call = option("AAA", Right::Call, dec!(105));
    let ask = |given| OptionQuery {
        instrument: call.clone(),
        underlying_price: price(dec!(100)),
        given,
    };
    let priced = world
        .exchange
        .compute_option(&ask(OptionGiven::Volatility(dec!(0.3))))
        .unwrap();
    let back = world
        .exchange
        .compute_option(&ask(OptionGiven::Price(priced.price)))
        .unwrap();
    assert_eq!(back.greeks.implied_volatility, dec!(0.3));
    let chain = world
        .exchange
        .option_chain(&ChainQuery::new(share(), expiry()))
        .unwrap();
    assert!(chain.options.len() > 10);
    assert!(
        chain
            .options
            .iter()
            .all(|row| row.bid < row.ask && row.greeks.is_some())
    );
    let other = ChainQuery::new(share(), NaiveDate::from_ymd_opt(2022, 1, 20).unwrap());
    assert_eq!(
        world.exchange.option_chain(&other).unwrap_err().kind,
        ErrorKind::NotFound
    );
}

fn spread(lower: &Instrument, upper: &Instrument) -> Instrument {
    let leg = |instrument: &Instrument, side| ComboLeg {
        instrument: instrument.clone(),
        side,
        ratio: 1,
    };
    Instrument::Combo(Combo::new(vec![leg(lower, Side::Buy), leg(upper, Side::Sell)]).unwrap())
}

#[test]
fn a_vertical_spread_trades_through_its_legs_at_its_limit() {
    let mut world = World::margin();
    let (lower, upper) = (
        option("AAA", Right::Call, dec!(100)),
        option("AAA", Right::Call, dec!(105)),
    );
    let combo = spread(&lower, &upper);
    let quote = world.exchange.quote(&combo).unwrap();
    let (bid, ask) = (quote.bid.unwrap().get(), quote.ask.unwrap().get());
    assert!(dec!(0) < bid && bid < ask);
    let waits = world.order(
        &combo,
        Side::Buy,
        dec!(2),
        OrderType::Limit { price: price(bid) },
    );
    let waits = world.exchange.place(Arc::new(waits)).unwrap();
    world.exchange.advance_to(at("2022-01-04T15:05"));
    check(&world.exchange);
    assert_eq!(world.exchange.order(waits).unwrap().filled, dec!(0));
    world.exchange.cancel(waits).unwrap();
    let ask = world.exchange.quote(&combo).unwrap().ask.unwrap().get();
    let before = world.cash();
    let takes = world.order(
        &combo,
        Side::Buy,
        dec!(2),
        OrderType::Limit { price: price(ask) },
    );
    let takes = world.exchange.place(Arc::new(takes)).unwrap();
    let order = world.exchange.order(takes).unwrap();
    assert_eq!(
        (order.status(), order.average_price()),
        (OrderStatus::Filled, Some(price(ask)))
    );
    assert_eq!(
        (world.held(&lower), world.held(&upper)),
        (dec!(2), dec!(-2))
    );
    let commission: Decimal = world
        .exchange
        .fills_of(takes)
        .iter()
        .map(|f| f.commission.unwrap().amount)
        .sum();
    assert_eq!(before - world.cash(), ask * dec!(200) + commission);
}

#[test]
fn a_spread_needs_its_risk_and_not_that_of_a_naked_leg() {
    let mut world = World::margin();
    let (lower, upper) = (
        option("AAA", Right::Call, dec!(100)),
        option("AAA", Right::Call, dec!(105)),
    );
    let combo = spread(&lower, &upper);
    let order =
        |world: &mut World, side, quantity| world.order(&combo, side, quantity, OrderType::Market);
    // Sold, it can lose 500 each: 200 of them fit, 2000 do not.
    let fits = order(&mut world, Side::Sell, dec!(200));
    assert!(world.exchange.preview(&fits).is_ok());
    let too_many = order(&mut world, Side::Sell, dec!(2_000));
    assert_eq!(
        world.exchange.preview(&too_many).unwrap_err().kind,
        ErrorKind::InsufficientFunds
    );
    let many = order(&mut world, Side::Buy, dec!(2_000));
    assert_eq!(
        world.exchange.preview(&many).unwrap_err().kind,
        ErrorKind::InsufficientFunds
    );
}
