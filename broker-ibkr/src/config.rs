use core::{fmt, time::Duration};
use std::{collections::BTreeSet, sync::Arc};

use broker_core::{
    Clock, Error, Result, SystemClock,
    model::{AccountId, BrokerId, Environment},
};

use crate::{IbkrBroker, Pacing, gateway::GatewayControl, pacing::Pacer, session::Revival};

/// Which accounts of the login are used.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountFilter {
    /// Every account of the login.
    #[default]
    All,
    /// These accounts; connecting fails when the login lacks one of them.
    Only(BTreeSet<AccountId>),
}

impl AccountFilter {
    /// These accounts.
    pub fn only(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self::Only(accounts.into_iter().collect())
    }
}

impl fmt::Debug for AccountFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            // Account numbers are nobody's business in a log.
            Self::Only(accounts) => write!(f, "Only({} accounts)", accounts.len()),
        }
    }
}

/// How long things may take, in real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// Opening a connection, the handshake included; 10 s.
    pub connect: Duration,
    /// A question, waiting for the message budget included; 15 s.
    pub request: Duration,
    /// Past bars or trades, waiting for the limits on them included; 120 s.
    pub history: Duration,
    /// The first word about an order, a change or a cancel; 10 s. After it the outcome is
    /// unconfirmed.
    pub command: Duration,
    /// Between two signs of life that are asked for; 5 s.
    pub heartbeat_every: Duration,
    /// The answer to one of them; 5 s. After it the connection counts as lost.
    pub heartbeat: Duration,
    /// How long a client id that is still in use is tried again when connecting for the first time;
    /// 30 s. TWS may hold the session of a process that has crashed.
    pub client_id_in_use: Duration,
    /// The shortest pause before connecting again; 1 s, doubled with every failure.
    pub reconnect_after: Duration,
    /// The longest pause before connecting again; 60 s.
    pub reconnect_at_most: Duration,
    /// How often orders of other API clients and of people are looked for; 30 s.
    pub foreign_orders: Duration,
    /// Ending a session; 3 s.
    pub close: Duration,
    /// How long connecting again has to fail before the gateway is restarted, where the session may do
    /// so ([`IbkrBuilder::gateway`]); 3 min, because a gateway that restarts itself needs a while.
    pub gateway_after: Duration,
    /// The shortest time between two such restarts; 10 min.
    pub gateway_every: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(10),
            request: seconds(15),
            history: seconds(120),
            command: seconds(10),
            heartbeat_every: seconds(5),
            heartbeat: seconds(5),
            client_id_in_use: seconds(30),
            reconnect_after: seconds(1),
            reconnect_at_most: seconds(60),
            foreign_orders: seconds(30),
            close: seconds(3),
            gateway_after: seconds(180),
            gateway_every: seconds(600),
        }
    }
}

/// What a connection is made with.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) id: BrokerId,
    pub(crate) address: String,
    pub(crate) client_id: i32,
    pub(crate) options_client_id: Option<i32>,
    pub(crate) accounts: AccountFilter,
    pub(crate) environment: Environment,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) deadlines: Deadlines,
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) revival: Option<Arc<Revival>>,
}

/// Puts a connection together.
///
/// Unless told otherwise it is a connection to the paper account of an IB Gateway on this machine,
/// and a login to an account with real money is refused.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it connects"]
pub struct IbkrBuilder {
    id: String,
    address: String,
    client_id: i32,
    options_client_id: Option<i32>,
    accounts: AccountFilter,
    environment: Environment,
    clock: Arc<dyn Clock>,
    deadlines: Deadlines,
    pacing: Pacing,
    pacer: Option<Arc<Pacer>>,
    revival: Option<Arc<Revival>>,
}

impl Default for IbkrBuilder {
    fn default() -> Self {
        Self {
            id: "ibkr".to_owned(),
            address: "127.0.0.1:4002".to_owned(),
            client_id: 1,
            options_client_id: None,
            accounts: AccountFilter::All,
            environment: Environment::Paper,
            clock: Arc::new(SystemClock),
            deadlines: Deadlines::default(),
            pacing: Pacing::default(),
            pacer: None,
            revival: None,
        }
    }
}

