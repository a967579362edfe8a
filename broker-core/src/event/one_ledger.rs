//! One ledger, and what its readers read in short, for the tests of this folder.

use std::sync::Arc;

use super::{Event, EventBody, EventReader, Ledger};
use crate::{
    ManualClock,
    model::*,
    test_support::{account, baseline, order, report, time},
};

pub(super) fn ledger() -> Arc<Ledger> {
    with_capacity(64).0
}

pub(super) fn with_capacity(capacity: usize) -> (Arc<Ledger>, ManualClock) {
    let clock = ManualClock::at(time(0));
    (
        Ledger::new(account(), Arc::new(clock.clone()), capacity),
        clock,
    )
}

/// A ledger whose first session is ready and empty.
pub(super) fn live() -> Arc<Ledger> {
    let ledger = ledger();
    start(&ledger);
    ledger
}

pub(super) fn start(ledger: &Ledger) {
    let ticket = ledger.begin();
    assert!(ledger.complete(ticket, baseline(vec![], vec![])).is_empty());
}

pub(super) fn new(name: &str) -> ExecutionReport {
    report(name, ExecutionKind::New).with_terms(Arc::new(order(name)))
}

pub(super) fn short(event: &Event) -> String {
    let what = match &event.body {
        EventBody::Session { session } => format!("{session:?}"),
        EventBody::Snapshot { snapshot } => {
            let orders = snapshot.orders.value().map_or(0, Vec::len);
            let fills = snapshot.fills.value().map_or(0, Vec::len);
            format!("snapshot {orders} {fills}")
        }
        EventBody::Execution { order, .. } => {
            format!("{} {}", order.client_order_id(), order.status)
        }
        EventBody::Position { holding } => format!("holds {}", holding.quantity),
        EventBody::Account { .. } => "figures".into(),
        EventBody::ProfitAndLoss { .. } => "profit".into(),
        EventBody::Gap { cause, .. } => format!("gap {cause:?}"),
        EventBody::Notice { notice } => format!("notice {}", notice.message),
    };
    format!("{} {what}", event.position)
}

/// All that a reader has now, in short.
pub(super) fn read(reader: &mut EventReader) -> Vec<String> {
    std::iter::from_fn(|| reader.try_next())
        .map(|event| short(&event))
        .collect()
}
