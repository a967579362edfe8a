//! Writes down what a ledger tells its readers.

use std::{collections::HashSet, sync::Arc};

use broker_core::{
    event::{Event, EventBody, EventReader, Ledger},
    model::{ClientOrderId, ExecutionKind, ExecutionReport, Order, OrderStatus},
};

use super::{Entry, IntentOutcome, JournalStore, strike::strike_out};

/// Events after which the store is waited for, so that a slow disk holds up the reading and not the
/// memory: a reader that falls behind is placed anew with a snapshot.
const AHEAD: usize = 1_000;

/// Follows an account from now on until its session is closed.
pub(crate) fn follow(
    ledger: Arc<Ledger>,
    store: Arc<dyn JournalStore>,
) -> impl Future<Output = ()> + Send {
    let reader = ledger.subscribe();
    write_down(reader, ledger, store)
}

async fn write_down(mut reader: EventReader, ledger: Arc<Ledger>, store: Arc<dyn JournalStore>) {
    let mut written = 0;
    let mut unconfirmed = Unconfirmed::default();
    while let Some(event) = reader.next().await {
        let entries = entries_of(&event, &mut unconfirmed);
        written += entries.len();
        if !entries.is_empty() {
            store.record(entries);
        }
        if let EventBody::Snapshot { snapshot } = &event.body
            && let Err(error) = strike_out(&*store, &ledger, snapshot).await
        {
            tracing::warn!(%error, "fills that are written down could not be held against the broker's");
        }
        if written > AHEAD {
            written = 0;
            if let Err(error) = store.flush().await {
                tracing::warn!(%error, "the journal falls behind");
            }
        }
    }
    if let Err(error) = store.flush().await {
        tracing::warn!(%error, "the journal's last entries may be lost");
    }
}

/// The orders that the last word about each left unconfirmed.
#[derive(Debug, Default)]
struct Unconfirmed(HashSet<ClientOrderId>);

impl Unconfirmed {
    /// Takes in how an order stands now; whether it was unconfirmed until now.
    fn take(&mut self, order: &Order) -> bool {
        let id = order.client_order_id();
        if order.status == OrderStatus::Unconfirmed {
            !self.0.insert(id.clone())
        } else {
            self.0.remove(id)
        }
    }
}

fn entries_of(event: &Event, unconfirmed: &mut Unconfirmed) -> Vec<Entry> {
    match &event.body {
        EventBody::Execution { report, order, .. } => {
            let mut entries = vec![Entry::Report {
                account: event.account.clone(),
                report: Arc::clone(report),
                at: event.received_at,
            }];
            entries.extend(fills_of(event, report));
            entries.push(Entry::Order(Arc::clone(order)));
            let doubted = unconfirmed.take(order);
            entries.extend(settled(event, Some(report), order, doubted));
            entries
        }
        EventBody::Snapshot { snapshot } => {
            let orders = snapshot.orders.value().into_iter().flatten();
            let fills = snapshot.fills.value().into_iter().flatten();
            let mut entries: Vec<Entry> = fills.map(|fill| Entry::Fill(Arc::clone(fill))).collect();
            for order in orders {
                entries.push(Entry::Order(Arc::clone(order)));
                let doubted = unconfirmed.take(order);
                entries.extend(settled(event, None, order, doubted));
            }
            entries
        }
        // Sessions, positions, figures, gaps and notices, and bodies that this version does not know, are
        // about no order.
        _ => Vec::new(),
    }
}

fn fills_of(event: &Event, report: &ExecutionReport) -> Vec<Entry> {
    let busted = |execution_id: &broker_core::model::ExecutionId, said: &str| {
        let reason = report.reason.as_ref().map(ToString::to_string);
        Entry::Busted {
            account: event.account.clone(),
            execution_id: execution_id.clone(),
            at: event.received_at,
            why: reason.unwrap_or_else(|| said.to_owned()).into(),
        }
    };
    match &report.kind {
        ExecutionKind::Trade { fill } => vec![Entry::Fill(Arc::clone(fill))],
        ExecutionKind::TradeCorrect { replaces, fill } => {
            vec![busted(replaces, "corrected"), Entry::Fill(Arc::clone(fill))]
        }
        ExecutionKind::TradeCancel { execution_id } => vec![busted(execution_id, "busted")],
        _ => Vec::new(),
    }
}

/// Which open intents an order's state settles. `doubted` says that it was unconfirmed until now.
fn settled(
    event: &Event,
    report: Option<&ExecutionReport>,
    order: &Order,
    doubted: bool,
) -> Option<Entry> {
    let settles: &'static [&'static str] = match (&order.status, report.map(|report| &report.kind))
    {
        (OrderStatus::Unconfirmed, _) => return None,
        // The first word about an order whose answer is still to come, and may be a refusal.
        (OrderStatus::PendingNew, Some(ExecutionKind::PendingNew)) if !doubted => return None,
        // Nobody has heard of it from the broker yet. Otherwise the broker has it and holds it back, as the
        // exit of a bracket whose entry is not filled.
        (OrderStatus::PendingNew, None) if !doubted && order.broker_order_ids.is_empty() => {
            return None;
        }
        (status, _) if status.is_final() => &["submit", "replace", "cancel"],
        (_, Some(ExecutionKind::Replaced { .. } | ExecutionKind::ReplaceRejected)) => {
            &["submit", "replace"]
        }
        (_, Some(ExecutionKind::CancelRejected)) => &["submit", "cancel"],
        _ => &["submit"],
    };
    let outcome = match report.map(|report| &report.kind) {
        Some(ExecutionKind::ProvenAbsent) => IntentOutcome::Absent,
        _ => IntentOutcome::Found {
            status: order.status.clone(),
        },
    };
    Some(Entry::Seen {
        account: event.account.clone(),
        client_order_id: order.client_order_id().clone(),
        settles,
        outcome,
        at: event.received_at,
    })
}
