//! Who hears what, and what goes wrong on the way.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    record::Record,
    status::Status,
    written::{self, Moment},
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::{
            ConnectionId,
            state::{Due, State},
        },
        message::{CommissionAndFeesReport, OrderStatus, Reply},
    },
};

/// How long a report waits for others that overtake it.
const REORDERED_WITHIN: TimeDelta = TimeDelta::seconds(5);

/// What one report of the exchange makes TWS say, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::tws::gateway) struct Bundle(pub(super) Vec<(ConnectionId, Reply)>);

/// A commission report that is told later.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tws::gateway) struct LateCommission {
    pub(super) perm_id: i64,
    pub(super) report: CommissionAndFeesReport,
}

/// Something about orders that is done at an instant of the exchange's clock.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tws::gateway) enum OrderDue {
    /// An acknowledgement that waited for a fill in vain.
    Acknowledge(i64),
    /// A report that was delayed.
    Deliver(Bundle),
    /// Reports that wait for others to be told in reverse; there may be no others.
    Flush,
    /// A commission that follows its execution late.
    Commission(LateCommission),
    /// A notice that follows an acknowledgement.
    Notice {
        to: ConnectionId,
        order_id: i32,
        code: i32,
        text: String,
    },
}

impl State {
    /// The connections that hear of an order.
    pub(super) fn audience(&self, record: &Record) -> Vec<ConnectionId> {
        let bound = record.order_id != 0;
        let hears =
            |id: i32| (bound && id == record.client_id) || self.habits.master_client_id == Some(id);
        let clients = self.clients.iter();
        clients
            .filter(|(connection, client)| {
                client.id.is_some_and(hears) && record.muted != Some(**connection)
            })
            .map(|(connection, _)| *connection)
            .collect()
    }

    /// The connection of the client whose order it is, if it is there and hears of it.
    pub(super) fn owner(&self, record: &Record) -> Option<ConnectionId> {
        let bound = record.order_id != 0;
        let clients = self.clients.iter();
        clients
            .filter(|(connection, client)| {
                bound && client.id == Some(record.client_id) && record.muted != Some(**connection)
            })
            .map(|(connection, _)| *connection)
            .next()
    }

    /// The client's number of an order's parent; 0 without one.
    pub(super) fn parent_id(&self, record: &Record) -> i32 {
        let parent = record
            .parent
            .and_then(|perm| self.orders.records.get(&perm));
        parent.map_or(0, |parent| parent.order_id)
    }

    /// The statuses that are told: one, two or none, as the habits are.
    pub(super) fn statuses(&self, status: OrderStatus) -> Vec<Reply> {
        if self.habits.missing_statuses {
            return Vec::new();
        }
        let copies = if self.habits.duplicate_statuses { 2 } else { 1 };
        vec![Reply::OrderStatus(status); copies]
    }

    /// Open order and status as they are told at one moment.
    pub(super) fn pair(&mut self, perm: i64, moment: &Moment, exchange: &Exchange) -> Vec<Reply> {
        let Some(record) = self.orders.records.get(&perm) else {
            return Vec::new();
        };
        let open = written::open_order(record, moment, trail(record, exchange));
        let status = written::status(record, moment, self.parent_id(record));
        let mut replies = vec![Reply::OpenOrder(open)];
        replies.extend(self.statuses(status));
        if let Some(record) = self.orders.records.get_mut(&perm) {
            record.told = Some(moment.status);
        }
        if moment.status == Status::PreSubmitted {
            self.orders.waiting.insert(perm);
        } else {
            self.orders.waiting.remove(&perm);
        }
        replies
    }

    /// Puts replies together for everyone who hears of an order.
    pub(super) fn for_audience(&self, perm: i64, replies: &[Reply]) -> Bundle {
        let audience = self
            .orders
            .records
            .get(&perm)
            .map(|record| self.audience(record))
            .unwrap_or_default();
        let mut bundle = Bundle::default();
        for reply in replies {
            for connection in &audience {
                bundle.0.push((*connection, reply.clone()));
            }
        }
        bundle
    }

