use broker_core::{
    dec,
    model::{Algo, AlgoStrategy, Extensions, NewOrder, OrderType, TimeInForce, TrailingOffset},
};
use chrono::{TimeDelta, TimeZone as _, Utc};

use super::{
    decode::{changed, decode},
    encode::encode,
    fixtures::{limit, price, terms},
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
