//! The truth by the clients' own names.

use std::sync::Arc;

use broker_core::model::{AccountId, ClientOrderId, ExecutionId, NewOrder};
use rust_decimal::Decimal;

use super::{names, record::Record};
use crate::{
    truth::{TrueOrder, Truth},
    tws::gateway::state::State,
};

impl Record {
    /// The client's own name for the order; without one, or with one that is no identifier, the
    /// exchange's.
    fn name(&self) -> ClientOrderId {
        let named = self.wire.order_ref.as_deref();
        named
            .and_then(|name| ClientOrderId::new(name).ok())
            .unwrap_or_else(|| self.terms.client_order_id.clone())
    }
}

impl State {
    /// What the world knows, with orders and fills under their order references, the orders that
    /// wait in TWS, and the commands of TWS's clients.
    pub(in crate::tws::gateway) fn truth(&self, account: &AccountId, mut truth: Truth) -> Truth {
        for order in &mut truth.orders {
            if let Some(record) = self.orders.by_internal(&order.terms.client_order_id) {
                order.terms = renamed(&order.terms, record.name());
            }
        }
        for fill in &mut truth.fills {
            if let Some(record) = self.orders.by_internal(&fill.client_order_id) {
                fill.client_order_id = record.name();
            }
            if let Ok(id) = ExecutionId::new(names::execution(&fill.execution_id)) {
                fill.execution_id = id;
            }
        }
        let held = self.orders.records.values();
        for record in held.filter(|record| record.key.is_none() && record.account() == account) {
            truth.orders.push(TrueOrder {
                terms: renamed(&record.terms, record.name()),
                open: record.is_held(),
                filled: Decimal::ZERO,
            });
        }
        truth.commands = Some(self.orders.arrived);
        truth
    }
}

fn renamed(terms: &Arc<NewOrder>, name: ClientOrderId) -> Arc<NewOrder> {
    let mut terms = NewOrder::clone(terms);
    terms.client_order_id = name;
    Arc::new(terms)
}
