use core::fmt::Debug;

use broker_core::{
    Result, async_trait,
    model::{AccountId, ClientOrderId, ListLink},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An order that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SentOrder {
    /// Whose.
    pub account: AccountId,
    /// The caller's own name.
    pub client_order_id: ClientOrderId,
    /// Tiger's number of the account that was reserved for it (`order_id`); attached exits have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// The list that it belongs to, and the part it plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListLink>,
    /// Whose exit it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<ClientOrderId>,
    /// When it was written down, UTC.
    pub at: DateTime<Utc>,
}

/// Remembers which orders were sent, under which of Tiger's numbers.
///
/// With a journal that outlives the process ([`FileOrderJournal`](super::FileOrderJournal), or one of the
/// caller's own) a new process knows its orders by their own names though Tiger keeps no mark, and
/// attached exits, which have no mark anywhere, by theirs.
#[async_trait]
pub trait OrderJournal: Send + Sync + Debug + 'static {
    /// Writes down orders that are sent with one request, before it is sent. They have to be safe once
    /// this comes back.
    ///
    /// # Errors
    /// Why they could not be written; nothing is sent then.
    async fn write(&self, orders: &[SentOrder]) -> Result<()>;

    /// Everything that was written down about an account, in any order.
    ///
    /// # Errors
    /// Why it could not be read; the connection is not made then.
    async fn read(&self, account: &AccountId) -> Result<Vec<SentOrder>>;

    /// Whether what was written down outlives the process.
    fn is_durable(&self) -> bool;
}
