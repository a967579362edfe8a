//! What TWS says about what the exchange reports.

use std::sync::Arc;

use broker_core::model::{AccountId, ExecutionKind, ExecutionReport, Fill, Price};
use rust_decimal::Decimal;

use super::{
    LateCommission, OrderDue,
    status::{Status, why_held},
    tell::Bundle,
    written::{self, Moment},
};
use crate::{
    exchange::{Exchange, SimOrder},
    tws::{
        gateway::state::{Due, State},
        message::{ErrorMessage, Reply},
    },
};

impl State {
    /// Hears a report of the exchange.
    pub(in crate::tws::gateway) fn on_report(
        &mut self,
        account: &AccountId,
        report: &ExecutionReport,
        exchange: &mut Exchange,
    ) {
        if !self.accounts.contains(account) {
            return;
        }
        let key = report.broker_order_id.as_ref();
        let Some(key) = key.and_then(|id| id.as_str().parse::<u64>().ok()) else {
            return;
        };
        let Some(perm) = self
            .orders
            .by_key(key)
            .or_else(|| self.adopt(key, exchange))
        else {
            return;
        };
        if let Some(terms) = &report.terms
            && let Some(record) = self.orders.records.get_mut(&perm)
        {
            record.terms = Arc::clone(terms);
        }
        let Some(moment) = exchange.order(key).map(|order| moment_of(report, order)) else {
            return;
        };
        match &report.kind {
            ExecutionKind::New => self.on_new(perm, &moment, exchange),
            ExecutionKind::Trade { fill } | ExecutionKind::TradeCorrect { fill, .. } => {
                self.on_trade(perm, fill, &moment, exchange);
            }
            ExecutionKind::TradeCancel { .. } => self.on_bust(perm, &moment, exchange),
            ExecutionKind::Canceled | ExecutionKind::Expired => {
                self.on_end(perm, report, &moment, exchange);
            }
            ExecutionKind::Status { .. } => {
                let told = self
                    .orders
                    .records
                    .get(&perm)
                    .and_then(|record| record.told);
                if told != Some(moment.status) {
                    self.tell_pair(perm, &moment, exchange);
                }
            }
            ExecutionKind::Replaced { .. }
            | ExecutionKind::Restated { .. }
            | ExecutionKind::Triggered
            | ExecutionKind::Rejected => self.tell_pair(perm, &moment, exchange),
            other => tracing::debug!(?other, "TWS says nothing about it"),
        }
        if moment.status.is_final() && report.kind != ExecutionKind::New {
            self.orders.note_ended(perm);
        }
    }

    fn on_new(&mut self, perm: i64, moment: &Moment, exchange: &mut Exchange) {
        let late = self
            .orders
            .records
            .get(&perm)
            .is_some_and(|record| record.late_acknowledgement);
        if late {
            // Its fill may be next; otherwise it is told when everything of now has been.
            self.timers
                .add(exchange.now(), Due::Order(OrderDue::Acknowledge(perm)));
        } else {
            self.tell_pair(perm, moment, exchange);
        }
    }

    /// Acknowledges an order that was to be acknowledged after its first fill.
    pub(super) fn acknowledge(&mut self, perm: i64, exchange: &mut Exchange) {
        let Some(record) = self.orders.records.get_mut(&perm) else {
            return;
        };
        record.late_acknowledgement = false;
        if let Some(order) = record.key.and_then(|key| exchange.order(key)) {
            let moment = Moment::now(order);
            self.tell_pair(perm, &moment, exchange);
        }
    }

    fn tell_pair(&mut self, perm: i64, moment: &Moment, exchange: &mut Exchange) {
        let replies = self.pair(perm, moment, exchange);
        let bundle = self.for_audience(perm, &replies);
        self.tell(bundle, exchange);
    }

