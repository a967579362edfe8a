//! Reading the accounts anew after a gap.

use std::sync::Arc;

use broker_core::{
    Covered, Result,
    event::{Baseline, Ledger, SnapshotTicket},
};

use super::Link;
use crate::{orders::Blotter, portfolio::Money};

/// Reads every account and completes its snapshot; what could not be read, if anything.
///
/// A question that was not answered leaves its part `Unavailable`: a silence is never an empty
/// answer. The caller tries again later.
pub(super) async fn resync(link: &Link, blotter: &Arc<Blotter>, money: &Money) -> Option<String> {
    // Before the first question: what is said from here on is held back and not lost.
    let tickets: Vec<(Arc<Ledger>, SnapshotTicket)> = link
        .desk()
        .ledgers()
        .into_iter()
        .map(|ledger| {
            let ticket = ledger.begin();
            (ledger, ticket)
        })
        .collect();
    let mut unread = Vec::new();
    for (ledger, ticket) in tickets {
        let account = ledger.account().clone();
        let read = blotter.read_all(&account).await;
        let holdings = money.ask_positions(&account).await;
        money.have_told(&account, &holdings);
        let summary = money.summary_for_snapshot(&account).await;
        if holdings.again {
            unread.push("positions");
        }
        if summary.value().is_none() {
            unread.push("figures");
        }
        let (orders, fills) = orders_and_fills(blotter, &ledger, read, &mut unread);
        let whole = orders.is_complete();
        let missing = ledger.complete(
            ticket,
            Baseline {
                orders,
                fills,
                positions: holdings.positions,
                summary,
            },
        );
        if whole && !blotter.settle_missing(&account, missing).await {
            unread.push("orders");
        }
    }
    unread.sort_unstable();
    unread.dedup();
    (!unread.is_empty()).then(|| format!("Tiger did not answer about {}", unread.join(", ")))
}

type Orders = Covered<Vec<broker_core::model::ExecutionReport>>;
type Fills = Covered<Vec<broker_core::model::Fill>>;

fn orders_and_fills(
    blotter: &Blotter,
    ledger: &Ledger,
    read: Result<crate::orders::Read>,
    unread: &mut Vec<&'static str>,
) -> (Orders, Fills) {
    match read {
        Err(error) => {
            tracing::warn!(%error, "an account's orders could not be read");
            unread.push("orders");
            let why: Arc<str> = error.to_string().into();
            (
                Covered::Unavailable(Arc::clone(&why)),
                Covered::Unavailable(why),
            )
        }
        Ok(read) => {
            if read.again {
                unread.push("orders");
            }
            let account = ledger.account();
            let orders = read.covers(read.standings.clone());
            let fills = if crate::orders::is_global(account) {
                Covered::Unavailable("Tiger lists no executions of global accounts".into())
            } else {
                blotter.since(read.covers(blotter.fills(account)))
            };
            (orders, fills)
        }
    }
}
