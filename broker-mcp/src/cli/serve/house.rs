use std::{collections::BTreeMap, sync::Arc};

use broker_core::{SystemClock, gateway::GatewayControl, model::BrokerId};
use broker_runtime::supervisor::{READY_WITHIN, Timing};
use futures_util::future::join_all;

use crate::{
    BrokerService,
    cli::Failure,
    connect::{Housekeeper, Sessions},
    gateway::Gateway,
    settings::{Place, Whole},
    store::Store,
};

/// The service, and what it stands on.
#[derive(Debug)]
pub(super) struct House {
    pub(super) service: Arc<BrokerService>,
    pub(super) sessions: Sessions,
}

/// Opens the store, starts gateways, connects, and puts the service over it.
pub(super) async fn open(whole: &Whole) -> Result<House, Failure> {
    let store = store(whole).await?;
    let mut gateways: BTreeMap<String, Arc<Gateway>> = BTreeMap::new();
    for (name, control) in Sessions::gateways(whole)? {
        let gateway = Gateway::new(name.clone(), control, store.clone(), Arc::new(SystemClock));
        gateways.insert(name, gateway);
    }
    // A gateway that does not come up keeps nothing else from starting.
    join_all(gateways.values().map(|gateway| async move {
        if let Err(error) = gateway.ensure_ready(READY_WITHIN).await {
            tracing::warn!(%error, gateway = gateway.name(), "the gateway is not ready");
        }
    }))
    .await;
    let controls = gateways
        .iter()
        .map(|(name, gateway)| (name.clone(), Arc::clone(gateway) as Arc<dyn GatewayControl>))
        .collect();
    let sessions = Sessions::begin(whole, controls, Timing::default()).await?;
    let housekeeper =
        Arc::new(Housekeeper::new(sessions.clone(), whole).remembering(store.clone()));
    let mut service = BrokerService::of(sessions.connected().clone())
        .naming(sessions.accounts())
        .with_store(store)
        .with_tokens(housekeeper.clone())
        .with_operator(housekeeper);
    for (name, gateway) in gateways {
        service = service.with_gateway(BrokerId::new(name)?, gateway);
    }
    service.follow_withdrawn().await?;
    Ok(House {
        service: Arc::new(service),
        sessions,
    })
}

/// The server's file; without a configuration there is none either.
async fn store(whole: &Whole) -> Result<Store, Failure> {
    let path = match &whole.place {
        Place::BuiltIn => return Ok(Store::in_memory()?),
        Place::File(_) => whole.at(&whole.server.store),
    };
    Ok(tokio::task::spawn_blocking(move || Store::open(path)).await??)
}
