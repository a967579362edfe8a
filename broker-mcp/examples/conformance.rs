//! A server for the conformance suite of the protocol: the fixtures beside the tools, over HTTP with
//! sessions for those that have them. `cargo run -p broker-mcp --example conformance --features conformance`
//! says where it listens.

#![allow(clippy::print_stdout, reason = "an example speaks to a person")]
#![allow(
    clippy::indexing_slicing,
    reason = "the index of a JSON value never fails"
)]

use std::{error::Error, sync::Arc};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use broker_core::{Broker, model::AccountId};
use broker_mcp::{
    BrokerService, Principal, conformance::WithFixtures, principal::Role, tools::BrokerTools,
};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use tokio::net::TcpListener;

/// Everybody is the same reader here; a server that people use proves who calls.
async fn prove(mut request: Request, next: Next) -> Response {
    let reader = Arc::new(Principal::new("conformance", [Role::Read]));
    request.extensions_mut().insert(reader);
    next.run(request).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
    let registry = Registry::new();
    registry.add(paper, &AccountId::new("PAPER-1")?, Permission::Trade)?;
    let tools = BrokerTools::over(Arc::new(BrokerService::over(registry)))?;
    let fixtures = WithFixtures::over(tools)?;
    let config = StreamableHttpServerConfig::default()
        .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*"]);
    let service = StreamableHttpService::new(
        move || Ok(fixtures.clone()),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let router = Router::new()
        .nest_service("/mcp", service)
        .layer(from_fn(prove));
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}/mcp", listener.local_addr()?);
    // Without this, each event waits for the acknowledgement of the one before.
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
