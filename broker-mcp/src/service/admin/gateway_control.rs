use core::time::Duration;

use broker_core::{ErrorKind, gateway::GatewayControl as _};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::person::{IDEMPOTENT, about};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    gateway::{Gateway, LONGEST_WAIT},
    operation::{About, Request},
};

/// What to do with a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum GatewayAction {
    /// Look at it.
    Status,
    /// Start it, and let it be started again by itself.
    Start,
    /// Stop it, and keep it stopped until it is started.
    Stop,
    /// Stop it and start it.
    Restart,
    /// Start it if it has to be, and wait until it answers.
    EnsureReady,
}

impl GatewayAction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::EnsureReady => "ensure_ready",
        }
    }
}

/// Looks at the gateway of a broker, starts or stops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayControl {
    /// `status`, `start`, `stop`, `restart` or `ensure_ready`.
    pub action: GatewayAction,
    /// Connection; not needed when there is one.
    #[serde(default)]
    pub broker: Option<String>,
    /// Seconds to wait for `ensure_ready`, at most 120; 90 when absent.
    #[serde(default)]
    pub timeout: Option<u32>,
    /// Approval of a person for this call.
    #[serde(default)]
    pub preview_id: Option<String>,
}

/// How a gateway stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct GatewayNow {
    /// Its name.
    pub gateway: String,
    /// `connected`, `api_ready`, `starting` or `disconnected`.
    pub state: String,
    /// Whether it answers clients.
    pub ready: bool,
    /// Whether its process or container runs.
    pub running: bool,
    /// Whether something listens on its port.
    pub port_open: bool,
    /// What was seen, for a person.
    pub detail: String,
    /// Seconds that this call has waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<u64>,
    /// Who has logged it out; nothing starts it then but `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged_out_by: Option<String>,
    /// Since when, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged_out_at: Option<DateTime<Utc>>,
}

impl GatewayNow {
    /// Looks at a gateway.
    ///
    /// # Errors
    /// When its state cannot be found out.
    pub async fn of(gateway: &Gateway, waited: Option<Duration>) -> Result<Self, Fault> {
        let status = gateway.status().await?;
        let latch = gateway.latch().await?;
        Ok(Self {
            gateway: gateway.name().to_owned(),
            state: status.state().to_string(),
            ready: status.answering.holds,
            running: status.running.holds,
            port_open: status.port_open.holds,
            detail: status.to_string(),
            waited: waited.map(|waited| waited.as_secs()),
            logged_out_at: latch.as_ref().map(|latch| latch.at),
            logged_out_by: latch.map(|latch| latch.by),
        })
    }
}

impl Request for GatewayControl {
    type Data = GatewayNow;

    const ABOUT: About = about(
        "gateway_control",
        "Gateway",
        "Says how a broker's gateway stands, starts, stops or restarts it, or waits until it is ready. Stopped, nothing but start starts it.",
        IDEMPOTENT,
    );

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<GatewayNow>, Fault> {
        let broker = service.one_broker(call, self.broker.as_deref())?;
        let none = || {
            let message =
                format!("the connection {broker} has no gateway that this server controls");
            Fault::new(FaultCode::Unsupported, message)
        };
        let gateway = service.house.gateways.get(&broker).ok_or_else(none)?;
        let wait = self.timeout.map_or(90, u64::from);
        if wait > LONGEST_WAIT.as_secs() {
            return Err(Fault::invalid("timeout", "at most 120 seconds"));
        }
        let mut meta = Meta::of_server(service.clock.now());
        let now = GatewayNow::of(gateway, None).await?;
        // Looking, and waiting for what is there already, changes nothing.
        let harmless = match self.action {
            GatewayAction::Status => true,
            GatewayAction::EnsureReady => now.ready,
            _ => false,
        };
        if harmless {
            let waited = (self.action == GatewayAction::EnsureReady).then_some(0);
            return Ok(Answer::new(GatewayNow { waited, ..now }, meta));
        }
        let action = self.action.as_str();
        let sentence = format!("{action} the gateway {} of {broker}.", gateway.name());
        let arguments = (broker.as_str(), action);
        service
            .person_agrees(call, Self::ABOUT.name, &arguments, sentence)
            .await?;
        let mut waited = None;
        match self.action {
            GatewayAction::Status => {}
            GatewayAction::Start => gateway.login().await?,
            GatewayAction::Stop => gateway.logout_by(&call.principal.name).await?,
            GatewayAction::Restart => gateway.reconnect().await?,
            GatewayAction::EnsureReady => {
                let longest = Duration::from_secs(wait);
                match gateway.ensure_ready(longest).await {
                    Ok(ready) => waited = Some(ready.waited),
                    // It is not ready, and that is an answer.
                    Err(error) if error.kind() == ErrorKind::Timeout => {
                        waited = Some(longest);
                        meta = meta.warning(error.message());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(Answer::new(GatewayNow::of(gateway, waited).await?, meta))
    }
}
