use core::{fmt::Debug, future::Future};
use std::sync::Arc;

use broker_core::{Broker, Result, feed::FeedLine, model::Subscription};
use futures_util::future::BoxFuture;

use super::{Answer, Ask, Next, Outgoing, Query, forward::Layered};

/// Something that stands between a caller and a broker.
///
/// A layer says what it does with a command, a question or a market data line; what it does not speak
/// of passes through. It must keep every promise of `broker_core`: an `Err` from a command is proof
/// that nothing was sent, and nothing is sent twice.
///
/// ```
/// use broker_core::{Error, ErrorKind, Result};
/// use broker_runtime::layer::{Layer, Next, Outgoing};
///
/// /// Lets nothing but cancels through.
/// #[derive(Debug)]
/// struct CancelsOnly;
///
/// impl Layer for CancelsOnly {
///     async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
///         if !request.command().is_cancel() {
///             return Err(Error::new(ErrorKind::RiskRefused, "only cancels pass"));
///         }
///         next.send(request).await
///     }
/// }
/// ```
pub trait Layer: Send + Sync + Debug + 'static {
    /// Told once, before anything passes: what lies below.
    ///
    /// # Errors
    /// When the layer cannot stand there.
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        let _ = below;
        Ok(())
    }

    /// A command passes.
    fn command<O: Outgoing>(
        &self,
        request: O,
        next: Next<'_>,
    ) -> impl Future<Output = Result<O::Answer>> + Send {
        next.send(request)
    }

    /// A question passes.
    fn read<A: Answer>(
        &self,
        query: Query<'_>,
        ask: Ask<'_, A>,
    ) -> impl Future<Output = Result<A>> + Send {
        let _ = query;
        async move { ask.ask().await }
    }

    /// A market data line is opened. It can be opened once: its sink is given away.
    fn open_line(
        &self,
        subscription: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> impl Future<Output = Result<FeedLine>> + Send {
        let _ = subscription;
        open
    }

    /// The session is ended by the caller.
    fn close(&self, next: Next<'_>) -> impl Future<Output = Result<()>> + Send {
        next.broker().close()
    }
}

/// A handle that the caller keeps is a layer, too.
impl<L: Layer> Layer for Arc<L> {
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        (**self).attach(below)
    }
    fn command<O: Outgoing>(
        &self,
        request: O,
        next: Next<'_>,
    ) -> impl Future<Output = Result<O::Answer>> + Send {
        (**self).command(request, next)
    }
    fn read<A: Answer>(
        &self,
        query: Query<'_>,
        ask: Ask<'_, A>,
    ) -> impl Future<Output = Result<A>> + Send {
        (**self).read(query, ask)
    }
    fn open_line(
        &self,
        subscription: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> impl Future<Output = Result<FeedLine>> + Send {
        (**self).open_line(subscription, open)
    }
    fn close(&self, next: Next<'_>) -> impl Future<Output = Result<()>> + Send {
        (**self).close(next)
    }
}

/// Puts layers around a broker, the innermost first.
#[derive(Debug, Clone)]
#[must_use = "a stack is a broker once it is built"]
pub struct Stack(Arc<dyn Broker>);

impl Stack {
    /// A stack without layers.
    pub fn over(broker: Arc<dyn Broker>) -> Self {
        Self(broker)
    }

    /// Puts a layer around what is there.
    ///
    /// # Errors
    /// When the layer cannot stand there; see its own documentation.
    pub fn layer(self, layer: impl Layer) -> Result<Self> {
        layer.attach(&self.0)?;
        Ok(Self(Arc::new(Layered {
            layer,
            inner: self.0,
        })))
    }

    /// The broker with its layers.
    #[must_use]
    pub fn build(self) -> Arc<dyn Broker> {
        self.0
    }
}
