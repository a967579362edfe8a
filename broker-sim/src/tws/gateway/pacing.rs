use std::collections::VecDeque;

use tokio::time::{Duration, Instant};

/// Counts requests over all clients in the last second, by the machine's clock as TWS does.
#[derive(Debug, Default)]
pub(super) struct MessageRate {
    seen: VecDeque<Instant>,
}

impl MessageRate {
    /// Counts one more; whether it is within the limit.
    pub(super) fn count(&mut self, limit: u32, now: Instant) -> bool {
        let horizon = Duration::from_secs(1);
        while self
            .seen
            .front()
            .is_some_and(|at| now.duration_since(*at) >= horizon)
        {
            self.seen.pop_front();
        }
        self.seen.push_back(now);
        self.seen.len() <= usize::try_from(limit).unwrap_or(usize::MAX)
    }
}
