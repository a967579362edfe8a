//! The thread that writes: one transaction for whatever waits.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::Receiver,
    },
    time::Instant,
};

use broker_core::{Error, Result};
use rusqlite::Connection;
use tokio::sync::oneshot::Sender;

use super::{io, rows};
use crate::{
    journal::{Damage, Entry, IntentId, NewIntent, StoreHealth, duplicate},
    measure,
};

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// What the writer is asked to do.
pub(super) enum Job {
    Begin(Vec<NewIntent>, Sender<Result<Vec<IntentId>>>),
    Record(Vec<Entry>),
    Flush(Sender<Result<()>>),
    Read(Read),
}

impl Job {
    /// How much there is to write.
    fn rows(&self) -> usize {
        match self {
            Self::Begin(intents, _) => intents.len(),
            Self::Record(entries) => entries.len(),
            Self::Flush(_) | Self::Read(_) => 0,
        }
    }
}

/// Rows after which a transaction takes in no more, so that nobody waits long for others.
const GROUP: usize = 512;
/// Entries that are kept while nothing can be written.
const KEPT: usize = 100_000;

/// What the writer and its users share.
#[derive(Debug)]
pub(super) struct Shared {
    damage: Vec<Damage>,
    commits: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

#[derive(Debug, Clone)]
struct Trouble {
    reason: String,
    waiting: usize,
    lost: u64,
}

impl Shared {
    pub(super) const fn new(damage: Vec<Damage>) -> Self {
        Self {
            damage,
            commits: AtomicU64::new(0),
            trouble: Mutex::new(None),
        }
    }

    pub(super) fn damage(&self) -> Vec<Damage> {
        self.damage.clone()
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    fn trouble(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn health(&self) -> StoreHealth {
        match &*self.trouble() {
            None => StoreHealth::Good,
            Some(trouble) => StoreHealth::Failing {
                reason: trouble.reason.clone(),
                waiting: trouble.waiting,
                lost: trouble.lost,
            },
        }
    }
}

/// Who waits for the end of the transaction.
enum Waiting {
    Begun {
        intents: Vec<NewIntent>,
        answer: Sender<Result<Vec<IntentId>>>,
        /// Absent before they were written.
        begun: Option<Result<Vec<IntentId>>>,
    },
    Flushed(Sender<Result<()>>),
}

impl Waiting {
    fn answer(self, outcome: &Result<()>) {
        // Whoever asked may have given up.
        match self {
            Self::Begun { answer, begun, .. } => {
                let written = outcome.clone().and_then(|()| Err(super::gone()));
                let begun = begun.unwrap_or(written);
                let _ = answer.send(begun.and_then(|ids| outcome.clone().map(|()| ids)));
            }
            Self::Flushed(answer) => {
                let _ = answer.send(outcome.clone());
            }
        }
    }
}

/// Writes until nobody can send any more.
pub(super) fn run(connection: Connection, queue: &Receiver<Job>, shared: &Shared) {
    let mut writer = Writer {
        connection,
        shared,
        backlog: VecDeque::new(),
        lost: 0,
        next: None,
    };
    while let Some(first) = writer.next.take().or_else(|| queue.recv().ok()) {
        writer.group(first, queue);
    }
    if let Err(error) = writer
        .connection
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
    {
        tracing::debug!(%error, "the journal's log is left for the next start");
    }
}

struct Writer<'a> {
    connection: Connection,
    shared: &'a Shared,
    /// What could not be written when it was due.
    backlog: VecDeque<Entry>,
    lost: u64,
    /// What was too much for the last transaction.
    next: Option<Job>,
}

/// What was taken from the queue for one transaction, so that everyone is answered and nothing is
/// forgotten when it fails.
#[derive(Default)]
struct Group {
    waiting: Vec<Waiting>,
    later: Vec<Entry>,
    read: Option<Read>,
}

impl Writer<'_> {
    fn group(&mut self, first: Job, queue: &Receiver<Job>) {
        let mut group = Group::default();
        if let Job::Read(read) = first {
            group.read = Some(read);
        } else {
            self.transaction(first, queue, &mut group);
        }
        // Behind what was recorded before it.
        if let Some(read) = group.read {
            read(&self.connection);
        }
    }

