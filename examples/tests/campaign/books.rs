//! The journal, the trail and what is left behind, held against the truth at the end of a seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use broker_core::{
    Broker,
    model::{ClientOrderId, ExecutionId, Order, OrderStatus, Price},
};
use broker_runtime::{
    audit,
    journal::{Action, Intent, IntentOutcome, JournalFilter, JournalStore, SqliteStore},
};
use broker_sim::conformance::Truth;
use futures_util::FutureExt as _;
use rust_decimal::Decimal;

use crate::{mutants::Bug, stand::Inside};

type Verdict<T = ()> = Result<T, String>;

/// Times that something may still be on its way, and how long each is.
const ROUNDS: u32 = 60;
const ROUND: Duration = Duration::from_millis(50);
/// The same for a market data line: an adapter that finds it refused tries again after half a minute at most.
const LINE_ROUNDS: u32 = 800;

/// What became of the intents of orders.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Resolved {
    pub(crate) sent_once: u64,
    pub(crate) absent: u64,
    pub(crate) unconfirmed: u64,
    /// Fills that were taken back, as the journals say.
    pub(crate) busted: u64,
    pub(crate) calls: u64,
    pub(crate) rows: u64,
}

impl Resolved {
    pub(crate) fn add(&mut self, other: Self) {
        self.sent_once += other.sent_once;
        self.absent += other.absent;
        self.unconfirmed += other.unconfirmed;
        self.busted += other.busted;
        self.calls += other.calls;
        self.rows += other.rows;
    }
}

fn text(error: impl core::fmt::Display) -> String {
    error.to_string()
}

/// Asks until it is so, or it is not so at the end of the last round either.
async fn eventually<T>(asked: impl AsyncFnMut() -> Verdict<T>) -> Verdict<T> {
    within(ROUNDS, asked).await
}

async fn within<T>(rounds: u32, mut asked: impl AsyncFnMut() -> Verdict<T>) -> Verdict<T> {
    for _ in 0..rounds {
        if let Ok(value) = asked().await {
            return Ok(value);
        }
        tokio::time::sleep(ROUND).await;
    }
    asked().await
}

/// What a world leaves behind when all in it is gone.
pub(crate) struct Left {
    pub(crate) resolved: Resolved,
    folder: tempfile::TempDir,
    written: Vec<Intent>,
}

/// Everything that has to hold when a drill has passed.
pub(crate) async fn hold_against_the_truth(inside: Arc<Inside>) -> Verdict<Left> {
    let mut resolved = eventually(async || journal_is_true(&inside).await).await?;
    lines_are_released(&inside).await?;
    events_were_in_order(&inside).await?;
    inside.kept.meter.kept_to(&inside.kept.budget)?;
    resolved.calls = u64::try_from(inside.kept.meter.calls()).map_err(text)?;
    resolved.rows = trail_is_whole(&inside).await?;
    let written = intents(&*inside.kept.store).await?;
    let broker = inside.broker();
    // The simulated broker may be gone for a while, which is no matter now.
    let _closed = broker.close().await;
    reader_ends(&inside).await?;
    Ok(Left {
        resolved,
        folder: let_go(inside, broker)?,
        written,
    })
}

async fn intents(store: &dyn JournalStore) -> Verdict<Vec<Intent>> {
    store.flush().await.map_err(text)?;
    store.intents(&JournalFilter::default()).await.map_err(text)
}

/// Orders as the journal has last seen them.
type Orders = BTreeMap<ClientOrderId, Order>;

async fn orders(store: &dyn JournalStore) -> Verdict<Orders> {
    let orders = store
        .orders(&JournalFilter::default())
        .await
        .map_err(text)?;
    let orders = orders.into_iter();
    Ok(orders
        .map(|order| (order.client_order_id().clone(), order))
        .collect())
}

// ---- the journal ------------------------------------------------------------------------------

