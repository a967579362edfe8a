//! The program `broker-mcp`; everything that it does is in [`broker_mcp::cli`].

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    broker_mcp::cli::main().await
}
