//! The message budget of one gateway, shared by every connection to it.
//!
//! TWS counts the messages of all of its API clients together and disconnects who goes on above 50 a
//! second (protocol notes, section 3.1). Requests stop at the budget, which leaves a reserve up to the
//! limit; cancels and heartbeats may use the reserve, and orders and changes of orders take the next free
//! place, so that none of them stands behind a pile of questions.

use core::time::Duration;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use broker_core::{Error, ErrorKind, Result, Retry};
use tokio::{sync::watch, time::Instant};

use crate::historical_pacing::HistoricalPacing;

/// The window in which messages are counted: TWS's second and a tenth. On their way some messages are
/// held up more than others, so that what TWS gets within a second has been sent within a little more.
const WINDOW: Duration = Duration::from_millis(1_100);

/// How many messages may be sent to one TWS or IB Gateway, by all connections together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// Messages in 1.1 seconds for everything but cancels and heartbeats; 45 unless said otherwise. The tenth is for
    /// messages that are held up on their way: TWS counts them when they arrive.
    pub budget: u32,
    /// Messages per second above which TWS complains; 50 unless the account has more market data
    /// lines (lines ÷ 2).
    pub limit: u32,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            budget: 45,
            limit: 50,
        }
    }
}

/// What the budget has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PacingCounters {
    /// Messages that were let through.
    pub sent: u64,
    /// Messages that had to wait.
    pub waited: u64,
    /// The time spent waiting, all messages together.
    pub waiting: Duration,
    /// Messages that were refused because they would have had to wait too long.
    pub refused: u64,
    /// How often TWS complained (error 100): other programs use the same budget.
    pub complaints: u64,
}

/// What a message may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// The budget, in turn.
    Request,
    /// The budget, ahead of all requests that wait.
    Order,
    /// The reserve above the budget, too: cancels and heartbeats.
    Reserve,
}

/// The messages of the last window and the right to send another one.
#[derive(Debug)]
pub(crate) struct Pacer {
    pacing: Pacing,
    sent: Mutex<VecDeque<Instant>>,
    /// Until when TWS has been left alone after it complained.
    quiet_until: Mutex<Option<Instant>>,
    /// Requests wait in the order in which they came.
    line: tokio::sync::Mutex<()>,
    /// How many orders wait.
    orders: AtomicUsize,
    counters: Counters,
    /// The limits on historical requests, which the gateway counts over all connections, too.
    history: Arc<HistoricalPacing>,
}

/// An order that waits, as long as it is held.
struct Ahead<'a>(&'a AtomicUsize);

impl<'a> Ahead<'a> {
    fn of(orders: &'a AtomicUsize) -> Self {
        orders.fetch_add(1, Ordering::Relaxed);
        Self(orders)
    }
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    waited: AtomicU64,
    waiting_us: AtomicU64,
    refused: AtomicU64,
    complaints: watch::Sender<u64>,
}

impl Pacer {
    pub(crate) fn new(pacing: Pacing) -> Arc<Self> {
        Arc::new(Self {
            pacing: Pacing {
                budget: pacing.budget.max(1),
                limit: pacing.limit.max(pacing.budget).max(1),
            },
            sent: Mutex::default(),
            quiet_until: Mutex::default(),
            line: tokio::sync::Mutex::default(),
            orders: AtomicUsize::new(0),
            counters: Counters::default(),
            history: Arc::default(),
        })
    }

    pub(crate) fn pacing(&self) -> Pacing {
        self.pacing
    }

    pub(crate) fn history(&self) -> &Arc<HistoricalPacing> {
        &self.history
    }

    pub(crate) fn counters(&self) -> PacingCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PacingCounters {
            sent: read(&self.counters.sent),
            waited: read(&self.counters.waited),
            waiting: Duration::from_micros(read(&self.counters.waiting_us)),
            refused: read(&self.counters.refused),
            complaints: *self.counters.complaints.borrow(),
        }
    }

    /// Waits for the right to send one message.
    ///
    /// # Errors
    /// [`ErrorKind::RateLimited`] when it would not come before `until`; nothing was sent.
    pub(crate) async fn permit(&self, urgency: Urgency, until: Instant) -> Result<()> {
        let Err(ready) = self.take(urgency, Instant::now()) else {
            return Ok(());
        };
        let began = Instant::now();
        self.counters.waited.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(?urgency, wait = ?ready - began, "a message waits for the budget of TWS");
        let got = self.wait(urgency, ready, until).await;
        let spent = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.counters.waiting_us.fetch_add(spent, Ordering::Relaxed);
        got
    }

    async fn wait(&self, urgency: Urgency, ready: Instant, until: Instant) -> Result<()> {
        // Only requests stand in line; orders and what may use the reserve go past them.
        let _ahead = (urgency == Urgency::Order).then(|| Ahead::of(&self.orders));
        let _place = match urgency {
            Urgency::Order | Urgency::Reserve => None,
            Urgency::Request => Some(
                tokio::time::timeout_at(until, self.line.lock())
                    .await
                    .map_err(|_| self.refuse(until))?,
            ),
        };
        let mut ready = ready;
        loop {
            if ready > until {
                return Err(self.refuse(ready));
            }
            tokio::time::sleep_until(ready).await;
            match self.take(urgency, Instant::now()) {
                Ok(()) => return Ok(()),
                Err(later) => ready = later,
            }
        }
    }

    /// TWS has complained: requests stop for a whole window.
    pub(crate) fn complain(&self) {
        let until = Instant::now() + WINDOW;
        *self
            .quiet_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(until);
        self.counters.complaints.send_modify(|count| *count += 1);
        tracing::warn!(
            budget = self.pacing.budget,
            "TWS complains about too many messages"
        );
    }

    /// Rises with each complaint of TWS.
    pub(crate) fn complaints(&self) -> watch::Receiver<u64> {
        self.counters.complaints.subscribe()
    }

    /// Takes a place in the window, or says when there is one.
    fn take(&self, urgency: Urgency, now: Instant) -> Result<(), Instant> {
        if urgency != Urgency::Reserve
            && let Some(until) = *self
                .quiet_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
            && now < until
        {
            return Err(until);
        }
        let most = match urgency {
            Urgency::Request | Urgency::Order => self.pacing.budget,
            Urgency::Reserve => self.pacing.limit,
        };
        let mut most = usize::try_from(most).unwrap_or(usize::MAX);
        if urgency == Urgency::Request {
            // The places that come free next are for the orders that wait.
            let orders = self.orders.load(Ordering::Relaxed);
            most = most.saturating_sub(orders);
        }
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        while sent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            sent.pop_front();
        }
        match sent.len().checked_sub(most) {
            Some(over) => {
                let first = sent.get(over).or(sent.back());
                Err(first.map_or(now + WINDOW / 10, |at| *at + WINDOW))
            }
            None => {
                sent.push_back(now);
                self.counters.sent.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    fn refuse(&self, ready: Instant) -> Error {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
        let message = format!(
            "the budget of {} messages per second is used up and nothing was sent",
            self.pacing.budget
        );
        let after = ready.saturating_duration_since(Instant::now());
        Error::new(ErrorKind::RateLimited, message).with_retry(Retry::Safe { after })
    }
}
