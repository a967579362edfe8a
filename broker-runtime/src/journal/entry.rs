use std::sync::Arc;

use broker_core::{
    Acknowledgement, ErrorKind, Result, UnconfirmedCause,
    model::{
        AccountId, BrokerOrderId, ClientOrderId, ExecutionId, ExecutionReport, ExerciseOption,
        Fill, ListLink, NewOrder, Order, OrderStatus, ReplaceOrder,
    },
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The number of an intent in its journal; rises with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentId(pub u64);

/// What was to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A new order.
    Submit {
        /// Its terms.
        order: Arc<NewOrder>,
        /// The list that it was sent with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<ListLink>,
    },
    /// A change of a working order.
    Replace {
        /// What was to change.
        change: ReplaceOrder,
    },
    /// A request to cancel an order.
    Cancel,
    /// A request to cancel every order of the account.
    CancelAll,
    /// A request to exercise an option.
    Exercise {
        /// What was to be exercised.
        exercise: ExerciseOption,
    },
}

impl Action {
    /// The word for it in the journal.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Submit { .. } => "submit",
            Self::Replace { .. } => "replace",
            Self::Cancel => "cancel",
            Self::CancelAll => "cancel_all",
            Self::Exercise { .. } => "exercise",
        }
    }

    /// Whether the identifier is taken by it for ever, so that it can never be sent twice.
    #[must_use]
    pub const fn takes_identifier(&self) -> bool {
        matches!(self, Self::Submit { .. } | Self::Exercise { .. })
    }
}

/// What is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// The account.
    pub account: AccountId,
    /// The order; `None` when it is about all of them.
    pub client_order_id: Option<ClientOrderId>,
    /// What is asked.
    pub action: Action,
    /// When, UTC.
    pub at: DateTime<Utc>,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntentOutcome {
    /// Nothing has been written down since: it may or may not have been sent.
    Open,
    /// The broker has it.
    Accepted {
        /// The broker's name for the order, where it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        broker_order_id: Option<BrokerOrderId>,
    },
    /// Proof that it had no effect.
    Refused {
        /// The word of the [`ErrorKind`].
        kind: String,
        /// What was said.
        message: String,
    },
    /// It was sent, and nobody knows whether it arrived.
    Unconfirmed {
        /// Why not.
        cause: UnconfirmedCause,
    },
    /// The broker has the order; asked for afterwards.
    Found {
        /// How the order stood then.
        status: OrderStatus,
    },
    /// The broker does not have the order; asked for afterwards.
    Absent,
    /// All orders were to be canceled; asked for afterwards.
    OpenOrders {
        /// Orders that were open then.
        count: u64,
    },
    /// Nobody can be asked about it: a person has to look.
    CannotBeLookedUp,
}

impl IntentOutcome {
    /// Whether it is not known what became of the intent.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Unconfirmed { .. })
    }

    /// The word for it in the journal.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Found { .. } => "found",
            Self::Absent => "absent",
            Self::OpenOrders { .. } => "open_orders",
            Self::CannotBeLookedUp => "cannot_be_looked_up",
        }
    }

    pub(crate) fn of_acknowledgement(acknowledgement: &Acknowledgement) -> Self {
        match acknowledgement {
            Acknowledgement::Accepted { broker_order_id } => Self::Accepted {
                broker_order_id: broker_order_id.clone(),
            },
            Acknowledgement::Unconfirmed { cause, .. } => Self::Unconfirmed { cause: *cause },
            // A word that this version does not know proves nothing.
            _ => Self::Unconfirmed {
                cause: UnconfirmedCause::UnreadableAnswer,
            },
        }
    }

    pub(crate) fn of_refusal(error: &broker_core::Error) -> Self {
        let kind: ErrorKind = error.kind();
        Self::Refused {
            kind: kind.as_str().to_owned(),
            message: error.message().to_owned(),
        }
    }
}

