//! The tools as a complete server: one client at the other end of a pipe, over a paper account.

#![allow(clippy::print_stdout, reason = "an example speaks to a person")]
#![allow(
    clippy::indexing_slicing,
    reason = "the index of a JSON value never fails"
)]

use std::{error::Error, sync::Arc};

use broker_core::{Broker, model::AccountId};
use broker_mcp::{BrokerService, Principal, principal::Role, tools::BrokerTools};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use rmcp::{ServiceExt as _, model::CallToolRequestParams};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
    let registry = Registry::new();
    registry.add(paper, &AccountId::new("PAPER-1")?, Permission::Trade)?;
    let service = Arc::new(BrokerService::over(registry));
    let tools = BrokerTools::over(service)?.speaking_for(Principal::new("me", [Role::Read]));

    // `broker_mcp::tools::serve_stdio(tools)` would serve standard input instead.
    let (server, client) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(async move {
        tools
            .serve(server)
            .await?
            .waiting()
            .await
            .map_err(Box::<dyn Error + Send + Sync>::from)
    });
    let client = ().serve(client).await?;
    let mut arguments = serde_json::Map::new();
    arguments.insert("symbols".to_owned(), json!(["AAPL"]));
    let call = CallToolRequestParams::new("get_quotes").with_arguments(arguments);
    let quotes = client.call_tool(call).await?;
    let quotes = quotes.structured_content.unwrap_or_default();
    println!("{:#}", quotes["data"]["quotes"]);
    assert_eq!(quotes["data"]["quotes"][0]["symbol"], "AAPL");
    client.cancel().await?;
    serving.await?.map_err(|error| error.to_string())?;
    Ok(())
}
