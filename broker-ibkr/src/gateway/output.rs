use std::{
    collections::VecDeque,
    io,
    sync::{Mutex, PoisonError},
};

use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

/// Lines of output that are kept, and how much of each.
const LINES: usize = 200;
const WIDTH: usize = 400;
/// Bytes of a line that are looked at; the rest of it is passed over.
const LONGEST: usize = 16 * 1024;

/// The newest lines of a gateway's output, without secrets.
#[derive(Debug, Default)]
pub(super) struct Output(Mutex<VecDeque<String>>);

impl Output {
    pub(super) fn keep(&self, line: &str, secrets: &[SecretString]) {
        let mut line = line.to_owned();
        for secret in secrets.iter().map(SecretString::expose_secret) {
            if !secret.is_empty() {
                line = line.replace(secret, "***");
            }
        }
        // Afterwards, so that no secret is cut in two and kept in part.
        let line = line.chars().take(WIDTH).collect();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// All of them, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    pub(super) fn last(&self) -> Option<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.back().cloned()
    }
}

/// Reads a line, whatever bytes are in it, and no more of it than is looked at; `None` at the end.
///
/// A reader that gave up would close the pipe, which ends a gateway at its next word.
pub(super) async fn next_line(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<String>> {
    let mut line: Vec<u8> = Vec::new();
    let mut any = false;
    loop {
        let read = match reader.fill_buf().await {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if read.is_empty() {
            break;
        }
        any = true;
        let end = read.iter().position(|byte| *byte == b'\n');
        let part = read.get(..end.unwrap_or(read.len())).unwrap_or_default();
        let room = LONGEST.saturating_sub(line.len());
        line.extend_from_slice(part.get(..room).unwrap_or(part));
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    let text = || String::from_utf8_lossy(&line).trim_end().to_owned();
    Ok(any.then(text))
}
