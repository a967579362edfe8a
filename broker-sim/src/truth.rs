use std::sync::Arc;

use broker_core::model::{ClientOrderId, ExecutionId, Instrument, NewOrder, Price, SignedQuantity};
use rust_decimal::Decimal;

/// What the broker really has for one account.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Every order that the broker has taken on, finished ones included; refused ones are not there.
    pub orders: Vec<TrueOrder>,
    /// Every execution that counts: busted ones are gone, corrected ones stand corrected.
    pub fills: Vec<TrueFill>,
    /// Every position that is not flat.
    pub positions: Vec<(Instrument, SignedQuantity)>,
    /// Submits, replaces, cancels and exercises that have reached the broker's doorstep so far, of
    /// all accounts, refused ones included; previews and questions do not count. `None` when the
    /// server does not count.
    pub commands: Option<u64>,
}

/// An order as the broker has it.
#[derive(Debug, Clone)]
pub struct TrueOrder {
    /// Its terms as they are now, under the caller's identifier.
    pub terms: Arc<NewOrder>,
    /// Whether it may still trade.
    pub open: bool,
    /// Filled so far.
    pub filled: Decimal,
}

/// An execution as the broker has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueFill {
    /// The order.
    pub client_order_id: ClientOrderId,
    /// The broker's name for it.
    pub execution_id: ExecutionId,
    /// The price.
    pub price: Price,
    /// Units.
    pub quantity: Decimal,
}

impl Truth {
    /// Every order that goes by the identifier; more than one is a broken promise.
    pub fn orders_of(&self, id: &ClientOrderId) -> Vec<&TrueOrder> {
        let orders = self.orders.iter();
        orders
            .filter(|order| order.terms.client_order_id == *id)
            .collect()
    }

    /// The order that goes by the identifier.
    #[must_use]
    pub fn order(&self, id: &ClientOrderId) -> Option<&TrueOrder> {
        let mut orders = self.orders.iter();
        orders.find(|order| order.terms.client_order_id == *id)
    }

    /// How much is held of an instrument.
    #[must_use]
    pub fn held(&self, instrument: &Instrument) -> Decimal {
        let mut positions = self.positions.iter();
        let found = positions.find(|(held, _)| held == instrument);
        found.map_or(Decimal::ZERO, |(_, quantity)| quantity.get())
    }
}
