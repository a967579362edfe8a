//! The truth by the clients' own names.

use std::sync::Arc;

use broker_core::model::{AccountId, ClientOrderId, ExecutionId, Instrument};

use super::{
    place::renamed,
    record::{Desk, Orders, Record},
    transactions::transaction_id,
};
use crate::{
    tiger::gateway::state::State,
    truth::{TrueOrder, Truth},
};

impl Orders {
    /// The client's own name for an order: its mark; of an attached order its entry's mark and the
    /// part that it plays. Without a mark, or with one that is no identifier, the exchange's.
    fn name(&self, record: &Record) -> ClientOrderId {
        let marked = |record: &Record| ClientOrderId::new(record.user_mark.as_deref()?).ok();
        let named = match (record.parent, record.part) {
            (Some(parent), Some(part)) => self
                .records
                .get(&parent)
                .and_then(marked)
                .and_then(|entry| entry.derive(part).ok()),
            _ => marked(record),
        };
        named.unwrap_or_else(|| record.terms.client_order_id.clone())
    }
}

impl State {
    /// What the world knows, with orders and fills under their marks, the orders that are on their
    /// way to the exchange, and the commands that have arrived.
    pub(in crate::tiger::gateway) fn truth(&self, account: &AccountId, mut truth: Truth) -> Truth {
        for order in &mut truth.orders {
            if let Some(record) = self.orders.by_internal(&order.terms.client_order_id) {
                order.terms = Arc::new(renamed(&order.terms, self.orders.name(record)));
            }
        }
        for fill in &mut truth.fills {
            if let Some(record) = self.orders.by_internal(&fill.client_order_id) {
                fill.client_order_id = self.orders.name(record);
            }
            let id = transaction_id(&fill.execution_id).to_string();
            if let Ok(id) = ExecutionId::new(id) {
                fill.execution_id = id;
            }
        }
        // What a pair of currencies brings is cash.
        truth
            .positions
            .retain(|(instrument, _)| !matches!(instrument, Instrument::Forex(_)));
        let records = self.orders.records.values();
        for record in records.filter(|record| record.terms.account == *account) {
            if matches!(record.desk, Desk::Waiting | Desk::Dropped) {
                truth.orders.push(TrueOrder {
                    terms: Arc::new(renamed(&record.terms, self.orders.name(record))),
                    open: record.desk == Desk::Waiting,
                    filled: rust_decimal::Decimal::ZERO,
                });
            }
        }
        truth.commands = Some(self.faults.arrived);
        truth
    }
}
