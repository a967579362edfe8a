use core::time::Duration;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use broker_core::{Error, ErrorKind, Result, Retry, model::AccountId};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout_at},
};

use super::{
    RequestLimits,
    window::{Room, Window},
};
use crate::transport::Method;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Orders and changes of one account in a second.
const ORDERS_PER_SECOND: u32 = 5;
/// Orders, changes and cancels of one paper account in a minute.
const PAPER_PER_MINUTE: u32 = 120;
/// How many of those are kept for cancels.
const PAPER_RESERVE: u32 = 20;
/// Complaints within a minute after which everything but cancels stops for a minute, because who goes
/// on is put on a blacklist.
const PATIENCE: usize = 3;

/// What a request uses.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    method: Method,
    account: Option<AccountId>,
}

impl Use {
    pub(crate) fn of(method: Method, account: Option<&AccountId>) -> Self {
        let account = account.filter(|_| method.places_or_changes() || method.cancels());
        Self {
            method,
            account: account.cloned(),
        }
    }

    /// The limits that count this request.
    fn counts(&self, state: &State) -> Vec<(Counted, u32, Duration)> {
        let usual = state.limits.of(self.method);
        let told = state.told.get(self.method.name);
        let limit = told.map_or(usual, |told| usual.min(*told));
        let mut counts = vec![(Counted::Method(self.method.name), limit, MINUTE)];
        if let Some(account) = &self.account {
            if self.method.places_or_changes() {
                let counted = Counted::Orders(account.clone());
                counts.push((counted, ORDERS_PER_SECOND, SECOND));
            }
            if is_paper(account) {
                let kept = if self.method.cancels() {
                    0
                } else {
                    PAPER_RESERVE
                };
                let counted = Counted::Paper(account.clone());
                counts.push((counted, PAPER_PER_MINUTE - kept, MINUTE));
            }
        }
        counts
    }
}

/// An account without real money has a number of 17 digits or more (protocol notes, section 1.1).
pub(crate) fn is_paper(account: &AccountId) -> bool {
    let name = account.as_str();
    name.len() >= 17 && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a window counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted {
    Method(&'static str),
    Orders(AccountId),
    Paper(AccountId),
}

#[derive(Debug, Default)]
struct State {
    limits: RequestLimits,
    /// Limits that the server stated in complaints, where they are lower.
    told: HashMap<&'static str, u32>,
    windows: HashMap<Counted, Window>,
    /// Until when a method is left alone after a complaint.
    quiet: HashMap<&'static str, Instant>,
    complaints: Vec<Instant>,
    /// Until when everything but cancels stops.
    stopped: Option<Instant>,
}

/// What the budget has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetCounters {
    /// Requests that were let through.
    pub sent: u64,
    /// Requests that had to wait.
    pub waited: u64,
    /// The time spent waiting, all requests together.
    pub waiting: Duration,
    /// Requests that were refused because they would have had to wait too long.
    pub refused: u64,
    /// How often the server complained: other programs use the same developer's number.
    pub complaints: u64,
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    waited: AtomicU64,
    waiting_us: AtomicU64,
    refused: AtomicU64,
    complaints: AtomicU64,
}

/// The request budget of one developer, shared by everything that asks in his name.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    state: Mutex<State>,
    /// Requests of a method wait in the order in which they came; cancels go past.
    lines: Mutex<HashMap<&'static str, Arc<tokio::sync::Mutex<()>>>>,
    changed: Notify,
    counters: Counters,
}

/// The right to send one request; its time runs from when it is dropped.
#[derive(Debug)]
#[must_use = "a place is given back when it is dropped"]
pub(crate) struct Place {
    budget: Arc<Budget>,
    counted: Vec<Counted>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut state = self.budget.lock();
        for counted in &self.counted {
            if let Some(window) = state.windows.get_mut(counted) {
                window.end(now);
            }
        }
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

impl Budget {
    pub(crate) fn new(limits: RequestLimits) -> Arc<Self> {
        let budget = Self::default();
        budget.lock().limits = limits;
        Arc::new(budget)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limits(&self) -> RequestLimits {
        self.lock().limits
    }

    /// From now on, so much is allowed.
    pub(crate) fn set_limits(&self, limits: RequestLimits) {
        self.lock().limits = limits;
        self.changed.notify_waiters();
    }

    pub(crate) fn counters(&self) -> BudgetCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BudgetCounters {
            sent: read(&self.counters.sent),
            waited: read(&self.counters.waited),
            waiting: Duration::from_micros(read(&self.counters.waiting_us)),
            refused: read(&self.counters.refused),
            complaints: read(&self.counters.complaints),
        }
    }

