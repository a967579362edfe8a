//! Interactive Brokers, from its settings.

use std::sync::Arc;

use broker_core::{Broker, Error, Result, model::Environment};
use broker_ibkr::{AccountFilter, Deadlines, IbkrBroker};
use broker_runtime::config::{BrokerSetup, Span};
use serde::Deserialize;

use super::{Handle, Handles};

/// What the configuration says of a connection to TWS or IB Gateway.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct IbkrSettings {
    /// Where it listens.
    address: String,
    /// The client id, which owns the orders: it stays the same over restarts.
    client_id: i32,
    /// A second connection for options, so that they do not hold up orders.
    options_client_id: Option<i32>,
    /// How long opening a connection may take.
    connect_within: Option<Span>,
    /// How long the answer to an order may take.
    command_within: Option<Span>,
}

impl Default for IbkrSettings {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:4002".to_owned(),
            client_id: 1,
            options_client_id: None,
            connect_within: None,
            command_within: None,
        }
    }
}

/// Connects, once the gateway has been started if the configuration says how. The login has to have the
/// accounts of the configuration, and their numbers have to prove what it says they are.
pub(super) async fn connect(setup: BrokerSetup, handles: Handles) -> Result<Arc<dyn Broker>> {
    let settings: IbkrSettings = setup.settings()?;
    let mut deadlines = Deadlines::default();
    if let Some(within) = settings.connect_within {
        deadlines.connect = within.get();
    }
    if let Some(within) = settings.command_within {
        deadlines.command = within.get();
    }
    let environment = environment(&setup)?;
    let mut builder = IbkrBroker::builder()
        .id(setup.id().as_str())
        .address(settings.address)
        .client_id(settings.client_id)
        .environment(environment)
        .clock(handles.clock())
        .deadlines(deadlines);
    if !setup.accounts().is_empty() {
        builder = builder.accounts(AccountFilter::only(setup.accounts().iter().cloned()));
    }
    if let Some(client_id) = settings.options_client_id {
        builder = builder.options_client_id(client_id);
    }
    let broker = builder.connect().await?;
    handles.keep(setup.id().clone(), Handle::Ibkr(Arc::clone(&broker)));
    Ok(broker)
}

/// What the accounts are said to be; paper where there are none.
pub(super) fn environment(setup: &BrokerSetup) -> Result<Environment> {
    match setup.environment() {
        None => Ok(Environment::Paper),
        Some(Environment::Simulated) => {
            let what = "only the paper broker is `simulated`: say `paper`, which a paper account or a \
                        simulator of the broker proves, or `live`";
            Err(Error::invalid("environment", what))
        }
        Some(said) => Ok(said),
    }
}
