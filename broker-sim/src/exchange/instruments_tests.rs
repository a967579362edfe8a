use std::sync::Arc;

use broker_core::{ErrorKind, dec, model::*};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    fixtures::{at, check, price},
    listed_world::{World, index, option, share},
};

#[test]
fn a_future_settles_at_the_opening_of_its_index() {
    let mut world = World::margin();
    let future = world.find(|i| matches!(i, Instrument::Future(_)));
    let Instrument::Future(terms) = &future else {
        panic!()
    };
    assert_eq!(terms.expiry, NaiveDate::from_ymd_opt(2022, 3, 18).unwrap());
    let key = world.trade(&future, Side::Buy, dec!(1));
    let paid = world
        .exchange
        .order(key)
        .unwrap()
        .average_price()
        .unwrap()
        .get();
    assert!(paid > dec!(4000) && paid < dec!(4100));
    world.pin(&index(), dec!(4100.13));
    world.exchange.advance_to(at("2022-03-18T13:29"));
    let before = world.cash();
    world.exchange.advance_to(at("2022-03-18T13:30"));
    assert_eq!(world.held(&future), dec!(0));
    assert_eq!(world.cash() - before, (dec!(4100.13) - paid) * dec!(50));
    assert_eq!(
        world.refused(&future, Side::Buy, dec!(1)),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn currencies_coins_and_foreign_shares_trade_in_their_own_money() {
    let mut world = World::margin();
    let pair = Instrument::forex(Currency::EUR, Currency::USD);
    world.trade(&pair, Side::Buy, dec!(1_000));
    let account = world.exchange.account(&world.account).unwrap();
    assert_eq!(account.cash(Currency::EUR), dec!(1_000));
    let coin = Instrument::crypto(Currency::BTC, Currency::USD);
    world.trade(&coin, Side::Buy, dec!(0.125));
    assert_eq!(world.held(&coin), dec!(0.125));
    assert!(matches!(
        world.refused(&coin, Side::Sell, dec!(0.25)),
        ErrorKind::InsufficientFunds | ErrorKind::Rejected
    ));
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    assert_eq!(
        world.refused(&tencent, Side::Buy, dec!(100)),
        ErrorKind::MarketClosed
    );
    let order = |world: &mut World, quantity, value| {
        world.order(
            &tencent,
            Side::Buy,
            quantity,
            OrderType::Limit {
                price: price(value),
            },
        )
    };
    let odd = order(&mut world, dec!(150), dec!(300));
    assert_eq!(
        world.exchange.place(Arc::new(odd)).unwrap_err().field,
        Some("quantity")
    );
    let off = order(&mut world, dec!(100), dec!(300.1));
    assert_eq!(
        world.exchange.place(Arc::new(off)).unwrap_err().field,
        Some("price")
    );
    let good = order(&mut world, dec!(100), dec!(300.2));
    let key = world.exchange.place(Arc::new(good)).unwrap();
    // Morning, lunch and the closing auction in Hong Kong.
    let place = |world: &World| world.exchange.order(key).unwrap().place;
    world.exchange.advance_to(at("2022-01-05T02:00"));
    assert_eq!(place(&world), super::Place::Book);
    world.exchange.advance_to(at("2022-01-05T04:30"));
    assert_eq!(place(&world), super::Place::Held);
    world.exchange.advance_to(at("2022-01-05T08:05"));
    assert!(world.exchange.order(key).unwrap().is_open());
    world.exchange.advance_to(at("2022-01-05T08:10"));
    assert_eq!(
        world.exchange.order(key).unwrap().status(),
        OrderStatus::Expired
    );
}

#[test]
fn a_cash_account_neither_sells_short_nor_buys_on_margin() {
    let mut world = World::new(at("2022-01-04T15:00"), AccountKind::Cash);
    let kind = world.refused(&share(), Side::Sell, dec!(1));
    assert_eq!(kind, ErrorKind::InsufficientFunds);
    assert_eq!(
        world.refused(&share(), Side::Buy, dec!(2_100)),
        ErrorKind::InsufficientFunds
    );
    world.trade(&share(), Side::Buy, dec!(100));
    let sell = world.order(
        &share(),
        Side::Sell,
        dec!(100),
        OrderType::Limit {
            price: price(dec!(120)),
        },
    );
    let mut change = ReplaceOrder::new(world.account.clone(), sell.client_order_id.clone());
    change.limit_price = Some(price(dec!(119)));
    let key = world.exchange.place(Arc::new(sell)).unwrap();
    // Its own sale does not stand in the way of its change, but of another sale.
    world.exchange.replace(key, &change).unwrap();
    assert_eq!(
        world.refused(&share(), Side::Sell, dec!(1)),
        ErrorKind::InsufficientFunds
    );
}

#[test]
fn dividends_are_received_and_paid_and_splits_rebase_everything() {
    for side in [Side::Buy, Side::SellShort] {
        let mut world = World::margin();
        let test = world.find(|i| i.to_string().contains("ZVZZT"));
        world.trade(&test, side, dec!(100));
        let sign = Decimal::from(side.sign());
        let actions = world
            .exchange
            .corporate_actions(&ResearchQuery::new(test.clone()));
        let date = |wanted: fn(&CorporateEvent) -> bool| {
            actions.iter().find(|a| wanted(&a.event)).unwrap().ex_date
        };
        let ex = date(|event| matches!(event, CorporateEvent::CashDividend { .. }));
        world
            .exchange
            .advance_to(ex.and_hms_opt(8, 59, 0).unwrap().and_utc());
        let before = world.cash();
        world
            .exchange
            .advance_to(ex.and_hms_opt(9, 1, 0).unwrap().and_utc());
        assert_eq!(world.cash() - before, sign * dec!(35));
        let split = date(|event| matches!(event, CorporateEvent::Split { .. }));
        let resting = world.order(
            &test,
            Side::Buy,
            dec!(10),
            OrderType::Limit {
                price: price(dec!(10)),
            },
        );
        let resting = world
            .exchange
            .place(Arc::new(resting.with_time_in_force(TimeInForce::Gtc)))
            .unwrap();
        world
            .exchange
            .advance_to(split.and_hms_opt(8, 59, 0).unwrap().and_utc());
        let last = world.exchange.quote(&test).unwrap().last.unwrap().get();
        world
            .exchange
            .advance_to(split.and_hms_opt(9, 1, 0).unwrap().and_utc());
        check(&world.exchange);
        let after = world.exchange.quote(&test).unwrap().last.unwrap().get();
        assert_eq!(world.held(&test), sign * dec!(150));
        assert_eq!(after, (last * dec!(2) / dec!(3)).round_dp(2));
        assert_eq!(
            world.exchange.order(resting).unwrap().status(),
            OrderStatus::Canceled
        );
    }
}

#[test]
fn the_day_of_an_account_ends_once_a_day() {
    let mut world = World::margin();
    world.trade(&share(), Side::Buy, dec!(100));
    world.trade(&share(), Side::Sell, dec!(100));
    let realized = |world: &World| {
        world
            .exchange
            .profit_and_loss(&world.account)
            .unwrap()
            .realized
            .unwrap()
            .amount
    };
    let before = realized(&world);
    assert!(before < dec!(0));
    // Options, currencies and coins have their own ends of day.
    world
        .exchange
        .quote(&option("AAA", Right::Call, dec!(100)))
        .unwrap();
    world.exchange.advance_to(at("2022-01-05T00:59"));
    assert_eq!(realized(&world), before);
    world.exchange.advance_to(at("2022-01-05T01:00"));
    assert_eq!(realized(&world), dec!(0));
}
