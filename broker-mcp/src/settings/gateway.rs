use core::fmt;

use broker_runtime::config::SecretRef;
use serde::{Deserialize, Serialize};

/// How the gateway of a connection is started and stopped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum GatewayConfig {
    /// By programs of the operator's choice.
    Command {
        /// Starts it and runs as long as it does.
        start: Vec<String>,
        /// Asks it to stop; without it the process is ended.
        #[serde(default)]
        stop: Option<Vec<String>>,
        /// What must not be kept of its output.
        #[serde(default)]
        secrets: Vec<SecretRef>,
    },
    /// By a unit of systemd.
    Systemd {
        /// The unit.
        unit: String,
        /// Whether it is a unit of the user and not of the system.
        #[serde(default)]
        user: bool,
    },
    /// As a container, through an engine's HTTP interface. Whoever may write to the engine's socket is
    /// root on that machine: name a proxy that lets through start, stop and inspect only.
    Docker {
        /// The container.
        container: String,
        /// The proxy, such as `tcp://127.0.0.1:2375`, or the socket.
        engine: String,
    },
}

impl fmt::Debug for GatewayConfig {
    /// Arguments may be secrets, so only the programs are named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { start, .. } => f
                .debug_struct("Command")
                .field("start", &start.first())
                .finish_non_exhaustive(),
            Self::Systemd { unit, user } => f
                .debug_struct("Systemd")
                .field("unit", unit)
                .field("user", user)
                .finish(),
            Self::Docker { container, engine } => f
                .debug_struct("Docker")
                .field("container", container)
                .field("engine", engine)
                .finish(),
        }
    }
}
