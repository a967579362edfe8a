//! Reading the accounts anew after a gap.

use std::sync::Arc;

use broker_core::{
    event::{Baseline, Ledger, SnapshotTicket},
    model::{BrokerText, ClientOrderId, ExecutionKind, ExecutionReport, OrderStatus},
};

use super::Link;
use crate::{
    orders::{Blotter, Lists, Search},
    portfolio::Money,
};

/// Reads every account and completes its snapshot; what could not be read, if anything.
///
/// A question that was not answered leaves its part `Unavailable`: a silence is never an empty
/// answer. The caller tries again later.
pub(super) async fn resync(link: &Link, blotter: &Arc<Blotter>, money: &Money) -> Option<String> {
    let ledgers = link.desk().ledgers();
    // Before the first question: what is said from here on is held back and not lost.
    let tickets: Vec<(Arc<Ledger>, SnapshotTicket)> = ledgers
        .into_iter()
        .map(|ledger| {
            let ticket = ledger.begin();
            (ledger, ticket)
        })
        .collect();
    let lists = blotter.lists().await;
    let mut unread = Vec::new();
    for (ledger, ticket) in tickets {
        let account = ledger.account().clone();
        let mut read = blotter.read(&lists, &account).await;
        let busted = blotter.take_busts(&lists, &account, false);
        if !busted.is_empty() {
            // How the orders stand without what was busted.
            read = blotter.read(&lists, &account).await;
        }
        let (positions, positions_again) = money.ask_positions(&account).await;
        let summary = money.summary_for_snapshot(&account).await;
        let again = [
            ("orders", read.orders_again && !blotter.is_read_only()),
            ("executions", read.fills_again),
            ("positions", positions_again),
            ("figures", summary.value().is_none()),
        ];
        let again = again.into_iter().filter(|(_, again)| *again);
        unread.extend(again.map(|(what, _)| what));
        let (whole, readable) = (read.all_orders, read.orders.is_complete());
        let missing = ledger.complete(
            ticket,
            Baseline {
                orders: read.orders.clone(),
                fills: read.fills.clone(),
                positions,
                summary,
            },
        );
        // An order that cannot be read hides no other one.
        let missing = if readable {
            missing
        } else {
            read.missing(&ledger)
        };
        // The ledger finds busts by itself in lists that are whole. In others it hears of them only after
        // how their orders stand, which has to be told again.
        let again = read.reports_of(&busted).into_iter();
        again.for_each(|report| ledger.report(report));
        blotter.mend_lists(lists.reading, &ledger, &read).await;
        if whole && !settle_missing(blotter, &ledger, missing).await {
            unread.push("orders");
        }
    }
    unread.sort_unstable();
    unread.dedup();
    (!unread.is_empty()).then(|| format!("TWS did not answer about {}", unread.join(", ")))
}

/// Makes executions not count that were busted, as TWS has said.
async fn tell_busts(blotter: &Arc<Blotter>, lists: &Lists, ledger: &Ledger) {
    let account = ledger.account();
    let busted = blotter.take_busts(lists, account, true);
    if !busted.is_empty() {
        // How such an order stands was told before its fill went: it has to be told again.
        let again = blotter.read(lists, account).await.reports_of(&busted);
        again.into_iter().for_each(|report| ledger.report(report));
    }
}

/// Looks up the orders that were open and are in none of TWS's lists; whether TWS told about all.
async fn settle_missing(
    blotter: &Arc<Blotter>,
    ledger: &Ledger,
    missing: Vec<ClientOrderId>,
) -> bool {
    let mut all = true;
    for id in missing {
        if ledger
            .order(&id)
            .is_some_and(|order| order.status.is_final())
        {
            continue;
        }
        let report = |kind, why| {
            let report = ExecutionReport::new(id.clone(), kind);
            ledger.report(report.with_reason(BrokerText::text(why)));
        };
        match blotter.search(ledger.account(), &id).await {
            Ok(Search::Found(reports)) => {
                reports.into_iter().for_each(|report| ledger.report(report));
            }
            Ok(Search::Absent) => {
                let why = "none of TWS's lists has it: it never arrived";
                report(ExecutionKind::ProvenAbsent, why);
            }
            Ok(Search::Unlisted(why)) => report(ExecutionKind::Unlisted, why),
            Ok(Search::Unanswered(why)) => {
                tracing::warn!(order = %id, %why, "an order could not be looked up");
                all = false;
            }
            Err(error) => {
                tracing::warn!(order = %id, %error, "an order could not be looked up");
                all = false;
            }
        }
    }
    all
}

/// Reads the lists without a new snapshot: orders of other API clients and of people are told by
/// nothing else, and neither is what a message about an unknown order was about.
///
/// Whether TWS answered all of it; what it did not answer has to be asked again.
pub(super) async fn refresh(link: &Link, blotter: &Arc<Blotter>, busted: bool) -> bool {
    let lists = blotter.lists().await;
    let mut again = false;
    for ledger in link.desk().ledgers() {
        let read = blotter.read(&lists, ledger.account()).await;
        again |= read.fills_again || read.orders_again && !blotter.is_read_only();
        for report in read.orders.value().into_iter().flatten() {
            if is_news(&ledger, report) {
                ledger.report(report.clone());
            }
        }
        blotter.mend_lists(lists.reading, &ledger, &read).await;
        if busted {
            tell_busts(blotter, &lists, &ledger).await;
        }
    }
    !again
}

/// Whether a listed order tells something that the stream has not told. What the stream tells is
/// newer than a list, so a list only fills holes.
fn is_news(ledger: &Ledger, report: &ExecutionReport) -> bool {
    let Some(known) = ledger.order(&report.client_order_id) else {
        return true;
    };
    let ExecutionKind::Status { status } = &report.kind else {
        return true;
    };
    if known.status.is_final() {
        return false;
    }
    report.client_order_id.is_outside()
        || status.is_final()
        || matches!(
            known.status,
            OrderStatus::Unconfirmed | OrderStatus::PendingNew | OrderStatus::Suspended
        )
        || report
            .terms
            .as_ref()
            .is_some_and(|terms| **terms != *known.terms)
}
