use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Mutex as AsyncMutex;

use super::{FeedGap, FeedLine, FeedSink, FeedStream};
use crate::{MarketData, Result, model::Subscription};

/// All market data lines of one connection.
#[derive(Debug, Default)]
pub struct FeedHub {
    lines: Arc<Lines>,
}

type Lines = Mutex<HashMap<Subscription, Entry>>;

/// A slot with the number of claims to it.
#[derive(Debug, Default)]
struct Entry {
    slot: Arc<Slot>,
    claims: usize,
}

/// Where the line of a subscription is, or is being opened.
#[derive(Debug, Default)]
struct Slot {
    opened: AsyncMutex<Opened>,
    upstream: Mutex<Option<Upstream>>,
}

/// The readers of the line.
#[derive(Debug, Default)]
struct Opened {
    share: Weak<Share>,
    /// The number of the newest share.
    number: u64,
}

/// A line with the number of the share that it is for.
#[derive(Debug)]
struct Upstream {
    number: u64,
    _line: FeedLine,
}

impl Slot {
    /// Releases the line that is open, if any. Done under the lock: whoever finds the slot free
    /// finds the line released, so a broker never hears the release after the next opening.
    fn release(&self, of: impl FnOnce(&Upstream) -> bool) {
        let mut upstream = lock(&self.upstream);
        if upstream.as_ref().is_some_and(of) {
            *upstream = None;
        }
    }

    fn set_line(&self, number: u64, line: FeedLine) {
        *lock(&self.upstream) = Some(Upstream {
            number,
            _line: line,
        });
    }
}

/// The right to a slot of the map. While there is one, the slot stays; the last to go removes it.
#[derive(Debug)]
struct Claim {
    subscription: Subscription,
    slot: Arc<Slot>,
    lines: Arc<Lines>,
}

impl Claim {
    fn new(lines: &Arc<Lines>, subscription: &Subscription) -> Self {
        let mut map = lock(lines);
        let entry = map.entry(subscription.clone()).or_default();
        entry.claims += 1;
        Self {
            subscription: subscription.clone(),
            slot: Arc::clone(&entry.slot),
            lines: Arc::clone(lines),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut map = lock(&self.lines);
        if let Some(entry) = map.get_mut(&self.subscription) {
            entry.claims -= 1;
            if entry.claims == 0 {
                map.remove(&self.subscription);
            }
        }
    }
}

/// One open line, held by all of its readers.
#[derive(Debug)]
pub(super) struct Share {
    sink: FeedSink,
    number: u64,
    claim: Claim,
}

impl Share {
    pub(super) fn sink(&self) -> &FeedSink {
        &self.sink
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // A newer share's line is not this one's to release.
        let number = self.number;
        self.claim.slot.release(|line| line.number == number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FeedHub {
    /// A reader of a subscription: joins the line that is open, or opens one.
    ///
    /// # Errors
    /// As [`MarketData::open_line`].
    pub async fn subscribe(
        &self,
        source: &dyn MarketData,
        subscription: &Subscription,
    ) -> Result<FeedStream> {
        let claim = Claim::new(&self.lines, subscription);
        let slot = Arc::clone(&claim.slot);
        // Held while opening: a second subscriber waits for the first one's line.
        let mut opened = slot.opened.lock().await;
        if let Some(share) = opened.share.upgrade()
            && !share.sink.has_failed()
        {
            return Ok(FeedStream::new(share));
        }
        // Its readers are going at this moment, or have been told that it failed.
        slot.release(|_| true);
        opened.number += 1;
        let sink = FeedSink::for_subscription(subscription);
        let share = Arc::new(Share {
            sink: sink.clone(),
            number: opened.number,
            claim,
        });
        // The reader is there before the first item.
        let stream = FeedStream::new(Arc::clone(&share));
        let line = source.open_line(subscription, sink).await?;
        slot.set_line(share.number, line);
        opened.share = Arc::downgrade(&share);
        Ok(stream)
    }

    /// Opens every line again after a reconnect and tells the readers that data has been lost.
    ///
    /// A line that cannot be opened fails for its readers.
    pub async fn resubscribe(&self, source: &dyn MarketData) {
        for claim in self.claims() {
            let opened = claim.slot.opened.lock().await;
            let Some(share) = opened.share.upgrade() else {
                continue;
            };
            if share.sink.has_failed() {
                continue;
            }
            claim.slot.release(|_| true);
            // Before the line is open: what it brings comes after the gap.
            share.sink.gap(FeedGap::Reopened);
            let line = source.open_line(&claim.subscription, share.sink.clone());
            match line.await {
                Ok(line) => claim.slot.set_line(share.number, line),
                Err(error) => share.sink.fail(error),
            }
        }
    }

    /// The subscriptions that have a line.
    pub async fn subscriptions(&self) -> Vec<Subscription> {
        let mut all = Vec::new();
        for claim in self.claims() {
            let share = claim.slot.opened.lock().await.share.upgrade();
            if share.is_some_and(|share| !share.sink.has_failed()) {
                all.push(claim.subscription.clone());
            }
        }
        all.sort();
        all
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.lines).is_empty()
    }

    fn claims(&self) -> Vec<Claim> {
        let subscriptions: Vec<_> = lock(&self.lines).keys().cloned().collect();
        subscriptions
            .iter()
            .map(|subscription| Claim::new(&self.lines, subscription))
            .collect()
    }
}
