use core::fmt::Debug;

use broker_core::{
    Error, Result, async_trait,
    model::{BrokerId, Environment},
};
use broker_runtime::registry::SeatKey;
use chrono::{DateTime, Utc};

/// Where a broker may be reached, as the operator has configured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The number by which the broker tells clients apart, where it does.
    pub client_id: Option<i32>,
}

/// What became of renewing a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewedToken {
    /// Whether there is a new one.
    pub renewed: bool,
    /// When the one in use ends, UTC.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An account that the operator's configuration is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// What callers call it.
    pub alias: String,
    /// The connection.
    pub broker: BrokerId,
    /// What its money is.
    pub environment: Environment,
    /// The name of a stored secret; never the secret.
    pub credentials_ref: String,
}

/// Whether a change to the configuration counts already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InForce {
    /// It does.
    Now,
    /// From the next start on.
    AfterRestart,
}

/// What the program around the service can do for an administrator: sessions, tokens and the
/// configuration are its business.
///
/// The service has checked who asks and that a person agrees. Nothing here can allow real money,
/// release the kill switch, change a limit or reach a host that is not configured.
#[async_trait]
pub trait Operator: Send + Sync + Debug + 'static {
    /// Which adapter a connection is of, as the configuration calls it, such as `tiger`.
    fn kind(&self, broker: &BrokerId) -> Option<String>;

    /// The places at which a broker may be reached.
    fn endpoints(&self, broker: &BrokerId) -> Vec<Endpoint>;

    /// Renews the token of an account's login at the broker.
    ///
    /// # Errors
    /// [`Unsupported`](broker_core::ErrorKind::Unsupported) for a login without a token; what the broker
    /// says.
    async fn refresh_token(&self, seat: &SeatKey) -> Result<RenewedToken>;

    /// Begins a broker's session, at one of its [`endpoints`](Self::endpoints) where one is named.
    ///
    /// # Errors
    /// What kept it from beginning.
    async fn connect(&self, broker: &BrokerId, at: Option<&Endpoint>) -> Result<()>;

    /// Ends a broker's session and leaves it ended.
    ///
    /// # Errors
    /// What kept it from ending.
    async fn disconnect(&self, broker: &BrokerId) -> Result<()>;

    /// Begins a broker's sessions anew; how many.
    ///
    /// # Errors
    /// What kept them from beginning.
    async fn restart(&self, broker: &BrokerId) -> Result<u32>;

    /// The next number for an order, at a broker that numbers them by client; `None` at the others.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    async fn next_order_id(&self, broker: &BrokerId) -> Result<Option<i64>>;

    /// Adds an account, for questions and without real money. `by` is who asked.
    ///
    /// # Errors
    /// [`NotFound`](broker_core::ErrorKind::NotFound) when there is no such secret, or the broker's login
    /// does not have the account; what the configuration refuses.
    async fn add_account(&self, account: &NewAccount, by: &str) -> Result<InForce>;

    /// Hears that an account was taken out: no call reaches it any more, and the service remembers that. Its
    /// orders stay as they are at the broker.
    ///
    /// # Errors
    /// What is left to do by hand.
    async fn remove_account(&self, name: &str) -> Result<InForce>;
}

/// A program that can do none of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOperator;

fn absent<T>(what: &str) -> Result<T> {
    let message = format!("this server cannot {what}; its operator has to");
    Err(Error::unsupported(message))
}

#[async_trait]
impl Operator for NoOperator {
    fn kind(&self, _: &BrokerId) -> Option<String> {
        None
    }
    fn endpoints(&self, _: &BrokerId) -> Vec<Endpoint> {
        Vec::new()
    }
    async fn refresh_token(&self, _: &SeatKey) -> Result<RenewedToken> {
        absent("renew tokens")
    }
    async fn connect(&self, _: &BrokerId, _: Option<&Endpoint>) -> Result<()> {
        absent("begin sessions")
    }
    async fn disconnect(&self, _: &BrokerId) -> Result<()> {
        absent("end sessions")
    }
    async fn restart(&self, _: &BrokerId) -> Result<u32> {
        absent("begin sessions anew")
    }
    async fn next_order_id(&self, _: &BrokerId) -> Result<Option<i64>> {
        Ok(None)
    }
    async fn add_account(&self, _: &NewAccount, _: &str) -> Result<InForce> {
        absent("add accounts")
    }
    async fn remove_account(&self, _: &str) -> Result<InForce> {
        Ok(InForce::Now)
    }
}
