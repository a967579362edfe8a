use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The life of the connection to a broker. Trouble is a state with a way out, not an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SessionState {
    /// Not connected yet, or connecting again.
    Connecting,
    /// Everything works.
    Ready,
    /// Connected, but something does not work.
    Degraded {
        /// What does not work.
        reason: Arc<str>,
    },
    /// The broker is down by plan; the session comes back by itself.
    Maintenance {
        /// When it should be over, where known.
        until: Option<DateTime<Utc>>,
    },
    /// Another session has taken the login; this one does not fight for it.
    Displaced {
        /// What the broker said.
        by: Arc<str>,
    },
    /// A person has to log in or renew credentials.
    AuthRequired {
        /// What to do.
        instructions: Arc<str>,
    },
    /// Closed by the caller; nothing follows.
    Closed,
}

impl SessionState {
    /// Whether commands can be sent.
    #[must_use]
    pub const fn accepts_commands(&self) -> bool {
        matches!(self, Self::Ready | Self::Degraded { .. })
    }
}
