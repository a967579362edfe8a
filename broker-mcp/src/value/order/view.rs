use broker_core::model::{
    Fill, Money, Order, OrderAmount, OrderOrigin, OrderStatus, OrderType, TimeInForce,
    TrailingOffset,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;

use super::Trail;
use crate::value::{
    InstrumentView, Number, OrderTypeWord, SessionWord, SideWord, StatusWord, TimeInForceWord,
    Untrusted,
};

/// An order in an answer. What does not apply or is not known is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OrderView {
    /// Names it in every request: the broker's newest id, or `client_order_id` while there is none.
    pub order_id: String,
    /// Its name from before it was sent.
    pub client_order_id: String,
    /// The broker's ids, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broker_ids: Vec<String>,
    /// What is traded.
    pub instrument: InstrumentView,
    /// Which way.
    pub side: SideWord,
    /// Units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Number>,
    /// Money instead of units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notional: Option<Number>,
    /// Type.
    #[serde(rename = "type")]
    pub order_type: OrderTypeWord,
    /// Worst acceptable price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_price: Option<Number>,
    /// Price that sets it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_price: Option<Number>,
    /// Distance of a trailing stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
    /// Distance between stop and limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_offset: Option<Number>,
    /// How long it works.
    pub time_in_force: TimeInForceWord,
    /// End of a GTD order, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_till: Option<DateTime<Utc>>,
    /// When in the day it may trade.
    pub session: SessionWord,
    /// Units shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_quantity: Option<Number>,
    /// Where it stands; `unknown` must never be sent again.
    pub status: StatusWord,
    /// Untrusted: the broker's own word for a status without one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker_status: Option<Untrusted>,
    /// Units filled.
    pub filled: Number,
    /// Units still working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Number>,
    /// Average fill price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avg_fill_price: Option<Number>,
    /// Commission of all fills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Number>,
    /// Currency of commission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission_currency: Option<String>,
    /// Profit that the fills realised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realized_pnl: Option<Number>,
    /// Untrusted: the broker's last words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Untrusted>,
    /// List it belongs to, such as a bracket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Its part in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_role: Option<String>,
    /// Placed by somebody else than this server.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub placed_elsewhere: bool,
    /// First heard of, UTC.
    pub created_at: DateTime<Utc>,
    /// Last changed, UTC.
    pub updated_at: DateTime<Utc>,
}

impl OrderView {
    /// The answer for an order. What its fills cost is added by [`with_fills`](Self::with_fills).
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let terms = &*order.terms;
        let client_order_id = terms.client_order_id.to_string();
        let order_id = order.broker_order_id();
        let (quantity, notional) = match terms.amount {
            OrderAmount::Quantity(quantity) => (Some(Number(quantity.get())), None),
            OrderAmount::Cash(money) => (None, Some(Number(money.amount))),
            _ => (None, None),
        };
        let price = |price: broker_core::model::Price| Number(price.get());
        let kind = &terms.order_type;
        Self {
            order_id: order_id.map_or_else(|| client_order_id.clone(), ToString::to_string),
            client_order_id,
            broker_ids: order
                .broker_order_ids
                .iter()
                .map(ToString::to_string)
                .collect(),
            instrument: InstrumentView::of(&terms.instrument),
            side: terms.side.into(),
            quantity,
            notional,
            order_type: kind.into(),
            limit_price: kind.limit_price().map(price),
            stop_price: kind.trigger_price().map(price),
            trail: kind.trailing_offset().and_then(trail),
            limit_offset: match kind {
                OrderType::TrailingStopLimit { limit_offset, .. } => Some(Number(*limit_offset)),
                _ => None,
            },
            time_in_force: terms.time_in_force.into(),
            good_till: match terms.time_in_force {
                TimeInForce::Gtd(end) => Some(end),
                _ => None,
            },
            session: terms.session.into(),
            display_quantity: terms.display_quantity.map(|shown| Number(shown.get())),
            status: (&order.status).into(),
            broker_status: match &order.status {
                OrderStatus::Other(word) => Some(Untrusted::name(word)),
                _ => None,
            },
            filled: Number(order.cumulative_quantity),
            remaining: order.leaves_quantity.map(Number),
            avg_fill_price: order.average_price.map(price),
            commission: None,
            commission_currency: None,
            realized_pnl: None,
            reason: order
                .reason
                .as_ref()
                .map(|reason| Untrusted::name(&reason.to_string())),
            list: order.list.as_ref().map(|link| link.list.to_string()),
            list_role: order.list.as_ref().map(|link| link.role.to_string()),
            placed_elsewhere: order.origin == OrderOrigin::Outside,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }

    /// The same with what its fills cost and earned, if all of them are here and say it.
    #[must_use]
    pub fn with_fills<'a>(mut self, fills: impl IntoIterator<Item = &'a Fill>) -> Self {
        let mine = |fill: &&Fill| fill.client_order_id.as_str() == self.client_order_id;
        let fills: Vec<&Fill> = fills.into_iter().filter(mine).collect();
        let filled = fills.iter().try_fold(Decimal::ZERO, |sum, fill| {
            sum.checked_add(fill.quantity.get())
        });
        if fills.is_empty() || filled != Some(self.filled.0) {
            return self;
        }
        if let Some(commission) = sum(fills.iter().map(|fill| fill.commission)) {
            self.commission = Some(Number(commission.amount));
            self.commission_currency = Some(commission.currency.to_string());
        }
        let realized = sum(fills.iter().map(|fill| fill.realized_pnl));
        self.realized_pnl = realized.map(|money| Number(money.amount));
        self
    }
}

fn trail(offset: TrailingOffset) -> Option<Trail> {
    match offset {
        TrailingOffset::Amount(amount) => Some(Trail::Amount(amount)),
        TrailingOffset::Percent(percent) => Some(Trail::Percent(percent)),
        _ => None,
    }
}

/// The sum of amounts that are all known and all in one currency.
fn sum(amounts: impl Iterator<Item = Option<Money>>) -> Option<Money> {
    let mut amounts = amounts;
    let first = amounts.next()??;
    amounts.try_fold(first, |sum, amount| sum.checked_add(amount?))
}
