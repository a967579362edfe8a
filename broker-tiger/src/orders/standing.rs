//! How an order stands, in core's words.

use std::sync::Arc;

use broker_core::{
    Decimal,
    model::{BrokerText, ExecutionKind, ExecutionReport, OrderStatus},
};

use super::{
    register::Entry,
    row::{OrderRow, broker_order_id},
    status::status,
};

/// How an order stands.
pub(super) fn standing(
    entry: &Entry,
    number: i64,
    row: &OrderRow,
    filled: Decimal,
) -> ExecutionReport {
    let all = entry
        .terms
        .quantity()
        .is_some_and(|quantity| filled >= quantity.get());
    let status = status(row, !filled.is_zero(), all);
    let refused = status == OrderStatus::Rejected;
    let mut report = ExecutionReport::new(entry.id.clone(), ExecutionKind::Status { status });
    report.broker_order_id = broker_order_id(number);
    report.terms = Some(Arc::clone(&entry.terms));
    report.list.clone_from(&entry.list);
    report.cumulative_quantity = Some(filled);
    report.average_price = row.avg_fill_price.price().filter(|_| !filled.is_zero());
    report.reason = row.remark.get().map(BrokerText::text);
    if refused && report.reason.is_none() {
        report.reason = Some(BrokerText::text("Tiger gave no reason"));
    }
    let times = [row.latest_time, row.update_time];
    report.event_time = times.into_iter().find_map(crate::convert::Whole::instant);
    report
}

/// Changes and cancels that were refused after they had been received.
pub(super) fn refusals(entry: &mut Entry, row: &OrderRow, news: &mut Vec<ExecutionReport>) {
    let failed = |before: &Option<String>, now: Option<&str>| {
        now == Some("FAILED") && before.as_deref() != Some("FAILED")
    };
    let reason = row.remark.get().map(BrokerText::text);
    let mut tell = |kind| {
        let mut report = ExecutionReport::new(entry.id.clone(), kind);
        report.reason.clone_from(&reason);
        news.push(report);
    };
    if entry.shown && failed(&entry.replace_status, row.replace_status.get()) {
        tell(ExecutionKind::ReplaceRejected);
    }
    if entry.shown && failed(&entry.cancel_status, row.cancel_status.get()) {
        tell(ExecutionKind::CancelRejected);
    }
    entry.replace_status = row.replace_status.get().map(str::to_owned);
    entry.cancel_status = row.cancel_status.get().map(str::to_owned);
}
