use broker_core::{SessionState, model::BrokerId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Endpoint,
    person::{IDEMPOTENT, about},
};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Request},
};

/// Begins a broker's session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Connect {
    /// Connection; not needed when there is one.
    pub broker: Option<String>,
    /// Host; only one that is configured.
    pub host: Option<String>,
    /// Port; only one that is configured.
    pub port: Option<u16>,
    /// Client number; only one that is configured.
    pub client_id: Option<i32>,
    /// Approval of a person for this call.
    pub preview_id: Option<String>,
}

/// How a session stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionNow {
    /// The connection.
    pub broker: String,
    /// `connecting`, `ready`, `degraded`, `maintenance`, `displaced`, `auth_required` or `closed`.
    pub state: String,
    /// Whether it was so before.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub already: bool,
}

impl SessionNow {
    pub(super) fn of(service: &BrokerService, broker: &BrokerId, already: bool) -> Self {
        let seats = service.registry.seats();
        let mut seats = seats.iter();
        let seat = seats.find(|seat| seat.key.broker == *broker);
        let state = seat.map(|seat| seat.broker.session().borrow().clone());
        Self {
            broker: broker.to_string(),
            state: word(state.as_ref().unwrap_or(&SessionState::Closed)).to_owned(),
            already,
        }
    }
}

const fn word(state: &SessionState) -> &'static str {
    match state {
        SessionState::Connecting => "connecting",
        SessionState::Ready => "ready",
        SessionState::Degraded { .. } => "degraded",
        SessionState::Maintenance { .. } => "maintenance",
        SessionState::Displaced { .. } => "displaced",
        SessionState::AuthRequired { .. } => "auth_required",
        SessionState::Closed => "closed",
        _ => "unknown",
    }
}

impl Connect {
    /// The place that is meant. Only the operator says where there is one.
    fn place(&self, known: Vec<Endpoint>) -> Result<Option<Endpoint>, Fault> {
        if self.host.is_none() && self.port.is_none() && self.client_id.is_none() {
            return Ok(None);
        }
        let fits = |place: &Endpoint| {
            self.host.as_ref().is_none_or(|host| *host == place.host)
                && self.port.is_none_or(|port| port == place.port)
                && self.client_id.is_none_or(|id| Some(id) == place.client_id)
        };
        let found = known.into_iter().find(fits);
        let message = "host, port, client_id: only places that the operator has configured are \
                       connected to, and this is none of them; leave them out";
        let foreign = || Fault::new(FaultCode::Forbidden, message);
        found.map(Some).ok_or_else(foreign)
    }
}

impl Request for Connect {
    type Data = SessionNow;

    const ABOUT: About = about(
        "connect",
        "Connect",
        "Begins a broker's session at a configured place. A person has to agree.",
        IDEMPOTENT,
    );

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<SessionNow>, Fault> {
        let broker = service.one_broker(call, self.broker.as_deref())?;
        let operator = &service.house.operator;
        let place = self.place(operator.endpoints(&broker))?;
        let now = SessionNow::of(service, &broker, true);
        let meta = Meta::of_server(service.clock.now());
        if now.state == "ready" {
            return Ok(Answer::new(now, meta));
        }
        let at = place
            .as_ref()
            .map(|place| format!(" at {}:{}", place.host, place.port));
        let at = at.unwrap_or_default();
        let sentence = format!("Connect to {broker}{at}.");
        let arguments = (
            broker.as_str(),
            &at,
            place.as_ref().and_then(|place| place.client_id),
        );
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        service
            .house
            .operator
            .connect(&broker, place.as_ref())
            .await?;
        Ok(Answer::new(SessionNow::of(service, &broker, false), meta))
    }
}
