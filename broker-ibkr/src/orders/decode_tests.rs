use broker_core::{
    dec,
    model::{Algo, AlgoStrategy, Extensions, NewOrder, OrderType, TimeInForce, TrailingOffset},
};
use chrono::{TimeDelta, TimeZone as _, Utc};

use super::{
    compare::changed,
    decode::decode,
    encode::encode,
    entry::{Outcome, Waiting},
    fixtures::{entry, limit, open_order, price, terms},
    register::Register,
};
use crate::{IbkrAlgorithm, IbkrExtension};

/// An order as TWS tells it.
fn told(order: &NewOrder) -> NewOrder {
    let wire = encode(order, dec!(1)).unwrap();
    let (id, instrument) = (order.client_order_id.clone(), order.instrument.clone());
    decode(id, instrument, dec!(1), &wire).unwrap()
}

fn trailing(trigger: broker_core::Decimal) -> NewOrder {
    terms(OrderType::TrailingStop {
        offset: TrailingOffset::Amount(dec!(2)),
        trigger: Some(price(trigger)),
    })
}

fn algo(at: broker_core::Decimal) -> NewOrder {
    let mut algo = Algo::new(AlgoStrategy::Vwap);
    algo.price = Some(price(at));
    terms(OrderType::Algo(algo))
}

#[test]
fn the_old_terms_are_not_taken_for_the_new_ones() {
    let until = Utc.with_ymd_and_hms(2026, 3, 2, 15, 30, 0).unwrap();
    let day = TimeDelta::days(1);
    let at = |level| OrderType::Limit {
        price: price(level),
    };
    let closing = |level| terms(at(level)).with_time_in_force(TimeInForce::AtClose);
    let opening = |level| terms(at(level)).with_time_in_force(TimeInForce::Opg);
    for (old, new) in [
        (
            limit().with_time_in_force(TimeInForce::Gtd(until)),
            limit().with_time_in_force(TimeInForce::Gtd(until + day)),
        ),
        (closing(dec!(187)), closing(dec!(188))),
        (opening(dec!(187)), opening(dec!(188))),
        (algo(dec!(187)), algo(dec!(188))),
    ] {
        let differs = changed(&new, &told(&old));
        assert!(differs.is_some(), "{old:?} is taken for {new:?}");
        assert_eq!(changed(&new, &told(&new)), None);
    }
}

#[test]
fn a_second_of_a_lifetime_is_not_told_in_parts() {
    let until = Utc.with_ymd_and_hms(2026, 3, 2, 15, 30, 0).unwrap();
    let order = limit().with_time_in_force(TimeInForce::Gtd(until + TimeDelta::milliseconds(250)));
    assert_eq!(changed(&order, &told(&order)), None);
}

#[test]
fn a_trigger_that_follows_the_market_is_not_news() {
    assert_eq!(
        changed(&trailing(dec!(180)), &told(&trailing(dec!(183)))),
        None
    );
}

#[test]
fn a_new_trigger_counts_when_tws_tells_it() {
    let mut register = Register::default();
    let key = register.add(entry(trailing(dec!(180))));
    let next = trailing(dec!(183));
    let (_, mut answer) = register.wait(key, Waiting::Replace(next.into())).unwrap();
    let mut tell = |trigger| {
        let wire = encode(&trailing(trigger), dec!(1)).unwrap();
        let _ = register.hear_open_order(&open_order(&wire, "PreSubmitted"));
    };
    tell(dec!(180));
    assert!(
        answer.try_recv().is_err(),
        "the old trigger is taken for the new one"
    );
    tell(dec!(183));
    assert!(matches!(answer.try_recv(), Ok(Outcome::Accepted(_))));
}

#[test]
fn what_only_interactive_brokers_knows_of_an_order_is_read_as_it_was_written() {
    let fields = IbkrExtension {
        all_or_none: true,
        hidden: true,
        minimum_quantity: Some(10),
        good_after_time: Some(Utc.with_ymd_and_hms(2026, 3, 2, 15, 30, 0).unwrap()),
        algorithm: Some(IbkrAlgorithm {
            name: "Adaptive".to_owned(),
            parameters: [("adaptivePriority".to_owned(), "Normal".to_owned())].into(),
        }),
        ..IbkrExtension::default()
    };
    let mut order = limit();
    let mut extensions = Extensions::default();
    extensions.set(&fields).unwrap();
    order.extensions = extensions;
    let read = told(&order).extensions.get::<IbkrExtension>().unwrap();
    assert_eq!(read, Some(fields));
    assert_eq!(told(&limit()).extensions, Extensions::default());
}

#[test]
fn what_is_filled_of_an_open_order_is_in_its_quantity() {
    let mut wire = encode(&limit(), dec!(1)).unwrap();
    wire.filled_quantity = 40.0;
    let order = limit();
    let read = decode(order.client_order_id, order.instrument, dec!(1), &wire).unwrap();
    assert_eq!(read.quantity().unwrap().get(), dec!(100));
}
