use std::{collections::HashSet, sync::Arc};

use broker_core::{
    BrokerExt as _,
    model::{Order, OrderFilter},
};
use broker_runtime::registry::Seat;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{finding, wanted::Wanted};
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, covered, within},
    },
    value::{InstrumentRef, Listed, Moment, OrderView, StatusWord},
};

/// Orders of an account, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrders {
    /// Only orders that may still trade.
    #[serde(default)]
    pub open_only: bool,
    /// Only these.
    #[serde(default)]
    pub status: Option<Listed<StatusWord>>,
    /// Only of this instrument.
    #[serde(default)]
    pub instrument: Option<InstrumentRef>,
    /// Changed since: date or time (UTC).
    #[serde(default)]
    pub start: Option<Moment>,
    /// Created before: date (all of it) or time.
    #[serde(default)]
    pub end: Option<Moment>,
    /// Most orders, 1 to 500. Default 100.
    #[serde(default)]
    pub limit: Option<u32>,
    /// `next_cursor` of the answer before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Account, or `all`.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Orders {
    /// Newest first.
    pub orders: Vec<OrderView>,
}

/// Where a list goes on: after the order that was created then and has this name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cursor(DateTime<Utc>, String);

impl Cursor {
    fn of(order: &Order) -> Self {
        Self(order.created_at, order.client_order_id().to_string())
    }

    fn write(&self) -> String {
        format!(
            "{}~{}",
            self.0.timestamp_nanos_opt().unwrap_or_default(),
            self.1
        )
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let read = || {
            let (nanos, id) = text.split_once('~')?;
            Some(Self(
                DateTime::from_timestamp_nanos(nanos.parse().ok()?),
                id.to_owned(),
            ))
        };
        read().ok_or_else(|| Fault::invalid("cursor", "it is not that of an answer"))
    }
}

impl Request for GetOrders {
    type Data = Orders;

    const ABOUT: About = About {
        name: "get_orders",
        title: "Orders",
        summary: "Orders of an account, newest first, open or of any status. All accounts with account `all`.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Orders>, Fault> {
        let limit = within("limit", self.limit.unwrap_or(100), 1, 500)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let cursor = self.cursor.as_deref().map(Cursor::read).transpose()?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        if scope.is_all() && cursor.is_some() {
            return Err(Fault::invalid("cursor", "name the account that it is from"));
        }
        let (asked, cursor) = (&self, &cursor);
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let now = broker.desk().clock().now();
            let instrument = asked.instrument.as_ref();
            let wanted = Wanted::of(broker, instrument, asked.start, asked.end).await?;
            let mut filter = OrderFilter::default();
            filter.open_only = asked.open_only;
            filter.instrument = wanted.filter();
            filter.since = wanted.since;
            let mut warnings = Vec::new();
            let told = broker.orders(seat.account(), &filter).await?;
            let mut known = HashSet::new();
            let mut orders: Vec<(Cursor, Arc<Order>)> = Vec::new();
            for order in covered(told, &mut warnings)? {
                let place = Cursor::of(&order);
                let status = StatusWord::from(&order.status);
                let fits = asked
                    .status
                    .as_ref()
                    .is_none_or(|wanted| wanted.0.contains(&status))
                    && cursor.as_ref().is_none_or(|after| place < *after)
                    && wanted
                        .has(broker, order.instrument(), order.created_at)
                        .await?;
                // The same order may be reported twice.
                if fits && known.insert(order.client_order_id().clone()) {
                    orders.push((place, order));
                }
            }
            orders.sort_by(|(one, _), (other, _)| other.cmp(one));
            let more = orders.len() > limit;
            orders.truncate(limit);
            let next = orders
                .last()
                .filter(|_| more)
                .map(|(place, _)| place.write());
            let orders: Vec<Arc<Order>> = orders.into_iter().map(|(_, order)| order).collect();
            let data = Orders {
                orders: finding::views(broker, seat.account(), &orders),
            };
            let mut told = Told::new(data, now).warned(warnings);
            told.next_cursor = next;
            Ok(told)
        };
        service.read(call, &scope, ask).await
    }
}
