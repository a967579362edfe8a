use core::fmt;
use std::{path::PathBuf, sync::Arc};

use broker_core::{Error, ErrorKind};

/// A setting, by its name in `tiger_openapi_config.properties` and in the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Setting {
    TigerId,
    Account,
    License,
    Env,
    PrivateKey,
    PrivateKeyPk8,
    PrivateKeyPk1,
    SecretKey,
    Token,
    TokenFile,
    ServerUrl,
    QuoteServerUrl,
    SocketHostPort,
    TigerPublicKey,
    Timeout,
    TokenRefreshDuration,
    UseFullTick,
    Timezone,
    Language,
}

impl Setting {
    pub(crate) const ALL: [Self; 19] = [
        Self::TigerId,
        Self::Account,
        Self::License,
        Self::Env,
        Self::PrivateKey,
        Self::PrivateKeyPk8,
        Self::PrivateKeyPk1,
        Self::SecretKey,
        Self::Token,
        Self::TokenFile,
        Self::ServerUrl,
        Self::QuoteServerUrl,
        Self::SocketHostPort,
        Self::TigerPublicKey,
        Self::Timeout,
        Self::TokenRefreshDuration,
        Self::UseFullTick,
        Self::Timezone,
        Self::Language,
    ];

    /// The name in the file.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::TigerId => "tiger_id",
            Self::Account => "account",
            Self::License => "license",
            Self::Env => "env",
            Self::PrivateKey => "private_key",
            Self::PrivateKeyPk8 => "private_key_pk8",
            Self::PrivateKeyPk1 => "private_key_pk1",
            Self::SecretKey => "secret_key",
            Self::Token => "token",
            Self::TokenFile => "token_file",
            Self::ServerUrl => "server_url",
            Self::QuoteServerUrl => "quote_server_url",
            Self::SocketHostPort => "socket_host_port",
            Self::TigerPublicKey => "tiger_public_key",
            Self::Timeout => "timeout",
            Self::TokenRefreshDuration => "token_refresh_duration",
            Self::UseFullTick => "use_full_tick",
            Self::Timezone => "timezone",
            Self::Language => "language",
        }
    }

    /// The name in the environment; those without one are read from the file only.
    pub(crate) const fn variable(self) -> Option<&'static str> {
        match self {
            Self::TigerId => Some("TIGEROPEN_TIGER_ID"),
            Self::Account => Some("TIGEROPEN_ACCOUNT"),
            Self::License => Some("TIGEROPEN_LICENSE"),
            Self::PrivateKey => Some("TIGEROPEN_PRIVATE_KEY"),
            Self::SecretKey => Some("TIGEROPEN_SECRET_KEY"),
            Self::Token => Some("TIGEROPEN_TOKEN"),
            Self::TokenFile => Some("TIGEROPEN_TOKEN_FILE"),
            Self::ServerUrl => Some("TIGEROPEN_SERVER_URL"),
            Self::SocketHostPort => Some("TIGEROPEN_SOCKET_HOST_PORT"),
            Self::Timeout => Some("TIGEROPEN_TIMEOUT"),
            Self::TokenRefreshDuration => Some("TIGEROPEN_TOKEN_REFRESH_DURATION"),
            Self::UseFullTick => Some("TIGEROPEN_USE_FULL_TICK"),
            Self::Timezone => Some("TIGEROPEN_TIMEZONE"),
            Self::Language => Some("TIGEROPEN_LANGUAGE"),
            Self::Env
            | Self::PrivateKeyPk8
            | Self::PrivateKeyPk1
            | Self::QuoteServerUrl
            | Self::TigerPublicKey => None,
        }
    }
}

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The program said it.
    Program,
    /// An environment variable of this name.
    Variable(&'static str),
    /// A line of a file, from 1.
    Line(Arc<PathBuf>, usize),
    /// A file as a whole.
    File(Arc<PathBuf>),
    /// Nobody said it.
    Nowhere,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => f.write_str("given by the program"),
            Self::Variable(name) => write!(f, "in the environment variable {name}"),
            Self::Line(path, line) => write!(f, "in {}, line {line}", path.display()),
            Self::File(path) => write!(f, "in {}", path.display()),
            Self::Nowhere => f.write_str("not given"),
        }
    }
}

/// What is wrong with a setting: which one, where it was said, and why. Never shows its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    key: &'static str,
    origin: Origin,
    why: String,
}

impl ConfigError {
    pub(crate) fn new(key: &'static str, origin: Origin, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { key, origin, why }
    }

    pub(crate) fn missing(setting: Setting, why: impl Into<String>) -> Self {
        Self::new(setting.key(), Origin::Nowhere, why)
    }

    /// The setting's name in the properties file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Where it was said.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The line of the file, from 1, for a setting from a file.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match &self.origin {
            Origin::Line(_, line) => Some(*line),
            Origin::Program | Origin::Variable(_) | Origin::File(_) | Origin::Nowhere => None,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}): {}", self.key, self.origin, self.why)
    }
}

impl core::error::Error for ConfigError {}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::InvalidRequest, error.to_string())
            .at_field(error.key)
            .with_source(error)
    }
}
