use core::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    Admitted, Covered, Result,
    model::{
        AccountId, BrokerOrderId, BrokerText, CancelOrder, ClientOrderId, ExecutionReport,
        ExerciseOption, Fill, FillFilter, NewOrder, OrderFilter, OrderList, OrderPreview,
        ReplaceOrder, words::word_enum,
    },
};

/// What is known after a command was sent. `Err` instead of it is proof that nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
#[must_use = "an unconfirmed command may have had an effect: look it up"]
pub enum Acknowledgement {
    /// The broker has the command. Whether it succeeds comes as an event.
    Accepted {
        /// The broker's name for the order, where it gave one.
        broker_order_id: Option<BrokerOrderId>,
    },
    /// Nobody knows whether the broker has the command. Do not send it again: look it up.
    Unconfirmed {
        /// Why it is not known.
        cause: UnconfirmedCause,
        /// The broker's words, if there were any.
        detail: Option<BrokerText>,
    },
}

word_enum! {
    /// Why it is not known whether a command had an effect.
    pub enum UnconfirmedCause {
        /// No answer came in time.
        Timeout = "timeout",
        /// The connection was lost after the command may have been sent.
        Disconnected = "disconnected",
        /// The caller dropped the call.
        Dropped = "dropped",
        /// The answer made no sense or could not be trusted.
        UnreadableAnswer = "unreadable_answer",
    }
}

impl Acknowledgement {
    /// An unconfirmed outcome without words.
    pub const fn unconfirmed(cause: UnconfirmedCause) -> Self {
        Self::Unconfirmed {
            cause,
            detail: None,
        }
    }

    /// Whether the broker has the command for certain.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }
}

/// The answer to the question whether the broker has an order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use]
pub enum Lookup {
    /// The broker has it: its state and its fills as raw reports.
    Found(Vec<ExecutionReport>),
    /// The broker does not have it and will not get it: it was asked over everything it keeps, and
    /// nothing that was sent is still on its way.
    Absent,
    /// The question could not be answered. Ask again later.
    Inconclusive(BrokerText),
}

/// Orders: placing, changing, canceling, finding them. Called through
/// [`BrokerExt`](super::BrokerExt).
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Trading: Send + Sync + Debug {
    /// Sends a new order, once.
    ///
    /// # Errors
    /// Only when the order does not exist at the broker: refused by it
    /// ([`Rejected`](crate::ErrorKind::Rejected),
    /// [`InsufficientFunds`](crate::ErrorKind::InsufficientFunds),
    /// [`MarketClosed`](crate::ErrorKind::MarketClosed)), or never sent
    /// ([`Timeout`](crate::ErrorKind::Timeout), [`Disconnected`](crate::ErrorKind::Disconnected),
    /// [`RateLimited`](crate::ErrorKind::RateLimited)).
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement>;

    /// Sends a list of orders; one acknowledgement per order, in the list's order.
    ///
    /// # Errors
    /// Only when none of the orders exists at the broker.
    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>>;

    /// Sends a change of a working order.
    ///
    /// # Errors
    /// Only when the order is as it was.
    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement>;

    /// Sends a request to cancel an order.
    ///
    /// # Errors
    /// Only when the request had no effect.
    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement>;

    /// Sends a request to cancel every open order of the account, orders from outside included.
    ///
    /// # Errors
    /// Only when the request had no effect.
    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement>;

    /// Sends a request to exercise an option position, or to let it lapse.
    ///
    /// # Errors
    /// Only when the request had no effect.
    async fn exercise(&self, exercise: Admitted<ExerciseOption>) -> Result<Acknowledgement>;

    /// Asks what an order would cost, without placing it.
    ///
    /// # Errors
    /// When the question could not be answered.
    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview>;

    /// Asks whether the broker has an order.
    ///
    /// # Errors
    /// When the question could not be sent; [`Lookup::Inconclusive`] when it was not answered.
    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup>;

    /// Lists orders as [`Status`](crate::model::ExecutionKind::Status) reports with terms.
    ///
    /// # Errors
    /// When the account is not known. What could not be asked is `Unavailable`.
    async fn order_reports(
        &self,
        account: &AccountId,
        filter: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>>;

    /// Lists executions. [`Complete`](Covered::Complete) if all are in it that `filter` asks for; where the
    /// broker keeps executions for a while only, [`Since`](Covered::Since) the instant from which on they are.
    ///
    /// # Errors
    /// When the account is not known. What could not be asked is `Unavailable`.
    async fn fills(&self, account: &AccountId, filter: &FillFilter) -> Result<Covered<Vec<Fill>>>;
}
