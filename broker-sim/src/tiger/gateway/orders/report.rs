//! What is pushed about what the exchange reports.

use std::sync::Arc;

use broker_core::model::{AccountId, ExecutionKind, ExecutionReport, Fill, NewOrder};

use super::{
    OrderDue,
    record::{CancelStatus, Desk, Record, ReplaceStatus},
    status::{Moment, Status},
    words::Words,
};
use crate::{
    exchange::{Exchange, SimOrder},
    tiger::gateway::{
        state::{Due, State},
        turn::Turn,
    },
};

impl State {
    /// Hears a report of the exchange.
    pub(in crate::tiger::gateway) fn on_report(
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
        let Some(id) = self
            .orders
            .by_key(key)
            .or_else(|| self.adopt(key, exchange))
        else {
            return;
        };
        let Some(order) = exchange.order(key) else {
            return;
        };
        let Some(record) = self.orders.records.get_mut(&id) else {
            return;
        };
        if let Some(terms) = &report.terms {
            record.terms = Arc::clone(terms);
            record.words.time_in_force = force_word(terms);
        }
        if let Some(at) = report.event_time {
            record.updated_at = record.updated_at.max(at);
        }
        let record = record.clone();
        let moment = Moment::when(&record, report, order, exchange);
        match &report.kind {
            ExecutionKind::New => self.on_new(&record, &moment, exchange),
            ExecutionKind::Trade { fill } | ExecutionKind::TradeCorrect { fill, .. } => {
                if let Some(record) = self.orders.records.get_mut(&id) {
                    record.late_acknowledgement = false;
                }
                self.tell_moment(&record, &moment, Some(fill), exchange);
            }
            ExecutionKind::TradeCancel { .. }
            | ExecutionKind::Canceled
            | ExecutionKind::Expired
            | ExecutionKind::Replaced { .. }
            | ExecutionKind::Restated { .. }
            | ExecutionKind::Triggered
            | ExecutionKind::Rejected => self.tell_moment(&record, &moment, None, exchange),
            ExecutionKind::Status { .. } => {
                if record.told != Some(moment.status) {
                    self.tell_moment(&record, &moment, None, exchange);
                }
            }
            other => tracing::debug!(?other, "nothing is pushed about it"),
        }
        if !moment.status.is_open() && report.kind != ExecutionKind::New {
            self.orders.note_ended(id);
        }
    }

    /// The exchange has taken an order: it is on its way to work, then works.
    fn on_new(&mut self, record: &Record, moment: &Moment, exchange: &mut Exchange) {
        if record.late_acknowledgement {
            // Its fill may be next; otherwise it is told when everything of now has been.
            let due = Due::Order(OrderDue::Acknowledge(record.id));
            return self.timers.add(exchange.now(), due);
        }
        if moment.status == Status::Submitted {
            let mut passing = moment.clone();
            passing.status = Status::PendingSubmit;
            let bundle = self.order_pushes(record, &passing, None, exchange);
            self.deliver(&bundle);
        }
        self.tell_moment(record, moment, None, exchange);
    }

    /// Acknowledges an order that was to be acknowledged after its first fill.
    pub(super) fn acknowledge(&mut self, id: i64, exchange: &mut Exchange) {
        let record = self.orders.records.get_mut(&id);
        if let Some(record) = record.filter(|record| record.late_acknowledgement) {
            record.late_acknowledgement = false;
            self.tell_now(id, exchange);
        }
    }

    /// Tells what an order is, or was when something happened.
    pub(super) fn tell_moment(
        &mut self,
        record: &Record,
        moment: &Moment,
        fill: Option<&Fill>,
        exchange: &mut Exchange,
    ) {
        if let Some(record) = self.orders.records.get_mut(&record.id) {
            record.told = Some(moment.status);
        }
        if moment.status == Status::PendingSubmit {
            self.orders.waiting.insert(record.id);
        } else {
            self.orders.waiting.remove(&record.id);
        }
        let bundle = self.order_pushes(record, moment, fill, exchange);
        self.tell(bundle, exchange);
    }

