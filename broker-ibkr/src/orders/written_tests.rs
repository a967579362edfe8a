use std::sync::Arc;

use broker_core::{
    Decimal, dec,
    model::{
        Algo, AlgoStrategy, Currency, Money, NewOrder, OrderAmount, OrderType, TimeInForce,
        TradingSession, TrailingOffset,
    },
};
use chrono::{TimeZone as _, Utc};
use ibapi::orders::{OcaType, Order};

use super::{
    decode::decode,
    encode::encode,
    fixtures::{limit, open_order, price, quantity, terms},
    written::{Clerk, Links},
};

fn many_orders() -> Vec<NewOrder> {
    let (trigger, level) = (price(dec!(190)), price(dec!(187.5)));
    let until = Utc.with_ymd_and_hms(2026, 3, 2, 15, 30, 0).unwrap();
    let mut algo = Algo::new(AlgoStrategy::Vwap);
    algo.participation = Some(dec!(0.1));
    algo.start = Some(until);
    let mut cash = terms(OrderType::Market);
    cash.amount = OrderAmount::Cash(Money::new(dec!(1000.5), Currency::USD));
    vec![
        limit(),
        terms(OrderType::Market),
        terms(OrderType::StopLimit {
            trigger,
            price: level,
        }),
        terms(OrderType::TrailingStop {
            offset: TrailingOffset::Percent(dec!(2.5)),
            trigger: Some(trigger),
        }),
        terms(OrderType::TrailingStopLimit {
            offset: TrailingOffset::Amount(dec!(1.25)),
            limit_offset: dec!(0.1),
            trigger: Some(trigger),
        }),
        terms(OrderType::LimitOnClose { price: level }),
        terms(OrderType::Algo(algo)),
        cash,
        limit().with_time_in_force(TimeInForce::Gtd(until)),
        limit()
            .with_session(TradingSession::Extended)
            .with_display_quantity(quantity(dec!(10))),
    ]
}

#[test]
fn the_terms_read_the_same_from_what_is_kept() {
    for order in many_orders() {
        let wire = encode(&order, Decimal::ONE).unwrap();
        let data = open_order(&wire, "Submitted");
        let read = |from: &Order| {
            let (id, instrument) = (order.client_order_id.clone(), order.instrument.clone());
            decode(id, instrument, Decimal::ONE, from).unwrap()
        };
        let told = read(&data.order);
        let written = Clerk::default().write(data);
        assert_eq!(read(&written.order()), told);
        assert_eq!(told.order_type.kind(), order.order_type.kind());
    }
}

#[test]
fn names_state_and_reasons_are_kept() {
    let mut data = open_order(&encode(&limit(), Decimal::ONE).unwrap(), "Cancelled");
    data.order.filled_quantity = 3.0;
    data.order_state.reject_reason = "no shares".to_owned();
    data.order_state.completed_status = "Cancelled by Trader".to_owned();
    data.order_state.completed_time = "20260115 11:30:00 US/Eastern".to_owned();
    let expected = data.clone();
    let written = Clerk::default().write(data);
    assert_eq!(
        (written.order_id, written.client_id, written.perm_id),
        (
            expected.order_id,
            expected.order.client_id,
            expected.order.perm_id
        )
    );
    assert_eq!(&*written.account, expected.order.account);
    assert_eq!(&*written.order_ref, expected.order.order_ref);
    assert_eq!(written.status, expected.order_state.status);
    assert_eq!(written.filled_quantity, 3.0);
    assert_eq!(written.reject_reason(), "no shares");
    assert_eq!(written.completed_status(), "Cancelled by Trader");
    assert_eq!(written.completed_time(), "20260115 11:30:00 US/Eastern");
}

#[test]
fn a_change_repeats_to_which_list_an_order_belongs() {
    let mut order = encode(&limit(), Decimal::ONE).unwrap();
    assert_eq!(Links::of(&order), None);
    order.parent_id = 12;
    order.oca_group = "pair".to_owned();
    order.oca_type = OcaType::ReduceWithBlock;
    let links = Clerk::default()
        .write(open_order(&order, "Submitted"))
        .links()
        .unwrap();
    let mut next = encode(&limit(), Decimal::ONE).unwrap();
    links.write(&mut next);
    assert_eq!(
        (next.parent_id, next.oca_group.as_str(), next.oca_type),
        (12, "pair", OcaType::ReduceWithBlock)
    );
}

#[test]
fn orders_of_one_contract_share_it_unless_it_is_told_differently() {
    let wire = encode(&limit(), Decimal::ONE).unwrap();
    let mut clerk = Clerk::default();
    let mut contract_of = |exchange: &str| {
        let mut data = open_order(&wire, "Submitted");
        data.contract.exchange = exchange.into();
        clerk.write(data).contract
    };
    let (one, same, other) = (
        contract_of("SMART"),
        contract_of("SMART"),
        contract_of("ARCA"),
    );
    assert!(Arc::ptr_eq(&one, &same));
    assert_eq!(other.exchange.as_str(), "ARCA");
}
