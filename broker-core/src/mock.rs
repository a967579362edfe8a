//! A broker made of expectations, for tests of what stands on top of a broker.
//!
//! The services are `mockall` mocks; the desk is the real one, so checks, ledgers and events behave
//! as with any broker.
//!
//! ```
//! use broker_core::{mock::MockBroker, Broker, BrokerExt, model::*};
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), broker_core::Error> {
//! let mut broker = MockBroker::new("mock", "DU1")?;
//! broker.portfolio.expect_summary().returning(|account| {
//!     Ok(AccountSummary::new(account.clone(), Currency::USD, chrono::Utc::now()))
//! });
//! let account = AccountId::new("DU1")?;
//! assert_eq!(broker.portfolio().unwrap().summary(&account).await?.account, account);
//! # Ok(()) }
//! ```

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

pub use crate::broker::{MockMarketData, MockPortfolio, MockReference, MockResearch, MockTrading};
use crate::{
    Broker, Capabilities, Desk, Error, ErrorKind, MarketData, Portfolio, Reference, Research,
    Result, SessionState, SystemClock, Trading,
    event::Ledger,
    model::{AccountId, AccountInfo, AccountKind, BrokerId, Currency, Environment},
};

/// A broker with one account whose services are mocks.
#[derive(Debug)]
pub struct MockBroker {
    /// Expectations of the trading service.
    pub trading: MockTrading,
    /// Expectations of the portfolio service.
    pub portfolio: MockPortfolio,
    /// Expectations of the market data service.
    pub market_data: MockMarketData,
    /// Expectations of the reference service.
    pub reference: MockReference,
    /// Expectations of the research service.
    pub research: MockResearch,
    /// What the account can do; nothing at first.
    pub capabilities: Capabilities,
    id: BrokerId,
    account: AccountInfo,
    desk: Arc<Desk>,
    session: watch::Sender<SessionState>,
}

impl MockBroker {
    /// A broker with one simulated account in US dollars, whose session is ready.
    ///
    /// # Errors
    /// When a name is malformed.
    pub fn new(id: &str, account: &str) -> Result<Self> {
        let account = AccountId::new(account)?;
        let desk = Desk::new(Arc::new(SystemClock));
        desk.open_account(&account);
        let environment = Environment::Simulated;
        Ok(Self {
            trading: MockTrading::new(),
            portfolio: MockPortfolio::new(),
            market_data: MockMarketData::new(),
            reference: MockReference::new(),
            research: MockResearch::new(),
            capabilities: Capabilities::none(environment),
            id: BrokerId::new(id)?,
            account: AccountInfo::new(account, AccountKind::Margin, Currency::USD, environment),
            desk,
            session: watch::Sender::new(SessionState::Ready),
        })
    }

    /// The ledger of the account, to feed it with reports as an adapter would.
    ///
    /// # Errors
    /// Never in practice; the account is opened with the broker.
    pub fn ledger(&self) -> Result<Arc<Ledger>> {
        self.desk.ledger(&self.account.id)
    }
}

#[async_trait]
impl Broker for MockBroker {
    fn id(&self) -> &BrokerId {
        &self.id
    }
    fn environment(&self) -> Environment {
        self.account.environment
    }
    fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        Ok(vec![self.account.clone()])
    }
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        if *account == self.account.id {
            Ok(Arc::new(self.capabilities.clone()))
        } else {
            Err(Error::new(
                ErrorKind::NotFound,
                format!("no account {account}"),
            ))
        }
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        Some(&self.trading)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        Some(&self.portfolio)
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        Some(&self.market_data)
    }
    fn reference(&self) -> Option<&dyn Reference> {
        Some(&self.reference)
    }
    fn research(&self) -> Option<&dyn Research> {
        Some(&self.research)
    }
    async fn close(&self) -> Result<()> {
        self.session.send_replace(SessionState::Closed);
        for ledger in self.desk.ledgers() {
            ledger.session(SessionState::Closed);
        }
        Ok(())
    }
}
