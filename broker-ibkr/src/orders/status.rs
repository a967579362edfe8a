//! TWS's words for where an order stands, as raw reports.

use broker_core::model::{BrokerText, ExecutionKind, OrderStatus};
use ibapi::orders::OrderStatusKind as Word;

/// What is known of an order when TWS says a word about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Context<'a> {
    /// Why the order is held, as TWS says.
    pub(crate) why_held: &'a str,
    /// What TWS has refused about the order, if it has.
    pub(crate) refused: Option<&'a BrokerText>,
    /// Whether this program has asked to cancel the order.
    pub(crate) cancel_asked: bool,
    /// Whether every unit of the order is filled as far as executions prove.
    pub(crate) all_filled: bool,
}

/// What a word says happened (protocol notes, section 3.7).
pub(crate) fn kind(word: &Word, context: Context<'_>) -> ExecutionKind {
    match word {
        Word::ApiPending | Word::PendingSubmit => ExecutionKind::PendingNew,
        // Waits for shares to borrow: alive and not working.
        Word::PreSubmitted | Word::Submitted if held_for_shares(context.why_held) => {
            ExecutionKind::Suspended
        }
        Word::PendingCancel => ExecutionKind::PendingCancel,
        Word::Cancelled | Word::ApiCancelled => {
            // A refusal may come as a cancel that nobody asked for.
            if context.refused.is_some() && !context.cancel_asked {
                ExecutionKind::Rejected
            } else {
                ExecutionKind::Canceled
            }
        }
        Word::Filled if context.all_filled => ExecutionKind::Status {
            status: OrderStatus::Filled,
        },
        // Of a filled order the executions are still to come, and they are the proof.
        Word::PreSubmitted | Word::Submitted | Word::Filled => ExecutionKind::New,
        Word::Inactive if context.refused.is_some() && context.why_held.is_empty() => {
            ExecutionKind::Rejected
        }
        // Refused or held: without a refusal it counts as alive, which a lookup will tell.
        Word::Inactive => ExecutionKind::Suspended,
        Word::Unknown(raw) => ExecutionKind::Status {
            status: OrderStatus::Other(raw.as_str().into()),
        },
    }
}

fn held_for_shares(why_held: &str) -> bool {
    why_held.to_ascii_lowercase().contains("locate")
}

/// The status that a listing tells of an order, for a [`Status`](ExecutionKind::Status) report.
pub(crate) fn listed(
    word: &Word,
    completed: bool,
    refused: bool,
    filled: bool,
    partly: bool,
    why_held: &str,
) -> OrderStatus {
    match word {
        Word::Filled => OrderStatus::Filled,
        _ if completed && filled => OrderStatus::Filled,
        Word::Inactive if completed || refused => OrderStatus::Rejected,
        Word::Cancelled | Word::ApiCancelled if refused => OrderStatus::Rejected,
        Word::Cancelled | Word::ApiCancelled => OrderStatus::Canceled,
        Word::PendingCancel => OrderStatus::PendingCancel,
        Word::ApiPending | Word::PendingSubmit => OrderStatus::PendingNew,
        Word::Inactive => OrderStatus::Suspended,
        Word::PreSubmitted | Word::Submitted if held_for_shares(why_held) => OrderStatus::Suspended,
        Word::PreSubmitted | Word::Submitted if partly => OrderStatus::PartiallyFilled,
        Word::PreSubmitted | Word::Submitted => OrderStatus::New,
        Word::Unknown(raw) => OrderStatus::Other(raw.as_str().into()),
    }
}

/// Whether the word ends an order.
pub(crate) fn ends(word: &Word) -> bool {
    match word {
        Word::Filled | Word::Cancelled | Word::ApiCancelled => true,
        Word::ApiPending
        | Word::PendingSubmit
        | Word::PendingCancel
        | Word::PreSubmitted
        | Word::Submitted
        | Word::Inactive
        | Word::Unknown(_) => false,
    }
}