    fn transaction(&mut self, first: Job, queue: &Receiver<Job>, group: &mut Group) {
        let began = Instant::now();
        group.later = self.backlog.drain(..).collect();
        let outcome = self.write(first, queue, group);
        match &outcome {
            Ok(()) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                *self.shared.trouble() = None;
                self.lost = 0;
                measure::journal_commit(began.elapsed());
            }
            Err(error) => self.keep(core::mem::take(&mut group.later), error),
        }
        for one in group.waiting.drain(..) {
            one.answer(&outcome);
        }
    }

    /// Everything in one transaction, with what comes while it is being written: whoever comes late need not
    /// wait for a disk that is busy with the others. `Err` means that none of it is there.
    fn write(&mut self, first: Job, queue: &Receiver<Job>, group: &mut Group) -> Result<()> {
        let failed = |error| io("be written", error);
        let (mut written, mut rows) = (0, first.rows());
        group.take(first);
        let transaction = self.connection.transaction().map_err(failed)?;
        loop {
            for entry in group.later.iter().skip(written) {
                rows::record(&transaction, entry).map_err(failed)?;
            }
            written = group.later.len();
            if let Some(Waiting::Begun { intents, begun, .. }) = group.waiting.last_mut()
                && begun.is_none()
            {
                *begun = Some(begin_all(&transaction, intents)?);
            }
            if group.read.is_some() {
                break;
            }
            let Ok(next) = queue.try_recv() else { break };
            let more = next.rows();
            rows += more;
            if more > 0 && rows > GROUP {
                self.next = Some(next);
                break;
            }
            group.take(next);
        }
        transaction.commit().map_err(failed)
    }

    /// Keeps what became known until it can be written.
    fn keep(&mut self, later: Vec<Entry>, error: &Error) {
        self.backlog.extend(later);
        while self.backlog.len() > KEPT {
            self.backlog.pop_front();
            self.lost += 1;
        }
        tracing::error!(%error, waiting = self.backlog.len(), lost = self.lost, "the journal cannot be written");
        *self.shared.trouble() = Some(Trouble {
            reason: error.message().to_owned(),
            waiting: self.backlog.len(),
            lost: self.lost,
        });
    }
}

impl Group {
    fn take(&mut self, job: Job) {
        match job {
            Job::Begin(intents, answer) => self.waiting.push(Waiting::Begun {
                intents,
                answer,
                begun: None,
            }),
            Job::Record(entries) => self.later.extend(entries),
            Job::Flush(answer) => self.waiting.push(Waiting::Flushed(answer)),
            Job::Read(read) => self.read = Some(read),
        }
    }
}

/// The intents of one command, all or none; the inner error is the command's own.
fn begin_all(connection: &Connection, intents: &[NewIntent]) -> Result<Result<Vec<IntentId>>> {
    let failed = |error| io("be written", error);
    if let [intent] = intents {
        // One row is there or not.
        let id = rows::insert(connection, intent).map_err(failed)?;
        return Ok(id
            .map(|id| vec![id])
            .ok_or_else(|| duplicate(intent.client_order_id.as_ref())));
    }
    connection
        .execute_batch("SAVEPOINT command")
        .map_err(failed)?;
    let mut ids = Vec::with_capacity(intents.len());
    for intent in intents {
        match rows::insert(connection, intent).map_err(failed)? {
            Some(id) => ids.push(id),
            None => {
                connection
                    .execute_batch("ROLLBACK TO command; RELEASE command")
                    .map_err(failed)?;
                return Ok(Err(duplicate(intent.client_order_id.as_ref())));
            }
        }
    }
    connection
        .execute_batch("RELEASE command")
        .map_err(failed)?;
    Ok(Ok(ids))
}
