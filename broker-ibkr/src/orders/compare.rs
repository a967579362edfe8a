//! Whether the terms that TWS tells of an order are the known ones.

use broker_core::model::{NewOrder, OrderAmount, OrderType, Price, TimeInForce};

/// The terms as TWS now tells them, where they differ from the known ones; `None` when they do not.
///
/// TWS fills fields in and leaves others out, so only what a person or a change can have changed is
/// compared: quantity, prices, distance and lifetime.
pub(crate) fn changed(known: &NewOrder, told: &NewOrder) -> Option<NewOrder> {
    let mut next = known.clone();
    if let (OrderAmount::Quantity(_), OrderAmount::Quantity(_)) = (&known.amount, &told.amount) {
        next.amount = told.amount;
    }
    match (&mut next.order_type, &told.order_type) {
        // A trigger that follows the market is not news.
        (
            OrderType::TrailingStop { offset, .. } | OrderType::TrailingStopLimit { offset, .. },
            OrderType::TrailingStop { offset: new, .. }
            | OrderType::TrailingStopLimit { offset: new, .. },
        ) => *offset = *new,
        // TWS has these as order types of their own.
        (OrderType::Limit { price }, OrderType::LimitOnClose { price: new })
            if known.time_in_force == TimeInForce::AtClose =>
        {
            *price = *new;
        }
        (OrderType::Limit { price }, OrderType::LimitOnOpen { price: new })
            if known.time_in_force == TimeInForce::Opg =>
        {
            *price = *new;
        }
        (OrderType::Algo(algo), OrderType::Algo(new)) if new.price.is_some() => {
            algo.price = new.price;
        }
        (known, told) if known.kind() == told.kind() && !matches!(known, OrderType::Algo(_)) => {
            known.clone_from(told);
        }
        // A market-to-limit order becomes a limit order by itself, and closing orders are told by
        // their type where core has a lifetime.
        _ => {}
    }
    if differ(known.time_in_force, told.time_in_force)
        && comparable(known.time_in_force)
        && comparable(told.time_in_force)
    {
        next.time_in_force = told.time_in_force;
    }
    (next != *known).then_some(next)
}

/// Whether lifetimes differ as TWS can tell them: to the second.
fn differ(known: TimeInForce, told: TimeInForce) -> bool {
    match (known, told) {
        (TimeInForce::Gtd(known), TimeInForce::Gtd(told)) => known.timestamp() != told.timestamp(),
        _ => known.kind() != told.kind(),
    }
}

/// The first trigger of an order whose trigger follows the market.
pub(crate) fn first_trigger(order: &NewOrder) -> Option<Price> {
    match order.order_type {
        OrderType::TrailingStop { trigger, .. } | OrderType::TrailingStopLimit { trigger, .. } => {
            trigger
        }
        _ => None,
    }
}

/// Whether TWS has a word of its own for the lifetime: the auctions' are in the order's type.
fn comparable(lifetime: TimeInForce) -> bool {
    matches!(
        lifetime,
        TimeInForce::Day
            | TimeInForce::Gtc
            | TimeInForce::Gtd(_)
            | TimeInForce::Ioc
            | TimeInForce::Fok
    )
}
