use std::{
    fs,
    path::{Path, PathBuf},
};

use broker_core::{Error, ErrorKind, Result};

use super::{
    AuditHead,
    row::{self, NO_HASH},
    writer::{HEAD, files},
};

/// Something in a trail that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A line is no row.
    NoRow {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A row is not what was sealed.
    Edited {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A row does not follow the one before: one was replaced, put in or taken out.
    Unlinked {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Rows are missing.
    Missing {
        /// The first one.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// A row stands in another place than it was written at.
    Moved {
        /// The row.
        seq: u64,
        /// The file that it is in.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The end of the trail is not the one that was kept.
    AnotherEnd {
        /// What was kept.
        kept: AuditHead,
        /// What is there.
        found: AuditHead,
    },
}

/// What a check of a trail saw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Rows that were read.
    pub rows: u64,
    /// Files that were read.
    pub files: usize,
    /// The end of the trail.
    pub head: AuditHead,
    /// What is not as it was written; empty when all is.
    pub findings: Vec<Finding>,
}

impl Verified {
    /// Whether everything is as it was written.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks a trail from its first row to its end.
///
/// The end is compared with `kept` if it is given, otherwise with what the trail's own folder keeps.
/// Whoever can write to the folder can change both: give a `kept` from elsewhere to be sure.
///
/// # Errors
/// [`Io`](ErrorKind::Io) when the folder cannot be read.
pub fn verify(folder: impl AsRef<Path>, kept: Option<&AuditHead>) -> Result<Verified> {
    let folder = folder.as_ref();
    let unreadable = |error: std::io::Error| {
        let message = format!("the audit trail cannot be read: {error}");
        Error::new(ErrorKind::Io, message).with_source(error)
    };
    let mut verified = Verified {
        rows: 0,
        files: 0,
        head: AuditHead {
            seq: 0,
            hash: NO_HASH.to_owned(),
        },
        findings: Vec::new(),
    };
    for (_, path) in files(folder).map_err(unreadable)? {
        let bytes = fs::read(&path).map_err(unreadable)?;
        verified.files += 1;
        verified.file(&path, &bytes);
    }
    let own = fs::read(folder.join(HEAD)).ok();
    let own = own.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(kept) = kept.cloned().or(own)
        && kept != verified.head
    {
        let found = verified.head.clone();
        verified.findings.push(Finding::AnotherEnd { kept, found });
    }
    Ok(verified)
}

impl Verified {
    fn file(&mut self, path: &Path, bytes: &[u8]) {
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        // What follows the last line's end.
        if lines.last().is_some_and(|rest| rest.is_empty()) {
            lines.pop();
        }
        for (index, line) in lines.into_iter().enumerate() {
            let (file, line_number) = (path.to_owned(), index + 1);
            let text = core::str::from_utf8(line).ok();
            let Some((link, whole)) = text.and_then(row::open) else {
                self.findings.push(Finding::NoRow {
                    file,
                    line: line_number,
                });
                continue;
            };
            self.rows += 1;
            if !whole {
                self.findings.push(Finding::Edited {
                    file: file.clone(),
                    line: line_number,
                });
            }
            let expected = self.head.seq + 1;
            if link.seq > expected {
                self.findings.push(Finding::Missing {
                    from: expected,
                    to: link.seq - 1,
                });
            } else if link.seq < expected {
                self.findings.push(Finding::Moved {
                    seq: link.seq,
                    file: file.clone(),
                    line: line_number,
                });
            }
            if link.prev != self.head.hash {
                self.findings.push(Finding::Unlinked {
                    file,
                    line: line_number,
                });
            }
            self.head = AuditHead {
                seq: link.seq,
                hash: link.hash,
            };
        }
    }
}
