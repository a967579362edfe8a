//! The tools, over HTTP and over standard input.

use std::sync::Arc;

use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use tokio_util::sync::CancellationToken;

use super::house::House;
use crate::{
    alias::Profile,
    cli::Failure,
    settings::{ProfileName, Whole},
    tools::{BrokerTools, Seals},
};

/// The operations of a service as tools, with the names of the profiles.
pub(super) async fn tools(whole: &Whole, house: &House) -> Result<BrokerTools, Failure> {
    let profiles = whole.server.profiles.iter().map(|profile| match profile {
        ProfileName::Tiger => Profile::Tiger,
        ProfileName::Tws => Profile::Tws,
        ProfileName::IbPaper => Profile::IbPaper,
    });
    let seals = Seals::of_store(house.service.store()?).await?;
    let tools = BrokerTools::over(Arc::clone(&house.service))?;
    Ok(tools.with_profiles(profiles).with_seals(seals))
}

/// MCP over HTTP. The hosts and origins of requests have been looked at before.
pub(super) fn over_http(
    tools: &BrokerTools,
    stop: &CancellationToken,
    sessions: bool,
) -> StreamableHttpService<BrokerTools, LocalSessionManager> {
    let tools = tools.clone();
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = sessions;
    config.json_response = !sessions;
    config.cancellation_token = stop.child_token();
    config.allowed_hosts = Vec::new();
    StreamableHttpService::new(move || Ok(tools.clone()), Arc::default(), config)
}
