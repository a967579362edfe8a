use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::{
    SessionState,
    model::{
        self, AccountId, AccountSummary, BrokerText, ClientOrderId, ExecutionReport, Order,
        ProfitAndLoss, words::word_enum,
    },
    order_state::OrderWarning,
};

/// Where an event stands in the life of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Position {
    /// Rises with each new session with the broker; 0 before the first.
    pub epoch: u64,
    /// Rises by one with each event of the epoch, from 1.
    pub seq: u64,
}

impl core::fmt::Display for Position {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

/// One thing that happened to an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Event {
    /// The account.
    pub account: AccountId,
    /// Where it stands.
    pub position: Position,
    /// When it happened at the broker, UTC, where the broker says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_time: Option<DateTime<Utc>>,
    /// When this library heard of it, UTC.
    pub received_at: DateTime<Utc>,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventBody {
    /// The connection changed its state.
    Session {
        /// The new state.
        session: SessionState,
    },
    /// The whole account as it is now. What is known from before is to be replaced, part by part, by
    /// what the snapshot covers.
    Snapshot {
        /// The account.
        snapshot: Arc<Snapshot>,
    },
    /// An order changed.
    Execution {
        /// What the broker reported.
        report: Arc<ExecutionReport>,
        /// The order as it is now.
        order: Arc<Order>,
        /// What should be looked at, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warning: Option<OrderWarning>,
    },
    /// A position changed; quantity zero means that it is closed.
    Position {
        /// The position as it is now.
        holding: Arc<model::Position>,
    },
    /// The account's figures changed.
    Account {
        /// The figures as they are now.
        summary: Arc<AccountSummary>,
    },
    /// Profit and loss changed.
    ProfitAndLoss {
        /// The figures as they are now.
        figures: Arc<ProfitAndLoss>,
    },
    /// Events have been lost; a snapshot follows as soon as it can be had.
    Gap {
        /// Why.
        cause: GapCause,
        /// The last instant before which nothing is missing, UTC.
        since: DateTime<Utc>,
    },
    /// The broker said something that changes no order.
    Notice {
        /// What it said.
        notice: Arc<Notice>,
    },
}

/// Why events have been lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "cause", rename_all = "snake_case")]
#[non_exhaustive]
pub enum GapCause {
    /// The connection was lost.
    Disconnected,
    /// The broker restarted or reset its session.
    BrokerReset,
    /// The broker announced that it lost data.
    BrokerLost {
        /// What it said.
        notice: BrokerText,
    },
    /// This reader was too slow.
    ReaderLagged {
        /// How many events it did not get.
        dropped: u64,
    },
}

word_enum! {
    /// How much a notice matters.
    pub enum Severity {
        /// For the log.
        Info = "info",
        /// Should be looked at.
        Warning = "warning",
        /// Something does not work.
        Error = "error",
    }
}

/// Something the broker said that changes no order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// The broker's code and words, verbatim.
    pub message: BrokerText,
    /// The order it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_order_id: Option<ClientOrderId>,
}
