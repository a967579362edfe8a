//! What leaves the stack, counted at the adapter's door.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use broker_core::{Result, feed::FeedLine, model::Subscription};
use broker_runtime::layer::{Answer, Ask, Budget, Layer, Next, Outgoing, Query};
use futures_util::future::BoxFuture;

/// Below every layer: each call that gets here reaches the adapter.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    calls: Mutex<Vec<Instant>>,
}

impl Meter {
    fn count(&self) {
        self.calls.lock().unwrap().push(Instant::now());
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The most calls in any span.
    fn most_within(&self, span: Duration) -> usize {
        let mut calls = self.calls.lock().unwrap().clone();
        calls.sort();
        let (mut first, mut most) = (0, 0);
        for (last, at) in calls.iter().enumerate() {
            while at.duration_since(calls[first]) >= span {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }

    /// Whether the budget was kept, by the clock that the budget itself goes by: permits are of the
    /// machine's time, and that of the simulated broker is moved on by hand.
    ///
    /// A busy machine may hold up a call between its permit and this door. It stops a thread there, never a
    /// task, for nothing is waited for in between; so it can bring late at most one call of each thread, and
    /// the orders of a list before its last. Half of a period allows for them: no more than three quarters
    /// of a budget fit into it.
    pub(crate) fn kept_to(&self, budget: &Budget) -> std::result::Result<(), String> {
        let most = self.most_within(budget.period() / 2);
        let permits = usize::try_from(budget.permits()).unwrap();
        if most <= permits {
            return Ok(());
        }
        Err(format!("{most} calls in a span for {permits}"))
    }
}

#[derive(Debug)]
pub(crate) struct AtTheDoor(pub(crate) Arc<Meter>);

impl Layer for AtTheDoor {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        // A list is as many messages as it has orders.
        for _ in 0..request.command().answers() {
            self.0.count();
        }
        next.send(request).await
    }

    async fn read<A: Answer>(&self, _: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        self.0.count();
        ask.ask().await
    }

    async fn open_line(
        &self,
        _: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        self.0.count();
        open.await
    }
}
