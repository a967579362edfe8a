//! Simulated brokers as programs: `broker-sim tws` is a Trader Workstation, `broker-sim tiger` a
//! Tiger Brokers, for any client.

mod tiger;
mod tws;
mod world;

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
    /// Tiger Brokers' gateway and push service.
    Tiger(tiger::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let done = match Arguments::parse().broker {
        Broker::Tws(arguments) => tws::run(arguments).await,
        Broker::Tiger(arguments) => tiger::run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
