//! The gateway's limits on historical requests, kept before anything is sent.
//!
//! At most 60 requests in ten minutes, fewer than six for the same contract, exchange and tick type
//! within two seconds, the same request not within fifteen seconds, bids and asks together count
//! twice, and 50 requests under way. All but the last hold strictly for bars of up to 30 seconds
//! and for ticks only; longer bars are slowed down by the gateway itself.
//!
//! `window` finds the earliest moment that keeps the limits; [`HistoricalPacing`] waits for it.

mod window;

#[cfg(test)]
mod pacing_tests;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use broker_core::{Error, ErrorKind, Result, Retry};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until, timeout_at},
};

use window::Window;

/// Requests that may be under way.
const IN_FLIGHT: usize = 50;

/// A historical request, as far as the limits care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HistoricalRequest {
    /// Contract, exchange and tick type.
    pub(crate) series: String,
    /// The rest of the request: two requests with equal series and rest are the same.
    pub(crate) rest: String,
    /// Whether bids and asks are wanted together, which counts twice.
    pub(crate) bid_ask: bool,
    /// Whether the strict limits hold: bars of up to 30 seconds, and ticks.
    pub(crate) strict: bool,
}

/// What the limiter has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PacingCounts {
    /// Requests that were let through.
    pub(crate) admitted: u64,
    /// Of these, requests that had to wait.
    pub(crate) delayed: u64,
    /// Requests that would have had to wait beyond their deadline.
    pub(crate) refused: u64,
}

/// Makes historical requests wait their turn.
#[derive(Debug)]
pub(crate) struct HistoricalPacing {
    window: Mutex<Window>,
    under_way: Arc<Semaphore>,
    admitted: AtomicU64,
    delayed: AtomicU64,
    refused: AtomicU64,
}

impl Default for HistoricalPacing {
    fn default() -> Self {
        Self {
            window: Mutex::default(),
            under_way: Arc::new(Semaphore::new(IN_FLIGHT)),
            admitted: AtomicU64::new(0),
            delayed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }
}

/// The right to have one request under way; dropped when it is answered.
#[derive(Debug)]
#[must_use]
pub(crate) struct Turn(#[expect(dead_code, reason = "kept for its drop")] OwnedSemaphorePermit);

/// A place in the window that is given back when the request is not sent after all.
struct Place<'a> {
    pacing: &'a HistoricalPacing,
    number: Option<u64>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.pacing.window().give_back(number);
        }
    }
}

impl HistoricalPacing {
    /// Waits until the request may be sent.
    ///
    /// Dropping the future gives the place back.
    ///
    /// # Errors
    /// [`RateLimited`](ErrorKind::RateLimited) at once when its turn comes after the deadline, with
    /// the time after which it may be tried again; nothing was sent.
    pub(crate) async fn turn(
        &self,
        request: &HistoricalRequest,
        deadline: Instant,
    ) -> Result<Turn> {
        let asked = Instant::now();
        let mut place = Place {
            pacing: self,
            number: None,
        };
        if request.strict {
            let reserved = self.window().reserve(request, asked, deadline);
            let (number, at) = reserved.map_err(|at| self.refuse(at.duration_since(asked)))?;
            place.number = Some(number);
            if at > asked {
                self.delayed.fetch_add(1, Ordering::Relaxed);
                let wait = at.duration_since(asked);
                tracing::info!(?wait, series = request.series, "a historical request waits");
                sleep_until(at).await;
            }
        }
        let permit = Arc::clone(&self.under_way).acquire_owned();
        // The semaphore is never closed, so only the deadline can be in the way.
        let Ok(Ok(permit)) = timeout_at(deadline, permit).await else {
            return Err(self.refuse(Duration::ZERO));
        };
        // It is sent now, which counts even when nobody waits for the answer.
        place.number = None;
        self.admitted.fetch_add(1, Ordering::Relaxed);
        Ok(Turn(permit))
    }

    /// What has been done so far.
    pub(crate) fn counts(&self) -> PacingCounts {
        PacingCounts {
            admitted: self.admitted.load(Ordering::Relaxed),
            delayed: self.delayed.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    fn refuse(&self, after: Duration) -> Error {
        self.refused.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(?after, "a historical request is over the gateway's limits");
        let message = format!("over the limits on historical requests for another {after:?}");
        Error::new(ErrorKind::RateLimited, message).with_retry(Retry::Safe { after })
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
