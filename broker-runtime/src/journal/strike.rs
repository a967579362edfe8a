//! Strikes out fills of earlier processes that were busted while none ran.

use std::collections::HashSet;

use broker_core::{
    Covered, Result,
    event::{Ledger, Snapshot},
    model::{ClientOrderId, ExecutionId, Fill},
};

use super::{Entry, JournalFilter, JournalStore};

/// Holds the fills that are written down against those that a snapshot covers.
///
/// # Errors
/// [`Io`](broker_core::ErrorKind::Io) when the store cannot be read; the next snapshot does it then.
pub(super) async fn strike_out(
    store: &dyn JournalStore,
    ledger: &Ledger,
    snapshot: &Snapshot,
) -> Result<()> {
    let all = JournalFilter::of(ledger.account().clone());
    let (listed, covered) = match &snapshot.fills {
        Covered::Complete(fills) => (fills, all.clone()),
        Covered::Since { value, from } => (value, all.clone().from(*from)),
        Covered::Partial { .. } | Covered::Unavailable(_) => return Ok(()),
    };
    let listed: HashSet<&ExecutionId> = listed.iter().map(|fill| &fill.execution_id).collect();
    let written = store.fills(&covered).await?;
    let orders: HashSet<ClientOrderId> = written
        .into_iter()
        .filter(|fill| !listed.contains(&fill.execution_id))
        .map(|fill| fill.client_order_id)
        .collect();
    if orders.is_empty() {
        return Ok(());
    }
    let mut known: Vec<Fill> = store.fills(&all).await?;
    known.retain(|fill| orders.contains(&fill.client_order_id));
    let entries: Vec<Entry> = ledger
        .disprove(known)
        .into_iter()
        .map(|fill| {
            tracing::warn!(
                account = %fill.account,
                cl_ord_id = fill.client_order_id.as_str(),
                execution = fill.execution_id.as_str(),
                "a fill that is written down was busted, and nobody was told"
            );
            Entry::Busted {
                account: fill.account.clone(),
                execution_id: fill.execution_id.clone(),
                at: snapshot.as_of,
                why: "the broker's lists lack it".into(),
            }
        })
        .collect();
    if !entries.is_empty() {
        store.record(entries);
    }
    Ok(())
}
