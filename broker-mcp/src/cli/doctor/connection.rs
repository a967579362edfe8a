use broker_core::{Error, gateway::GatewayControl as _, model::BrokerId};
use broker_ibkr::gateway::{GatewayCommands, ProcessGateway};
use broker_runtime::config::BrokerConfig;
use chrono::Utc;

use super::{
    cures,
    finding::{Finding, Weight},
};
use crate::{
    connect::{Handle, Handles, kinds_for_a_look},
    settings::Whole,
};

/// Tries a connection as a server would, and ends it again.
pub(super) async fn look(whole: &Whole, id: &str, broker: &BrokerConfig) -> Vec<Finding> {
    let mut found = Vec::new();
    if broker.kind == "ibkr" {
        match port(whole, id).await {
            Ok(finding) => {
                let goes_on = finding.weight == Weight::Fine;
                found.push(finding);
                if !goes_on {
                    return found;
                }
            }
            Err(error) => return vec![cures::of_anything(&error)],
        }
    }
    let handles = Handles::new();
    match whole
        .brokers
        .only(id)
        .connect(&kinds_for_a_look(&handles))
        .await
    {
        Ok(connected) => {
            for standing in connected.brokers.values() {
                let adapter = &standing.adapter;
                found.push(Finding::fine(format!(
                    "connected; the accounts are proven to be {}",
                    adapter.environment()
                )));
                let session = adapter.session().borrow().clone();
                found.push(cures::of_session(&session));
            }
            if let Some(handle) = BrokerId::new(id).ok().and_then(|id| handles.adapter(&id)) {
                found.extend(more(&handle).await);
            }
            for standing in connected.brokers.values() {
                if let Err(error) = standing.broker.close().await {
                    let what = format!("the session did not end cleanly: {}", error.message());
                    found.push(Finding::care("close", what, "look again in a while"));
                }
            }
        }
        Err(error) => found.push(match broker.kind.as_str() {
            "ibkr" => cures::of_ibkr(&error),
            "tiger" => cures::of_tiger(&error),
            _ => cures::of_anything(&error),
        }),
    }
    found
}

/// Looks at the port from outside, without becoming a client.
async fn port(whole: &Whole, id: &str) -> Result<Finding, Error> {
    #[derive(serde::Deserialize)]
    struct Place {
        #[serde(default)]
        address: Option<String>,
    }
    let place: Place = whole.brokers.settings_of(id)?;
    let probe = ProcessGateway::new(GatewayCommands {
        start: Vec::new(),
        stop: None,
        address: place.address.unwrap_or_else(|| "127.0.0.1:4002".to_owned()),
        secrets: Vec::new(),
    });
    Ok(cures::of_port(&probe.status().await?))
}

/// What only the adapter itself can be asked.
async fn more(handle: &Handle) -> Vec<Finding> {
    match handle {
        Handle::Paper(_) => Vec::new(),
        Handle::Ibkr(ibkr) => match ibkr.server_time().await {
            Ok(time) => vec![cures::of_clock(Utc::now() - time)],
            Err(error) => vec![cures::of_ibkr(&error)],
        },
        Handle::Tiger(tiger) => {
            let left = tiger.token_state().borrow().time_left(Utc::now());
            left.map(cures::of_token).into_iter().collect()
        }
    }
}
