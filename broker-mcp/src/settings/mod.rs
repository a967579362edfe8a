//! The server's own part of the configuration: `[server]`, beside the brokers and accounts of
//! [`broker_runtime::config`].
//!
//! `load.rs` finds the file and reads it, `model.rs` is what can be said, `profile.rs` whose names and ports
//! are spoken, `gateway.rs` who starts and stops gateways, `check.rs` what may not be together,
//! `aliases.rs` the names that other servers' environments have, `defaults.rs` what runs without a file.
//! `former.rs` is the file of accounts that a server before had, `import.rs` makes a configuration of it.
//!
//! `broker-mcp.example.toml` beside this crate's manifest says what every setting means.

mod aliases;
mod check;
mod defaults;
mod former;
mod gateway;
mod import;
mod load;
mod model;
mod profile;

#[cfg(test)]
mod aliases_tests;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod import_tests;
#[cfg(test)]
mod load_tests;

pub use aliases::{Aliased, aliased};
pub use defaults::{COMMENTED, WITHOUT_A_FILE};
pub use gateway::GatewayConfig;
pub use import::{Imported, import};
pub use load::{FILE_NAME, PATH_VARIABLE, Place, Whole, find, read};
pub use model::{
    AlertsConfig, LogConfig, LogForm, MetricsConfig, RequestsConfig, ServerSettings, StdioConfig,
    TlsConfig, TlsVersion,
};
pub use profile::ProfileName;
