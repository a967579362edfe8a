use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
};

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::oneshot;

use super::row::{self, Decision, NO_HASH, Row};
use crate::private::owner_only;

/// The end of a trail: keep it elsewhere, and nobody can cut the trail unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    /// Rows so far.
    pub seq: u64,
    /// The hash of the last one.
    pub hash: String,
}

/// How a trail is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditHealth {
    /// Rows are written as they come.
    Good,
    /// Rows wait in memory, because they cannot be written.
    Failing {
        /// Why.
        reason: String,
        /// Rows that wait.
        waiting: usize,
        /// Rows that had to be given up; the trail says so once it can be written again.
        lost: u64,
    },
}

// No `Debug`: it holds what must never be printed.
#[derive(Clone)]
pub(crate) struct WriterSettings {
    pub(crate) folder: PathBuf,
    /// A file is not begun anew before it has so many bytes.
    pub(crate) rotate_at: u64,
    pub(crate) hidden: Vec<String>,
}

/// Rows that are kept while nothing can be written.
const KEPT: usize = 100_000;
/// Rows that are written in one go.
const GROUP: usize = 1_000;

enum Job {
    Row(Box<Row>),
    Flush(oneshot::Sender<Result<()>>),
}

#[derive(Debug)]
struct Shared {
    head: AuditHead,
    health: AuditHealth,
}

/// The thread that appends, and the way to it.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("the audit trail cannot be written: {error}"),
    )
}

pub(super) const HEAD: &str = "head.json";

/// The files of a trail, in order, each with the number of its first row.
pub(super) fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name
            .and_then(|name| name.strip_prefix("audit-")?.strip_suffix(".jsonl"))
            .and_then(|number| number.parse().ok());
        if let Some(first) = number {
            files.push((first, path));
        }
    }
    files.sort();
    Ok(files)
}

fn file_of(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("audit-{first:012}.jsonl"))
}

