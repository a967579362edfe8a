//! How long the events of orders take from the broker to a reader, and how often some were missed.

use core::time::Duration;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use broker_core::{
    Clock,
    event::{Event, EventBody, EventReader, GapCause},
};
use tokio::time::Instant;

use crate::measure;

/// The slowest event of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Lag(Mutex<VecDeque<(Instant, Duration)>>);

impl Lag {
    pub(super) fn note(&self, lag: Duration) {
        let mut slow = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is older and no slower can never be the slowest again.
        while slow.back().is_some_and(|(_, before)| *before <= lag) {
            slow.pop_back();
        }
        slow.push_back((Instant::now(), lag));
    }

    pub(super) fn worst(&self, window: Duration) -> Option<Duration> {
        let mut slow = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while slow.front().is_some_and(|(at, _)| at.elapsed() > window) {
            slow.pop_front();
        }
        slow.front().map(|(_, lag)| *lag)
    }
}

/// Follows an account until its session is closed.
pub(super) async fn follow(
    mut reader: EventReader,
    clock: Arc<dyn Clock>,
    lag: Arc<Lag>,
    broker: String,
) {
    while let Some(event) = reader.next().await {
        // A lag of this reader is no gap of the account.
        if let EventBody::Gap { cause, .. } = &event.body
            && !matches!(cause, GapCause::ReaderLagged { .. })
        {
            measure::gap(&broker);
        }
        if let Some(took) = took(&event, &*clock) {
            measure::event_lag(&broker, took);
            lag.note(took);
        }
    }
}

/// From the broker's own time, where it says one, until now. Only orders: the time of a position or of
/// a figure says how old it is and not when it was told.
fn took(event: &Event, clock: &dyn Clock) -> Option<Duration> {
    let EventBody::Execution { .. } = event.body else {
        return None;
    };
    let began = event.event_time.unwrap_or(event.received_at);
    // The broker's clock may be ahead of this one.
    Some((clock.now() - began).to_std().unwrap_or_default())
}
