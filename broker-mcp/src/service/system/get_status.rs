use std::collections::BTreeMap;

use broker_core::model::{BrokerId, Environment};
use broker_runtime::{
    registry::{Permission, Seat},
    risk::KillState,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CircuitView, ConnectionWord, TokenView, state::state};
use crate::{
    BrokerService, Call, Fault,
    answer::{Answer, Meta},
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
};

/// How the server and its connections are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetStatus {
    /// Only this connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// How the server and its connections are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Status {
    /// Whether every connection works.
    pub connected: bool,
    /// Connections of the accounts that this key may use.
    pub brokers: Vec<BrokerRow>,
    /// This server.
    pub server: ServerRow,
    /// The worst of the connections' breakers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<CircuitView>,
    /// Tokens of logins that have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenView>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct BrokerRow {
    /// Its name.
    pub id: String,
    /// How it is.
    pub state: ConnectionWord,
    /// `live`, `paper` or `simulated`, as the broker has proven.
    pub environment: String,
    /// No real money moves.
    pub paper: bool,
    /// This key cannot trade here.
    pub read_only: bool,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Its breaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit: Option<CircuitView>,
}

/// This server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ServerRow {
    /// Version.
    pub version: String,
    /// The way in.
    pub protocol: String,
    /// Parts of the operations that this key sees.
    pub toolsets: Vec<Toolset>,
    /// Orders are blocked, except cancels.
    pub kill_switch: bool,
    /// Who engaged it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_switch_reason: Option<String>,
}

impl BrokerService {
    /// Whether orders are blocked here, and why.
    fn blocked(&self) -> Option<String> {
        self.standings
            .values()
            .find_map(|standing| match standing.risk.kill_switch().state() {
                KillState::Engaged { reason, .. } => {
                    Some(crate::value::Untrusted::line(&reason, 200))
                }
                KillState::Released => None,
                // What is not known here is not a reason to think that orders pass.
                _ => Some("in a state that is not known here".to_owned()),
            })
    }

    fn broker_row(&self, call: &Call, id: &BrokerId, seats: &[Seat]) -> Option<BrokerRow> {
        let broker = &seats.first()?.broker;
        let (state, last_error) = state(&**broker);
        let environment = broker.environment();
        let trades = call.principal.may(Role::Trade)
            && seats
                .iter()
                .any(|seat| seat.enabled && seat.permission >= Permission::Trade);
        let standing = self.standings.get(id);
        Some(BrokerRow {
            id: id.to_string(),
            state,
            environment: environment.to_string(),
            paper: environment != Environment::Live,
            read_only: !trades,
            last_error,
            circuit: standing.map(|standing| CircuitView::of(&standing.breaker)),
        })
    }
}

impl Request for GetStatus {
    type Data = Status;

    const ABOUT: About = About {
        name: "get_status",
        title: "Server status",
        summary: "Whether the server and its broker connections work, paper or live, kill switch, token expiry.",
        toolset: Toolset::System,
        role: Role::Read,
        effect: Effect::Read,
        open_world: false,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Status>, Fault> {
        let mut by_broker: BTreeMap<BrokerId, Vec<Seat>> = BTreeMap::new();
        let mut tokens = Vec::new();
        for account in service.accounts_of(call) {
            let id = &account.key.broker;
            if self
                .broker
                .as_deref()
                .is_some_and(|wanted| wanted != id.as_str())
            {
                continue;
            }
            let Some(seat) = service.registry.get(&account.key) else {
                continue;
            };
            by_broker.entry(id.clone()).or_default().push(seat);
            tokens.extend(service.token_of(account));
        }
        if let (Some(wanted), true) = (&self.broker, by_broker.is_empty()) {
            let message = format!(
                "there is no connection `{}`",
                crate::value::Untrusted::line(wanted, 40)
            );
            return Err(Fault::new(crate::FaultCode::NotFound, message));
        }
        let rows = by_broker.iter();
        let brokers: Vec<BrokerRow> = rows
            .filter_map(|(id, seats)| service.broker_row(call, id, seats))
            .collect();
        let circuits = brokers.iter().filter_map(|row| row.circuit.clone());
        let blocked = service.blocked();
        let data = Status {
            connected: !brokers.is_empty()
                && brokers
                    .iter()
                    .all(|row| row.state == ConnectionWord::Connected),
            circuit: circuits.max_by_key(CircuitView::rank),
            brokers,
            server: ServerRow {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                protocol: call.face.to_string(),
                toolsets: call.principal.toolsets.iter().copied().collect(),
                kill_switch: blocked.is_some(),
                kill_switch_reason: blocked,
            },
            tokens,
        };
        Ok(Answer::new(data, Meta::of_server(service.clock.now())))
    }
}
