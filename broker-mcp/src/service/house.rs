//! What commands need beyond the accounts: the server's file, the trail, the kill switch, and the hooks
//! of the program around the service.

use core::fmt;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use broker_core::model::BrokerId;
use broker_runtime::{
    layer::{Audit, Risk},
    registry::SeatKey,
    risk::{KillState, RiskLimits},
};
use chrono::TimeDelta;
use tokio::sync::OwnedMutexGuard;

use super::{
    BrokerService,
    admin::{NoOperator, Operator},
};
use crate::{Fault, FaultCode, gateway::Gateway, store::Store};

/// How long what was asked and shown is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patience {
    /// A question that somebody answers by another way than the client; ten minutes when not said.
    pub out_of_band: TimeDelta,
    /// A question that the client asks its person; two minutes when not said, and at most.
    pub client: TimeDelta,
    /// A preview; two minutes when not said.
    pub preview: TimeDelta,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            out_of_band: TimeDelta::minutes(10),
            client: TimeDelta::minutes(2),
            preview: TimeDelta::minutes(2),
        }
    }
}

type Claim = tokio::sync::Mutex<()>;

/// Names of commands that are being dealt with now, each by one call.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<HashMap<String, Weak<Claim>>>);

impl Claims {
    /// Waits until no other call in this process deals with a command of this name.
    pub(crate) async fn claim(&self, principal: &str, id: &str) -> OwnedMutexGuard<()> {
        let claim = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, claim| claim.strong_count() > 0);
            // Neither part can hold the separator.
            let name = format!("{principal}\n{id}");
            let here = all.get(&name).and_then(Weak::upgrade);
            here.unwrap_or_else(|| {
                let claim = Arc::new(Claim::new(()));
                all.insert(name, Arc::downgrade(&claim));
                claim
            })
        };
        claim.lock_owned().await
    }

    /// Waits until no other call in this process, of whatever caller, is between looking at something of an
    /// account and sending what follows from it.
    pub(crate) async fn turn(&self, seat: &SeatKey, about: &str) -> OwnedMutexGuard<()> {
        // No caller is called nothing.
        self.claim("", &format!("{seat}\n{about}")).await
    }
}

pub(crate) struct House {
    store: Option<Store>,
    pub(crate) audit: Option<Arc<Audit>>,
    /// The limits and the switch of all brokers; one of the service's own where nobody gave one.
    pub(crate) risk: Arc<Risk>,
    pub(crate) operator: Arc<dyn Operator>,
    pub(crate) gateways: BTreeMap<BrokerId, Arc<Gateway>>,
    pub(crate) patience: Patience,
    pub(crate) claims: Arc<Claims>,
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House")
            .field("store", &self.store)
            .field("operator", &self.operator)
            .field("gateways", &self.gateways)
            .finish_non_exhaustive()
    }
}

impl Default for House {
    fn default() -> Self {
        let store = Store::in_memory()
            .inspect_err(|error| tracing::error!(%error, "no store: nothing can be sent"));
        Self {
            store: store.ok(),
            audit: None,
            risk: Risk::new(RiskLimits::default()),
            operator: Arc::new(NoOperator),
            gateways: BTreeMap::new(),
            patience: Patience::default(),
            claims: Arc::default(),
        }
    }
}

impl House {
    /// The server's file.
    ///
    /// # Errors
    /// When there is none: nothing may be sent then.
    pub(crate) fn store(&self) -> Result<&Store, Fault> {
        let none = || {
            Fault::new(
                FaultCode::Internal,
                "there is no file to write commands down in",
            )
        };
        self.store.as_ref().ok_or_else(none)
    }
}

impl BrokerService {
    /// The same service with what it has to remember in a file.
    #[must_use]
    pub fn with_store(mut self, store: Store) -> Self {
        self.house.store = Some(store);
        self
    }

    /// The same service with its refusals and approvals in a trail: give it the one of the brokers, too.
    #[must_use]
    pub fn with_audit(mut self, audit: Arc<Audit>) -> Self {
        self.house.audit = Some(audit);
        self
    }

    /// The same service with the kill switch of its brokers' layers.
    #[must_use]
    pub fn with_risk(mut self, risk: Arc<Risk>) -> Self {
        self.house.risk = risk;
        self
    }

    /// The same service with what the program around it can do.
    #[must_use]
    pub fn with_operator(mut self, operator: Arc<dyn Operator>) -> Self {
        self.house.operator = operator;
        self
    }

    /// The same service with the gateway of a broker.
    #[must_use]
    pub fn with_gateway(mut self, broker: BrokerId, gateway: Arc<Gateway>) -> Self {
        self.house.gateways.insert(broker, gateway);
        self
    }

    /// The same service with other times; no client is waited for longer than two minutes.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        let client = patience.client.min(Patience::default().client);
        self.house.patience = Patience { client, ..patience };
        self
    }

    /// The server's file.
    ///
    /// # Errors
    /// When there is none.
    pub fn store(&self) -> Result<&Store, Fault> {
        self.house.store()
    }

    /// How the kill switch stands.
    #[must_use]
    pub fn kill_switch(&self) -> KillState {
        self.house.risk.kill_switch().state()
    }
}
