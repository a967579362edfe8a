use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{
    principal::{Confirm, Role, Toolset},
    settings::ProfileName,
};

/// Brokers for models and programs: MCP tools and a REST API with roles, limits and a trail.
#[derive(Debug, Parser)]
#[command(name = "broker-mcp", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    /// The configuration, TOML or YAML by its name; otherwise BROKER_CONFIG, ./broker-mcp.toml (.yaml, .yml),
    /// ~/.config/broker-mcp/broker-mcp.toml (.yaml, .yml).
    #[arg(long, short, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serves, on a port unless told otherwise. Without a configuration: a paper account.
    #[command(visible_alias = "run")]
    Serve(Serve),
    /// Keys of callers.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Lists what waits for a person.
    Approvals,
    /// Agrees to what somebody has asked for: the same call is let through, once.
    Approve {
        /// As the call has said it.
        id: String,
    },
    /// Declines what somebody has asked for.
    Decline {
        /// As the call has said it.
        id: String,
    },
    /// The files of SQLite.
    Db {
        #[command(subcommand)]
        command: DbCommand,
    },
    /// Writes a commented configuration for the paper broker.
    Init {
        /// Where; `broker-mcp.toml` here when not said.
        path: Option<PathBuf>,
        /// From the accounts of the server for Tiger Brokers before (`primary_account`,
        /// `additional_accounts`, `settings`), in YAML, JSON or TOML.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Writes over a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Reads the configuration and says all that is wrong with it. Connects to nothing.
    #[command(visible_alias = "validate-config")]
    Check {
        /// Prints what is in force, without secrets.
        #[arg(long, visible_alias = "show-config")]
        show: bool,
    },
    /// Asks the server on this machine whether it is well.
    Ping,
    /// Tries every connection and file, and says what to do about what is wrong.
    #[command(visible_alias = "health")]
    Doctor {
        /// Only this connection.
        #[arg(value_name = "CONNECTION")]
        only: Option<String>,
    },
    /// The encrypted store of secrets.
    Secret {
        #[command(subcommand)]
        command: SecretCommand,
    },
    /// The accounts of the configuration.
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// The tokens of Tiger Brokers.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// The kill switch.
    Kill {
        #[command(subcommand)]
        command: KillCommand,
    },
    /// The trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Clients of the Model Context Protocol.
    Mcp {
        #[command(subcommand)]
        command: McpCommand,
    },
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Over standard input and output, for the program that starts this one.
    #[arg(long, conflicts_with = "http")]
    pub(super) stdio: bool,
    /// On this address; that of the configuration when not said.
    #[arg(long, visible_alias = "rest", value_name = "ADDRESS", num_args = 0..=1)]
    pub(super) http: Option<Option<std::net::SocketAddr>>,
    /// Whose names and paths are spoken beside our own: tiger, tws, ib-paper; the first one says the port.
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Vec<ProfileName>,
    /// How much is written to standard error: error, warn, info, debug, trace, off.
    #[arg(long, value_name = "LEVEL")]
    pub(super) log_level: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Makes a key, which is shown once, on standard output.
    New(NewKey),
    /// Lists keys; never their secrets.
    List,
    /// Makes another secret for a key.
    Rotate {
        /// Its name, id or prefix.
        name: String,
        /// How long the present secret works beside the new one.
        #[arg(long, default_value = "1h", value_name = "TIME")]
        overlap: String,
    },
    /// Takes a key away, from the next request on.
    Revoke {
        /// Its name, id or prefix.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewKey {
    /// What people call it.
    pub(super) name: String,
    /// What it may do: read, trade, admin, approver. None includes another.
    #[arg(long, required = true, value_name = "ROLE", value_parser = word::<Role>)]
    pub(super) role: Vec<Role>,
    /// With which accounts, by their names in the configuration; all when not said.
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Vec<String>,
    /// Which operations it sees: system, market, info, portfolio, trading, admin, ib_extra.
    #[arg(long, value_name = "TOOLSET", value_parser = word::<Toolset>)]
    pub(super) toolset: Vec<Toolset>,
    /// How its commands are confirmed: ask, out_of_band, never.
    #[arg(long, value_name = "WAY", value_parser = word::<Confirm>)]
    pub(super) confirm: Option<Confirm>,
    /// What it may send at most, such as max_order_notional=5000.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) limit: Vec<String>,
    /// Most requests in any minute.
    #[arg(long, value_name = "NUMBER")]
    pub(super) per_minute: Option<u32>,
    /// When it ends from now, such as 90d.
    #[arg(long, value_name = "TIME")]
    pub(super) expires: Option<String>,
}

/// A word as it stands in a configuration.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Copies the server's file and the journals into a folder.
    Backup {
        /// Which.
        folder: PathBuf,
    },
    /// Puts copies back and sets aside what is there. No server may run.
    Restore {
        /// Where the copies are.
        folder: PathBuf,
    },
    /// Brings the server's file to the newest version.
    Migrate,
}

#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Stores a secret, which is read from standard input. Makes store and key if they are not there.
    Put {
        /// What it is called in the configuration: { secret = "NAME" }.
        name: String,
    },
    /// Lists names and times; never secrets.
    List,
    /// Removes a secret.
    Remove {
        /// Which.
        name: String,
    },
    /// Puts another key in the place of the store's and encrypts everything anew.
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Lists the accounts of the configuration, and those that were added while the server ran. Connects to
    /// nothing.
    List,
    /// Connects, and says what each account has proven to be.
    Verify {
        /// Only this account, by its name in the configuration.
        name: Option<String>,
    },
    /// Takes an account out of the server, which hears of it within seconds, and of its next starts. Its
    /// orders stay as they are at the broker.
    Remove {
        /// Its name.
        name: String,
    },
    /// Puts one back that was taken out.
    Restore {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// How long each token is still good.
    Status,
    /// Renews the token of a connection now.
    Refresh {
        /// The connection; not needed when there is one.
        connection: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum KillCommand {
    /// Refuses new exposure from now on; a running server cancels all orders.
    Engage {
        /// Why.
        #[arg(default_value = "by the operator")]
        reason: String,
    },
    /// Lets orders pass again. Only here, never by a tool or a request.
    Release,
    /// How it stands.
    Status,
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Checks every row of the trail.
    Verify {
        /// The folder; that of the configuration when not said.
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum McpCommand {
    /// Prints what to put into the settings of a client.
    Install {
        /// Which; all when not said.
        client: Option<Client>,
        /// For a server that listens on a port, instead of one that the client starts.
        #[arg(long)]
        http: bool,
    },
}

/// A client of the Model Context Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Client {
    /// Claude Desktop.
    ClaudeDesktop,
    /// Claude Code.
    ClaudeCode,
    /// Cursor.
    Cursor,
    /// VS Code.
    Vscode,
    /// Gemini CLI.
    Gemini,
}
