use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use broker_core::Clock;
use chrono::{DateTime, Utc};

/// The world's clock as its clients read it.
#[derive(Debug, Clone)]
pub(super) struct WorldClock(Arc<AtomicI64>);

impl WorldClock {
    pub(super) fn at(start: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    pub(super) fn set(&self, now: DateTime<Utc>) {
        self.0.fetch_max(now.timestamp_micros(), Ordering::Relaxed);
    }
}

impl Clock for WorldClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }
}
