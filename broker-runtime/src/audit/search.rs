use std::{fs, io, path::Path};

use serde_json::Value;

use super::{
    AuditHead,
    row::{self, Link, NO_HASH},
    writer::files,
};

/// What a search of a trail has found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The rows with every word that was looked for, the newest first.
    pub rows: Vec<Value>,
    /// Rows that were looked at, from the newest on.
    pub searched: u64,
    /// Whether the rows that were looked at are as they were written. What is older than they are, only
    /// [`verify`](super::verify) has seen.
    pub whole: bool,
}

/// Rows that are looked at for one search.
const MOST: u64 = 50_000;

/// Looks for words, from `head` backwards. Rows behind it were written since, and are left out.
pub(crate) fn search(
    folder: &Path,
    head: &AuditHead,
    text: &str,
    limit: usize,
) -> io::Result<Found> {
    search_among(folder, head, text, limit, MOST)
}

/// The same with another number of rows.
pub(super) fn search_among(
    folder: &Path,
    head: &AuditHead,
    text: &str,
    limit: usize,
    most: u64,
) -> io::Result<Found> {
    let words = text.split_whitespace().map(str::to_lowercase).collect();
    let mut search = Search {
        words,
        limit,
        next: head.clone(),
        after_head: true,
        found: Found {
            rows: Vec::new(),
            searched: 0,
            whole: true,
        },
    };
    for (_, path) in files(folder)?.iter().rev() {
        let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
        // What follows the last line's end is a row that is being written, or one that was torn.
        let whole = text.rfind('\n').and_then(|end| text.get(..end));
        for line in whole.into_iter().flat_map(|text| text.rsplit('\n')) {
            if search.found.searched == most {
                return Ok(search.found);
            }
            search.line(line);
        }
    }
    // Everything was looked at: it has to begin where trails begin.
    if search.next.seq != 0 || search.next.hash != NO_HASH {
        search.found.whole = false;
    }
    Ok(search.found)
}

struct Search {
    words: Vec<String>,
    limit: usize,
    /// The row that has to come next, on the way back.
    next: AuditHead,
    /// Whether the rows so far were written after the head.
    after_head: bool,
    found: Found,
}

impl Search {
    fn line(&mut self, line: &str) {
        let Some((link, sealed)) = row::open(line) else {
            self.found.whole = false;
            return;
        };
        if self.after_head && link.seq > self.next.seq {
            return;
        }
        self.after_head = false;
        self.found.searched += 1;
        let follows = link.seq == self.next.seq && link.hash == self.next.hash;
        self.found.whole &= sealed && follows;
        if self.found.rows.len() < self.limit && self.is_wanted(line, &link) {
            self.found.rows.extend(serde_json::from_str::<Value>(line));
        }
        self.next = AuditHead {
            seq: link.seq.saturating_sub(1),
            hash: link.prev,
        };
    }

    /// Whether every word stands in what the row says; its hashes say nothing.
    fn is_wanted(&self, line: &str, link: &Link) -> bool {
        let said = line.replace(&link.prev, "").replace(&link.hash, "");
        let said = said.to_lowercase();
        self.words.iter().all(|word| said.contains(word.as_str()))
    }
}
