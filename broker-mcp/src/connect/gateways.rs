//! What starts and stops a gateway, as the configuration says.

use std::sync::Arc;

use broker_core::{Error, Result, gateway::GatewayControl};

use crate::settings::{GatewayConfig, Whole};

/// The control of a connection's gateway, and where the gateway listens.
///
/// # Errors
/// What is wrong with it.
#[cfg(feature = "ibkr")]
pub(super) fn control(
    whole: &Whole,
    name: &str,
    gateway: &GatewayConfig,
) -> Result<Arc<dyn GatewayControl>> {
    use broker_ibkr::gateway::{DockerGateway, GatewayCommands, ProcessGateway, SystemdGateway};
    let address = address(whole, name)?;
    Ok(match gateway {
        GatewayConfig::Command {
            start,
            stop,
            secrets,
        } => {
            let store = whole.brokers.secrets().map_err(Error::from)?;
            let hidden = secrets
                .iter()
                .map(|reference| store.resolve(reference).map_err(Error::from));
            Arc::new(ProcessGateway::new(GatewayCommands {
                start: start.clone(),
                stop: stop.clone(),
                address,
                secrets: hidden.collect::<Result<_>>()?,
            }))
        }
        GatewayConfig::Systemd { unit, user } => {
            Arc::new(SystemdGateway::new(unit.clone(), *user, address)?)
        }
        GatewayConfig::Docker { container, engine } => Arc::new(
            DockerGateway::builder(container)
                .socket(engine)
                .address(address)
                .build()?,
        ),
    })
}

/// Without an adapter that goes through a gateway there is none.
#[cfg(not(feature = "ibkr"))]
pub(super) fn control(_: &Whole, name: &str, _: &GatewayConfig) -> Result<Arc<dyn GatewayControl>> {
    let message = format!("this program was built without gateways: `server.gateways.{name}`");
    Err(Error::invalid("server.gateways", message))
}

/// Where the gateway of a connection listens: where the connection goes.
#[cfg(feature = "ibkr")]
fn address(whole: &Whole, name: &str) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Place {
        #[serde(default)]
        address: Option<String>,
    }
    let read: Place = whole.brokers.settings_of(name)?;
    Ok(read.address.unwrap_or_else(|| "127.0.0.1:4002".to_owned()))
}
