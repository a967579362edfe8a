use broker_core::model::BrokerId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::{IDEMPOTENT, about};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Request},
};

/// Begins the sessions with a broker anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RestartWorkers {
    /// Connection; all of them when absent.
    pub broker: Option<String>,
    /// Approval of a person for this call.
    pub preview_id: Option<String>,
}

/// How many were begun anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restarted {
    /// Sessions.
    pub restarted: u32,
}

impl Request for RestartWorkers {
    type Data = Restarted;

    const ABOUT: About = about(
        "restart_workers",
        "Restart sessions",
        "Begins the sessions with a broker, or with all, anew. Orders are not touched. A person has to agree.",
        IDEMPOTENT,
    );

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Restarted>, Fault> {
        let brokers: Vec<BrokerId> = match self.broker.as_deref() {
            Some(name) => vec![service.one_broker(call, Some(name))?],
            None => service.brokers_of(call).cloned().collect(),
        };
        let names: Vec<&str> = brokers.iter().map(BrokerId::as_str).collect();
        let sentence = format!("Begin the sessions with {} anew.", names.join(", "));
        service
            .person_agrees(call, Self::ABOUT.name, &names, sentence)
            .await?;
        let mut restarted = 0_u32;
        for broker in &brokers {
            restarted = restarted.saturating_add(service.house.operator.restart(broker).await?);
        }
        let meta = Meta::of_server(service.clock.now());
        Ok(Answer::new(Restarted { restarted }, meta))
    }
}
