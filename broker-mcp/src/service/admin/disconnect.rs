use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    SessionNow,
    person::{DESTRUCTIVE, about},
};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Request},
};

/// Ends a broker's session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Disconnect {
    /// Connection; not needed when there is one.
    pub broker: Option<String>,
    /// Approval of a person for this call.
    pub preview_id: Option<String>,
}

impl Request for Disconnect {
    type Data = SessionNow;

    const ABOUT: About = about(
        "disconnect",
        "Disconnect",
        "Ends a broker's session and leaves it ended. Orders stay as they are at the broker. A person has to agree.",
        DESTRUCTIVE,
    );

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<SessionNow>, Fault> {
        let broker = service.one_broker(call, self.broker.as_deref())?;
        let sentence = format!(
            "Disconnect from {broker}: its orders go on working at the broker, and nobody here watches them."
        );
        service
            .person_agrees(call, Self::ABOUT.name, &broker, sentence)
            .await?;
        service.house.operator.disconnect(&broker).await?;
        let meta = Meta::of_server(service.clock.now());
        Ok(Answer::new(SessionNow::of(service, &broker, false), meta))
    }
}
