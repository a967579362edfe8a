use core::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Where the time comes from, so that tests and simulators own it.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The present instant, UTC. Never goes back between two calls in one process.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still until it is moved.
///
/// ```
/// use broker_core::{Clock, ManualClock};
/// use chrono::{TimeDelta, Utc};
/// let start = Utc::now();
/// let clock = ManualClock::at(start);
/// clock.advance(TimeDelta::seconds(5));
/// assert_eq!(clock.now(), start + TimeDelta::seconds(5));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that shows an instant.
    #[must_use]
    pub fn at(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the clock forward; a negative step is ignored.
    pub fn advance(&self, step: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(now.checked_add_signed(step).unwrap_or(*now));
    }

    /// Moves the clock to an instant; an earlier one is ignored.
    pub fn set(&self, instant: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(instant);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