async fn journal_is_true(inside: &Inside) -> Verdict<Resolved> {
    inside.below.settle().await;
    inside.read();
    let truth = inside.below.truth(&inside.account()).await;
    let intents = intents(&*inside.kept.store).await?;
    let orders = orders(&*inside.kept.store).await?;
    let mut resolved = orders_are_those_intended(inside, &intents, &orders, &truth)?;
    fills_are_those_executed(inside, &truth).await?;
    let all = JournalFilter::default();
    let busted = inside.kept.store.busted_fills(&all);
    resolved.busted = u64::try_from(busted.await.map_err(text)?.len()).map_err(text)?;
    orders_stand_as_they_are(&orders, &truth)?;
    Ok(resolved)
}

fn orders_are_those_intended(
    inside: &Inside,
    intents: &[Intent],
    orders: &Orders,
    truth: &Truth,
) -> Verdict<Resolved> {
    let ledger = inside.broker().desk().ledger(&inside.account());
    let named: BTreeSet<ClientOrderId> = ledger.map_err(text)?.unconfirmed().into_iter().collect();
    let mut intended: BTreeSet<&ClientOrderId> = BTreeSet::new();
    let mut resolved = Resolved::default();
    for intent in intents {
        let (Action::Submit { .. }, Some(id)) = (&intent.action, &intent.client_order_id) else {
            continue;
        };
        if !intended.insert(id) {
            return Err(format!("{id} was intended twice"));
        }
        let real = truth.orders_of(id).len();
        match (&intent.outcome, real) {
            (_, 2..) => return Err(format!("{id} is at the broker {real} times")),
            (IntentOutcome::Accepted { .. } | IntentOutcome::Found { .. }, 1) => {
                resolved.sent_once += 1;
            }
            // Taken and thrown out again, which was told.
            (
                IntentOutcome::Accepted { .. }
                | IntentOutcome::Found {
                    status: OrderStatus::Rejected,
                },
                0,
            ) if is_rejected(orders, id) => resolved.absent += 1,
            (IntentOutcome::Refused { .. } | IntentOutcome::Absent, 0) => resolved.absent += 1,
            (IntentOutcome::Open | IntentOutcome::Unconfirmed { .. }, _) if named.contains(id) => {
                resolved.unconfirmed += 1;
            }
            (outcome, real) => {
                let ledger = inside.broker().desk().ledger(&inside.account());
                let known = ledger.ok().and_then(|ledger| ledger.order(id));
                let known = known.map_or("nothing".to_owned(), |order| order.status.to_string());
                return Err(format!(
                    "{id} is at the broker {real} times; the journal says {} and the ledger {known} \
                     of {:?}",
                    outcome.as_str(),
                    intent.action
                ));
            }
        }
    }
    let unintended = truth
        .orders
        .iter()
        .find(|order| !intended.contains(&order.terms.client_order_id));
    match unintended {
        Some(order) => Err(format!(
            "{} is at the broker and was never intended",
            order.terms.client_order_id
        )),
        None => Ok(resolved),
    }
}

fn is_rejected(orders: &Orders, id: &ClientOrderId) -> bool {
    let order = orders.get(id);
    order.is_some_and(|order| order.status == OrderStatus::Rejected)
}

type Execution = (ClientOrderId, ExecutionId, Price, Decimal);

async fn fills_are_those_executed(inside: &Inside, truth: &Truth) -> Verdict {
    let written = inside.kept.store.fills(&JournalFilter::default()).await;
    let mut written: Vec<Execution> = written
        .map_err(text)?
        .into_iter()
        .map(|fill| {
            let quantity = fill.quantity.get();
            (
                fill.client_order_id,
                fill.execution_id,
                fill.price,
                quantity,
            )
        })
        .collect();
    let mut real: Vec<Execution> = truth
        .fills
        .iter()
        .cloned()
        .map(|fill| {
            (
                fill.client_order_id,
                fill.execution_id,
                fill.price,
                fill.quantity,
            )
        })
        .collect();
    written.sort();
    real.sort();
    if written == real {
        return Ok(());
    }
    let lost: Vec<_> = real.iter().filter(|one| !written.contains(one)).collect();
    let invented: Vec<_> = written.iter().filter(|one| !real.contains(one)).collect();
    Err(format!(
        "the journal lost the fills {lost:?} and invented {invented:?}"
    ))
}

