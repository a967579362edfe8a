use std::sync::Arc;

use broker_core::model::AccountId;

use crate::{
    exchange::Exchange,
    truth::{TrueFill, TrueOrder, Truth},
};

/// What an account really has, as the exchange knows it.
pub(super) fn truth(exchange: &Exchange, account: &AccountId, commands: u64) -> Truth {
    let orders = exchange.orders(account).into_iter().map(|order| TrueOrder {
        terms: Arc::clone(&order.terms),
        open: order.is_open(),
        filled: order.filled,
    });
    let fills = exchange.fills(account).into_iter().map(|fill| TrueFill {
        client_order_id: fill.client_order_id,
        execution_id: fill.execution_id,
        price: fill.price,
        quantity: fill.quantity.get(),
    });
    let positions = exchange.positions(account);
    Truth {
        orders: orders.collect(),
        fills: fills.collect(),
        positions: positions
            .into_iter()
            .map(|p| (p.instrument, p.quantity))
            .collect(),
        commands: Some(commands),
    }
}