impl IbkrBuilder {
    /// The name of the connection; `ibkr` unless said otherwise.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Where TWS or IB Gateway listens. By default TWS listens on 7496 (live) or 7497 (paper), IB
    /// Gateway on 4001 (live) or 4002 (paper).
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// The client id, 0 or above. An order can only be changed and canceled by the client id that
    /// placed it, so keep it over restarts. Orders that people placed in TWS are listed and cannot be
    /// changed, whatever the id.
    pub fn client_id(mut self, client_id: i32) -> Self {
        self.client_id = client_id;
        self
    }

    /// A second connection with this client id for option market data and greeks, so that they do
    /// not hold up orders.
    pub fn options_client_id(mut self, client_id: i32) -> Self {
        self.options_client_id = Some(client_id);
        self
    }

    /// The accounts to use; all of the login unless said otherwise.
    pub fn accounts(mut self, accounts: AccountFilter) -> Self {
        self.accounts = accounts;
        self
    }

    /// Whether orders may move real money. The login's account numbers have to prove it.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long things may take.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// How many messages may be sent.
    pub fn pacing(mut self, pacing: Pacing) -> Self {
        self.pacing = pacing;
        self
    }

    /// Shares the message budget of another connection to the same TWS, and its limits on historical
    /// requests.
    pub fn sharing_budget_of(mut self, other: &IbkrBroker) -> Self {
        self.pacer = Some(Arc::clone(other.pacer()));
        self
    }

    /// Lets the session restart the gateway when it was connected and cannot connect again: when for
    /// [`Deadlines::gateway_after`] nothing listens or answers, no other connection of this builder or
    /// its clones works, and a probe is not greeted either; at most once in
    /// [`Deadlines::gateway_every`], and never after a [`logout`](GatewayControl::logout).
    ///
    /// Connecting for the first time starts nothing: call
    /// [`ensure_ready`](GatewayControl::ensure_ready) before it.
    pub fn gateway(mut self, control: Arc<dyn GatewayControl>) -> Self {
        self.revival = Some(Arc::new(Revival::new(control)));
        self
    }

    pub(crate) fn with_pacer(mut self, pacer: Arc<Pacer>) -> Self {
        self.pacer = Some(pacer);
        self
    }

    pub(crate) fn has_options_client_id(&self) -> bool {
        self.options_client_id.is_some()
    }

    pub(crate) fn new_pacer(&self) -> Arc<Pacer> {
        self.pacer
            .clone()
            .unwrap_or_else(|| Pacer::new(self.pacing))
    }

    /// Connects, and comes back when the session is ready or known to be not.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for settings that cannot work;
    /// [`Disconnected`](broker_core::ErrorKind::Disconnected),
    /// [`Timeout`](broker_core::ErrorKind::Timeout),
    /// [`SessionConflict`](broker_core::ErrorKind::SessionConflict),
    /// [`PermissionDenied`](broker_core::ErrorKind::PermissionDenied) and
    /// [`Unsupported`](broker_core::ErrorKind::Unsupported), each saying what to change in TWS.
    pub async fn connect(self) -> Result<Arc<IbkrBroker>> {
        IbkrBroker::open(self.into_config()?)
            .await
            .map_err(|error| error.in_operation("connect"))
    }

    pub(crate) fn into_config(self) -> Result<Config> {
        if self.environment == Environment::Simulated {
            let message = "a simulator of TWS is a paper account to this adapter: say `Paper`";
            return Err(Error::invalid("environment", message));
        }
        if self.client_id < 0 {
            return Err(Error::invalid("client_id", "must be 0 or above"));
        }
        if self
            .options_client_id
            .is_some_and(|id| id < 0 || id == self.client_id)
        {
            return Err(Error::invalid(
                "options_client_id",
                "must be 0 or above and another one than the first",
            ));
        }
        let pacer = self.new_pacer();
        Ok(Config {
            id: BrokerId::new(&self.id)?,
            address: self.address,
            client_id: self.client_id,
            options_client_id: self.options_client_id,
            accounts: self.accounts,
            environment: self.environment,
            clock: self.clock,
            deadlines: self.deadlines,
            pacer,
            revival: self.revival,
        })
    }
}