fn orders_stand_as_they_are(written: &Orders, truth: &Truth) -> Verdict {
    for real in &truth.orders {
        let id = &real.terms.client_order_id;
        let Some(order) = written.get(id) else {
            return Err(format!("the journal has no order {id}"));
        };
        if order.cumulative_quantity != real.filled || order.status.is_open() != real.open {
            return Err(format!(
                "the journal says {} and {} filled of {id}, really it is open: {}, filled: {}",
                order.status, order.cumulative_quantity, real.open, real.filled
            ));
        }
    }
    Ok(())
}

// ---- what streams -----------------------------------------------------------------------------

/// One reader has one line upstream, whatever happened to the connection; nobody has none.
async fn lines_are_released(inside: &Inside) -> Verdict {
    let lines = async |expected: usize| {
        inside.below.settle().await;
        inside.read();
        match inside.below.upstream_lines() {
            Some(open) if open != expected => Err(format!("{open} lines, {expected} readers")),
            _ => Ok(()),
        }
    };
    within(LINE_ROUNDS, async || {
        let readers = usize::from(inside.life.lock().unwrap().line.is_some());
        lines(readers).await
    })
    .await?;
    drop(inside.life.lock().unwrap().line.take());
    eventually(async || lines(0).await).await
}

async fn events_were_in_order(inside: &Inside) -> Verdict {
    eventually(async || {
        inside.read();
        let whole = inside.life.lock().unwrap().check.is_whole();
        whole
            .then_some(())
            .ok_or_else(|| "no snapshot has come since the last gap".to_owned())
    })
    .await?;
    let broken = inside.out_of_order.lock().unwrap().join("; ");
    broken.is_empty().then_some(()).ok_or(broken)
}

/// The end of the session is told.
async fn reader_ends(inside: &Inside) -> Verdict {
    eventually(async || {
        inside.read();
        let mut life = inside.life.lock().unwrap();
        let next = life.reader.next().now_or_never();
        match next {
            Some(None) => Ok(()),
            _ => Err("the events go on after the end of the session".to_owned()),
        }
    })
    .await
}

// ---- what is left behind ----------------------------------------------------------------------

async fn trail_is_whole(inside: &Inside) -> Verdict<u64> {
    inside.kept.audit.flush().await.map_err(text)?;
    if inside.kept.bug == Some(Bug::EditedTrail) {
        edit(&inside.folder.path().join("audit"));
    }
    let head = inside.kept.audit.head();
    let seen = audit::verify(inside.folder.path().join("audit"), Some(&head)).map_err(text)?;
    if seen.is_whole() {
        return Ok(seen.rows);
    }
    Err(format!("the trail is not whole: {:?}", seen.findings))
}

/// Changes a letter in the middle of a trail.
fn edit(folder: &std::path::Path) {
    let files = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort_by_key(|path| std::fs::metadata(path).unwrap().len());
    let longest = files.pop().unwrap();
    let text = std::fs::read_to_string(&longest).unwrap();
    std::fs::write(longest, text.replacen("submit", "subnit", 1)).unwrap();
}

/// Ends the last process.
fn let_go(inside: Arc<Inside>, broker: Arc<dyn Broker>) -> Verdict<tempfile::TempDir> {
    drop(broker);
    let inside = Arc::into_inner(inside).ok_or("the drill still holds its rig")?;
    Ok(inside.folder)
}

impl Left {
    /// What was written is there for the next process, undamaged.
    pub(crate) async fn survives(self) -> Verdict<Resolved> {
        let path = self.folder.path().join("journal.sqlite");
        let store = SqliteStore::open(&path).map_err(text)?;
        if !store.damage().is_empty() {
            return Err(format!("the journal is damaged: {:?}", store.damage()));
        }
        let found = intents(&*store).await?;
        let (found_count, count) = (found.len(), self.written.len());
        let same = |(a, b): (&Intent, &Intent)| a.id == b.id && a.action == b.action;
        if found_count == count && found.iter().zip(&self.written).all(same) {
            return Ok(self.resolved);
        }
        Err(format!("{found_count} of {count} intents are left"))
    }
}
