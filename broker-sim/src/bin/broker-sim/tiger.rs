use std::{error::Error, io::Write as _, path::PathBuf};

use broker_sim::tiger::{CONFIG_FILE, Habits, Keys, License, TigerServer, read_keys};

use crate::world::{World, at};

/// What `broker-sim tiger` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Address of the gateway; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8480", value_name = "ADDRESS")]
    http: String,
    /// Address of the push service; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:9883", value_name = "ADDRESS")]
    push: String,
    /// The folder that clients connect with. Its keys are kept if it is there; otherwise it is made
    /// with fresh ones.
    #[arg(long, default_value = "tiger-simulated", value_name = "DIR")]
    config_dir: PathBuf,
    /// The licence: TBNZ, TBSG, TBHK, TBAU or TBUS. Only TBHK has tokens.
    #[arg(long, default_value = "TBSG", value_parser = license)]
    license: License,
    /// Accounts, separated by commas: 17 digits for a paper account, `U…` for a global one, anything
    /// else for a standard one.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "21000000000000001,12345678"
    )]
    accounts: Vec<String>,
    /// Answers carry the broker's signature. The folder names the key that proves it, which the
    /// Python SDK does not read: its users leave this out.
    #[arg(long)]
    sign_responses: bool,
    #[command(flatten)]
    world: World,
}

fn license(word: &str) -> Result<License, String> {
    License::from_word(word).ok_or_else(|| "expected TBNZ, TBSG, TBHK, TBAU or TBUS".to_owned())
}

/// Serves until the program is interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let folder = &arguments.config_dir;
    let mut habits: Habits = arguments.world.habits()?;
    habits.form.signed |= arguments.sign_responses;
    let keys = match read_keys(folder).map_err(|error| at(folder, &error))? {
        Some(keys) => keys,
        None => Keys::generate()?,
    };
    let server = TigerServer::builder()
        .world_of(arguments.world.builder(&arguments.accounts))
        .keys(keys)
        .license(arguments.license)
        .habits(habits)
        .faults(arguments.world.faults()?)
        .bind(&arguments.http, &arguments.push)
        .await
        .map_err(|error| format!("{} and {}: {error}", arguments.http, arguments.push))?;
    server
        .write_folder(folder)
        .map_err(|error| at(folder, &error))?;
    let folder = folder.canonicalize()?;
    // Scripts read these lines.
    writeln!(
        std::io::stdout(),
        "listening on {} and for push on {} with {} at {}\n\
         folder {}\n\
         in Python: TigerOpenClientConfig(enable_dynamic_domain=False, props_path={:?})",
        server.url(),
        server.push_address(),
        arguments.accounts.join(", "),
        server.world().now().to_rfc3339(),
        folder.display(),
        folder.join(CONFIG_FILE).display().to_string(),
    )?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