impl Writer {
    pub(crate) fn open(settings: WriterSettings, now: DateTime<Utc>) -> Result<Self> {
        let trail = Trail::open(settings, now).map_err(|error| failed(&error))?;
        let shared = Arc::new(Mutex::new(Shared {
            head: trail.head.clone(),
            health: AuditHealth::Good,
        }));
        let (jobs, queue) = mpsc::channel();
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || run(trail, &queue, &for_thread))
            .map_err(|error| failed(&error))?;
        Ok(Self {
            jobs: Some(jobs),
            shared,
            thread: Some(thread),
        })
    }

    pub(crate) fn write(&self, row: Row) {
        let sent = self
            .jobs
            .as_ref()
            .map(|jobs| jobs.send(Job::Row(Box::new(row))));
        if !matches!(sent, Some(Ok(()))) {
            tracing::error!("the audit trail has ended");
        }
    }

    pub(crate) async fn flush(&self) -> Result<()> {
        let gone = || Error::new(ErrorKind::Io, "the audit trail has ended");
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job::Flush(answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    pub(crate) fn head(&self) -> AuditHead {
        lock(&self.shared).head.clone()
    }

    pub(crate) fn health(&self) -> AuditHealth {
        lock(&self.shared).health.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn run(mut trail: Trail, queue: &mpsc::Receiver<Job>, shared: &Mutex<Shared>) {
    let mut waiting: VecDeque<Row> = VecDeque::new();
    let mut lost = 0;
    while let Ok(first) = queue.recv() {
        let mut flushes = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Row(row) => waiting.push_back(*row),
                Job::Flush(answer) => flushes.push(answer),
            }
            next = (waiting.len() < GROUP)
                .then(|| queue.try_recv().ok())
                .flatten();
        }
        let outcome = trail.append(&mut waiting, &mut lost);
        while waiting.len() > KEPT {
            waiting.pop_front();
            lost += 1;
        }
        let mut shared = lock(shared);
        shared.head = trail.head.clone();
        shared.health = match &outcome {
            Ok(()) => AuditHealth::Good,
            Err(error) => AuditHealth::Failing {
                reason: error.to_string(),
                waiting: waiting.len(),
                lost,
            },
        };
        drop(shared);
        if let Err(error) = &outcome {
            tracing::error!(%error, waiting = waiting.len(), lost, "audit trail");
        }
        for answer in flushes {
            // Whoever asked may have given up.
            let _ = answer.send(outcome.as_ref().map_err(failed).copied());
        }
    }
}

/// The open end of a trail.
struct Trail {
    settings: WriterSettings,
    file: File,
    bytes: u64,
    head: AuditHead,
}

impl Trail {
    fn open(mut settings: WriterSettings, now: DateTime<Utc>) -> io::Result<Self> {
        fs::create_dir_all(&settings.folder)?;
        // As they look inside a line.
        for word in &mut settings.hidden {
            let written = serde_json::to_string(word)?;
            *word = written.trim_matches('"').to_owned();
        }
        settings.hidden.retain(|word| !word.is_empty());
        let mut head = AuditHead {
            seq: 0,
            hash: NO_HASH.to_owned(),
        };
        let files = files(&settings.folder)?;
        let mut torn = 0;
        // The newest file may have been begun without a row.
        for (_, path) in files.iter().rev() {
            let (last, rest) = last_row(path)?;
            torn += rest;
            if let Some(last) = last {
                head = last;
                break;
            }
        }
        let known: Option<AuditHead> = fs::read(settings.folder.join(HEAD))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let missing = known.map_or(0, |known| known.seq.saturating_sub(head.seq));
        let path = files.last().map(|(_, path)| path.clone());
        let path = path.unwrap_or_else(|| file_of(&settings.folder, head.seq + 1));
        let mut file = append_to(&path)?;
        let bytes = file.seek(io::SeekFrom::End(0))?;
        let mut trail = Self {
            settings,
            file,
            bytes,
            head,
        };
        if torn > 0 || missing > 0 {
            let found = json!({ "torn_bytes": torn, "missing_rows": missing });
            trail.append(&mut VecDeque::from([note("recovered", found, now)]), &mut 0)?;
        }
        Ok(trail)
    }

    /// Appends what waits, all of it or, from the row that fails, none.
    fn append(&mut self, waiting: &mut VecDeque<Row>, lost: &mut u64) -> io::Result<()> {
        if *lost > 0
            && let Some(first) = waiting.front()
        {
            let lost_rows = json!({ "lost_rows": *lost });
            let row = note("lost", lost_rows, first.at);
            self.line(&row)?;
            *lost = 0;
        }
        while let Some(row) = waiting.front() {
            if self.bytes >= self.settings.rotate_at {
                self.rotate()?;
            }
            self.line(row)?;
            waiting.pop_front();
        }
        self.file.sync_data()?;
        self.keep_head()
    }

    fn line(&mut self, row: &Row) -> io::Result<()> {
        let seq = self.head.seq + 1;
        let (mut line, hash) = row::seal(row, seq, &self.head.hash, &self.settings.hidden)?;
        line.push('\n');
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // Half a line would break the chain for whatever follows.
            self.file.set_len(self.bytes)?;
            return Err(error);
        }
        self.bytes += line.len() as u64;
        self.head = AuditHead { seq, hash };
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.file = append_to(&file_of(&self.settings.folder, self.head.seq + 1))?;
        self.bytes = 0;
        Ok(())
    }

    fn keep_head(&self) -> io::Result<()> {
        let new = self.settings.folder.join("head.json.new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        owner_only(&mut options);
        let mut file = options.open(&new)?;
        file.write_all(&serde_json::to_vec(&self.head)?)?;
        drop(file);
        fs::rename(new, self.settings.folder.join(HEAD))
    }
}

fn note(operation: &'static str, outcome: serde_json::Value, at: DateTime<Utc>) -> Row {
    Row {
        at,
        actor: None,
        broker: String::new(),
        account: None,
        operation,
        request: serde_json::Value::Null,
        decision: Decision::Note,
        outcome,
        latency_us: 0,
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    owner_only(&mut options);
    options.open(path)
}

/// The last whole row of a file, with the bytes of a torn one behind it, which are cut off: they never
/// were a row.
fn last_row(path: &Path) -> io::Result<(Option<AuditHead>, u64)> {
    let mut reader = BufReader::new(File::open(path)?);
    let (mut last, mut whole, mut line) = (None, 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok((last, 0));
        }
        if line.last() != Some(&b'\n') {
            OpenOptions::new().write(true).open(path)?.set_len(whole)?;
            return Ok((last, read as u64));
        }
        whole += read as u64;
        let text = core::str::from_utf8(&line).unwrap_or_default();
        if let Some((link, _)) = row::open(text.trim_end_matches('\n')) {
            last = Some(AuditHead {
                seq: link.seq,
                hash: link.hash,
            });
        }
    }
}
