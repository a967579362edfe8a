use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use broker_core::{
    Broker, Error, ErrorKind, Result, UnconfirmedCause,
    model::{AccountId, ListLink},
};
use chrono::{DateTime, Utc};
use tokio::{runtime::Handle, sync::watch, task::JoinSet};

use super::{Command, Layer, Next, Outgoing};
use crate::{
    journal::{
        Action, Entry, IntentId, IntentOutcome, JournalFilter, JournalStore, NewIntent, Recovery,
        follow, outcomes, recover,
    },
    reducing::ReducingGate,
};

/// Writes every intent down before the first byte leaves, and finds out after a crash what became of
/// it (promise P2).
///
/// * An order, list, change, cancel or exercise is durable before it is sent. If it cannot be written
///   down, it is not sent: [`Io`](ErrorKind::Io). Cancels, and orders that only lessen a position, are
///   sent all the same, with a warning.
/// * An identifier that the journal has seen is never sent again, whatever the broker remembers.
/// * The outcome and every execution report follow without anybody waiting for them.
/// * On start each open intent is looked up until it is known what became of it;
///   [`recovery`](Self::recovery) tells.
#[derive(Debug)]
pub struct Journal {
    store: Arc<dyn JournalStore>,
    recovery: watch::Sender<Recovery>,
    below: OnceLock<Arc<dyn Broker>>,
    followed: Mutex<BTreeSet<AccountId>>,
    /// Ended with the journal.
    tasks: Mutex<JoinSet<()>>,
    gate: ReducingGate,
}

impl Journal {
    /// A journal over a store; reads what an earlier process left open.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the store cannot be read.
    pub async fn open(store: Arc<dyn JournalStore>) -> Result<Arc<Self>> {
        let open = store.intents(&JournalFilter::default().open()).await?;
        for damage in store.damage() {
            tracing::error!(?damage, "the journal is damaged");
        }
        let recovery = Recovery {
            open,
            reconciled: Vec::new(),
        };
        Ok(Arc::new(Self {
            store,
            recovery: watch::Sender::new(recovery),
            below: OnceLock::new(),
            followed: Mutex::default(),
            tasks: Mutex::default(),
            gate: ReducingGate::default(),
        }))
    }

    /// Where it is kept, to be read.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn JournalStore> {
        &self.store
    }

    /// How far the reconciliation of open intents has come, and its changes.
    #[must_use]
    pub fn recovery(&self) -> watch::Receiver<Recovery> {
        self.recovery.subscribe()
    }

    /// Waits until every intent of earlier processes is reconciled, and says what was found.
    pub async fn recovered(&self) -> Recovery {
        let mut recovery = self.recovery.subscribe();
        // The sender is a field of this.
        match recovery.wait_for(Recovery::is_done).await {
            Ok(done) => done.clone(),
            Err(_) => self.recovery.borrow().clone(),
        }
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows an account's events, once.
    fn follow(&self, account: &AccountId) {
        let Some(below) = self.below.get() else {
            return;
        };
        let Ok(ledger) = below.desk().ledger(account) else {
            return;
        };
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if !followed.contains(account)
            && let Ok(runtime) = Handle::try_current()
        {
            followed.insert(account.clone());
            let task = follow(ledger, Arc::clone(&self.store));
            self.tasks().spawn_on(task, &runtime);
        }
    }
}

/// The intents of a command; a list has one for each of its orders.
fn intents_of(command: Command<'_>, at: DateTime<Utc>) -> Vec<NewIntent> {
    let one = |action| {
        vec![NewIntent {
            account: command.account().clone(),
            client_order_id: command.client_order_id().cloned(),
            action,
            at,
        }]
    };
    match command {
        Command::Submit(order) => one(Action::Submit {
            order: Arc::new(order.clone()),
            list: None,
        }),
        Command::SubmitList(list) => list
            .orders()
            .map(|(order, role)| NewIntent {
                account: order.account.clone(),
                client_order_id: Some(order.client_order_id.clone()),
                action: Action::Submit {
                    order: Arc::new(order.clone()),
                    list: Some(ListLink {
                        list: list.id().clone(),
                        role,
                    }),
                },
                at,
            })
            .collect(),
        Command::Replace(change) => one(Action::Replace {
            change: change.clone(),
        }),
        Command::Cancel(_) => one(Action::Cancel),
        Command::CancelAll(_) => one(Action::CancelAll),
        Command::Exercise(exercise) => one(Action::Exercise {
            exercise: exercise.clone(),
        }),
    }
}

/// Intents that were written down; without a word about their end they are unconfirmed.
struct Written<'a> {
    journal: &'a Journal,
    broker: &'a Arc<dyn Broker>,
    intents: Vec<IntentId>,
}

impl Written<'_> {
    fn end(mut self, outcomes: Vec<IntentOutcome>) {
        self.record(outcomes);
    }

    fn record(&mut self, outcomes: Vec<IntentOutcome>) {
        let at = self.broker.desk().clock().now();
        let intents = core::mem::take(&mut self.intents);
        let ends = intents.into_iter().zip(outcomes);
        let entries = ends.map(|(intent, outcome)| Entry::Outcome {
            intent,
            outcome,
            at,
        });
        let entries: Vec<Entry> = entries.collect();
        if !entries.is_empty() {
            self.journal.store.record(entries);
        }
    }
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        let cause = UnconfirmedCause::Dropped;
        self.record(vec![
            IntentOutcome::Unconfirmed { cause };
            self.intents.len()
        ]);
    }
}

impl Layer for Arc<Journal> {
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        let runtime = Handle::try_current().map_err(|error| {
            let message = "a journal needs a tokio runtime to follow the events of accounts";
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        if self.below.set(Arc::clone(below)).is_err() {
            let message = "a journal stands in one stack only; open another one over the store";
            return Err(Error::invalid("journal", message));
        }
        for ledger in below.desk().ledgers() {
            self.follow(ledger.account());
        }
        let (below, store) = (Arc::clone(below), Arc::clone(&self.store));
        let task = recover(below, store, self.recovery.clone());
        self.tasks().spawn_on(task, &runtime);
        Ok(())
    }

    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let broker = next.broker();
        let (intents, unwritten) = {
            let command = request.command();
            self.follow(command.account());
            let intents = intents_of(command, broker.desk().clock().now());
            match self.store.begin(intents).await {
                Ok(intents) => (intents, None),
                Err(error) if error.kind() == ErrorKind::Duplicate => return Err(error),
                Err(error) => {
                    let ledger = broker.desk().ledger(command.account())?;
                    if !self.gate.admits(&ledger, command) {
                        return Err(error);
                    }
                    tracing::error!(operation = command.operation(), %error,
                        "sent without being written down, because it can only lessen a risk");
                    let about = (
                        command.account().clone(),
                        command.client_order_id().cloned(),
                    );
                    (Vec::new(), Some(about))
                }
            }
        };
        let written = Written {
            journal: self,
            broker,
            intents,
        };
        let answer = next.send(request).await;
        let outcomes = outcomes(&answer, written.intents.len());
        written.end(outcomes);
        if let (Err(_), Some((account, id))) = (&answer, unwritten) {
            self.gate.forget(&account, id.as_ref());
        }
        answer
    }

    async fn close(&self, next: Next<'_>) -> Result<()> {
        let closed = next.broker().close().await;
        self.store.flush().await?;
        closed
    }
}
