//! Finds out on start what became of the intents that an earlier process left open.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Broker, BrokerExt as _, Covered, ErrorKind, OrderLookup, Result, SessionState,
    model::{
        AccountId, BrokerText, ClientOrderId, ExecutionKind, ExecutionReport, NewOrder, OrderFilter,
    },
};
use tokio::sync::watch;

use super::{Action, Entry, Intent, IntentOutcome, JournalStore};

/// How far the reconciliation has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Intents of which it is not known yet what became of them, oldest first.
    pub open: Vec<Intent>,
    /// Intents that were open, with what was found.
    pub reconciled: Vec<Intent>,
}

impl Recovery {
    /// Whether nothing is open any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// Intents that a person has to look at.
    pub fn needs_a_person(&self) -> impl Iterator<Item = &Intent> {
        let stuck = |intent: &&Intent| intent.outcome == IntentOutcome::CannotBeLookedUp;
        self.reconciled.iter().filter(stuck)
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Looks every open intent up until all are known or the session is closed.
pub(crate) async fn recover(
    below: Arc<dyn Broker>,
    store: Arc<dyn JournalStore>,
    progress: watch::Sender<Recovery>,
) {
    let open = progress.borrow().open.clone();
    for intent in &open {
        restore(&*below, intent);
    }
    let mut session = below.session();
    let mut pause = FIRST_PAUSE;
    while !progress.borrow().is_done() {
        let may_ask = session
            .wait_for(|state| state.accepts_commands() || *state == SessionState::Closed)
            .await
            .is_ok_and(|state| *state != SessionState::Closed);
        if !may_ask {
            return;
        }
        let open = progress.borrow().open.clone();
        for intent in open {
            match found(&*below, &intent).await {
                Ok(Some(outcome)) => settle(&*below, &*store, &progress, intent, outcome),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, intent = intent.id.0, "not reconciled yet"),
            }
        }
        if !progress.borrow().is_done() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Tells the ledger of an order that may be at the broker: its identifier is taken, and it can be
/// canceled.
fn restore(below: &dyn Broker, intent: &Intent) {
    let Action::Submit { order, list } = &intent.action else {
        return;
    };
    let Ok(ledger) = below.desk().ledger(&intent.account) else {
        return;
    };
    if ledger.order(&order.client_order_id).is_none() {
        let why = BrokerText::text("an earlier process may have sent it");
        let mut report =
            ExecutionReport::new(order.client_order_id.clone(), ExecutionKind::Unconfirmed)
                .with_terms(Arc::<NewOrder>::clone(order))
                .with_reason(why);
        report.list.clone_from(list);
        ledger.report(report);
    }
}

async fn found(below: &dyn Broker, intent: &Intent) -> Result<Option<IntentOutcome>> {
    match (&intent.action, &intent.client_order_id) {
        (Action::Submit { .. } | Action::Replace { .. } | Action::Cancel, Some(id)) => {
            order_as_it_stands(below, &intent.account, id).await
        }
        (Action::CancelAll, _) => {
            let open = below.orders(&intent.account, &OrderFilter::open()).await?;
            Ok(match open {
                Covered::Complete(orders) => Some(IntentOutcome::OpenOrders {
                    count: orders.len() as u64,
                }),
                Covered::Since { .. } | Covered::Partial { .. } | Covered::Unavailable(_) => None,
            })
        }
        (
            Action::Exercise { .. }
            | Action::Submit { .. }
            | Action::Replace { .. }
            | Action::Cancel,
            _,
        ) => Ok(Some(IntentOutcome::CannotBeLookedUp)),
    }
}

async fn order_as_it_stands(
    below: &dyn Broker,
    account: &AccountId,
    id: &ClientOrderId,
) -> Result<Option<IntentOutcome>> {
    match below.lookup(account, id).await {
        Ok(OrderLookup::Found(order)) => Ok(Some(IntentOutcome::Found {
            status: order.status.clone(),
        })),
        Ok(OrderLookup::Absent) => Ok(Some(IntentOutcome::Absent)),
        Ok(OrderLookup::Inconclusive(_)) => Ok(None),
        // The login has no such account any more: nobody can be asked.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(Some(IntentOutcome::CannotBeLookedUp))
        }
        Err(error) => Err(error),
    }
}

fn settle(
    below: &dyn Broker,
    store: &dyn JournalStore,
    progress: &watch::Sender<Recovery>,
    mut intent: Intent,
    outcome: IntentOutcome,
) {
    let at = below.desk().clock().now();
    store.record(vec![Entry::Outcome {
        intent: intent.id,
        outcome: outcome.clone(),
        at,
    }]);
    tracing::info!(
        account = %intent.account,
        cl_ord_id = intent.client_order_id.as_ref().map(ClientOrderId::as_str),
        action = intent.action.as_str(),
        found = outcome.as_str(),
        "reconciled an open intent"
    );
    intent.outcome = outcome;
    intent.ended_at = Some(at);
    progress.send_modify(|progress| {
        progress.open.retain(|open| open.id != intent.id);
        progress.reconciled.push(intent);
    });
}
