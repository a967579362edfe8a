use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::word_enum;
use super::{
    AccountId, BrokerOrderId, BrokerText, ClientOrderId, Instrument, ListLink, NewOrder, Price,
    decimal,
};

word_enum! {
    /// Where an order stands (FIX 39), with two honest additions: `Unconfirmed` and `Other`.
    pub enum OrderStatus {
        /// Sent; the broker has not answered (FIX A).
        PendingNew = "pending_new",
        /// Working (FIX 0).
        New = "new",
        /// Working and filled in part (FIX 1).
        PartiallyFilled = "partially_filled",
        /// Filled (FIX 2).
        Filled = "filled",
        /// Working; a cancel is under way (FIX 6).
        PendingCancel = "pending_cancel",
        /// Canceled (FIX 4); part of it may have been filled.
        Canceled = "canceled",
        /// Working; a replace is under way (FIX E).
        PendingReplace = "pending_replace",
        /// Refused (FIX 8).
        Rejected = "rejected",
        /// Its lifetime ended (FIX C); part of it may have been filled.
        Expired = "expired",
        /// Held by the broker, not working (FIX 9).
        Suspended = "suspended",
        /// Not working again before the next session, but alive (FIX 3).
        DoneForDay = "done_for_day",
        /// It is not known whether the broker has it, or, after
        /// [`Unlisted`](super::ExecutionKind::Unlisted), how it ended. Only the broker can tell. Never
        /// resend.
        Unconfirmed = "unconfirmed",
        .. Other
    }
}

impl OrderStatus {
    /// Whether nothing more is expected: filled, canceled, rejected or expired.
    ///
    /// A late fill may still come, and a bust may lower the filled quantity.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Canceled | Self::Rejected | Self::Expired
        )
    }

    /// Whether the order may still trade as far as is known. `Unconfirmed` counts as open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.is_final()
    }
}

/// Who placed an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderOrigin {
    /// Placed through this library, in this process or an earlier one.
    Client,
    /// Placed by a person or another program.
    Outside,
}

/// An order as the execution reports seen so far make it.
///
/// Every field is computed by [`order_state`](crate::order_state); adapters never write one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Order {
    /// The terms as they are now, replaces included.
    pub terms: Arc<NewOrder>,
    /// Where it stands.
    pub status: OrderStatus,
    /// Filled so far, at or above zero (FIX 14).
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub cumulative_quantity: Decimal,
    /// Not yet filled and still working, at or above zero (FIX 151); absent for an order by cash
    /// amount whose quantity the broker decides.
    #[serde(
        default,
        with = "decimal::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub leaves_quantity: Option<Decimal>,
    /// Average fill price (FIX 6); absent before the first fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_price: Option<Price>,
    /// The broker's names for the order, oldest first: a replace may give it a new one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broker_order_ids: Vec<BrokerOrderId>,
    /// The list it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListLink>,
    /// The last code and words the broker gave for this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<BrokerText>,
    /// Who placed it.
    pub origin: OrderOrigin,
    /// When this library first heard of it, UTC.
    pub created_at: DateTime<Utc>,
    /// When the last report arrived, UTC.
    pub updated_at: DateTime<Utc>,
    /// Rises with every report that changed something.
    pub version: u64,
}

impl Order {
    /// An order that has been sent and not been answered.
    #[must_use]
    pub fn pending(terms: Arc<NewOrder>, created_at: DateTime<Utc>) -> Self {
        let outside = terms.client_order_id.is_outside();
        Self {
            leaves_quantity: terms.quantity().map(Decimal::from),
            terms,
            status: OrderStatus::PendingNew,
            cumulative_quantity: Decimal::ZERO,
            average_price: None,
            broker_order_ids: Vec::new(),
            list: None,
            reason: None,
            origin: if outside {
                OrderOrigin::Outside
            } else {
                OrderOrigin::Client
            },
            created_at,
            updated_at: created_at,
            version: 0,
        }
    }

    /// The caller's name for the order.
    #[must_use]
    pub fn client_order_id(&self) -> &ClientOrderId {
        &self.terms.client_order_id
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.terms.account
    }

    /// What is traded.
    #[must_use]
    pub fn instrument(&self) -> &Instrument {
        &self.terms.instrument
    }

    /// The broker's newest name for the order.
    #[must_use]
    pub fn broker_order_id(&self) -> Option<&BrokerOrderId> {
        self.broker_order_ids.last()
    }
}

/// Which orders a query is about; empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OrderFilter {
    /// Only orders that may still trade.
    pub open_only: bool,
    /// Only orders for this instrument.
    pub instrument: Option<Instrument>,
    /// Only orders last changed at or after this instant.
    pub since: Option<DateTime<Utc>>,
}

impl OrderFilter {
    /// Only orders that may still trade.
    #[must_use]
    pub fn open() -> Self {
        Self {
            open_only: true,
            ..Self::default()
        }
    }

    /// Whether an order passes.
    #[must_use]
    pub fn accepts(&self, order: &Order) -> bool {
        (!self.open_only || order.status.is_open())
            && self
                .instrument
                .as_ref()
                .is_none_or(|instrument| instrument == order.instrument())
            && self.since.is_none_or(|since| order.updated_at >= since)
    }
}

/// Which fills a query is about; empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FillFilter {
    /// Only fills of this order.
    pub client_order_id: Option<ClientOrderId>,
    /// Only fills of this instrument.
    pub instrument: Option<Instrument>,
    /// Only fills executed at or after this instant.
    pub since: Option<DateTime<Utc>>,
}

impl FillFilter {
    /// Only fills of one order.
    #[must_use]
    pub fn of(client_order_id: ClientOrderId) -> Self {
        Self {
            client_order_id: Some(client_order_id),
            ..Self::default()
        }
    }

    /// Whether a fill passes.
    #[must_use]
    pub fn accepts(&self, fill: &super::Fill) -> bool {
        self.client_order_id
            .as_ref()
            .is_none_or(|id| *id == fill.client_order_id)
            && self
                .instrument
                .as_ref()
                .is_none_or(|instrument| *instrument == fill.instrument)
            && self.since.is_none_or(|since| fill.executed_at >= since)
    }
}
