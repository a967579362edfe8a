use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    Broker, Capabilities, Desk, Error, ErrorKind, MarketData, Portfolio, Reference, Research,
    Result, SessionState, Trading,
    model::{AccountId, AccountInfo, BrokerId, Environment},
};
use tokio::sync::watch;

use super::{PaperBuilder, PaperWorld, link::Link};
use crate::{fault::Fault, truth::Truth};

/// A broker in process: one connection to a [`PaperWorld`].
#[derive(Debug)]
pub struct PaperBroker {
    id: BrokerId,
    pub(super) world: Arc<PaperWorld>,
    pub(super) link: Arc<Link>,
    first: AccountId,
    accounts: Vec<AccountId>,
}

impl PaperBroker {
    /// Puts a world together and connects to it.
    #[must_use = "a builder does nothing until it builds"]
    pub fn builder() -> PaperBuilder {
        PaperBuilder::default()
    }

    pub(super) fn new(
        id: BrokerId,
        world: Arc<PaperWorld>,
        link: Arc<Link>,
        first: AccountId,
        accounts: Vec<AccountId>,
    ) -> Self {
        Self {
            id,
            world,
            link,
            first,
            accounts,
        }
    }

    /// The world behind the connection: time, truth, further connections.
    #[must_use]
    pub fn world(&self) -> &Arc<PaperWorld> {
        &self.world
    }

    /// The first account of the connection.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.first
    }

    /// What an account really has, as the exchange knows it.
    #[must_use]
    pub fn truth(&self, account: &AccountId) -> Truth {
        self.world.truth(account)
    }

    /// Lets a fault strike this connection: now, or with the next command if it strikes commands.
    pub fn inject(&self, fault: impl core::borrow::Borrow<Fault>) {
        self.world
            .with_exchange(|exchange| self.link.inject(fault.borrow(), exchange));
    }

    /// Delivers reports that a fault has held back for reordering.
    pub fn flush(&self) {
        self.link.flush();
    }

    /// Market data lines that are open upstream.
    #[must_use]
    pub fn open_lines(&self) -> usize {
        self.link.open_lines()
    }

    /// Takes the login back from another session, or uses renewed credentials.
    pub fn log_in_again(&self) {
        self.link.log_in_again();
    }

    pub(super) fn check_account(&self, account: &AccountId) -> Result<()> {
        if self.accounts.contains(account) {
            return Ok(());
        }
        let message = format!("there is no account {account} at this broker");
        Err(Error::new(ErrorKind::NotFound, message).at_field("account"))
    }
}

#[async_trait]
impl Broker for PaperBroker {
    fn id(&self) -> &BrokerId {
        &self.id
    }
    fn environment(&self) -> Environment {
        Environment::Simulated
    }
    fn desk(&self) -> &Arc<Desk> {
        &self.link.desk
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        self.link.check_up()?;
        let infos = self.world.read(|exchange| {
            let known = self.accounts.iter().filter_map(|id| exchange.account(id));
            known
                .map(|account| {
                    let (id, kind) = (account.id().clone(), account.kind().clone());
                    AccountInfo::new(id, kind, account.base_currency(), Environment::Simulated)
                })
                .collect()
        });
        Ok(infos)
    }
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        self.check_account(account)?;
        self.world
            .capabilities(account)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("no account {account}")))
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.link.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        Some(self)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        Some(self)
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        Some(self)
    }
    fn reference(&self) -> Option<&dyn Reference> {
        Some(self)
    }
    fn research(&self) -> Option<&dyn Research> {
        Some(self)
    }
    async fn close(&self) -> Result<()> {
        self.link.close();
        Ok(())
    }
}