    /// Waits for the right to send a request.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] when it would not come before `until`; nothing was sent.
    pub(crate) async fn place(self: &Arc<Self>, wanted: &Use, until: Instant) -> Result<Place> {
        let line = (!wanted.method.cancels()).then(|| self.line(wanted.method));
        // Nobody who came later goes past those who wait.
        let free = line.as_ref().map(|line| line.try_lock());
        if !matches!(free, Some(Err(_)))
            && let Ok(place) = self.take(wanted)
        {
            return Ok(place);
        }
        drop(free);
        let began = Instant::now();
        self.counters.waited.fetch_add(1, Ordering::Relaxed);
        let method = wanted.method.name;
        tracing::debug!(method, "a request waits for the budget");
        let got = self.wait(wanted, line, until).await;
        let spent = began.elapsed();
        let micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
        self.counters
            .waiting_us
            .fetch_add(micros, Ordering::Relaxed);
        tracing::debug!(method, waited = ?spent, sent = got.is_ok(), "a request has waited for the budget");
        got
    }

    async fn wait(
        self: &Arc<Self>,
        wanted: &Use,
        line: Option<Arc<tokio::sync::Mutex<()>>>,
        until: Instant,
    ) -> Result<Place> {
        let _turn = match &line {
            None => None,
            Some(line) => Some(
                timeout_at(until, line.lock())
                    .await
                    .map_err(|_| self.refuse(wanted, None))?,
            ),
        };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let ready = match self.take(wanted) {
                Ok(place) => return Ok(place),
                Err(ready) => ready,
            };
            if ready.is_some_and(|ready| ready > until) || Instant::now() >= until {
                return Err(self.refuse(wanted, ready));
            }
            tokio::select! {
                () = &mut changed => {}
                () = sleep_until(ready.unwrap_or(until)) => {}
            }
        }
    }

    /// Takes a place in every window that counts, or says when there may be one.
    fn take(self: &Arc<Self>, wanted: &Use) -> core::result::Result<Place, Option<Instant>> {
        let now = Instant::now();
        let mut state = self.lock();
        let mut ready = now;
        if !wanted.method.cancels() {
            let quiet = state.quiet.get(wanted.method.name).copied();
            for until in [quiet, state.stopped].into_iter().flatten() {
                ready = ready.max(until);
            }
        }
        let counts = wanted.counts(&state);
        for (counted, limit, span) in &counts {
            let window = state.windows.entry(counted.clone()).or_default();
            match window.room(*limit, *span, now) {
                Room::Now => {}
                Room::At(at) => ready = ready.max(at),
                Room::AfterAnswer => return Err(None),
            }
        }
        if ready > now {
            return Err(Some(ready));
        }
        let counted: Vec<_> = counts.into_iter().map(|(counted, ..)| counted).collect();
        for counted in &counted {
            if let Some(window) = state.windows.get_mut(counted) {
                window.begin();
            }
        }
        self.counters.sent.fetch_add(1, Ordering::Relaxed);
        Ok(Place {
            budget: Arc::clone(self),
            counted,
        })
    }

    /// The server has complained about a method, perhaps saying what it allows.
    pub(crate) fn complain(&self, about: &Use, stated: Option<u32>) {
        let now = Instant::now();
        let method = about.method.name;
        let mut state = self.lock();
        state
            .complaints
            .retain(|at| now.duration_since(*at) < MINUTE);
        state.complaints.push(now);
        let count = state.complaints.len();
        if count >= PATIENCE {
            state.stopped = Some(now + MINUTE);
        }
        let doubled = 1 << u32::try_from(count.saturating_sub(1).min(5)).unwrap_or(0);
        state.quiet.insert(method, now + SECOND * doubled);
        if let Some(stated) = stated.filter(|stated| *stated > 0) {
            state.told.insert(method, stated);
        }
        drop(state);
        self.counters.complaints.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(
            method,
            stated,
            count,
            "Tiger complains about too many requests"
        );
    }

    fn line(&self, method: Method) -> Arc<tokio::sync::Mutex<()>> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry(method.name).or_default())
    }

    fn refuse(&self, wanted: &Use, ready: Option<Instant>) -> Error {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
        let message = format!(
            "the request budget of `{}` is used up and nothing was sent",
            wanted.method.name
        );
        let after = ready.map_or(SECOND, |ready| {
            ready.saturating_duration_since(Instant::now())
        });
        Error::new(ErrorKind::RateLimited, message).with_retry(Retry::Safe { after })
    }
}
