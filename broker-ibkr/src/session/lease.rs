//! Streams of the gateway whose end is paid for.

use core::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use std::sync::{Arc, Weak};

use futures_core::Stream;
use tokio::{sync::mpsc, time::Instant};

use crate::pacing::{Pacer, Urgency};

/// A stream of the gateway. The client library writes its cancel when it is dropped; a lease lets go
/// of it only when the message budget has room for that.
pub(crate) struct Lease<S: Send + 'static> {
    stream: Option<S>,
    client: Weak<ibapi::Client>,
    returns: Returns,
}

/// Where streams go that nobody reads any more.
#[derive(Debug, Clone)]
pub(crate) struct Returns(mpsc::UnboundedSender<Returned>);

struct Returned {
    stream: Box<dyn Send>,
    client: Weak<ibapi::Client>,
}

/// How long a cancel may wait for the budget; afterwards it goes out all the same.
const PATIENCE: core::time::Duration = core::time::Duration::from_secs(10);

impl Returns {
    /// Lets go of what comes back, at the pace of the budget, for as long as anybody holds a lease.
    pub(crate) fn open(pacer: Arc<Pacer>) -> Self {
        let (sender, mut returned) = mpsc::unbounded_channel::<Returned>();
        tokio::spawn(async move {
            while let Some(Returned { stream, client }) = returned.recv().await {
                // Through a dead connection no cancel goes out.
                if client.upgrade().is_some_and(|client| client.is_connected()) {
                    // From the budget, not from its reserve, which is for orders. Refused means that the
                    // cancel is late, not that it may be left out.
                    let until = Instant::now() + PATIENCE;
                    let _late = pacer.permit(Urgency::Request, until).await;
                }
                drop(stream);
            }
        });
        Self(sender)
    }

    pub(crate) fn lease<S: Send + 'static>(
        &self,
        client: &Arc<ibapi::Client>,
        stream: S,
    ) -> Lease<S> {
        Lease {
            stream: Some(stream),
            client: Arc::downgrade(client),
            returns: self.clone(),
        }
    }
}

impl<S: Send + 'static> Drop for Lease<S> {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            // Without the task nobody counts any more, and the stream is let go of here.
            let stream = Box::new(stream);
            let client = Weak::clone(&self.client);
            let _gone = self.returns.0.send(Returned { stream, client });
        }
    }
}

impl<S: Stream + Send + Unpin + 'static> Stream for Lease<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_next(context),
            None => Poll::Ready(None),
        }
    }
}

impl<S: Send + 'static> fmt::Debug for Lease<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}
