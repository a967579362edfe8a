use broker_core::model::{AccountId, ClientOrderId, Fill, Instrument, OrderStatus};
use rust_decimal::Decimal;

use crate::exchange::Exchange;

/// What an account really has, as the exchange knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Every order that is kept, oldest first: name, status, filled units.
    pub orders: Vec<(ClientOrderId, OrderStatus, Decimal)>,
    /// Every fill that counts, oldest first.
    pub fills: Vec<Fill>,
    /// Every position that is not flat.
    pub positions: Vec<(Instrument, Decimal)>,
}

impl Truth {
    pub(super) fn of(exchange: &Exchange, account: &AccountId) -> Self {
        let orders = exchange.orders(account);
        Self {
            orders: orders
                .iter()
                .map(|order| {
                    (
                        order.client_order_id().clone(),
                        order.status(),
                        order.filled,
                    )
                })
                .collect(),
            fills: exchange.fills(account),
            positions: exchange
                .positions(account)
                .into_iter()
                .map(|position| (position.instrument, position.quantity.get()))
                .collect(),
        }
    }

    /// How many orders have this name: more than one is what must never be.
    #[must_use]
    pub fn orders_named(&self, id: &ClientOrderId) -> usize {
        self.orders
            .iter()
            .filter(|(known, _, _)| known == id)
            .count()
    }
}
