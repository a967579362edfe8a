use std::collections::{BTreeMap, VecDeque};

use broker_core::model::AccountId;
use tokio::time::{Duration, Instant};

use super::{Complaint, Habits, habits::RateLimitStyle, method::Method};
use crate::tiger::developer::AccountType;

/// How often everything was asked, by the machine's clock.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// By method, in the last minute.
    seen: BTreeMap<&'static str, VecDeque<Instant>>,
    /// New orders and changes by account, in the last second.
    orders: BTreeMap<AccountId, VecDeque<Instant>>,
    /// New orders, changes and cancels by paper account, in the last minute.
    paper: BTreeMap<AccountId, VecDeque<Instant>>,
    /// Requests over a limit in the last minute.
    breaches: VecDeque<Instant>,
    blacklisted: bool,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// New orders and changes per second and account.
const ORDERS_PER_SECOND: u32 = 5;
/// New orders, changes and cancels per minute and paper account.
const PAPER_PER_MINUTE: u32 = 120;

impl Limits {
    /// Counts one more request for a method.
    pub(super) fn count(
        &mut self,
        method: Method,
        habits: &Habits,
        now: Instant,
    ) -> Result<(), Complaint> {
        if self.blacklisted {
            return Err(Complaint::forbidden(
                "the developer is on the blacklist because of too many requests",
            ));
        }
        let limit = method.per_minute.saturating_mul(habits.rate_factor);
        let seen = self.seen.entry(method.name).or_default();
        if admit(seen, limit, MINUTE, now) {
            return Ok(());
        }
        Err(self.breach(method, habits, now, limit, "minute"))
    }

    /// Counts one more command about orders of an account.
    pub(super) fn count_order(
        &mut self,
        method: Method,
        account: &AccountId,
        habits: &Habits,
        now: Instant,
    ) -> Result<(), Complaint> {
        if AccountType::of(account) == AccountType::Paper {
            let limit = PAPER_PER_MINUTE.saturating_mul(habits.rate_factor);
            let seen = self.paper.entry(account.clone()).or_default();
            if !admit(seen, limit, MINUTE, now) {
                return Err(self.breach(method, habits, now, limit, "minute"));
            }
        }
        if method.name == "cancel_order" {
            return Ok(());
        }
        let limit = ORDERS_PER_SECOND.saturating_mul(habits.rate_factor);
        let seen = self.orders.entry(account.clone()).or_default();
        if admit(seen, limit, SECOND, now) {
            return Ok(());
        }
        Err(self.breach(method, habits, now, limit, "second"))
    }

    fn breach(
        &mut self,
        method: Method,
        habits: &Habits,
        now: Instant,
        limit: u32,
        span: &str,
    ) -> Complaint {
        forget(&mut self.breaches, MINUTE, now);
        self.breaches.push_back(now);
        let patience = usize::try_from(habits.patience).unwrap_or(usize::MAX);
        self.blacklisted = self.breaches.len() > patience;
        too_fast(habits, method, &format!("up to {limit} times per {span}"))
    }
}

/// The answer to a request that comes too fast.
pub(super) fn too_fast(habits: &Habits, method: Method, limit: &str) -> Complaint {
    let code = match habits.rate_limit_style {
        RateLimitStyle::TooManyRequests => Complaint::RATE_LIMIT,
        RateLimitStyle::Forbidden => 4,
    };
    let name = method.name;
    let text = format!("rate limit error(current limiting interface:{name}, {limit})");
    Complaint::new(code, text)
}

/// Whether one more may pass within a span; it is counted then.
fn admit(seen: &mut VecDeque<Instant>, limit: u32, span: Duration, now: Instant) -> bool {
    forget(seen, span, now);
    let free = seen.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    if free {
        seen.push_back(now);
    }
    free
}

/// Forgets what is older than a span.
fn forget(seen: &mut VecDeque<Instant>, span: Duration, now: Instant) {
    while seen
        .front()
        .is_some_and(|at| now.duration_since(*at) >= span)
    {
        seen.pop_front();
    }
}
