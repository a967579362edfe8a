use core::time::Duration;
use std::collections::VecDeque;

use tokio::time::Instant;

/// One limit: so many requests in any span of time.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Requests without an answer yet.
    under_way: usize,
    /// When the answers of the last span came, oldest first.
    answered: VecDeque<Instant>,
}

/// When a window has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Now,
    At(Instant),
    /// As soon as one of the requests under way is answered and its span is over.
    AfterAnswer,
}

impl Window {
    /// When one more request may be sent.
    pub(super) fn room(&mut self, limit: u32, span: Duration, now: Instant) -> Room {
        while self
            .answered
            .front()
            .is_some_and(|at| now.duration_since(*at) >= span)
        {
            self.answered.pop_front();
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        match (self.under_way + self.answered.len()).checked_sub(limit) {
            None => Room::Now,
            Some(over) => self
                .answered
                .get(over)
                .map_or(Room::AfterAnswer, |at| Room::At(*at + span)),
        }
    }

    pub(super) fn begin(&mut self) {
        self.under_way += 1;
    }

    pub(super) fn end(&mut self, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        self.answered.push_back(now);
    }
}
