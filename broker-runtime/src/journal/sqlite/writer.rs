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

/// Jobs in one transaction, at most.
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
    Begun(Sender<Result<Vec<IntentId>>>, Result<Vec<IntentId>>),
    Flushed(Sender<Result<()>>),
}

/// Writes until nobody can send any more.
pub(super) fn run(connection: Connection, queue: &Receiver<Job>, shared: &Shared) {
    let mut writer = Writer {
        connection,
        shared,
        backlog: VecDeque::new(),
        lost: 0,
    };
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        writer.group(group);
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
}

impl Writer<'_> {
    fn group(&mut self, group: Vec<Job>) {
        let mut reads = Vec::new();
        let mut work = Vec::new();
        for job in group {
            match job {
                Job::Read(read) => reads.push(read),
                other => work.push(other),
            }
        }
        if !work.is_empty() {
            self.transaction(work);
        }
        // Behind what was recorded before them.
        for read in reads {
            read(&self.connection);
        }
    }

    fn transaction(&mut self, work: Vec<Job>) {
        let began = Instant::now();
        let mut waiting = Vec::new();
        let mut later: Vec<Entry> = self.backlog.drain(..).collect();
        let outcome = self.write(work, &mut waiting, &mut later);
        match &outcome {
            Ok(()) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                *self.shared.trouble() = None;
                self.lost = 0;
                measure::journal_commit(began.elapsed());
            }
            Err(error) => self.keep(later, error),
        }
        for one in waiting {
            // Whoever asked may have given up.
            match one {
                Waiting::Begun(answer, begun) => {
                    let begun = begun.and_then(|ids| outcome.clone().map(|()| ids));
                    let _ = answer.send(begun);
                }
                Waiting::Flushed(answer) => {
                    let _ = answer.send(outcome.clone());
                }
            }
        }
    }

    /// Everything in one transaction. `Err` means that none of it is there.
    fn write(
        &mut self,
        work: Vec<Job>,
        waiting: &mut Vec<Waiting>,
        later: &mut Vec<Entry>,
    ) -> Result<()> {
        let backlog = later.len();
        // Put together first, so that everyone is answered and nothing is forgotten on failure.
        let mut steps = Vec::new();
        for job in work {
            match job {
                Job::Begin(intents, answer) => steps.push(Step::Begin(intents, answer)),
                Job::Record(entries) => {
                    steps.push(Step::Record(later.len(), entries.len()));
                    later.extend(entries);
                }
                Job::Flush(answer) => waiting.push(Waiting::Flushed(answer)),
                Job::Read(_) => {}
            }
        }
        let mut begin = |connection: &Connection| -> Result<()> {
            let failed = |error| io("be written", error);
            for entry in later.iter().take(backlog) {
                rows::record(connection, entry).map_err(failed)?;
            }
            for step in &mut steps {
                match step {
                    Step::Begin(intents, _) => {
                        let begun = begin_all(connection, intents)?;
                        step.done(begun);
                    }
                    Step::Record(from, count) => {
                        for entry in later.iter().skip(*from).take(*count) {
                            rows::record(connection, entry).map_err(failed)?;
                        }
                    }
                    Step::Done(..) | Step::Taken => {}
                }
            }
            Ok(())
        };
        let outcome = (|| {
            let failed = |error| io("be written", error);
            let transaction = self.connection.transaction().map_err(failed)?;
            begin(&transaction)?;
            transaction.commit().map_err(failed)
        })();
        for step in steps {
            match step {
                Step::Begin(_, answer) => {
                    let unwritten = Err(outcome.clone().err().unwrap_or_else(super::gone));
                    waiting.push(Waiting::Begun(answer, unwritten));
                }
                Step::Done(answer, begun) => waiting.push(Waiting::Begun(answer, begun)),
                Step::Record(..) | Step::Taken => {}
            }
        }
        outcome
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

enum Step {
    Begin(Vec<NewIntent>, Sender<Result<Vec<IntentId>>>),
    Done(Sender<Result<Vec<IntentId>>>, Result<Vec<IntentId>>),
    /// A range of the entries.
    Record(usize, usize),
    Taken,
}

impl Step {
    fn done(&mut self, begun: Result<Vec<IntentId>>) {
        if let Self::Begin(_, answer) = core::mem::replace(self, Self::Taken) {
            *self = Self::Done(answer, begun);
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
