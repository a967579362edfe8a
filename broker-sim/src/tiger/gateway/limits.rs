use std::collections::{BTreeMap, VecDeque};

use tokio::time::{Duration, Instant};

use super::{Complaint, method::Method};

/// How often each method was asked in the last minute, by the machine's clock.
#[derive(Debug, Default)]
pub(super) struct Limits {
    seen: BTreeMap<&'static str, VecDeque<Instant>>,
    /// Requests over a limit since the last minute without one.
    breaches: VecDeque<Instant>,
    blacklisted: bool,
}

const MINUTE: Duration = Duration::from_secs(60);

/// Requests over a limit within a minute after which the developer is shut out.
const PATIENCE: usize = 200;

impl Limits {
    /// Counts one more request; `factor` times as many as usual are allowed.
    pub(super) fn count(
        &mut self,
        method: Method,
        factor: u32,
        now: Instant,
    ) -> Result<(), Complaint> {
        if self.blacklisted {
            return Err(Complaint::forbidden(
                "the developer is on the blacklist because of too many requests",
            ));
        }
        let limit = method.per_minute.saturating_mul(factor);
        let seen = self.seen.entry(method.name).or_default();
        forget(seen, now);
        if seen.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
            seen.push_back(now);
            return Ok(());
        }
        forget(&mut self.breaches, now);
        self.breaches.push_back(now);
        self.blacklisted = self.breaches.len() > PATIENCE;
        Err(Complaint::new(
            Complaint::RATE_LIMIT,
            format!(
                "rate limit error(current limiting interface:{}, up to {limit} times per minute)",
                method.name
            ),
        ))
    }
}

/// Forgets what is older than a minute.
fn forget(seen: &mut VecDeque<Instant>, now: Instant) {
    while seen
        .front()
        .is_some_and(|at| now.duration_since(*at) >= MINUTE)
    {
        seen.pop_front();
    }
}
