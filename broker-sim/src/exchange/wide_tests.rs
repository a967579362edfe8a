use std::sync::Arc;

use broker_core::{ErrorKind, dec, model::*};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::{
    fixtures::{at, price, units},
    listed_world::World,
    wide::{WarrantKind, WarrantTerms},
};

fn wide(start: &str) -> World {
    let mut world = World::new(at(start), AccountKind::Margin);
    world.exchange.list_wide().unwrap();
    world
}

fn mark(world: &mut World, instrument: &Instrument) -> Decimal {
    let quote = world.exchange.quote(instrument).unwrap();
    quote.last.unwrap().get()
}

#[test]
fn options_on_a_future_follow_what_it_is_on_and_are_settled_in_money() {
    let mut world = wide("2022-01-04T15:00");
    let call = world
        .find(|one| matches!(one, Instrument::FutureOption(part) if part.right == Right::Call));
    let put =
        world.find(|one| matches!(one, Instrument::FutureOption(part) if part.right == Right::Put));
    let before = (mark(&mut world, &call), mark(&mut world, &put));
    world.pin(&super::listed_world::index(), dec!(4200));
    let after = (mark(&mut world, &call), mark(&mut world, &put));
    assert!(
        after.0 > before.0 && after.1 < before.1,
        "{before:?} {after:?}"
    );
    let bought = world.order(&call, Side::Buy, dec!(1), OrderType::Market);
    world.exchange.place(Arc::new(bought)).unwrap();
    assert_eq!(world.held(&call), dec!(1));
    let last = world.exchange.contract(&call).unwrap().expires_at.unwrap();
    world.exchange.advance_to(last + TimeDelta::minutes(1));
    assert_eq!(world.held(&call), dec!(0));
    assert_eq!(
        world.refused(&call, Side::Buy, dec!(1)),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn a_contract_is_called_when_its_share_reaches_the_price() {
    let mut world = wide("2022-01-04T02:30");
    let bull = world
        .find(|one| matches!(one, Instrument::Warrant(part) if part.symbol.as_str() == "58603"));
    let share = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    world.pin(&share, dec!(380));
    let one = units(dec!(5000));
    let account = world.account.clone();
    world
        .exchange
        .endow(&account, &bull, one, price(dec!(0.8)))
        .unwrap();
    world.pin(&share, dec!(306));
    world.exchange.advance_to(at("2022-01-04T02:31"));
    assert_eq!(world.held(&bull), dec!(5000));
    world.pin(&share, dec!(305));
    world.exchange.advance_to(at("2022-01-04T02:32"));
    assert_eq!(world.held(&bull), dec!(0));
    assert!(!world.exchange.contract(&bull).unwrap().tradable);
    // What is left of five dollars over a hundred is five cents each.
    let terms = world.exchange.warrant_terms(&bull).unwrap();
    assert_eq!(terms.intrinsic(dec!(305)), dec!(0.05));
}

#[test]
fn only_callable_contracts_are_called_each_from_its_side_and_at_the_price_itself() {
    let world = wide("2022-01-04T02:30");
    let mut listed = world.exchange.instruments();
    let sample = listed.find_map(|one| world.exchange.warrant_terms(one));
    let sample = sample.unwrap();
    let called_at = |kind, call_price: Option<i64>, share: i64| {
        let terms = WarrantTerms {
            kind,
            call_price: call_price.map(Decimal::from),
            ..sample.clone()
        };
        terms.is_called(Decimal::from(share))
    };
    for (kind, call_price, at) in [
        (WarrantKind::Bull, Some(305), [true, true, false]),
        (WarrantKind::Bear, Some(305), [false, true, true]),
        (WarrantKind::Call, Some(305), [false; 3]),
        (WarrantKind::Put, Some(305), [false; 3]),
        (WarrantKind::Bull, None, [false; 3]),
        (WarrantKind::Bear, None, [false; 3]),
    ] {
        let told = [304, 305, 306].map(|share| called_at(kind, call_price, share));
        assert_eq!(told, at, "{kind:?} {call_price:?}");
    }
}

#[test]
fn funds_cannot_be_sold_short() {
    let mut world = wide("2022-01-04T15:00");
    let fund =
        world.find(|one| matches!(one, Instrument::Fund(part) if part.currency == Currency::USD));
    world.exchange.advance_to(at("2022-01-04T15:30"));
    assert_eq!(
        world.refused(&fund, Side::Sell, dec!(1)),
        ErrorKind::Rejected
    );
    world.trade(&fund, Side::Buy, dec!(2.5));
    assert_eq!(
        world.refused(&fund, Side::Sell, dec!(2.5001)),
        ErrorKind::Rejected
    );
    world.trade(&fund, Side::Sell, dec!(2.5));
    assert_eq!(world.held(&fund), dec!(0));
}

#[test]
fn a_world_without_nights_takes_no_orders_for_them() {
    let mut world = wide("2022-01-04T15:00");
    let share = super::listed_world::share();
    for session in [TradingSession::Overnight, TradingSession::All] {
        let limit = OrderType::Limit {
            price: price(dec!(90)),
        };
        let order = world
            .order(&share, Side::Buy, dec!(1), limit)
            .with_session(session);
        let refusal = world.exchange.place(Arc::new(order)).unwrap_err();
        assert_eq!(
            (refusal.kind, refusal.field),
            (ErrorKind::Unsupported, Some("session"))
        );
    }
}
