use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, ClientOrderId, ExecutionId, ExecutionReport, Fill, Order},
};
use chrono::{DateTime, Utc};

use super::{
    BustedFill, Damage, Entry, Intent, IntentId, IntentOutcome, JournalFilter, JournalStore,
    NewIntent, StoreHealth, duplicate,
};

/// A journal in memory: for tests, and for programs that want its checks without a file.
///
/// It survives a new broker object over the same store, and no crash.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    intents: Vec<Intent>,
    orders: HashMap<(AccountId, ClientOrderId), Arc<Order>>,
    fills: BTreeMap<(AccountId, ExecutionId), Arc<Fill>>,
    busted: BTreeMap<(AccountId, ExecutionId), BustedFill>,
    reports: Vec<(AccountId, DateTime<Utc>, Arc<ExecutionReport>)>,
    broken: Option<String>,
}

impl MemoryStore {
    /// A journal without entries.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on no intent can be written, as on a full disk; `None` repairs it.
    pub fn break_with(&self, reason: Option<&str>) {
        self.lock().broken = reason.map(str::to_owned);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_taken(&self, intent: &NewIntent) -> bool {
        intent.action.takes_identifier()
            && self.intents.iter().any(|known| {
                known.action.takes_identifier()
                    && known.account == intent.account
                    && known.client_order_id == intent.client_order_id
                    && !matches!(known.outcome, IntentOutcome::Refused { .. })
            })
    }

    fn end(
        &mut self,
        wanted: impl Fn(&Intent) -> bool,
        outcome: &IntentOutcome,
        at: DateTime<Utc>,
    ) {
        for intent in &mut self.intents {
            if intent.outcome.is_open() && wanted(intent) {
                intent.outcome = outcome.clone();
                intent.ended_at = Some(at);
            }
        }
    }

    fn write(&mut self, entry: Entry) {
        match entry {
            Entry::Outcome {
                intent,
                outcome,
                at,
            } => self.end(|known| known.id == intent, &outcome, at),
            Entry::Seen {
                account,
                client_order_id,
                settles,
                outcome,
                at,
            } => {
                let about = |known: &Intent| {
                    known.account == account
                        && known.client_order_id.as_ref() == Some(&client_order_id)
                        && settles.contains(&known.action.as_str())
                };
                self.end(about, &outcome, at);
            }
            Entry::Report {
                account,
                report,
                at,
            } => self.reports.push((account, at, report)),
            Entry::Order(order) => {
                let key = (order.account().clone(), order.client_order_id().clone());
                self.orders.insert(key, order);
            }
            Entry::Fill(fill) => {
                let key = (fill.account.clone(), fill.execution_id.clone());
                self.busted.remove(&key);
                self.fills.insert(key, fill);
            }
            Entry::Busted {
                account,
                execution_id,
                at,
                why,
            } => {
                let key = (account, execution_id);
                if let Some(fill) = self.fills.remove(&key) {
                    let fill = Arc::unwrap_or_clone(fill);
                    self.busted.insert(key, BustedFill { fill, at, why });
                }
            }
        }
    }
}

#[async_trait]
impl JournalStore for MemoryStore {
    async fn begin(&self, intents: Vec<NewIntent>) -> Result<Vec<IntentId>> {
        let mut state = self.lock();
        if let Some(reason) = &state.broken {
            return Err(Error::new(ErrorKind::Io, reason.clone()));
        }
        if let Some(taken) = intents.iter().find(|intent| state.is_taken(intent)) {
            return Err(duplicate(taken.client_order_id.as_ref()));
        }
        let mut ids = Vec::with_capacity(intents.len());
        for intent in intents {
            let id = IntentId(state.intents.len() as u64 + 1);
            state.intents.push(Intent {
                id,
                account: intent.account,
                client_order_id: intent.client_order_id,
                action: intent.action,
                at: intent.at,
                outcome: IntentOutcome::Open,
                ended_at: None,
            });
            ids.push(id);
        }
        Ok(ids)
    }

    fn record(&self, entries: Vec<Entry>) {
        let mut state = self.lock();
        entries.into_iter().for_each(|entry| state.write(entry));
    }

    async fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn health(&self) -> StoreHealth {
        match &self.lock().broken {
            None => StoreHealth::Good,
            Some(reason) => StoreHealth::Failing {
                reason: reason.clone(),
                waiting: 0,
                lost: 0,
            },
        }
    }

    fn damage(&self) -> Vec<Damage> {
        Vec::new()
    }

    async fn intents(&self, filter: &JournalFilter) -> Result<Vec<Intent>> {
        let state = self.lock();
        let fits =
            |intent: &&Intent| filter.accepts(&intent.account, intent.at, intent.outcome.is_open());
        Ok(state.intents.iter().filter(fits).cloned().collect())
    }

    async fn orders(&self, filter: &JournalFilter) -> Result<Vec<Order>> {
        let state = self.lock();
        let fits = |order: &&Arc<Order>| {
            filter.accepts(order.account(), order.updated_at, order.status.is_open())
        };
        let mut orders: Vec<Order> = state
            .orders
            .values()
            .filter(fits)
            .map(|order| (**order).clone())
            .collect();
        orders.sort_by(|a, b| {
            (a.updated_at, a.client_order_id()).cmp(&(b.updated_at, b.client_order_id()))
        });
        Ok(orders)
    }

    async fn fills(&self, filter: &JournalFilter) -> Result<Vec<Fill>> {
        let state = self.lock();
        let fits = |fill: &&Arc<Fill>| filter.accepts(&fill.account, fill.executed_at, true);
        let mut fills: Vec<Fill> = state
            .fills
            .values()
            .filter(fits)
            .map(|fill| (**fill).clone())
            .collect();
        fills.sort_by(|a, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        Ok(fills)
    }

    async fn busted_fills(&self, filter: &JournalFilter) -> Result<Vec<BustedFill>> {
        let state = self.lock();
        let fits = |busted: &&BustedFill| {
            filter.accepts(&busted.fill.account, busted.fill.executed_at, true)
        };
        let mut busted: Vec<BustedFill> = state.busted.values().filter(fits).cloned().collect();
        busted.sort_by(|a, b| {
            (a.fill.executed_at, &a.fill.execution_id)
                .cmp(&(b.fill.executed_at, &b.fill.execution_id))
        });
        Ok(busted)
    }
}
