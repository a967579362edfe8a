use std::sync::Arc;

use futures_core::stream::BoxStream;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};

use super::{
    FeedGap, FeedItem,
    hub::Share,
    line::{Channel, Newest},
};

/// Reads one market data line. Dropping the last reader of a line releases it upstream.
#[derive(Debug)]
pub struct FeedStream {
    receiver: Receiver,
    ended: bool,
    /// Held for its drop.
    _share: Arc<Share>,
}

#[derive(Debug)]
enum Receiver {
    Newest {
        receiver: watch::Receiver<Newest>,
        version: u64,
        gaps: u64,
    },
    Each(broadcast::Receiver<FeedItem>),
}

impl FeedStream {
    pub(super) fn new(share: Arc<Share>) -> Self {
        let receiver = match &*share.sink().0 {
            Channel::Newest(sender) => {
                let mut receiver = sender.subscribe();
                receiver.mark_changed();
                let gaps = receiver.borrow().gaps;
                Receiver::Newest {
                    receiver,
                    version: 0,
                    gaps,
                }
            }
            Channel::Each { sender, .. } => Receiver::Each(sender.subscribe()),
        };
        Self {
            receiver,
            ended: false,
            _share: share,
        }
    }

    /// The next item; `None` after [`FeedItem::Failed`].
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<FeedItem> {
        if self.ended {
            return None;
        }
        let item = self.receiver.next().await?;
        if matches!(item, FeedItem::Failed(_)) {
            self.ended = true;
        }
        Some(item)
    }

    /// The items as a stream.
    #[must_use]
    pub fn into_stream(self) -> BoxStream<'static, FeedItem> {
        Box::pin(futures_util::stream::unfold(
            self,
            |mut stream| async move {
                let item = stream.next().await?;
                Some((item, stream))
            },
        ))
    }
}

impl Receiver {
    async fn next(&mut self) -> Option<FeedItem> {
        match self {
            Self::Newest {
                receiver,
                version,
                gaps,
            } => loop {
                // The sender lives as long as the share that the stream holds.
                receiver.changed().await.ok()?;
                let newest = receiver.borrow_and_update();
                let unread = newest.version > *version;
                // What came before a gap is read before it.
                let gap_first = !unread || newest.version > newest.version_at_gap;
                if newest.gaps > *gaps && gap_first {
                    *gaps = newest.gaps;
                    let gap = newest.last_gap.clone().unwrap_or(FeedGap::Reopened);
                    let more = unread || newest.failed.is_some();
                    drop(newest);
                    if more {
                        receiver.mark_changed();
                    }
                    return Some(FeedItem::Gap(gap));
                }
                if unread {
                    *version = newest.version;
                    let item = newest.item.clone();
                    let more = newest.gaps > *gaps || newest.failed.is_some();
                    drop(newest);
                    if more {
                        receiver.mark_changed();
                    }
                    if item.is_some() {
                        return item;
                    }
                } else if let Some(error) = &newest.failed {
                    return Some(FeedItem::Failed(error.clone()));
                }
            },
            Self::Each(receiver) => match receiver.recv().await {
                Ok(item) => Some(item),
                Err(RecvError::Lagged(dropped)) => {
                    Some(FeedItem::Gap(FeedGap::ReaderLagged { dropped }))
                }
                Err(RecvError::Closed) => None,
            },
        }
    }
}