/// An intent with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number.
    pub id: IntentId,
    /// The account.
    pub account: AccountId,
    /// The order; absent when it was about all of them.
    pub client_order_id: Option<ClientOrderId>,
    /// What was to be sent.
    #[serde(flatten)]
    pub action: Action,
    /// When it was written down, UTC.
    pub at: DateTime<Utc>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: IntentOutcome,
    /// When that became known, UTC.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What is written down after the fact.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// What became of an intent.
    Outcome {
        /// The intent.
        intent: IntentId,
        /// What became of it.
        outcome: IntentOutcome,
        /// When, UTC.
        at: DateTime<Utc>,
    },
    /// It is known how the order stands, so whatever was open for it no longer is.
    Seen {
        /// The account.
        account: AccountId,
        /// The order.
        client_order_id: ClientOrderId,
        /// The words of the actions that are settled by it; see [`Action::as_str`].
        settles: &'static [&'static str],
        /// What became of them: [`Found`](IntentOutcome::Found), or
        /// [`Absent`](IntentOutcome::Absent) when a lookup proved it.
        outcome: IntentOutcome,
        /// When, UTC.
        at: DateTime<Utc>,
    },
    /// An execution report as it came.
    Report {
        /// The account.
        account: AccountId,
        /// The report.
        report: Arc<ExecutionReport>,
        /// When, UTC.
        at: DateTime<Utc>,
    },
    /// An order as it is now.
    Order(Arc<Order>),
    /// An execution that counts.
    Fill(Arc<Fill>),
    /// An execution that no longer counts: it is kept as one that was taken back.
    Busted {
        /// The account.
        account: AccountId,
        /// The execution.
        execution_id: ExecutionId,
        /// When that became known, UTC.
        at: DateTime<Utc>,
        /// How: what the broker said, or that its lists lack the execution.
        why: Arc<str>,
    },
}

/// A fill that was taken back: it counted once and counts no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BustedFill {
    /// The fill.
    pub fill: Fill,
    /// When it became known that it counts no longer, UTC.
    pub at: DateTime<Utc>,
    /// How that became known.
    pub why: Arc<str>,
}

/// What is asked of a journal; empty means everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalFilter {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only at or after this instant, UTC: when an intent was written down, an order last changed, a
    /// fill was executed.
    pub from: Option<DateTime<Utc>>,
    /// Only before this instant, UTC.
    pub until: Option<DateTime<Utc>>,
    /// Only intents and orders that are open.
    pub open_only: bool,
}

impl JournalFilter {
    /// Only one account.
    #[must_use]
    pub fn of(account: AccountId) -> Self {
        Self {
            account: Some(account),
            ..Self::default()
        }
    }

    /// Only what is open.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.open_only = true;
        self
    }

    /// Only at or after an instant.
    #[must_use]
    pub const fn from(mut self, from: DateTime<Utc>) -> Self {
        self.from = Some(from);
        self
    }

    /// Only before an instant.
    #[must_use]
    pub const fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    pub(crate) fn accepts(&self, account: &AccountId, at: DateTime<Utc>, open: bool) -> bool {
        self.account.as_ref().is_none_or(|only| only == account)
            && self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
            && (!self.open_only || open)
    }
}

/// What a store has to say about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreHealth {
    /// What is written is durable.
    Good,
    /// Nothing can be written; what was to be written after the fact is kept in memory.
    Failing {
        /// Why.
        reason: String,
        /// Entries that wait.
        waiting: usize,
        /// Entries that had to be given up.
        lost: u64,
    },
}

/// Damage that was found when a store was opened, and survived.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The last write was cut off, by a crash or a lost disk; what was durable before is whole.
    TornTail {
        /// Bytes behind the last whole write.
        bytes: u64,
    },
    /// The file was not readable in full. It was set aside, and what could be read was taken over.
    Corrupt {
        /// What is wrong with it.
        problem: String,
        /// Where the damaged file is now.
        set_aside: String,
        /// Rows that could be read.
        saved: u64,
    },
    /// A row does not match its checksum, or cannot be read: it is not believed.
    Row {
        /// The table.
        table: &'static str,
        /// The row's number.
        row: u64,
    },
    /// Rows are missing from a sequence that has no holes.
    Missing {
        /// The table.
        table: &'static str,
        /// How many.
        rows: u64,
    },
}

/// Checks that the outcome of sending is one that a journal can write down.
pub(crate) fn outcomes<A: crate::layer::Confirmation>(
    answer: &Result<A>,
    intents: usize,
) -> Vec<IntentOutcome> {
    match answer {
        Ok(answer) => {
            let known = answer.each().iter().map(IntentOutcome::of_acknowledgement);
            let unread = IntentOutcome::Unconfirmed {
                cause: UnconfirmedCause::UnreadableAnswer,
            };
            // What was not answered for is not known.
            known
                .chain(core::iter::repeat(unread))
                .take(intents)
                .collect()
        }
        Err(error) => vec![IntentOutcome::of_refusal(error); intents],
    }
}
