use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Lines of output that are kept, and how much of each.
const LINES: usize = 200;
const WIDTH: usize = 400;

/// The newest lines of a gateway's output, without secrets.
#[derive(Debug, Default)]
pub(super) struct Output(Mutex<VecDeque<String>>);

impl Output {
    pub(super) fn keep(&self, line: &str, secrets: &[String]) {
        let mut line = line.to_owned();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            line = line.replace(secret.as_str(), "***");
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
