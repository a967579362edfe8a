use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Covered,
    model::{AccountSummary, Fill, Order, Position},
};

/// An account as it is at one moment. Each part says how much it covers.
///
/// A part that is `Unavailable` says nothing: keep what was known. Absence from a part proves
/// absence only when the part is `Complete`, or `Since` an instant for what happened from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Snapshot {
    /// Every open order, and finished ones as far back as they are kept; oldest first.
    pub orders: Covered<Vec<Arc<Order>>>,
    /// Every fill as far back as fills are kept, oldest first; [`Since`](Covered::Since) where the broker
    /// told of all from an instant on only.
    pub fills: Covered<Vec<Arc<Fill>>>,
    /// Every position that is not flat.
    pub positions: Covered<Vec<Arc<Position>>>,
    /// The account's figures.
    pub summary: Covered<Arc<AccountSummary>>,
    /// When it was put together, UTC.
    pub as_of: DateTime<Utc>,
}
