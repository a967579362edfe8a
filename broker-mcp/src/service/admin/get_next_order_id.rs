use broker_core::model::ClientOrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::about;
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
};

/// Asks for a name for the next order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GetNextOrderId {
    /// Connection; not needed when there is one.
    pub broker: Option<String>,
}

/// Names that are free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextOrderId {
    /// A new `client_order_id`: the same one never places two orders.
    pub id: String,
    /// The broker's next number for this client, where it numbers orders. It need not be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broker_number: Option<i64>,
}

impl Request for GetNextOrderId {
    type Data = NextOrderId;

    const ABOUT: About = about(
        "get_next_order_id",
        "Next order id",
        "A new client_order_id, and the broker's next order number where it has one. Orders need neither.",
        Effect::Read,
    );

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<NextOrderId>, Fault> {
        let broker = service.one_broker(call, self.broker.as_deref())?;
        let broker_number = service.house.operator.next_order_id(&broker).await?;
        let data = NextOrderId {
            id: ClientOrderId::generate().to_string(),
            broker_number,
        };
        Ok(Answer::new(data, Meta::of_server(service.clock.now())))
    }
}
