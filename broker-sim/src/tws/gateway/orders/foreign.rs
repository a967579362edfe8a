//! Orders that were placed without the API: by other parties of the same world.

use std::sync::Arc;

use super::record::Record;
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{state::State, turn::Turn},
        message::{Order, OrderBound, Reply},
    },
};

impl State {
    /// Takes on an order of the exchange that TWS has not placed for a client: it is one of TWS's
    /// own, entered by hand.
    pub(super) fn adopt(&mut self, key: u64, exchange: &mut Exchange) -> Option<i64> {
        let order = exchange.order(key)?;
        let terms = Arc::clone(&order.terms);
        let instructions = order.instructions.clone();
        let ended = !order.is_open();
        let (perm_id, _) = self.orders.next_perm(&terms.account, exchange)?;
        let contract = self.contracts.write(exchange, &terms.instrument);
        self.orders.insert(Record {
            perm_id,
            client_id: 0,
            order_id: 0,
            key: Some(key),
            manual: true,
            terms,
            instructions,
            contract,
            wire: Order::default(),
            parent: None,
            group: None,
            muted: None,
            told: None,
            dropped_at: None,
            late_acknowledgement: false,
        });
        if ended {
            self.orders.note_ended(perm_id);
        } else {
            self.bind_to_watcher(perm_id);
        }
        Some(perm_id)
    }

    /// Binds an order to client 0 if that client wants all orders of TWS.
    fn bind_to_watcher(&mut self, perm: i64) {
        let watcher = self
            .clients
            .values()
            .any(|client| client.id == Some(0) && client.binds_orders);
        if watcher {
            self.bind(perm);
        }
    }

    /// Gives an order of TWS a number and tells client 0.
    pub(super) fn bind(&mut self, perm: i64) {
        let Some(order_id) = self.orders.bind(perm) else {
            return;
        };
        let bound = Reply::OrderBound(OrderBound {
            perm_id: Some(perm),
            client_id: Some(0),
            order_id: Some(order_id),
        });
        for client in self.clients.values().filter(|client| client.id == Some(0)) {
            client.send(&bound);
        }
    }
}

impl Turn<'_> {
    /// Takes on the orders that were there before this TWS.
    pub(super) fn take_stock(&mut self) {
        if std::mem::replace(&mut self.state.orders.took_stock, true) {
            return;
        }
        let mut unknown = Vec::new();
        for account in &self.state.accounts {
            for order in self.exchange.orders(account) {
                if self.state.orders.by_key(order.key).is_none() {
                    unknown.push(order.key);
                }
            }
        }
        for key in unknown {
            self.state.adopt(key, self.exchange);
        }
    }
}
