use core::fmt;
use std::{collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::principal::{Access, Confirm, Toolset};

/// Where the public keys of an authorization server are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JwksSource {
    /// In a file, which is read again when it has changed.
    File(PathBuf),
    /// At an address with `https`, or on this machine.
    Url(String),
}

/// Which access tokens are taken, and what their owners may do beyond what their scopes say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct OauthSettings {
    /// The authorization server, exactly as its tokens name it.
    pub issuer: String,
    /// What tokens have to be for, exactly: the address of this server, as a rule.
    pub audience: String,
    /// Its keys.
    pub jwks: JwksSource,
    /// Accounts that owners of tokens may use.
    pub accounts: Access,
    /// Operations that they see.
    #[serde(default = "standard")]
    pub toolsets: BTreeSet<Toolset>,
    /// How their commands are confirmed.
    #[serde(default = "ask")]
    pub confirm: Confirm,
    /// Most requests of each in any minute.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
}

fn standard() -> BTreeSet<Toolset> {
    Toolset::STANDARD.into_iter().collect()
}

const fn ask() -> Confirm {
    Confirm::Ask
}

impl OauthSettings {
    /// Tokens of this issuer for this audience, whose owners may use these accounts.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        jwks: JwksSource,
        accounts: Access,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            jwks,
            accounts,
            toolsets: standard(),
            confirm: ask(),
            requests_per_minute: None,
        }
    }
}

/// Why tokens cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OauthError {
    /// A setting that makes no sense.
    Setting(&'static str),
    /// The keys cannot be had.
    Keys(String),
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(what) => f.write_str(what),
            Self::Keys(why) => write!(f, "the keys of the authorization server: {why}"),
        }
    }
}

impl std::error::Error for OauthError {}