    /// Tells of orders that have begun to work without anything being reported: their session has
    /// begun, their entry has been filled.
    pub(in crate::tiger::gateway) fn see_orders_working(&mut self, exchange: &mut Exchange) {
        if self.orders.waiting.is_empty() {
            return;
        }
        let begun: Vec<i64> = self
            .orders
            .waiting
            .iter()
            .filter(|id| {
                let record = self.orders.records.get(id);
                record.is_some_and(|record| {
                    Moment::now(record, exchange).status != Status::PendingSubmit
                })
            })
            .copied()
            .collect();
        for id in begun {
            self.tell_now(id, exchange);
        }
    }

    /// Takes on an order that was placed elsewhere, or before this broker began.
    pub(super) fn adopt(&mut self, key: u64, exchange: &Exchange) -> Option<i64> {
        let order = exchange.order(key)?;
        let (id, _) = self.orders.next_id(&order.account, exchange)?;
        self.orders.insert(foreign(id, order));
        Some(id)
    }
}

impl Turn<'_> {
    /// Takes on the orders that were there before this broker.
    pub(in crate::tiger::gateway) fn take_stock(&mut self) {
        if std::mem::replace(&mut self.state.orders.took_stock, true) {
            return;
        }
        for account in self.state.accounts.clone() {
            let keys: Vec<u64> = self
                .exchange
                .orders(&account)
                .into_iter()
                .map(|order| order.key)
                .collect();
            for key in keys {
                if self.state.orders.by_key(key).is_none() {
                    self.state.adopt(key, self.exchange);
                }
            }
        }
    }
}

/// An order that was not placed through this API, as one of the vendor's app.
fn foreign(id: i64, order: &SimOrder) -> Record {
    let at = order.accepted_at;
    Record {
        id,
        order_id: 0,
        external_id: format!("{}.{:06}", at.timestamp(), order.key % 1_000_000),
        key: Some(order.key),
        desk: Desk::Passed,
        terms: Arc::clone(&order.terms),
        words: Words {
            order_type: type_word(&order.terms),
            time_in_force: force_word(&order.terms),
            outside_rth: order.terms.session == broker_core::model::TradingSession::Extended,
            ..Words::default()
        },
        user_mark: None,
        source: "iOS",
        parent: None,
        part: None,
        remark: None,
        replace_status: ReplaceStatus::None,
        cancel_status: CancelStatus::None,
        opened_at: at,
        updated_at: order.updated_at,
        told: None,
        late_acknowledgement: false,
    }
}

/// The vendor's word for the type of an order that was placed elsewhere; types that the vendor does
/// not have are shown as what they become.
fn type_word(terms: &NewOrder) -> &'static str {
    use broker_core::model::OrderTypeKind as T;
    match terms.order_type.kind() {
        T::Limit if terms.display_quantity.is_some() => "ICEBERG",
        T::Limit | T::LimitIfTouched | T::LimitOnClose => "LMT",
        T::Stop => "STP",
        T::StopLimit => "STP_LMT",
        T::TrailingStop | T::TrailingStopLimit => "TRAIL",
        T::Auction | T::MarketOnOpen => "AM",
        T::AuctionLimit | T::LimitOnOpen => "AL",
        T::Twap => "TWAP",
        T::Vwap => "VWAP",
        _ => "MKT",
    }
}

/// The vendor's word for how long an order works.
fn force_word(terms: &NewOrder) -> &'static str {
    use broker_core::model::TimeInForce as F;
    match terms.time_in_force {
        F::Gtc => "GTC",
        F::Gtd(_) => "GTD",
        F::Ioc => "IOC",
        F::Fok => "FOK",
        F::Opg => "OPG",
        _ => "DAY",
    }
}
