use std::{error::Error, io::Write as _};

use broker_sim::tws::{Habits, TwsServer};

use crate::world::World;

/// What `broker-sim tws` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 4002)]
    port: u16,
    /// Accounts, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "DU1,DU2")]
    accounts: Vec<String>,
    #[command(flatten)]
    world: World,
}

/// Serves until the program is interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let habits: Habits = arguments.world.habits()?;
    let builder = TwsServer::builder()
        .world_of(arguments.world.builder(&arguments.accounts))
        .habits(habits)
        .faults(arguments.world.faults()?);
    let address = format!("{}:{}", arguments.host, arguments.port);
    let server = builder
        .bind(&address)
        .await
        .map_err(|error| format!("{address}: {error}"))?;
    // Scripts read this line for the port.
    writeln!(
        std::io::stdout(),
        "listening on {} with {} at {}",
        server.address(),
        arguments.accounts.join(", "),
        server.world().now().to_rfc3339(),
    )?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
