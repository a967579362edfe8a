//! What reaches the exchange, at once or after a while, and what the exchange refuses late.

use std::sync::Arc;

use broker_core::model::{ListRole, NewOrder, ReplaceOrder};
use chrono::TimeDelta;

use super::{
    family,
    place::role_of,
    record::{CancelStatus, Desk, ReplaceStatus},
    refused::words,
    status::Moment,
};
use crate::{
    exchange::{Exchange, Refusal},
    tiger::gateway::{habits::Habits, state::State},
};

/// Orders that are sent to the exchange together.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tiger::gateway) enum Errand {
    /// An order and its exits.
    Family(Vec<i64>),
    /// Orders of which one cancels the others.
    Group(Vec<i64>),
}

/// Something about orders that is done at an instant of the exchange's clock.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tiger::gateway) enum OrderDue {
    /// Orders reach the exchange.
    Send(Errand),
    /// A change reaches the exchange.
    Change(i64, Box<ReplaceOrder>),
    /// A cancel reaches the exchange.
    Cancel(i64),
    /// An acknowledgement that waited for a fill in vain.
    Acknowledge(i64),
}

impl Habits {
    /// The time between an answer and what it says being done.
    pub(in crate::tiger::gateway) fn desk_delay(&self) -> TimeDelta {
        TimeDelta::milliseconds(i64::from(self.desk_delay_ms))
    }
}

impl Errand {
    fn ids(&self) -> &[i64] {
        match self {
            Self::Family(ids) | Self::Group(ids) => ids,
        }
    }
}

impl State {
    /// Does what is due.
    pub(in crate::tiger::gateway) fn play_order(&mut self, due: OrderDue, exchange: &mut Exchange) {
        match due {
            OrderDue::Send(errand) => {
                let waits = errand.ids().iter().any(|id| {
                    let record = self.orders.records.get(id);
                    record.is_some_and(|record| record.desk == Desk::Waiting)
                });
                if waits && let Err(refusal) = self.send(&errand, exchange) {
                    self.make_inactive(errand.ids(), &refusal, exchange);
                }
            }
            OrderDue::Change(id, change) => {
                let _ = self.carry_out_change(id, &change, exchange);
            }
            OrderDue::Cancel(id) => self.carry_out_cancel(id, exchange),
            OrderDue::Acknowledge(id) => self.acknowledge(id, exchange),
        }
    }

    /// Sends orders to the exchange.
    pub(super) fn send(&mut self, errand: &Errand, exchange: &mut Exchange) -> Result<(), Refusal> {
        let waiting: Vec<(i64, Arc<NewOrder>, ListRole)> = errand
            .ids()
            .iter()
            .filter_map(|id| self.orders.records.get(id))
            .filter(|record| record.desk == Desk::Waiting)
            .map(|record| {
                let terms = Arc::clone(&record.terms);
                (record.id, terms, role_of(record.part))
            })
            .collect();
        let keys = match errand {
            Errand::Family(_) => {
                let Some(((_, entry, _), exits)) = waiting.split_first() else {
                    return Ok(());
                };
                let exits: Vec<_> = exits
                    .iter()
                    .map(|(_, terms, role)| (Arc::clone(terms), *role))
                    .collect();
                family::send(exchange, entry, &exits)?
            }
            Errand::Group(_) => {
                let orders: Vec<_> = waiting
                    .iter()
                    .map(|(_, terms, _)| Arc::clone(terms))
                    .collect();
                family::send_group(exchange, &orders)?
            }
        };
        for ((id, _, _), key) in waiting.iter().zip(keys) {
            self.orders.passed(*id, key);
        }
        Ok(())
    }

    /// The exchange has refused orders after an answer that said success.
    pub(super) fn make_inactive(
        &mut self,
        ids: &[i64],
        refusal: &Refusal,
        exchange: &mut Exchange,
    ) {
        for id in ids {
            if let Some(record) = self.orders.records.get_mut(id) {
                record.desk = Desk::Refused;
                record.remark = Some(words(refusal));
                record.updated_at = exchange.now();
            }
            self.tell_now(*id, exchange);
            self.orders.note_ended(*id);
        }
    }

    /// A change reaches the exchange.
    pub(super) fn carry_out_change(
        &mut self,
        id: i64,
        change: &ReplaceOrder,
        exchange: &mut Exchange,
    ) -> Result<(), Refusal> {
        let Some(key) = self.orders.records.get(&id).and_then(|record| record.key) else {
            return Ok(());
        };
        let done = exchange.replace(key, change);
        if let Some(record) = self.orders.records.get_mut(&id) {
            record.updated_at = exchange.now();
            record.replace_status = match done {
                Ok(()) => ReplaceStatus::Replaced,
                Err(_) => ReplaceStatus::Failed,
            };
        }
        if done.is_err() {
            self.tell_now(id, exchange);
        }
        done
    }

    /// A cancel reaches the exchange.
    pub(super) fn carry_out_cancel(&mut self, id: i64, exchange: &mut Exchange) {
        let Some(record) = self.orders.records.get(&id) else {
            return;
        };
        let done = match record.key {
            Some(key) => exchange.cancel(key).is_ok(),
            None => self.drop_waiting(id, exchange),
        };
        if !done && let Some(record) = self.orders.records.get_mut(&id) {
            // It has ended on its own meanwhile.
            record.cancel_status = CancelStatus::Failed;
            record.updated_at = exchange.now();
            self.tell_now(id, exchange);
        }
    }

    /// Cancels an order that has not reached the exchange, with what is attached to it.
    fn drop_waiting(&mut self, id: i64, exchange: &mut Exchange) -> bool {
        let mut ids = vec![id];
        ids.extend(self.orders.attached(id));
        let mut dropped = false;
        for id in ids {
            let record = self.orders.records.get_mut(&id);
            if let Some(record) = record.filter(|record| record.desk == Desk::Waiting) {
                record.desk = Desk::Dropped;
                record.updated_at = exchange.now();
                dropped = true;
                self.tell_now(id, exchange);
                self.orders.note_ended(id);
            }
        }
        dropped
    }

    /// Tells what an order is now.
    pub(super) fn tell_now(&mut self, id: i64, exchange: &mut Exchange) {
        let Some(record) = self.orders.records.get(&id).cloned() else {
            return;
        };
        let moment = Moment::now(&record, exchange);
        self.tell_moment(&record, &moment, None, exchange);
    }
}
