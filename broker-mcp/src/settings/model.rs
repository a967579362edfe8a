use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::PathBuf,
};

use broker_runtime::config::Span;
use serde::{Deserialize, Serialize};

use super::{GatewayConfig, ProfileName, profile::standard_address};
use crate::principal::{Confirm, Role, Toolset};

/// Everything that `[server]` can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerSettings {
    /// Where it listens; by profile when absent, and on this machine only.
    pub listen: Option<SocketAddr>,
    /// Whose names and paths are spoken beside our own.
    pub profiles: Vec<ProfileName>,
    /// Which operations there are.
    pub toolsets: BTreeSet<Toolset>,
    /// Whether nothing can be sent to any broker, whatever keys and accounts say.
    pub read_only: bool,
    /// The file of keys.
    pub keys: PathBuf,
    /// The file of what has to be remembered: approvals, commands, defaults.
    pub store: PathBuf,
    /// How commands are confirmed of keys that were made without saying.
    pub confirm: Confirm,
    /// Whether whoever is on this machine may ask questions without a key.
    pub anonymous_read: bool,
    /// Whether a proxy in front speaks TLS for a server that is not on this machine only.
    pub behind_proxy: bool,
    /// From which web pages requests are taken.
    pub origins: BTreeSet<String>,
    /// By which host names the server may be called, beside those of this machine.
    pub hosts: BTreeSet<String>,
    /// The address that clients see, for the metadata of OAuth.
    pub public_url: Option<String>,
    /// Whether the operator page is served.
    pub page: bool,
    /// Whether the old answer 200 is given to clients of the Tiger paths, whatever has happened.
    pub always_200: bool,
    /// The certificate.
    pub tls: Option<TlsConfig>,
    /// What requests may take.
    pub requests: RequestsConfig,
    /// Whoever speaks over standard input.
    pub stdio: StdioConfig,
    /// Who starts and stops the gateway of a connection, by the connection's name.
    pub gateways: BTreeMap<String, GatewayConfig>,
    /// Who is told of what a person should know at once.
    pub alerts: AlertsConfig,
    /// What `/metrics` tells.
    pub metrics: MetricsConfig,
    /// What is written to standard error.
    pub log: LogConfig,
    /// How long the end may take.
    pub shutdown_within: Span,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: None,
            profiles: Vec::new(),
            toolsets: Toolset::STANDARD.into_iter().collect(),
            read_only: true,
            keys: "keys.json".into(),
            store: "broker-mcp.sqlite".into(),
            confirm: Confirm::Ask,
            anonymous_read: false,
            behind_proxy: false,
            origins: BTreeSet::new(),
            hosts: BTreeSet::new(),
            public_url: None,
            page: true,
            always_200: false,
            tls: None,
            requests: RequestsConfig::default(),
            stdio: StdioConfig::default(),
            gateways: BTreeMap::new(),
            alerts: AlertsConfig::default(),
            metrics: MetricsConfig::default(),
            log: LogConfig::default(),
            shutdown_within: Span::seconds(30),
        }
    }
}

impl ServerSettings {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listen
            .unwrap_or_else(|| standard_address(&self.profiles))
    }
}

/// A certificate and its key, as PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsConfig {
    /// The file of the certificate, with what is between it and its root.
    pub certificate: PathBuf,
    /// The file of its key, which only its owner may read.
    pub key: PathBuf,
    /// The oldest version that is spoken.
    #[serde(default)]
    pub min_version: TlsVersion,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TlsVersion {
    /// 1.2
    #[serde(rename = "1.2")]
    V12,
    /// 1.3
    #[default]
    #[serde(rename = "1.3")]
    V13,
}

/// What requests may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RequestsConfig {
    /// Most bytes of a body.
    pub body_bytes: usize,
    /// How long an answer may take.
    pub within: Span,
    /// Most requests in any minute of keys that were made without saying; no bound when absent.
    pub per_minute: Option<u32>,
}

impl Default for RequestsConfig {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            within: Span::seconds(30),
            per_minute: None,
        }
    }
}

/// Whoever speaks over standard input: the program that started this one, and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct StdioConfig {
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// With which accounts; all when absent.
    pub accounts: Option<BTreeSet<String>>,
    /// Which operations it sees; those of the server when absent.
    pub toolsets: Option<BTreeSet<Toolset>>,
    /// How its commands are confirmed; as the server says when absent.
    pub confirm: Option<Confirm>,
}

impl Default for StdioConfig {
    fn default() -> Self {
        Self {
            roles: BTreeSet::from([Role::Read]),
            accounts: None,
            toolsets: None,
            confirm: None,
        }
    }
}

/// Who is told of what a person should know at once: wrong keys, the kill switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AlertsConfig {
    /// A program that is started with the alert as JSON in its standard input; none when empty.
    pub command: Vec<String>,
}

/// What `/metrics` tells beside counters and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MetricsConfig {
    /// Whether it tells what accounts hold, have made and have traded, to keys that may use them.
    pub business: bool,
    /// How often the brokers are asked for that at most.
    pub every: Span,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            business: false,
            every: Span::seconds(60),
        }
    }
}

/// What is written to standard error. Nothing is ever written to standard output, which is the protocol's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LogConfig {
    /// How much: `error`, `warn`, `info`, `debug`, `trace`, `off`.
    pub level: String,
    /// In which form.
    pub form: LogForm,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            form: LogForm::Text,
        }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object in each line.
    Json,
}
