use std::{
    fs::OpenOptions,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{Error, ErrorKind, Result, async_trait, model::AccountId};
use tokio::sync::Mutex;

use super::{OrderJournal, SentOrder};

/// A journal in a file: one JSON object per line, which only ever grows, by some 200 bytes per order.
/// Remove it when no order works and none of the last 90 days matters any more.
///
/// Every order is on the disk before it is sent. A line that was cut off by a crash belongs to an order that
/// was never sent. The file is readable by its owner only.
#[derive(Debug, Clone)]
pub struct FileOrderJournal {
    path: Arc<PathBuf>,
    writing: Arc<Mutex<()>>,
}

impl FileOrderJournal {
    /// The journal in this file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Arc::new(path.into()),
            writing: Arc::default(),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn blocking<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = Arc::clone(&self.path);
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        done.map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|error| {
                let path = self.path.display();
                let message = format!("the order journal {path} cannot be {what}: {error}");
                Error::new(ErrorKind::Io, message)
            })
    }
}

#[async_trait]
impl OrderJournal for FileOrderJournal {
    async fn write(&self, orders: &[SentOrder]) -> Result<()> {
        let mut lines = String::new();
        for order in orders {
            let line = serde_json::to_string(order);
            let line = line.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
            lines.push_str(&line);
            lines.push('\n');
        }
        // Owned by the work: a caller who gives up must not let the next line in between.
        let turn = Arc::clone(&self.writing).lock_owned().await;
        self.blocking("written", move |path| {
            let _turn = turn;
            append(path, lines.as_bytes())
        })
        .await
    }

    async fn read(&self, account: &AccountId) -> Result<Vec<SentOrder>> {
        let text = self.blocking("read", read).await?;
        // What follows the last line's end was cut off before anything was sent.
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        let mut orders = Vec::new();
        for (number, line) in whole
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            let order: SentOrder = serde_json::from_str(line).map_err(|error| {
                let (path, number) = (self.path.display(), number + 1);
                let message =
                    format!("the order journal {path} cannot be read in line {number}: {error}");
                Error::new(ErrorKind::Io, message)
            })?;
            if order.account == *account {
                orders.push(order);
            }
        }
        Ok(orders)
    }

    fn is_durable(&self) -> bool {
        true
    }
}

fn read(path: &Path) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let fresh = !path.exists();
    let mut file = options.open(path)?;
    let end = file.seek(SeekFrom::End(0))?;
    if end > 0 {
        // A line that was cut off must not swallow this one.
        let mut last = [0_u8];
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.set_len(cut(path, end)?)?;
        }
    }
    file.write_all(lines)?;
    file.sync_data()?;
    if fresh
        && let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
    {
        // The name of a new file has to be on the disk, too.
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The end of the last whole line.
fn cut(path: &Path, end: u64) -> io::Result<u64> {
    let bytes = std::fs::read(path)?;
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    Ok(u64::try_from(whole).unwrap_or(end).min(end))
}
