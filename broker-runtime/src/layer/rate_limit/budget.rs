use core::{fmt, num::NonZeroU32, time::Duration};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use broker_core::{Error, ErrorKind, Result, Retry};
use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

/// Who goes first when requests wait: what can only lessen a risk before what can add one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Cancels.
    Cancel,
    /// Changes of working orders.
    Replace,
    /// New orders and exercises.
    Submit,
    /// Questions and market data lines.
    Read,
}

/// Tokio's time, which tests can hold.
#[derive(Debug, Clone, Copy)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        Instant::now().saturating_duration_since(self.0).into()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>;

/// So many requests in a period, shared by all who hold it.
///
/// No span of one period ever holds more requests than the budget, wherever it begins: half of the
/// permits may be used at once, the others come back evenly over the period. When permits are short, the waiting
/// request of the highest [`Priority`] gets the next one; among equals the one that came first.
pub struct Budget {
    permits: u32,
    period: Duration,
    clock: TokioClock,
    limiter: Limiter,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<(Priority, u64), Arc<Notify>>,
    arrivals: u64,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("permits", &self.permits)
            .field("period", &self.period)
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

impl Budget {
    /// At most `permits` requests in any span of one `period`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] when either is zero.
    pub fn new(permits: u32, period: Duration) -> Result<Arc<Self>> {
        let wrong = || Error::invalid("budget", "a budget needs permits and a period");
        let burst = NonZeroU32::new((permits / 2).max(1)).ok_or_else(wrong)?;
        let steady = permits.checked_sub(burst.get()).ok_or_else(wrong)?.max(1);
        // A nanosecond more, so that rounding down never makes the interval too short.
        let interval = period
            .checked_div(steady)
            .filter(|interval| !interval.is_zero())
            .ok_or_else(wrong)?
            .saturating_add(Duration::from_nanos(1));
        let quota = Quota::with_period(interval)
            .ok_or_else(wrong)?
            .allow_burst(burst);
        let clock = TokioClock(Instant::now());
        Ok(Arc::new(Self {
            permits,
            period,
            clock,
            limiter: RateLimiter::direct_with_clock(quota, clock),
            queue: Mutex::default(),
        }))
    }

    /// Most requests in a period.
    #[must_use]
    pub const fn permits(&self) -> u32 {
        self.permits
    }

    /// The period.
    #[must_use]
    pub const fn period(&self) -> Duration {
        self.period
    }

    /// Requests that wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a permit, waiting for it at most so long.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] when there was none in time; nothing has been taken.
    pub async fn acquire(&self, priority: Priority, at_most: Duration) -> Result<()> {
        match timeout(at_most, self.wait(priority)).await {
            Ok(()) => Ok(()),
            Err(_) => {
                let Self {
                    permits, period, ..
                } = self;
                let message = format!(
                    "no permit within {at_most:?}: the budget is {permits} requests in {period:?}"
                );
                let after = self.period.checked_div(self.permits).unwrap_or(self.period);
                Err(Error::new(ErrorKind::RateLimited, message).with_retry(Retry::Safe { after }))
            }
        }
    }

    async fn wait(&self, priority: Priority) {
        let place = Place::take(self, priority);
        loop {
            match place.try_pass() {
                Turn::Passed => return,
                Turn::First(wait) => {
                    // Whoever comes with a higher priority is first from then on, and wakes nobody.
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = place.bell.notified() => {}
                    }
                }
                Turn::Behind => place.bell.notified().await,
            }
        }
    }
}

enum Turn {
    Passed,
    First(Duration),
    Behind,
}

/// A place in the queue, given up when dropped.
struct Place<'a> {
    budget: &'a Budget,
    key: (Priority, u64),
    bell: Arc<Notify>,
}

impl<'a> Place<'a> {
    fn take(budget: &'a Budget, priority: Priority) -> Self {
        let mut queue = budget.lock();
        queue.arrivals += 1;
        let key = (priority, queue.arrivals);
        let bell = Arc::new(Notify::new());
        queue.waiting.insert(key, Arc::clone(&bell));
        drop(queue);
        Self { budget, key, bell }
    }

    fn try_pass(&self) -> Turn {
        let queue = self.budget.lock();
        let first = queue.waiting.first_key_value().map(|(key, _)| *key);
        if first != Some(self.key) {
            return Turn::Behind;
        }
        match self.budget.limiter.check() {
            Ok(()) => Turn::Passed,
            Err(not_until) => Turn::First(not_until.wait_time_from(self.budget.clock.now())),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queue = self.budget.lock();
        queue.waiting.remove(&self.key);
        if let Some((_, bell)) = queue.waiting.first_key_value() {
            bell.notify_one();
        }
    }
}
