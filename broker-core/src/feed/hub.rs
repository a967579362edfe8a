use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Mutex as AsyncMutex;

use super::{FeedGap, FeedLine, FeedSink, FeedStream};
use crate::{MarketData, Result, model::Subscription};

/// All market data lines of one connection.
#[derive(Debug, Default)]
pub struct FeedHub {
    lines: Arc<Lines>,
}

type Lines = Mutex<HashMap<Subscription, Arc<Slot>>>;

/// Where the line of a subscription is, or is being opened.
#[derive(Debug, Default)]
struct Slot {
    share: AsyncMutex<Weak<Share>>,
}

/// One open line, held by all of its readers.
#[derive(Debug)]
pub(super) struct Share {
    subscription: Subscription,
    sink: FeedSink,
    line: Mutex<Option<FeedLine>>,
    /// The slot that stands in the map for this share.
    slot: Weak<Slot>,
    lines: Weak<Lines>,
}

impl Share {
    pub(super) fn sink(&self) -> &FeedSink {
        &self.sink
    }

    /// Takes the line out of the map, so that the next subscriber opens a new one.
    pub(super) fn forget(&self) {
        let (Some(lines), Some(slot)) = (self.lines.upgrade(), self.slot.upgrade()) else {
            return;
        };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines
            .get(&self.subscription)
            .is_some_and(|known| Arc::ptr_eq(known, &slot))
        {
            lines.remove(&self.subscription);
        }
    }

    fn set_line(&self, line: FeedLine) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Another subscriber may be waiting for the slot: then it stays and the line is reopened.
        if self.slot.strong_count() <= 1 {
            self.forget();
        }
    }
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
        let slot = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lines.entry(subscription.clone()).or_default())
        };
        // Held while opening: a second subscriber waits for the first one's line.
        let mut open = slot.share.lock().await;
        if let Some(share) = open.upgrade() {
            return Ok(FeedStream::new(share));
        }
        let sink = FeedSink::for_subscription(subscription);
        let share = Arc::new(Share {
            subscription: subscription.clone(),
            sink: sink.clone(),
            line: Mutex::new(None),
            slot: Arc::downgrade(&slot),
            lines: Arc::downgrade(&self.lines),
        });
        // The reader is there before the first item.
        let stream = FeedStream::new(Arc::clone(&share));
        share.set_line(source.open_line(subscription, sink).await?);
        *open = Arc::downgrade(&share);
        Ok(stream)
    }

    /// Opens every line again after a reconnect and tells the readers that data has been lost.
    ///
    /// A line that cannot be opened fails for its readers.
    pub async fn resubscribe(&self, source: &dyn MarketData) {
        for share in self.shares().await {
            match source
                .open_line(&share.subscription, share.sink.clone())
                .await
            {
                Ok(line) => {
                    share.set_line(line);
                    share.sink.gap(FeedGap::Reopened);
                }
                Err(error) => {
                    share.forget();
                    share.sink.fail(error);
                }
            }
        }
    }

    /// The subscriptions that have a line.
    pub async fn subscriptions(&self) -> Vec<Subscription> {
        let mut all: Vec<_> = self
            .shares()
            .await
            .iter()
            .map(|share| share.subscription.clone())
            .collect();
        all.sort();
        all
    }

    async fn shares(&self) -> Vec<Arc<Share>> {
        let slots: Vec<_> = {
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.values().cloned().collect()
        };
        let mut shares = Vec::new();
        for slot in slots {
            shares.extend(slot.share.lock().await.upgrade());
        }
        shares
    }
}
