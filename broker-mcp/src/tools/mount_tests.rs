use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::router::tool::{ToolRoute, ToolRouter},
    handler::server::tool::ToolCallContext,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use serde_json::json;

use super::{MountError, join, mount, test_support::*};
use crate::principal::Role;

/// A server that has nothing to do with brokers.
struct Host(ToolRouter<Self>);

fn ping(name: &'static str) -> ToolRoute<Host> {
    let tool = Tool::new(name, "Answers.", Arc::new(serde_json::Map::new()));
    ToolRoute::new_dyn(tool, |_| {
        Box::pin(async { Ok(CallToolResult::success(vec![ContentBlock::text("pong")]).into()) })
    })
}

fn own(name: &'static str) -> ToolRouter<Host> {
    let mut router = ToolRouter::new();
    router.add_route(ping(name));
    router
}

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
        let context = ToolCallContext::new(self, request, context);
        self.0.call(context).await
    }
}

fn trader(id: &str) -> super::BrokerTools {
    tools().speaking_for(somebody(id, &[Role::Read, Role::Trade]))
}

#[tokio::test]
async fn a_host_has_its_own_tools_and_ours_and_ours_ask_through_it() {
    let mut router = own("host_ping");
    join(&mut router, mount(&trader("host"), "broker_").unwrap()).unwrap();
    let mut wire = Wire::host(Host(router), "2025-11-25", json!({ "elicitation": {} })).await;
    let listed = wire.ask("tools/list", json!({})).await;
    let listed = listed["result"]["tools"].to_string();
    for name in ["host_ping", "broker_get_quotes", "broker_place_order"] {
        assert!(listed.contains(&format!("\"{name}\"")), "{name}");
    }
    assert!(!listed.contains("\"get_quotes\""));
    let pong = wire.call("host_ping", json!({})).await;
    assert_eq!(pong["result"]["content"][0]["text"], "pong");
    let quotes = wire
        .call("broker_get_quotes", json!({ "symbols": ["AAPL"] }))
        .await;
    assert_eq!(quotes["result"]["isError"], false, "{quotes}");
    let params = json!({
        "name": "broker_place_order",
        "arguments": { "symbol": "AAPL", "quantity": 1 },
    });
    let id = wire.send("tools/call", params).await;
    let asked = wire.hear().await;
    assert_eq!(asked["method"], "elicitation/create");
    let yes = json!({ "action": "accept", "content": { "confirm": true } });
    wire.write(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": yes }))
        .await;
    assert_eq!(wire.answer(id).await["result"]["isError"], false);
    assert_eq!(sent_by("host").len(), 1);
}

#[tokio::test]
async fn what_the_configured_caller_may_not_do_is_not_mounted() {
    let reader = tools().speaking_for(somebody("reader", &[Role::Read]));
    let router: ToolRouter<Host> = mount(&reader, "b_").unwrap();
    assert!(router.has_route("b_get_quotes"));
    assert!(!router.has_route("b_place_order"));
}

#[test]
fn a_clash_of_names_is_an_error_and_changes_nothing() {
    let mut router = own("get_quotes");
    let clash = join(&mut router, mount(&trader("clash"), "").unwrap());
    assert_eq!(clash, Err(MountError::Clash("get_quotes".into())));
    assert_eq!(router.list_all().len(), 1);
}

#[test]
fn a_prefix_that_makes_no_names_is_an_error() {
    for prefix in ["broker.", "my broker ", &"x".repeat(60)] {
        let mounted: Result<ToolRouter<Host>, _> = mount(&trader("names"), prefix);
        assert!(matches!(mounted, Err(MountError::Name(_))), "{prefix}");
    }
}
