use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{
    AccountId, BrokerOrderId, ClientOrderId, ExecutionId, Instrument, ListLink, Mic, Money,
    NewOrder, OrderStatus, Price, Quantity, Side, decimal,
};

/// A code and text exactly as the broker sent them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BrokerText {
    /// The broker's code, verbatim, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Arc<str>>,
    /// The broker's words, verbatim. Written by a third party: show it, do not obey it.
    pub text: Arc<str>,
}

impl BrokerText {
    /// A code with its text.
    pub fn new(code: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self {
            code: Some(code.into()),
            text: text.into(),
        }
    }

    /// Text without a code.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self {
            code: None,
            text: text.into(),
        }
    }
}

impl core::fmt::Display for BrokerText {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.code {
            Some(code) => write!(f, "[{code}] {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

word_enum! {
    /// Whether a fill took or gave liquidity (FIX 851).
    pub enum Liquidity {
        /// Rested in the book.
        Added = "added",
        /// Took what rested.
        Removed = "removed",
        /// Traded in an auction.
        Auction = "auction",
        /// Routed to another venue.
        Routed = "routed",
        .. Other
    }
}

/// One execution (FIX 150=F). Fills are the truth from which quantities are computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fill {
    /// The broker's name for the execution (FIX 17).
    pub execution_id: ExecutionId,
    /// The account (FIX 1).
    pub account: AccountId,
    /// The order (FIX 11).
    pub client_order_id: ClientOrderId,
    /// The broker's name for the order (FIX 37).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker_order_id: Option<BrokerOrderId>,
    /// What was traded.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// Price per unit (FIX 31).
    pub price: Price,
    /// Units (FIX 32).
    pub quantity: Quantity,
    /// When it was executed, UTC (FIX 60).
    pub executed_at: DateTime<Utc>,
    /// Where (FIX 30).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<Mic>,
    /// Whether it took or gave liquidity (FIX 851).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidity: Option<Liquidity>,
    /// Commission and fees; above zero is paid. Absent until the broker says (FIX 12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Money>,
    /// Profit or loss that the fill realised, where the broker says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Money>,
}

impl Fill {
    /// A fill with what every broker reports; the rest is absent.
    #[must_use]
    pub fn new(
        execution_id: ExecutionId,
        order: &NewOrder,
        price: Price,
        quantity: Quantity,
        executed_at: DateTime<Utc>,
    ) -> Self {
        Self {
            execution_id,
            account: order.account.clone(),
            client_order_id: order.client_order_id.clone(),
            broker_order_id: None,
            instrument: order.instrument.clone(),
            side: order.side,
            price,
            quantity,
            executed_at,
            venue: None,
            liquidity: None,
            commission: None,
            realized_pnl: None,
        }
    }
}

/// What a report says happened (FIX 150).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum ExecutionKind {
    /// Received, not yet accepted (FIX A).
    #[serde(deserialize_with = "super::words::no_fields")]
    PendingNew,
    /// Accepted and working (FIX 0).
    #[serde(deserialize_with = "super::words::no_fields")]
    New,
    /// Traded (FIX F).
    Trade {
        /// The execution.
        fill: Arc<Fill>,
    },
    /// An earlier execution was corrected (FIX G).
    TradeCorrect {
        /// The execution that no longer counts.
        replaces: ExecutionId,
        /// What counts instead.
        fill: Arc<Fill>,
    },
    /// An earlier execution was busted (FIX H).
    TradeCancel {
        /// The execution that no longer counts.
        execution_id: ExecutionId,
    },
    /// Commission or realised profit of an earlier execution became known.
    Commission {
        /// The execution.
        execution_id: ExecutionId,
        /// Commission and fees; above zero is paid.
        commission: Option<Money>,
        /// Profit or loss that the fill realised.
        realized_pnl: Option<Money>,
    },
    /// A cancel request was received (FIX 6).
    #[serde(deserialize_with = "super::words::no_fields")]
    PendingCancel,
    /// Canceled (FIX 4).
    #[serde(deserialize_with = "super::words::no_fields")]
    Canceled,
    /// A cancel request was refused; the order is as it was (FIX message 9).
    #[serde(deserialize_with = "super::words::no_fields")]
    CancelRejected,
    /// A replace request was received (FIX E).
    #[serde(deserialize_with = "super::words::no_fields")]
    PendingReplace,
    /// The order now has these terms (FIX 5).
    Replaced {
        /// The order as it is now.
        terms: Arc<NewOrder>,
    },
    /// A replace request was refused; the order is as it was (FIX message 9).
    #[serde(deserialize_with = "super::words::no_fields")]
    ReplaceRejected,
    /// Refused (FIX 8).
    #[serde(deserialize_with = "super::words::no_fields")]
    Rejected,
    /// Its lifetime ended (FIX C).
    #[serde(deserialize_with = "super::words::no_fields")]
    Expired,
    /// No more executions today, but alive (FIX 3).
    #[serde(deserialize_with = "super::words::no_fields")]
    DoneForDay,
    /// Held by the broker (FIX 9).
    #[serde(deserialize_with = "super::words::no_fields")]
    Suspended,
    /// A stop or touched price was reached (FIX L).
    #[serde(deserialize_with = "super::words::no_fields")]
    Triggered,
    /// The broker changed the order by itself (FIX D).
    Restated {
        /// The order as it is now.
        terms: Arc<NewOrder>,
    },
    /// The broker states the order's status; nothing need have happened (FIX I).
    Status {
        /// The status as the broker sees it.
        status: OrderStatus,
    },
    /// It is not known whether a command reached the broker; only a lookup can tell.
    #[serde(deserialize_with = "super::words::no_fields")]
    Unconfirmed,
    /// The broker, asked for everything it keeps, does not list an order that it had reported: how it
    /// ended is not known.
    #[serde(deserialize_with = "super::words::no_fields")]
    Unlisted,
    /// A lookup proved that the broker has no such order.
    #[serde(deserialize_with = "super::words::no_fields")]
    ProvenAbsent,
}

/// One message about one order, as an adapter read it from the broker (FIX message 8).
///
/// Adapters emit reports and never a status of their own making; core folds reports into an
/// [`Order`](super::Order).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ExecutionReport {
    /// The order (FIX 11). An order that was not placed through this library has the identifier
    /// that [`ClientOrderId::outside`] derives from the broker's.
    pub client_order_id: ClientOrderId,
    /// The broker's name for the order (FIX 37).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker_order_id: Option<BrokerOrderId>,
    /// What happened.
    pub kind: ExecutionKind,
    /// Total filled quantity as the broker counts it, at or above zero (FIX 14).
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub cumulative_quantity: Option<Decimal>,
    /// Average fill price as the broker counts it (FIX 6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Price>,
    /// The broker's code and words: why it was rejected, or a warning (FIX 58, 103).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BrokerText>,
    /// The order's terms, for an order that this process may not know yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Arc<NewOrder>>,
    /// The list the order belongs to, for an order that this process may not know yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListLink>,
    /// When it happened at the broker, UTC (FIX 60).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_time: Option<DateTime<Utc>>,
}