    /// The execution, then the order as it is after it, then what it cost.
    fn on_trade(&mut self, perm: i64, fill: &Fill, moment: &Moment, exchange: &mut Exchange) {
        let Some(record) = self.orders.records.get_mut(&perm) else {
            return;
        };
        record.late_acknowledgement = false;
        let figures = (moment.filled, moment.average);
        let details = written::execution(record, &record.contract, fill, figures, -1);
        let mut replies = vec![Reply::ExecutionDetails(details)];
        replies.extend(self.pair(perm, moment, exchange));
        if let Some(report) = written::commission(fill) {
            let delay = self.habits.commission_delay();
            if delay.is_zero() {
                replies.push(Reply::CommissionReport(report));
            } else {
                let late = LateCommission {
                    perm_id: perm,
                    report,
                };
                let due = Due::Order(OrderDue::Commission(late));
                self.timers.add(exchange.now() + delay, due);
            }
        }
        let bundle = self.for_audience(perm, &replies);
        self.tell(bundle, exchange);
    }

    /// TWS cannot take an execution back over the API. It says 10225, lowers the filled quantity and
    /// does not list the execution any more (dossier §3.5).
    fn on_bust(&mut self, perm: i64, moment: &Moment, exchange: &mut Exchange) {
        let text = "Bust event occurred, current subscription is deactivated. Please resubscribe real-time bars immediately";
        let mut replies = vec![Reply::Error(ErrorMessage {
            id: Some(-1),
            error_time: Some(exchange.now().timestamp_millis()),
            error_code: Some(10225),
            error_msg: Some(text.into()),
            advanced_order_reject_json: None,
        })];
        replies.extend(self.pair(perm, moment, exchange));
        let bundle = self.for_audience(perm, &replies);
        self.tell(bundle, exchange);
    }

    /// The status, and to the order's own client the notice that says why.
    fn on_end(
        &mut self,
        perm: i64,
        report: &ExecutionReport,
        moment: &Moment,
        exchange: &mut Exchange,
    ) {
        let replies = self.pair(perm, moment, exchange);
        let mut bundle = self.for_audience(perm, &replies);
        if report.kind == ExecutionKind::Canceled
            && let Some(record) = self.orders.records.get(&perm)
            && let Some(owner) = self.owner(record)
        {
            let reason = report.reason.as_ref().map_or("", |reason| &*reason.text);
            let notice = cancel_notice(record.order_id, reason, exchange);
            bundle.0.push((owner, notice));
        }
        self.tell(bundle, exchange);
    }

    /// Tells that an order was canceled that had not been transmitted.
    pub(super) fn tell_dropped(&mut self, perm: i64, exchange: &mut Exchange) {
        let Some(record) = self.orders.records.get_mut(&perm) else {
            return;
        };
        record.dropped_at = Some(exchange.now());
        let moment = Moment::untransmitted(record);
        let replies = self.pair(perm, &moment, exchange);
        let mut bundle: Bundle = self.for_audience(perm, &replies);
        if let Some(record) = self.orders.records.get(&perm)
            && let Some(owner) = self.owner(record)
        {
            let notice = cancel_notice(record.order_id, "", exchange);
            bundle.0.push((owner, notice));
        }
        self.tell(bundle, exchange);
        self.orders.note_ended(perm);
    }
}

fn cancel_notice(order_id: i32, reason: &str, exchange: &Exchange) -> Reply {
    Reply::Error(ErrorMessage {
        id: Some(order_id),
        error_time: Some(exchange.now().timestamp_millis()),
        error_code: Some(202),
        error_msg: Some(format!("Order Canceled - reason:{reason}")),
        advanced_order_reject_json: None,
    })
}

/// What an order was when something was reported.
fn moment_of(report: &ExecutionReport, order: &SimOrder) -> Moment {
    let filled = report.cumulative_quantity.unwrap_or(order.filled);
    let last = match &report.kind {
        ExecutionKind::Trade { fill } => Some(fill.price.get()),
        _ => None,
    };
    let total = report.terms.as_ref().and_then(|terms| terms.quantity());
    let total = total.map_or(order.quantity, broker_core::model::Quantity::get);
    let status = Status::when(&report.kind, order, filled, total);
    Moment {
        status,
        filled,
        total: total.max(Decimal::ZERO),
        average: report.average_price.map(Price::get),
        last,
        why_held: if status == Status::PreSubmitted {
            why_held(order)
        } else {
            ""
        },
    }
}
