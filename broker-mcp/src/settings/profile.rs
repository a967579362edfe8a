use core::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Whose clients can switch over without changing more than their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileName {
    /// The paths and tools of a REST and MCP server for Tiger Brokers, on port 9000.
    Tiger,
    /// The paths and tools of an MCP server for Trader Workstation, on port 8000.
    Tws,
    /// The paths and tools of a server for IB Gateway with a paper account, on port 8000.
    IbPaper,
}

impl ProfileName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tiger, Self::Tws, Self::IbPaper];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tiger => "tiger",
            Self::Tws => "tws",
            Self::IbPaper => "ib-paper",
        }
    }

    /// The port on which its clients look for it.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Tiger => 9000,
            Self::Tws | Self::IbPaper => 8000,
        }
    }
}

impl core::str::FromStr for ProfileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not one of tiger, tws, ib-paper"))
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the server listens when nobody says: this machine only.
pub(super) fn standard_address(profiles: &[ProfileName]) -> SocketAddr {
    let port = profiles.first().map_or(8765, |profile| profile.port());
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}
