//! The tools under a prefix in a server that has tools of its own.

#![allow(clippy::print_stdout, reason = "an example speaks to a person")]
#![allow(
    clippy::indexing_slicing,
    reason = "the index of a JSON value never fails"
)]

use std::{error::Error, sync::Arc};

use broker_core::{Broker, model::AccountId};
use broker_mcp::{
    BrokerService, Principal,
    principal::Role,
    tools::{BrokerTools, join, mount},
};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt as _,
    handler::server::{
        router::tool::{ToolRoute, ToolRouter},
        tool::ToolCallContext,
    },
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};

/// A server that knows nothing of brokers.
struct Host(ToolRouter<Self>);

impl ServerHandler for Host {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.0.list_all()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0
            .call(ToolCallContext::new(self, request, context))
            .await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
    let registry = Registry::new();
    registry.add(paper, &AccountId::new("PAPER-1")?, Permission::Trade)?;
    let service = Arc::new(BrokerService::over(registry));
    let tools = BrokerTools::over(service)?.speaking_for(Principal::new("me", [Role::Read]));

    let mut router = ToolRouter::new();
    let ping = Tool::new("host_ping", "Answers.", serde_json::Map::new());
    router.add_route(ToolRoute::new_dyn(ping, |_| {
        Box::pin(async { Ok(CallToolResult::success(vec![ContentBlock::text("pong")]).into()) })
    }));
    join(&mut router, mount(&tools, "broker_")?)?;

    let (server, client) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(async move {
        let running = Host(router).serve(server).await;
        running
            .map(rmcp::service::RunningService::waiting)?
            .await
            .map_err(rmcp::RmcpError::from)
    });
    let client = ().serve(client).await?;
    let names = client
        .list_all_tools()
        .await?
        .into_iter()
        .map(|tool| tool.name);
    let names: Vec<_> = names.collect();
    println!("{}", names.join("\n"));
    assert!(names.iter().any(|name| name == "host_ping"));
    assert!(names.iter().any(|name| name == "broker_get_quotes"));
    client.cancel().await?;
    serving.await??;
    Ok(())
}
