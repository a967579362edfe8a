use std::{cmp::Reverse, collections::BinaryHeap};

use chrono::{DateTime, Utc};

/// Appointments of a gateway, in the order of time and then of making.
#[derive(Debug)]
pub(crate) struct Timers<T> {
    heap: BinaryHeap<Reverse<Appointment<T>>>,
    sequence: u64,
}

#[derive(Debug)]
struct Appointment<T> {
    at: DateTime<Utc>,
    sequence: u64,
    what: T,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }
}

impl<T> Timers<T> {
    pub(crate) fn add(&mut self, at: DateTime<Utc>, what: T) {
        self.sequence += 1;
        let sequence = self.sequence;
        self.heap.push(Reverse(Appointment { at, sequence, what }));
    }

    pub(crate) fn next_at(&self) -> Option<DateTime<Utc>> {
        self.heap.peek().map(|Reverse(next)| next.at)
    }

    /// The next appointment that is due.
    pub(crate) fn pop_due(&mut self, now: DateTime<Utc>) -> Option<T> {
        if self.next_at()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(next)| next.what)
    }
}

impl<T> PartialEq for Appointment<T> {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}
impl<T> Eq for Appointment<T> {}
impl<T> PartialOrd for Appointment<T> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Appointment<T> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}
