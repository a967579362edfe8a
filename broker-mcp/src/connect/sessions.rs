use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Clock, Error, ErrorKind, Result, SystemClock, gateway::GatewayControl, model::BrokerId,
};
use broker_runtime::{
    config::{Config, Connected, Kinds},
    registry::{Permission, SeatKey},
    supervisor::{Connection, Gateway, Session, Shutdown, Supervisor, Timing},
};

use super::{Handles, gateways, kinds};
use crate::{service::NamedAccount, settings::Whole};

/// Less than this of a token's life is trouble.
#[cfg(feature = "tiger")]
const TOKEN_LOW: core::time::Duration = core::time::Duration::from_secs(3 * 24 * 3600);

/// The connections of a configuration, and who watches over them. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Sessions(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    kinds: Kinds,
    handles: Handles,
    connected: Connected,
    supervisor: Supervisor,
    /// What the supervisor knows the gateways by.
    gateways: BTreeMap<String, Gateway>,
}

impl Sessions {
    /// Makes what starts and stops the gateways of a configuration, by connection. The caller may put
    /// something in front of each before it gives them to [`begin`](Self::begin).
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn gateways(whole: &Whole) -> Result<BTreeMap<String, Arc<dyn GatewayControl>>> {
        let all = whole.server.gateways.iter();
        all.map(|(name, gateway)| Ok((name.clone(), gateways::control(whole, name, gateway)?)))
            .collect()
    }

    /// Connects everything that is enabled and watches over it. What cannot be reached now is connected
    /// later; what is not what the configuration says is an error.
    ///
    /// # Errors
    /// As [`Config::connect`].
    pub async fn begin(
        whole: &Whole,
        controls: BTreeMap<String, Arc<dyn GatewayControl>>,
        timing: Timing,
    ) -> Result<Self> {
        Self::begin_in_time_of(whole, controls, timing, Arc::new(SystemClock)).await
    }

    /// The same with adapters that take their time from a clock, as those of a simulated gateway have to.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn begin_in_time_of(
        whole: &Whole,
        controls: BTreeMap<String, Arc<dyn GatewayControl>>,
        timing: Timing,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let mut config = whole.brokers.clone();
        if whole.server.read_only {
            for account in config.accounts.values_mut() {
                account.permission = Permission::Read;
            }
        }
        let handles = Handles::in_time_of(clock);
        let gateways = controls.iter().map(|(name, control)| {
            handles.put_gateway(name.clone(), Arc::clone(control));
            (
                name.clone(),
                Gateway::new(name.clone(), Arc::clone(control)),
            )
        });
        let gateways = gateways.collect();
        let (lenient, strict) = (kinds::lenient(&handles), kinds(&handles));
        let connected = config.connect(&lenient).await?;
        let supervisor = Supervisor::over(connected.registry.clone(), timing);
        let this = Self(Arc::new(Inner {
            config,
            kinds: strict,
            handles,
            connected,
            supervisor,
            gateways,
        }));
        for (id, standing) in &this.0.connected.brokers {
            this.watch(id, Connection::from(standing.clone()))?;
        }
        Ok(this)
    }

    /// What was connected.
    #[must_use]
    pub fn connected(&self) -> &Connected {
        &self.0.connected
    }

    /// Who watches.
    #[must_use]
    pub fn supervisor(&self) -> &Supervisor {
        &self.0.supervisor
    }

    /// The adapters as themselves.
    #[must_use]
    pub fn handles(&self) -> &Handles {
        &self.0.handles
    }

    /// The accounts by the operator's names.
    #[must_use]
    pub fn accounts(&self) -> Vec<NamedAccount> {
        let enabled = self
            .0
            .config
            .accounts
            .iter()
            .filter(|(_, account)| account.enabled);
        let named = enabled.filter_map(|(name, account)| {
            let broker = BrokerId::new(&account.broker).ok()?;
            self.0.connected.brokers.contains_key(&broker).then(|| {
                let key = SeatKey {
                    broker,
                    account: account.account.clone(),
                };
                let named =
                    NamedAccount::new(name.clone(), key).in_environment(account.environment);
                if account.allow_live {
                    named.allowing_live()
                } else {
                    named
                }
            })
        });
        named.collect()
    }

    /// Has a connection watched, and made anew when it is dead.
    fn watch(&self, id: &BrokerId, connection: Connection) -> Result<()> {
        let again = {
            // Not the whole of it: the supervisor must not keep itself alive.
            let inner = Arc::downgrade(&self.0);
            let id = id.clone();
            move || {
                let (inner, id) = (inner.clone(), id.clone());
                async move {
                    let ended = || Error::new(ErrorKind::Disconnected, "the program is ending");
                    let inner = inner.upgrade().ok_or_else(ended)?;
                    inner.make(&id).await
                }
            }
        };
        let mut session = Session::of(connection).rebuilt_by(again);
        if let Some(gateway) = self.0.gateways.get(id.as_str()) {
            session = session.behind(gateway);
        }
        #[cfg(feature = "tiger")]
        {
            let handles = self.0.handles.clone();
            let (id, clock) = (id.clone(), handles.clock());
            session = session.token(TOKEN_LOW, move || {
                token_left(handles.adapter(&id)?, clock.now())
            });
        }
        self.0.supervisor.watch(session)
    }

    /// Begins a session, if there is none that works.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a connection that is not configured; what kept it from
    /// beginning.
    pub async fn connect(&self, id: &BrokerId) -> Result<()> {
        match self.0.supervisor.connection(id) {
            Ok(now) if now.broker.session().borrow().accepts_commands() => Ok(()),
            Ok(_) => self.restart(id).await,
            Err(_) => self.begin_anew(id).await,
        }
    }

    /// Ends a session and leaves it ended, until [`connect`](Self::connect).
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a connection that is not there; what kept it from ending.
    pub async fn disconnect(&self, id: &BrokerId) -> Result<()> {
        self.0.supervisor.connection(id)?.may_be_replaced()?;
        let connection = self.0.supervisor.release(id)?;
        connection.broker.close().await
    }

    /// Ends a session and begins another one.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); the connection is tried again later all the same.
    pub async fn restart(&self, id: &BrokerId) -> Result<()> {
        self.0.supervisor.connection(id)?.may_be_replaced()?;
        let old = self.0.supervisor.release(id)?;
        if let Err(error) = old.broker.close().await {
            tracing::warn!(%error, broker = %id, "a session did not end cleanly");
        }
        let made = self.begin_anew(id).await;
        if made.is_err() && self.0.supervisor.connection(id).is_err() {
            self.watch(id, old)?;
        }
        made
    }

    async fn begin_anew(&self, id: &BrokerId) -> Result<()> {
        let connection = self.0.make(id).await?;
        self.0.connected.registry.replace(&connection.broker)?;
        self.watch(id, connection)
    }

    /// Ends everything in good order.
    pub async fn shutdown(&self, within: core::time::Duration) -> Shutdown {
        self.0.supervisor.shutdown(within).await
    }
}

impl Inner {
    async fn make(&self, id: &BrokerId) -> Result<Connection> {
        let standing = self
            .config
            .connect_again(&self.kinds, id, &self.connected)
            .await?;
        Ok(standing.into())
    }
}

/// How long the token of a login is still good, where there is one.
#[cfg(feature = "tiger")]
#[allow(irrefutable_let_patterns, reason = "it may be the only adapter")]
fn token_left(
    adapter: super::Handle,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<core::time::Duration> {
    let super::Handle::Tiger(tiger) = adapter else {
        return None;
    };
    let left = tiger.token_state().borrow().time_left(now)?;
    Some(left.to_std().unwrap_or_default())
}
