//! Simulated brokers as programs: `broker-sim tws` is a Trader Workstation for any client.

mod tws;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Simulated brokers that real clients connect to.
#[derive(Debug, Parser)]
#[command(name = "broker-sim", version)]
struct Arguments {
    #[command(subcommand)]
    broker: Broker,
}

#[derive(Debug, Subcommand)]
enum Broker {
    /// Interactive Brokers' Trader Workstation.
    Tws(tws::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let Broker::Tws(arguments) = Arguments::parse().broker;
    match tws::run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
