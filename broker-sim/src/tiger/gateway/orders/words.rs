//! What the vendor's words for an order are, beside the exchange's terms.

use serde_json::Value;

/// The words of an order that the exchange's terms do not keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::tiger::gateway) struct Words {
    pub(in crate::tiger::gateway) order_type: &'static str,
    pub(in crate::tiger::gateway) time_in_force: &'static str,
    pub(in crate::tiger::gateway) outside_rth: bool,
    pub(in crate::tiger::gateway) trading_session_type: Option<String>,
    pub(super) combo_type: Option<String>,
    /// The parameters of an algorithm, in the words of answers.
    pub(super) algo_parameters: Vec<Value>,
    /// What an iceberg order shows, in the words of answers.
    pub(super) iceberg: Vec<(&'static str, Value)>,
}

/// The vendor's words for kinds of orders.
pub(super) const ORDER_TYPES: [&str; 10] = [
    "MKT", "LMT", "STP", "STP_LMT", "TRAIL", "AM", "AL", "TWAP", "VWAP", "ICEBERG",
];

/// The vendor's words for how long an order works.
pub(super) const TIMES_IN_FORCE: [&str; 6] = ["DAY", "GTC", "GTD", "OPG", "IOC", "FOK"];

/// The vendor's words for kinds of combinations.
pub(super) const COMBO_TYPES: [&str; 9] = [
    "COVERED",
    "PROTECTIVE",
    "VERTICAL",
    "STRADDLE",
    "STRANGLE",
    "CALENDAR",
    "DIAGONAL",
    "SYNTHETIC",
    "CUSTOM",
];

/// The vendor's words for statuses.
pub(super) const STATUSES: [&str; 8] = [
    "Invalid",
    "Initial",
    "PendingCancel",
    "Cancelled",
    "Submitted",
    "Filled",
    "Inactive",
    "PendingSubmit",
];

/// The same word, of a list.
pub(super) fn known(list: &[&'static str], word: &str) -> Option<&'static str> {
    list.iter().find(|known| **known == word).copied()
}
