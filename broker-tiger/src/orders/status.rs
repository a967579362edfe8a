//! What the vendor's words for the state of an order mean (protocol notes, section 4.7).

use broker_core::model::OrderStatus;

use super::row::OrderRow;

/// Where an order stands, in core's words.
///
/// A partly filled order has no word of its own: it is one that works and has been filled. Words that
/// nobody knows stay as they are and end no order.
pub(super) fn status(row: &OrderRow, filled: bool, all: bool) -> OrderStatus {
    let word = row.status.get().unwrap_or_default();
    let asked = |status: Option<&str>| status == Some("RECEIVED");
    match word {
        // One SDK has seen the codes instead of the words.
        "Cancelled" | "4" => OrderStatus::Canceled,
        "Filled" | "6" => OrderStatus::Filled,
        "Invalid" | "-2" => OrderStatus::Expired,
        // What the exchange stopped after it had begun was not refused.
        "Inactive" | "7" if filled => OrderStatus::Canceled,
        "Inactive" | "7" => OrderStatus::Rejected,
        "PendingCancel" | "3" => OrderStatus::PendingCancel,
        "Initial" | "-1" | "PendingSubmit" | "8" | "Submitted" | "5" | "2" => {
            if all {
                OrderStatus::Filled
            } else if asked(row.cancel_status.get()) {
                OrderStatus::PendingCancel
            } else if asked(row.replace_status.get()) {
                OrderStatus::PendingReplace
            } else if filled {
                OrderStatus::PartiallyFilled
            } else if matches!(word, "Submitted" | "5" | "2") {
                OrderStatus::New
            } else {
                OrderStatus::PendingNew
            }
        }
        other => OrderStatus::Other(if other.is_empty() { "unknown" } else { other }.into()),
    }
}
