//! What a new session is told first.

use broker_core::{
    Covered,
    event::Baseline,
    model::{AccountId, AccountSummary, Currency, ExecutionKind, ExecutionReport},
};

use crate::exchange::Exchange;

/// Everything that the exchange has to say about an account.
pub(super) fn baseline(exchange: &Exchange, account: &AccountId) -> Baseline {
    let reports = exchange
        .orders(account)
        .into_iter()
        .map(status_report)
        .collect();
    let summary = exchange
        .summary(account)
        .unwrap_or_else(|| AccountSummary::new(account.clone(), Currency::USD, exchange.now()));
    Baseline {
        orders: Covered::Complete(reports),
        fills: Covered::Complete(exchange.fills(account)),
        positions: Covered::Complete(exchange.positions(account)),
        summary: Covered::Complete(summary),
    }
}

/// The state of an order as a listing tells it.
pub(super) fn status_report(order: &crate::exchange::SimOrder) -> ExecutionReport {
    order.status_report(ExecutionKind::Status {
        status: order.status(),
    })
}
