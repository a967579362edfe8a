//! What is under way, counted at the adapters' doors.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use broker_core::{Result, feed::FeedLine, model::Subscription};
use broker_runtime::layer::{Answer, Ask, Layer, Next, Outgoing, Query};
use futures_util::future::BoxFuture;

/// Below every layer, of all sessions of a program.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A call, until it ends or is given up.
pub(crate) struct Call<'a>(&'a Meter);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

impl Meter {
    pub(crate) fn begin(&self) -> Call<'_> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        Call(self)
    }

    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    pub(crate) fn ended(&self) -> u64 {
        self.ended.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
pub(crate) struct AtTheDoor(pub(crate) Arc<Meter>);

impl Layer for AtTheDoor {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let _call = self.0.begin();
        next.send(request).await
    }

    async fn read<A: Answer>(&self, _: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let _call = self.0.begin();
        ask.ask().await
    }

    async fn open_line(
        &self,
        _: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        let _call = self.0.begin();
        open.await
    }

    async fn close(&self, next: Next<'_>) -> Result<()> {
        let _call = self.0.begin();
        next.broker().close().await
    }
}
