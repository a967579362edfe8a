use core::{
    fmt::{self, Debug, Formatter},
    future::Future,
    time::Duration,
};
use std::sync::Arc;

use broker_core::{Broker, Covered, Error, ErrorKind, Result, model::OrderFilter};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::Gateway;
use crate::layer::{CircuitBreaker, Intake, Journal, Stack, Standing};

/// A broker as a program calls it, with the handles of those of its layers that a supervisor uses.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connection {
    /// What a program calls.
    pub broker: Arc<dyn Broker>,
    /// What is asked whether it answers: below the layers, where no budget, retry or open breaker
    /// stands in between.
    pub adapter: Arc<dyn Broker>,
    /// Where commands come in, so that they can be stopped.
    pub intake: Arc<Intake>,
    /// Whether the broker answers, if there is a breaker.
    pub breaker: Option<Arc<CircuitBreaker>>,
    /// What is flushed before the session is closed, if there is a journal.
    pub journal: Option<Arc<Journal>>,
}

impl Connection {
    /// Puts nothing but an [`Intake`] around a broker. Commands have to go through
    /// [`broker`](Self::broker) of what is given back, or a shutdown cannot stop them.
    ///
    /// # Errors
    /// None today; as [`Stack::layer`].
    pub fn over(broker: Arc<dyn Broker>) -> Result<Self> {
        let intake = Intake::open();
        let adapter = Arc::clone(&broker);
        let broker = Stack::over(broker).layer(Arc::clone(&intake))?.build();
        Ok(Self {
            broker,
            adapter,
            intake,
            breaker: None,
            journal: None,
        })
    }

    /// Whether another session may take the place of this one without an order being sent twice: only a
    /// journal knows in the new session which identifiers the old one has used (promise P2).
    ///
    /// # Errors
    /// [`Incomplete`](ErrorKind::Incomplete) when there is no journal and it is not known what became of
    /// some commands.
    pub fn may_be_replaced(&self) -> Result<()> {
        if self.journal.is_some() {
            return Ok(());
        }
        let ledgers = self.broker.desk().ledgers();
        let unknown = ledgers.iter().map(|ledger| ledger.unconfirmed().len());
        match unknown.sum::<usize>() + self.intake.on_their_way() {
            0 => Ok(()),
            open => {
                let message = format!(
                    "it is not known what became of {open} commands, and there is no journal: a person \
                     has to look before a new session is made"
                );
                Err(Error::new(ErrorKind::Incomplete, message))
            }
        }
    }
}

impl From<Standing> for Connection {
    fn from(standing: Standing) -> Self {
        Self {
            broker: standing.broker,
            adapter: standing.adapter,
            intake: standing.intake,
            breaker: Some(standing.breaker),
            journal: standing.journal,
        }
    }
}

pub(super) type Make = Arc<dyn Fn() -> BoxFuture<'static, Result<Connection>> + Send + Sync>;
pub(super) type Probe =
    Arc<dyn Fn(Arc<dyn Broker>) -> BoxFuture<'static, Result<()>> + Send + Sync>;
type TimeLeft = Arc<dyn Fn() -> Option<Duration> + Send + Sync>;

/// How long a token is good.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) low: Duration,
    pub(super) left: TimeLeft,
}

/// A session to watch, and what may be done for it.
#[must_use = "nobody watches it before `Supervisor::watch`"]
pub struct Session {
    pub(super) connection: Connection,
    pub(super) gateway: Option<Gateway>,
    pub(super) rebuild: Option<Make>,
    pub(super) probe: Probe,
    pub(super) token: Option<Token>,
}

impl Debug for Session {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("broker", self.connection.broker.id())
            .field("gateway", &self.gateway)
            .field("rebuild", &self.rebuild.is_some())
            .field("token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A session that is watched and not restarted. It is asked for the open orders of its first
    /// account: adapters answer most other questions from memory, which proves nothing.
    pub fn of(connection: impl Into<Connection>) -> Self {
        Self {
            connection: connection.into(),
            gateway: None,
            rebuild: None,
            probe: Arc::new(|broker| open_orders(broker).boxed()),
            token: None,
        }
    }

    /// How a new session is made when this one is dead. It is called after the old one has been closed,
    /// and has to give back a broker of the same name, environment and accounts.
    pub fn rebuilt_by<F, A>(mut self, make: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<Connection>> + Send + 'static,
    {
        self.rebuild = Some(Arc::new(move || make().boxed()));
        self
    }

    /// Another question to the adapter than for open orders. It must change nothing, and only the broker itself may
    /// be able to answer it.
    pub fn probed_by<F, A>(mut self, probe: F) -> Self
    where
        F: Fn(Arc<dyn Broker>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<()>> + Send + 'static,
    {
        self.probe = Arc::new(move |broker| probe(broker).boxed());
        self
    }

    /// The gateway that the session goes through.
    pub fn behind(mut self, gateway: &Gateway) -> Self {
        self.gateway = Some(gateway.clone());
        self
    }

    /// How long the session's token is still good: `None` when that is not known, zero when it has
    /// lapsed. Less than `low` is trouble.
    pub fn token(
        mut self,
        low: Duration,
        left: impl Fn() -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        let left = Arc::new(left);
        self.token = Some(Token { low, left });
        self
    }
}

async fn open_orders(broker: Arc<dyn Broker>) -> Result<()> {
    let ledgers = broker.desk().ledgers();
    let (Some(trading), Some(ledger)) = (broker.trading(), ledgers.first()) else {
        return broker.accounts().await.map(drop);
    };
    let asked = trading
        .order_reports(ledger.account(), &OrderFilter::open())
        .await?;
    match asked {
        Covered::Complete(_) | Covered::Since { .. } | Covered::Partial { .. } => Ok(()),
        Covered::Unavailable(why) => Err(Error::new(ErrorKind::Disconnected, &*why)),
    }
}
