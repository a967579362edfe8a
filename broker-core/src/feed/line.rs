use core::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use super::{FeedGap, FeedItem};
use crate::{
    Error,
    model::{Bar, Depth, FeedKind, Quote, Subscription, Trade},
};

/// An open upstream line. Dropping it releases the line at the broker.
pub struct FeedLine(#[expect(dead_code, reason = "kept for its drop")] Box<dyn Send + Sync>);

impl FeedLine {
    /// A line that is released when `guard` is dropped.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for FeedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FeedLine")
    }
}

/// Where an adapter puts the data of one line. Never blocks.
#[derive(Debug, Clone)]
pub struct FeedSink(pub(super) Arc<Channel>);

/// The two ways in which data travels.
#[derive(Debug)]
pub(super) enum Channel {
    /// Only the newest matters.
    Newest(watch::Sender<Newest>),
    /// Each one matters.
    Each {
        sender: broadcast::Sender<FeedItem>,
        failed: AtomicBool,
    },
}

/// The newest item, and what must not be overwritten by a newer one.
#[derive(Debug, Clone, Default)]
pub(super) struct Newest {
    pub(super) item: Option<FeedItem>,
    pub(super) version: u64,
    pub(super) gaps: u64,
    pub(super) last_gap: Option<FeedGap>,
    /// The version that was the newest when the last gap was announced.
    pub(super) version_at_gap: u64,
    pub(super) failed: Option<Error>,
}

/// Items that a reader of trades or bars may be behind.
const CAPACITY: usize = 4_096;

impl FeedSink {
    pub(super) fn for_subscription(subscription: &Subscription) -> Self {
        Self(Arc::new(match subscription.kind() {
            FeedKind::Quotes | FeedKind::Depth => Channel::Newest(watch::Sender::default()),
            FeedKind::Trades | FeedKind::Bars => Channel::Each {
                sender: broadcast::Sender::new(CAPACITY),
                failed: AtomicBool::new(false),
            },
        }))
    }

    /// Delivers the newest best prices.
    pub fn quote(&self, quote: Quote) {
        self.send(FeedItem::Quote(Arc::new(quote)));
    }

    /// Delivers the newest book.
    pub fn depth(&self, depth: Depth) {
        self.send(FeedItem::Depth(Arc::new(depth)));
    }

    /// Delivers a trade.
    pub fn trade(&self, trade: Trade) {
        self.send(FeedItem::Trade(Arc::new(trade)));
    }

    /// Delivers a completed bar.
    pub fn bar(&self, bar: Bar) {
        self.send(FeedItem::Bar(Arc::new(bar)));
    }

    /// Announces that data has been lost.
    pub fn gap(&self, gap: FeedGap) {
        self.send(FeedItem::Gap(gap));
    }

    /// Ends the line for good; every reader is told why.
    pub fn fail(&self, error: Error) {
        self.send(FeedItem::Failed(error));
    }

    /// Whether the line has ended for good, so that nobody may join it any more.
    pub(super) fn has_failed(&self) -> bool {
        match &*self.0 {
            Channel::Newest(sender) => sender.borrow().failed.is_some(),
            Channel::Each { failed, .. } => failed.load(Ordering::Acquire),
        }
    }

    /// A failure is the last thing that travels.
    fn send(&self, item: FeedItem) {
        match &*self.0 {
            Channel::Newest(sender) => {
                sender.send_if_modified(|newest| {
                    if newest.failed.is_some() {
                        return false;
                    }
                    match item {
                        FeedItem::Gap(gap) => {
                            newest.gaps += 1;
                            newest.last_gap = Some(gap);
                            newest.version_at_gap = newest.version;
                        }
                        FeedItem::Failed(error) => newest.failed = Some(error),
                        item => {
                            newest.version += 1;
                            newest.item = Some(item);
                        }
                    }
                    true
                });
            }
            Channel::Each { sender, failed } => {
                let ends = matches!(item, FeedItem::Failed(_));
                let ended = if ends {
                    failed.swap(true, Ordering::AcqRel)
                } else {
                    failed.load(Ordering::Acquire)
                };
                if !ended {
                    // No reader is no reason to stop.
                    drop(sender.send(item));
                }
            }
        }
    }
}