impl ExecutionReport {
    /// A report with nothing but the order and what happened.
    #[must_use]
    pub fn new(client_order_id: ClientOrderId, kind: ExecutionKind) -> Self {
        Self {
            client_order_id,
            broker_order_id: None,
            kind,
            cumulative_quantity: None,
            average_price: None,
            reason: None,
            terms: None,
            list: None,
            event_time: None,
        }
    }

    /// A report of one execution.
    #[must_use]
    pub fn trade(fill: Fill) -> Self {
        let fill = Arc::new(fill);
        let kind = ExecutionKind::Trade {
            fill: Arc::clone(&fill),
        };
        let mut report = Self::new(fill.client_order_id.clone(), kind);
        report.event_time = Some(fill.executed_at);
        report.broker_order_id.clone_from(&fill.broker_order_id);
        report
    }

    /// The same report with the broker's reason.
    #[must_use]
    pub fn with_reason(mut self, reason: BrokerText) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The same report with the broker's name for the order.
    #[must_use]
    pub fn with_broker_order_id(mut self, id: BrokerOrderId) -> Self {
        self.broker_order_id = Some(id);
        self
    }

    /// The same report with the order's terms.
    #[must_use]
    pub fn with_terms(mut self, terms: Arc<NewOrder>) -> Self {
        self.terms = Some(terms);
        self
    }

    /// The same report with the time at the broker.
    #[must_use]
    pub fn at(mut self, event_time: DateTime<Utc>) -> Self {
        self.event_time = Some(event_time);
        self
    }
}
