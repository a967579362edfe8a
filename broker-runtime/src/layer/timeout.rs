use core::time::Duration;

use broker_core::{
    Error, ErrorKind, Result, UnconfirmedCause, feed::FeedLine, model::Subscription,
};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::{Answer, Ask, Confirmation, Layer, Next, Outgoing, Query};

/// Bounds every call in time (promise P11).
///
/// A command that is not answered in time is [`Unconfirmed`](broker_core::Acknowledgement::Unconfirmed):
/// it may have arrived. A question that is not answered in time is a
/// [`Timeout`](ErrorKind::Timeout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout {
    command: Duration,
    read: Duration,
}

impl Default for Timeout {
    /// Ten seconds for commands, thirty for questions: history takes longer than an order.
    fn default() -> Self {
        Self {
            command: Duration::from_secs(10),
            read: Duration::from_secs(30),
        }
    }
}

impl Timeout {
    /// The same bound for everything.
    #[must_use]
    pub const fn after(bound: Duration) -> Self {
        Self {
            command: bound,
            read: bound,
        }
    }

    /// Another bound for commands.
    #[must_use]
    pub const fn with_commands(mut self, bound: Duration) -> Self {
        self.command = bound;
        self
    }

    /// Another bound for questions, lines and the end of the session.
    #[must_use]
    pub const fn with_reads(mut self, bound: Duration) -> Self {
        self.read = bound;
        self
    }
}

fn no_answer(bound: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no answer within {bound:?}"))
}

impl Layer for Timeout {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let orders = request.command().answers();
        match timeout(self.command, next.send(request)).await {
            Ok(answer) => answer,
            // The bytes may have left, so an error would be a lie.
            Err(_) => Ok(O::Answer::unconfirmed(orders, UnconfirmedCause::Timeout)),
        }
    }

    async fn read<A: Answer>(&self, _: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        let answer = timeout(self.read, ask.ask()).await;
        answer.unwrap_or_else(|_| Err(no_answer(self.read)))
    }

    async fn open_line(
        &self,
        _: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        let answer = timeout(self.read, open).await;
        answer.unwrap_or_else(|_| Err(no_answer(self.read)))
    }

    async fn close(&self, next: Next<'_>) -> Result<()> {
        let answer = timeout(self.read, next.broker().close()).await;
        answer.unwrap_or_else(|_| Err(no_answer(self.read)))
    }
}
