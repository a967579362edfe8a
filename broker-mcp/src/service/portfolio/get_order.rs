use broker_runtime::registry::Seat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding;
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{Scope, reading::Told},
    value::OrderView,
};

/// How an order stands, asked of the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOrder {
    /// `order_id` of an order,
    #[serde(default)]
    pub order_id: Option<String>,
    /// or its `client_order_id`.
    #[serde(default)]
    pub client_order_id: Option<String>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

impl Request for GetOrder {
    type Data = OrderView;

    const ABOUT: About = About {
        name: "get_order",
        title: "One order",
        summary: "How an order stands now at the broker: the way to find out what became of an order with status unknown.",
        toolset: Toolset::Portfolio,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<OrderView>, Fault> {
        let name = match (&self.order_id, &self.client_order_id) {
            (Some(name), None) | (None, Some(name)) => name.trim(),
            (Some(_), Some(_)) => {
                return Err(Fault::invalid("order_id", "one of the two is enough"));
            }
            (None, None) => return Err(Fault::invalid("order_id", "it is missing")),
        };
        if name.is_empty() || name.len() > 64 {
            return Err(Fault::invalid("order_id", "1 to 64 characters"));
        }
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        if scope.is_all() {
            return Err(Fault::invalid("account", "an order is in one account"));
        }
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let (order, warning) = finding::now(broker, seat.account(), name).await?;
            let view = finding::view(broker, seat.account(), &order);
            Ok(Told::new(view, broker.desk().clock().now()).warned(warning))
        };
        service.read(call, &scope, ask).await
    }
}
