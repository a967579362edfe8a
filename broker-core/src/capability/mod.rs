//! What a broker can do for an account, as data, and the check against it.
//!
//! Capabilities are per account and session, because permissions differ. Each "no" carries its
//! reason. [`Capabilities::check`] does no I/O and runs before any byte leaves (promise P6).

mod check;
mod order_form;
mod support;

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod check_values_tests;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use order_form::{LocalForm, OrderForm, Refusal};
pub use support::{Support, Why};

use crate::model::{ContingencyKind, Environment, FeedKind, ReplaceField};

/// What a broker can do for one account in this session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether orders move real money, proven by the session.
    pub environment: Environment,
    /// The forms of order that are taken: an order must fit one of them in every respect.
    pub orders: Vec<OrderForm>,
    /// Further forms that are taken for instruments of some exchanges only, such as orders for the
    /// auctions of Hong Kong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_orders: Vec<LocalForm>,
    /// Reasons for forms that are not taken; a form without one is not offered by the broker.
    pub refusals: Vec<Refusal>,
    /// Orders for an amount of money.
    pub cash_amount: Support<()>,
    /// Quantities with a fraction.
    pub fractional: Support<()>,
    /// Orders that show a part of their quantity.
    pub display_quantity: Support<()>,
    /// The side [`SellShort`](crate::model::Side::SellShort).
    pub short_sale: Support<()>,
    /// Changing a working order, and which fields.
    pub replace: Support<BTreeSet<ReplaceField>>,
    /// The adapters' names whose [extension fields](crate::model::Extensions) are read; an order with fields
    /// of another adapter is refused, because they would be lost.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extensions: BTreeSet<String>,
    /// Lists of orders, and which kinds.
    pub lists: Support<BTreeSet<ContingencyKind>>,
    /// What an order would cost, without placing it.
    pub preview: Support<()>,
    /// Exercising options before expiry.
    pub exercise: Support<()>,
    /// What the broker does with a client order id.
    pub idempotency: Idempotency,
    /// What can be subscribed to.
    pub feeds: Support<BTreeSet<FeedKind>>,
    /// Historical bars.
    pub history: Support<()>,
    /// Company reports, corporate actions, news and scanners.
    pub research: Support<()>,
    /// How many requests are allowed.
    pub budgets: Vec<RateBudget>,
    /// The longest client order id that the broker keeps, in characters.
    pub max_client_order_id: u16,
}

impl Capabilities {
    /// An account that can do nothing; the adapter adds what it can.
    #[must_use]
    pub fn none(environment: Environment) -> Self {
        Self {
            environment,
            orders: Vec::new(),
            local_orders: Vec::new(),
            refusals: Vec::new(),
            cash_amount: Support::No(Why::NotImplemented),
            fractional: Support::No(Why::NotImplemented),
            display_quantity: Support::No(Why::NotImplemented),
            short_sale: Support::No(Why::NotImplemented),
            replace: Support::No(Why::NotImplemented),
            extensions: BTreeSet::new(),
            lists: Support::No(Why::NotImplemented),
            preview: Support::No(Why::NotImplemented),
            exercise: Support::No(Why::NotImplemented),
            idempotency: Idempotency::None,
            feeds: Support::No(Why::NotImplemented),
            history: Support::No(Why::NotImplemented),
            research: Support::No(Why::NotImplemented),
            budgets: Vec::new(),
            max_client_order_id: 64,
        }
    }
}

crate::model::words::word_enum! {
    /// What a broker does with a client order id.
    pub enum Idempotency {
        /// Refuses a second order with the same one.
        Enforced = "enforced",
        /// Gives it back with the order, so that a lookup finds it.
        Echoed = "echoed",
        /// Nothing; the order must be found by its looks.
        None = "none",
    }
}

/// A limit on the number of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RateBudget {
    /// Which requests, such as `orders` or `history`.
    pub scope: String,
    /// Most requests in a period.
    pub permits: u32,
    /// The period, in milliseconds.
    pub period_ms: u64,
}
