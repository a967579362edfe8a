use std::sync::Arc;

use broker_core::BrokerExt;
use broker_runtime::{audit::acting_as, layer::Risk, registry::Permission, risk::KillState};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::person::{IDEMPOTENT, about};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::{Answer, Meta},
    operation::{About, Request},
    principal::Role,
    service::trail,
    value::Untrusted,
};

/// What to do with the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum KillAction {
    /// Look at it.
    Status,
    /// Refuse every new order from now on.
    Engage,
    /// Not possible here; understood so that the answer can say so.
    #[schemars(skip)]
    Release,
}

/// Looks at the kill switch or engages it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KillSwitch {
    /// `status` or `engage`. Only the operator releases it, outside of this.
    pub action: KillAction,
    /// Why, for the trail.
    #[serde(default)]
    pub reason: Option<String>,
}

/// How the switch stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KillSwitchNow {
    /// Whether new orders and changes are refused. Cancels pass.
    pub engaged: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

impl From<KillState> for KillSwitchNow {
    fn from(state: KillState) -> Self {
        match state {
            KillState::Released => Self {
                engaged: false,
                reason: None,
                since: None,
            },
            KillState::Engaged { reason, at } => Self {
                engaged: true,
                reason: Some(reason),
                since: Some(at),
            },
            // Whatever it may be, it is not released.
            _ => Self {
                engaged: true,
                reason: None,
                since: None,
            },
        }
    }
}

impl Request for KillSwitch {
    type Data = KillSwitchNow;

    const ABOUT: About = about(
        "kill_switch",
        "Kill switch",
        "Says whether all new orders are refused, or refuses them from now on, at once. Cancels always pass. It cannot be released here.",
        IDEMPOTENT,
    );

    async fn run(
        self,
        service: &BrokerService,
        call: &Call,
    ) -> Result<Answer<KillSwitchNow>, Fault> {
        let mut meta = Meta::of_server(service.clock.now());
        match self.action {
            KillAction::Status => {}
            KillAction::Engage => {
                // Nobody is asked: it only stops.
                if let Err(warning) = service.engage_for(call, self.reason.as_deref()) {
                    meta = meta.warning(warning);
                }
            }
            KillAction::Release => {
                let message = "the kill switch is released only by the operator, with `broker-mcp kill \
                               release` at the server";
                return Err(Fault::new(FaultCode::Forbidden, message));
            }
        }
        Ok(Answer::new(service.kill_switch().into(), meta))
    }
}

impl BrokerService {
    /// Engages the switch for somebody; why it may not last, if it may not.
    fn engage_for(&self, call: &Call, reason: Option<&str>) -> Result<(), String> {
        let said = Untrusted::line(reason.unwrap_or("no reason given"), 200);
        let reason = format!("key {}: {said}", call.principal.id);
        let kept = self.engage_kill_switch(&reason);
        kept.map_err(|error| format!("it holds in this process only: {error}"))
    }

    /// Stops everything for a person at a face: engages the switch, and cancels, if that is wanted, every
    /// order of every account that the caller may use, orders on their way and from elsewhere included.
    /// What could not be done is said in the warnings; the switch holds all the same.
    ///
    /// # Errors
    /// [`Forbidden`](FaultCode::Forbidden) with neither the role trade nor admin;
    /// [`Unauthenticated`](FaultCode::Unauthenticated) for a key that has ended.
    pub async fn stop_everything(
        &self,
        call: &Call,
        reason: Option<&str>,
        cancel_orders: bool,
    ) -> Result<Answer<KillSwitchNow>, Fault> {
        let mut arguments = Map::from_iter([("cancel_orders".to_owned(), cancel_orders.into())]);
        if let Some(reason) = reason {
            arguments.insert("reason".to_owned(), reason.into());
        }
        let row = self.begin_trail(call, KillSwitch::ABOUT.name, Some(&arguments));
        if let Err(fault) = self.may_stop(call) {
            row.end(&Err(fault.clone()));
            return Err(fault);
        }
        let work = self.stop(call, reason, cancel_orders);
        let warnings = acting_as(trail::actor(call), work).await;
        row.end(&Ok(json!({ "engaged": true, "warnings": warnings })));
        let mut meta = Meta::of_server(self.clock.now());
        meta.warnings = warnings;
        Ok(Answer::new(self.kill_switch().into(), meta))
    }

    fn may_stop(&self, call: &Call) -> Result<(), Fault> {
        let principal = &*call.principal;
        let now = self.clock.now();
        if principal.expires_at.is_some_and(|end| end <= now) {
            let message = "this key has expired";
            return Err(Fault::new(FaultCode::Unauthenticated, message));
        }
        if principal.may(Role::Trade) || principal.may(Role::Admin) {
            return Ok(());
        }
        let message = "this needs a key with the role trade or admin";
        Err(Fault::new(FaultCode::Forbidden, message))
    }

    async fn stop(&self, call: &Call, reason: Option<&str>, cancel_orders: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        warnings.extend(self.engage_for(call, reason).err());
        if cancel_orders {
            let mut risks: Vec<&Arc<Risk>> = vec![&self.house.risk];
            let others = self.standings.values().map(|standing| &standing.risk);
            risks.extend(others);
            let on_their_way = risks.iter().any(|risk| risk.are_on_their_way());
            let mut left = self.cancel_in_all(call).await;
            if on_their_way {
                join_all(risks.iter().map(|risk| risk.until_arrived())).await;
                left = self.cancel_in_all(call).await;
            }
            warnings.extend(left);
        }
        warnings
    }

    /// Cancels every order in every account of a caller, all accounts at once; those where it is not
    /// known to have worked.
    async fn cancel_in_all(&self, call: &Call) -> Vec<String> {
        let asked = self.accounts_of(call).map(|account| async {
            let sent = match self.registry.seat(&account.key, Permission::Trade) {
                Ok(seat) => BrokerExt::cancel_all(&*seat.broker, &account.key.account).await,
                Err(error) => Err(error),
            };
            let why = match sent {
                Ok(sent) if sent.is_accepted() => return None,
                Ok(_) => "nobody knows whether the request has arrived".to_owned(),
                Err(error) => Fault::from(error).message,
            };
            Some(format!(
                "the orders of {} may still work: {why}",
                account.name
            ))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    /// Refuses every new order from now on. Orders that work go on working.
    ///
    /// # Errors
    /// When a later process may not know of it; this one refuses all the same.
    pub fn engage_kill_switch(&self, reason: &str) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut kept = self.house.risk.kill_switch().engage(reason, now);
        // Brokers may have been put up with switches of their own.
        for standing in self.standings.values() {
            let switch = standing.risk.kill_switch();
            if matches!(switch.state(), KillState::Released) {
                kept = kept.and(switch.engage(reason, now));
            }
        }
        Ok(kept?)
    }
}
