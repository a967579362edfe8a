//! What clients are told about their orders, and how an order ends.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use broker_core::model::{BrokerText, ClientOrderId, ExecutionKind, ExecutionReport};

use super::{
    Exchange, Output, SimOrder,
    book::OrderKey,
    order::{End, Place},
};

impl Exchange {
    /// Takes everything that clients are to be told.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outbox)
    }

    /// Whether there is anything to tell.
    #[must_use]
    pub fn has_outputs(&self) -> bool {
        !self.outbox.is_empty()
    }

    pub(super) fn tell(&mut self, key: u64, kind: ExecutionKind) {
        self.tell_because(key, kind, None);
    }

    pub(super) fn tell_because(
        &mut self,
        key: u64,
        kind: ExecutionKind,
        reason: Option<BrokerText>,
    ) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let mut report = order.report(kind);
        report.event_time = Some(self.now);
        report.reason.clone_from(&reason);
        let account = order.account.clone();
        self.outbox.push(Output::Report {
            account,
            report: Box::new(report),
        });
        if reason.is_some()
            && let Some(order) = self.orders.get_mut(&key)
        {
            order.reason = reason;
        }
    }

    /// Ends an order and forgets the oldest ended one when there are too many.
    pub(super) fn end(&mut self, key: u64, end: End) {
        let now = self.now;
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        if !order.is_open() {
            return;
        }
        order.place = Place::Ended(end);
        order.updated_at = now;
        let (market, account) = (order.market, order.account_index);
        if let Some(market) = self.markets.get_mut(market) {
            market.book.cancel(OrderKey(key));
            market.leave(key);
            market.open.remove(&key);
        }
        if let Some(account) = self.accounts.get_mut(account) {
            // A release that overflows leaves money reserved; nothing else depends on it.
            let _ = account.release(key);
        }
        self.ended.push_back(key);
        while self.ended.len() > self.settings.keep_ended {
            let Some(old) = self.ended.pop_front() else {
                break;
            };
            if let Some(order) = self.orders.remove(&old) {
                let id = order.client_order_id().clone();
                self.retired.insert(fingerprint(order.account_index, &id));
                self.by_client_id.remove(&(order.account_index, id));
                self.lists.forget(old);
                self.executions.forget(old);
            }
        }
    }
}

impl SimOrder {
    /// A report that a listing of orders gives: terms, names and figures, at its last change.
    #[must_use]
    pub fn status_report(&self, kind: ExecutionKind) -> ExecutionReport {
        let mut report = self.report(kind);
        report.event_time = Some(self.updated_at);
        report
    }

    /// A report about the order with its names and figures.
    pub(super) fn report(&self, kind: ExecutionKind) -> ExecutionReport {
        let mut report = ExecutionReport::new(self.client_order_id().clone(), kind);
        report.broker_order_id = self.broker_order_id();
        report.cumulative_quantity = Some(self.filled);
        report.average_price = self.average_price();
        report.terms = Some(Arc::clone(&self.terms));
        report.list.clone_from(&self.list);
        report
    }
}

/// Eight bytes that stand for an identifier of an account.
pub(super) fn fingerprint(account: usize, id: &ClientOrderId) -> u64 {
    let mut hasher = DefaultHasher::new();
    (account, id).hash(&mut hasher);
    hasher.finish()
}
