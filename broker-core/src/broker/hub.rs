use core::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::{MarketData, Portfolio, Reference, Research, Trading};
use crate::{
    Capabilities, Desk, Result, SessionState,
    model::{AccountId, AccountInfo, BrokerId, Environment},
};

/// A connection to a broker: the hub from which the services hang.
#[async_trait]
pub trait Broker: Send + Sync + Debug + 'static {
    /// The name of this connection.
    fn id(&self) -> &BrokerId;

    /// Whether orders move real money, as the session has proven; before the first session, as
    /// configured.
    fn environment(&self) -> Environment;

    /// The always-on part: checks, ledgers, market data lines. One per connection; a layer forwards
    /// its inner broker's.
    fn desk(&self) -> &Arc<Desk>;

    /// The accounts that this login may use.
    ///
    /// # Errors
    /// Connection and session errors.
    async fn accounts(&self) -> Result<Vec<AccountInfo>>;

    /// What the account can do in this session. Cheap: an adapter keeps it at hand.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) for an account that the login does not
    /// have; connection and session errors.
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>>;

    /// The state of the session, and its changes.
    fn session(&self) -> watch::Receiver<SessionState>;

    /// Orders; `None` when the broker has none.
    fn trading(&self) -> Option<&dyn Trading>;

    /// Balances, positions, profit and loss; `None` when the broker has none.
    fn portfolio(&self) -> Option<&dyn Portfolio>;

    /// Quotes, depth, trades, bars; `None` when the broker has none.
    fn market_data(&self) -> Option<&dyn MarketData>;

    /// Instruments, option chains, calendars; `None` when the broker has none.
    fn reference(&self) -> Option<&dyn Reference>;

    /// Company reports, corporate actions, news, scanners; `None` when the broker has none.
    fn research(&self) -> Option<&dyn Research>;

    /// Ends the session. Orders stay as they are at the broker; event streams end after
    /// [`SessionState::Closed`].
    ///
    /// # Errors
    /// When the connection could not be ended cleanly; it is closed all the same.
    async fn close(&self) -> Result<()>;
}
