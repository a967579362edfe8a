//! TWS's words for where an order is.

use broker_core::model::ExecutionKind;
use rust_decimal::Decimal;

use crate::exchange::{End, Place, SimOrder};

/// Where an order is, as TWS says it. `PendingSubmit` and `PendingCancel` are not here: clients make
/// them up for themselves while they wait for TWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Held: until its parent fills, its trigger is reached, its session begins.
    PreSubmitted,
    Submitted,
    Filled,
    Cancelled,
    /// Canceled before it was transmitted.
    ApiCancelled,
    /// Not transmitted, or refused.
    Inactive,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::PreSubmitted => "PreSubmitted",
            Self::Submitted => "Submitted",
            Self::Filled => "Filled",
            Self::Cancelled => "Cancelled",
            Self::ApiCancelled => "ApiCancelled",
            Self::Inactive => "Inactive",
        }
    }

    pub(super) const fn is_final(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::ApiCancelled)
    }

    /// Where an order of the exchange is now.
    pub(super) const fn now(order: &SimOrder) -> Self {
        match order.place {
            Place::Waiting | Place::Conditional | Place::Held | Place::Auction | Place::Armed => {
                Self::PreSubmitted
            }
            Place::Book | Place::Hungry | Place::Algo => Self::Submitted,
            Place::Ended(End::Filled) => Self::Filled,
            Place::Ended(End::Canceled | End::Expired) => Self::Cancelled,
            Place::Ended(End::Rejected) => Self::Inactive,
        }
    }

    /// Where an order was when something was reported: by the time it is told, more may have
    /// happened.
    pub(super) fn when(
        kind: &ExecutionKind,
        order: &SimOrder,
        filled: Decimal,
        total: Decimal,
    ) -> Self {
        match kind {
            ExecutionKind::Canceled | ExecutionKind::Expired => Self::Cancelled,
            ExecutionKind::Rejected => Self::Inactive,
            ExecutionKind::Trade { .. } | ExecutionKind::TradeCorrect { .. } if filled >= total => {
                Self::Filled
            }
            ExecutionKind::Trade { .. } if !order.is_open() => Self::Submitted,
            ExecutionKind::TradeCorrect { .. } | ExecutionKind::Status { .. } => Self::now(order),
            _ if order.is_open() => Self::now(order),
            _ => Self::Submitted,
        }
    }
}

/// Why an order does not work yet, in TWS's words.
pub(super) fn why_held(order: &SimOrder) -> &'static str {
    let triggers = order.terms.order_type.trigger_price().is_some()
        || order.terms.order_type.trailing_offset().is_some();
    match order.place {
        Place::Waiting if triggers => "child,trigger",
        Place::Waiting => "child",
        Place::Armed => "trigger",
        _ => "",
    }
}
