//! Two brokers over one simulated exchange, and somebody who asks them.

use std::{collections::BTreeSet, sync::Arc};

use broker_core::{Broker, dec, model::AccountId};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::{PaperBroker, PaperWorld};
use serde_json::{Map, Value};

use crate::{
    BrokerService, Call, Fault, Principal,
    principal::{Access, Role},
};

/// `alpha` has, `beta` has B-1.
pub(crate) struct Rig {
    pub(crate) world: Arc<PaperWorld>,
    pub(crate) alpha: Arc<PaperBroker>,
    pub(crate) beta: Arc<PaperBroker>,
    pub(crate) service: BrokerService,
}

pub(crate) fn id(account: &str) -> AccountId {
    AccountId::new(account).unwrap()
}

impl Rig {
    pub(crate) fn new() -> Self {
        let builder = PaperBroker::builder();
        let builder = builder
            .account("A-1", dec!(1_000_000))
            .account("A-2", dec!(500_000));
        let world = builder.account("B-1", dec!(250_000)).build_world().unwrap();
        let alpha = Arc::new(world.connect("alpha", vec![id("A-1"), id("A-2")]).unwrap());
        let beta = Arc::new(world.connect("beta", vec![id("B-1")]).unwrap());
        let registry = Registry::new();
        for account in ["A-1", "A-2"] {
            let broker: Arc<dyn Broker> = alpha.clone();
            registry
                .add(broker, &id(account), Permission::Trade)
                .unwrap();
        }
        registry
            .add(beta.clone(), &id("B-1"), Permission::Read)
            .unwrap();
        let service = BrokerService::over(registry);
        Self {
            world,
            alpha,
            beta,
            service,
        }
    }

    pub(crate) async fn ask(&self, operation: &str, arguments: Value) -> Result<Value, Fault> {
        self.ask_as(&reader(), operation, arguments).await
    }

    pub(crate) async fn ask_as(
        &self,
        call: &Call,
        operation: &str,
        arguments: Value,
    ) -> Result<Value, Fault> {
        let arguments: Map<String, Value> = serde_json::from_value(arguments).unwrap();
        self.service.call(call, operation, arguments).await
    }
}

pub(crate) fn reader() -> Call {
    Call::by(Arc::new(Principal::new("reader", [Role::Read])), "test")
}

/// Somebody who may use these accounts only.
pub(crate) fn reader_of(accounts: &[&str]) -> Call {
    let mut principal = Principal::new("reader", [Role::Read]);
    let names: BTreeSet<String> = accounts.iter().map(|name| (*name).to_owned()).collect();
    principal.accounts = Access::Only(names);
    Call::by(Arc::new(principal), "test")
}
