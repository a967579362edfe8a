use std::sync::Arc;

use broker_core::{
    Broker, Capabilities, Desk, Error, ErrorKind, MarketData, Portfolio, Reference, Research,
    Result, SessionState, SystemClock, Trading, async_trait,
    model::{AccountId, AccountInfo, BrokerId, Environment},
};
use broker_runtime::config::BrokerSetup;
use tokio::sync::watch;

/// Stands in the place of a connection that could not be made when the program began, so that a gateway
/// that is not up yet does not keep everything else from starting. The supervisor puts the connection
/// there as soon as it can be made.
#[derive(Debug)]
pub(super) struct Absent {
    id: BrokerId,
    environment: Environment,
    desk: Arc<Desk>,
    session: watch::Sender<SessionState>,
    why: Error,
}

impl Absent {
    /// In the place of what `setup` is for; `why` is what kept it from being made.
    ///
    /// # Errors
    /// `why`, when waiting does not help: a setting or an account that is wrong.
    pub(super) fn instead_of(setup: &BrokerSetup, why: Error) -> Result<Arc<dyn Broker>> {
        let environment = setup.environment().ok_or_else(|| why.clone())?;
        let session = match why.kind() {
            ErrorKind::Disconnected
            | ErrorKind::Timeout
            | ErrorKind::SessionConflict
            | ErrorKind::RateLimited => SessionState::Closed,
            // Trying again and again locks a login.
            ErrorKind::Authentication | ErrorKind::TokenExpired => SessionState::AuthRequired {
                instructions: why.message().into(),
            },
            _ => return Err(why),
        };
        let desk = Desk::new(Arc::new(SystemClock));
        for account in setup.accounts() {
            desk.open_account(account);
        }
        tracing::warn!(broker = %setup.id(), error = %why, "the connection could not be made; going on without it");
        Ok(Arc::new(Self {
            id: setup.id().clone(),
            environment,
            desk,
            session: watch::Sender::new(session),
            why,
        }))
    }

    fn absent<T>(&self) -> Result<T> {
        let message = format!("there is no connection yet: {}", self.why.message());
        Err(Error::new(ErrorKind::Disconnected, message))
    }
}

#[async_trait]
impl Broker for Absent {
    fn id(&self) -> &BrokerId {
        &self.id
    }
    fn environment(&self) -> Environment {
        self.environment
    }
    fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        self.absent()
    }
    async fn capabilities(&self, _: &AccountId) -> Result<Arc<Capabilities>> {
        self.absent()
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        None
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        None
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        None
    }
    fn reference(&self) -> Option<&dyn Reference> {
        None
    }
    fn research(&self) -> Option<&dyn Research> {
        None
    }
    async fn close(&self) -> Result<()> {
        self.session.send_replace(SessionState::Closed);
        Ok(())
    }
}
