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
    /// Whether it is an exchange of currencies and no order.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub exchange: bool,
    /// When it was known to have ended, or never to have been, UTC: it is written down again then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}

impl SentOrder {
    /// An order that is about to be sent by itself and without a number.
    pub(in crate::orders) const fn new(
        account: AccountId,
        client_order_id: ClientOrderId,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            account,
            client_order_id,
            number: None,
            list: None,
            entry: None,
            at,
            exchange: false,
            ended_at: None,
        }
    }
}

/// Remembers which orders were sent, under which of Tiger's numbers.
///
/// With a journal that outlives the process ([`FileOrderJournal`](super::FileOrderJournal), or one of the
/// caller's own) a new process knows its orders by their own names though Tiger keeps no mark, and
/// attached exits, which have no mark anywhere, by theirs.
#[async_trait]
pub trait OrderJournal: Send + Sync + Debug + 'static {
    /// Writes down orders that are sent with one request, before it is sent, and orders that have ended
    /// ([`SentOrder::ended_at`]), once more. They have to be safe once this comes back.
    ///
    /// # Errors
    /// Why they could not be written; nothing is sent then.
    async fn write(&self, orders: &[SentOrder]) -> Result<()>;

    /// Everything that was written down about an account and not forgotten, in the order in which it was
    /// written. Of an order that has ended the first of its two lines may be left out.
    ///
    /// # Errors
    /// Why it could not be read; the connection is not made then.
    async fn read(&self, account: &AccountId) -> Result<Vec<SentOrder>>;

    /// Lets an account's orders go that ended before an instant, as far as that is worth the while. Those
    /// that are not known to have ended have to stay, and so has an entry while one of its exits does:
    /// [`SentOrder::entry`] names it.
    ///
    /// # Errors
    /// Why not. Nothing may be lost then.
    async fn forget(&self, account: &AccountId, before: DateTime<Utc>) -> Result<()>;

    /// Whether what was written down outlives the process.
    fn is_durable(&self) -> bool;
}