    /// Tells what one report makes TWS say: at once, late, in reverse or twice.
    pub(super) fn tell(&mut self, bundle: Bundle, exchange: &mut Exchange) {
        if !bundle.0.is_empty() {
            if self.faults.delay > 0 {
                self.faults.delay -= 1;
                // A connection keeps the order of what it delivers late.
                let due = exchange.now() + self.faults.delay_for;
                let due = self.orders.delayed_until.map_or(due, |last| last.max(due));
                self.orders.delayed_until = Some(due);
                self.timers.add(due, Due::Order(OrderDue::Deliver(bundle)));
            } else if self.faults.reorder > 0 {
                self.faults.reorder -= 1;
                if self.orders.reversed.is_empty() {
                    let due = exchange.now() + REORDERED_WITHIN;
                    self.timers.add(due, Due::Order(OrderDue::Flush));
                }
                self.orders.reversed.push(bundle);
                if self.faults.reorder == 0 {
                    self.flush_reversed();
                }
            } else {
                self.deliver(&bundle);
                if self.faults.duplicate > 0 {
                    self.faults.duplicate -= 1;
                    self.deliver(&bundle);
                }
            }
        }
        self.count_report(exchange);
    }

    pub(super) fn deliver(&self, bundle: &Bundle) {
        for (connection, reply) in &bundle.0 {
            if let Some(client) = self.clients.get(connection) {
                client.send(reply);
            }
        }
    }

    /// Delivers what a fault holds back to be told in reverse.
    pub(super) fn flush_reversed(&mut self) {
        for bundle in std::mem::take(&mut self.orders.reversed).iter().rev() {
            self.deliver(bundle);
        }
    }

    /// Does something about orders that is due.
    pub(in crate::tws::gateway) fn do_order_due(&mut self, due: OrderDue, exchange: &mut Exchange) {
        match due {
            OrderDue::Acknowledge(perm) => {
                let waits = self
                    .orders
                    .records
                    .get(&perm)
                    .is_some_and(|record| record.late_acknowledgement);
                if waits {
                    self.acknowledge(perm, exchange);
                }
            }
            OrderDue::Deliver(bundle) => self.deliver(&bundle),
            OrderDue::Flush => self.flush_reversed(),
            OrderDue::Commission(late) => {
                let reply = Reply::CommissionReport(late.report);
                let bundle = self.for_audience(late.perm_id, &[reply]);
                self.deliver(&bundle);
            }
            OrderDue::Notice {
                to,
                order_id,
                code,
                text,
            } => self.notify(to, order_id, code, text, exchange.now()),
        }
    }

    fn notify(&self, to: ConnectionId, order_id: i32, code: i32, text: String, now: DateTime<Utc>) {
        if let Some(client) = self.clients.get(&to) {
            client.error(order_id, code, text, now.timestamp_millis());
        }
    }

    /// Tells of orders that have begun to work without anything being reported: their session has
    /// begun, their parent has filled.
    pub(in crate::tws::gateway) fn see_orders_working(&mut self, exchange: &mut Exchange) {
        if self.orders.waiting.is_empty() {
            return;
        }
        let begun: Vec<(i64, u64)> = self
            .orders
            .waiting
            .iter()
            .filter_map(|perm| {
                let key = self.orders.records.get(perm)?.key?;
                let status = Status::now(exchange.order(key)?);
                (status == Status::Submitted).then_some((*perm, key))
            })
            .collect();
        for (perm, key) in begun {
            self.orders.waiting.remove(&perm);
            if let Some(order) = exchange.order(key) {
                let moment = Moment::now(order);
                let replies = self.pair(perm, &moment, exchange);
                let bundle = self.for_audience(perm, &replies);
                self.tell(bundle, exchange);
            }
        }
    }
}

/// Where the trigger of a trailing order is now.
pub(super) fn trail(record: &Record, exchange: &Exchange) -> Option<rust_decimal::Decimal> {
    record.terms.order_type.trailing_offset()?;
    let order = exchange.order(record.key?)?;
    order.trigger_price().map(broker_core::model::Price::get)
}
