//! The command line: one more face on the service, and what only the operator of the machine may do.
//!
//! `arguments.rs` is what can be written, `failure.rs` how it ends, `out.rs` where answers go: to standard
//! output, and only there; everything else goes to standard error (`log.rs`), because `serve --stdio`
//! speaks its protocol on standard output. Each command is a file; `doctor/` and `serve/` are folders.

mod account;
mod approve;
mod arguments;
mod audit;
mod check;
mod db;
mod doctor;
mod failure;
mod init;
mod install;
mod key;
mod kill;
mod log;
mod out;
mod ping;
mod secret;
mod serve;
mod token;

#[cfg(test)]
mod arguments_tests;
#[cfg(test)]
mod files_tests;
#[cfg(test)]
mod install_tests;

use core::time::Duration;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};

use arguments::{Arguments, Command};
use failure::Failure;

/// How long work that nobody waits for any more may take when the process ends.
const LEFT: Duration = Duration::from_secs(5);

/// Does what the arguments of this process say.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match runtime(&arguments.command) {
        Ok(runtime) => runtime,
        Err(error) => {
            out::complain(&error);
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(arguments));
    // A terminal that nobody types at would hold up the end for ever.
    runtime.shutdown_timeout(LEFT);
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::complain(&failure);
            failure.code()
        }
    }
}

/// One client needs one thread: threads that hand a short answer to each other take longer than the answer.
fn runtime(command: &Command) -> std::io::Result<Runtime> {
    let mut builder = match command {
        Command::Serve(serve) if serve.stdio => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { config, command } = arguments;
    let config = config.as_deref();
    match command {
        Command::Serve(serve) => {
            let options = serve::Options {
                stdio: serve.stdio,
                address: serve.http.flatten(),
                profiles: serve.profile,
                log_level: serve.log_level,
            };
            serve::run(config, &options).await
        }
        Command::Key { command } => key::run(config, command),
        Command::Approvals => approve::list(config).await,
        Command::Approve { id } => approve::decide(config, &id, true).await,
        Command::Decline { id } => approve::decide(config, &id, false).await,
        Command::Db { command } => db::run(config, command),
        Command::Init { path, from, force } => init::run(path, from.as_deref(), force),
        Command::Check { show } => check::run(config, show),
        Command::Ping => ping::run(config).await,
        Command::Doctor { only } => doctor::run(config, only).await,
        Command::Secret { command } => secret::run(config, command),
        Command::Account { command } => account::run(config, command).await,
        Command::Token { command } => token::run(config, command).await,
        Command::Kill { command } => kill::run(config, command),
        Command::Audit { command } => audit::run(config, &command),
        Command::Mcp { command } => install::run(config, &command),
    }
}
