use core::{fmt, net::SocketAddr, time::Duration};
use std::path::PathBuf;

use axum::http::Uri;
use serde::{Deserialize, Serialize};

use crate::rest::Compat;

/// Certificates of a server, in PEM files. They are read when the server starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and those that vouch for it.
    pub certificate: PathBuf,
    /// Its private key; only its owner may read it.
    pub private_key: PathBuf,
    /// Whether clients with TLS 1.2 are turned away.
    #[serde(default)]
    pub only_1_3: bool,
}

/// What whoever gives no key may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anonymous {
    /// Nothing.
    #[default]
    Refused,
    /// Ask questions, from this machine.
    Read,
}

/// How the server listens. What is left out is as narrow as it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Where it listens. Anywhere but on this machine needs keys, and TLS or a proxy that has it.
    pub listen: SocketAddr,
    /// Certificates.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy is in front that has TLS and says in `X-Forwarded-For` who asks. Only then is that
    /// header believed.
    pub behind_proxy: bool,
    /// Where clients find the server, such as `https://broker.example`. It is what metadata says; nothing
    /// that a request says of the server is believed.
    pub public_address: Option<String>,
    /// Names, beside `localhost`, addresses and that of `public_address`, by which requests may call the
    /// server.
    pub hosts: Vec<String>,
    /// Origins of pages that may send requests, beside those of this machine while it listens there only.
    pub origins: Vec<String>,
    /// Origins of pages that may also read the answers.
    pub cors: Vec<String>,
    /// Largest body, bytes.
    pub body_limit: usize,
    /// How long a request may take, seconds.
    pub request_timeout: u32,
    /// How long requests have to end when the server stops, seconds.
    pub drain: u32,
    /// Most connections at a time.
    pub connections: usize,
    /// What whoever gives no key may do.
    pub anonymous: Anonymous,
    /// Which paths of former programs there are.
    pub compat: Compat,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            tls: None,
            behind_proxy: false,
            public_address: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            cors: Vec::new(),
            body_limit: 1 << 20,
            request_timeout: 30,
            drain: 10,
            connections: 1_024,
            anonymous: Anonymous::Refused,
            compat: Compat::default(),
        }
    }
}

/// Settings that are not safe, or make no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// The port is open to others and there is no key.
    OpenWithoutKeys(SocketAddr),
    /// The port is open to others and what is said there can be read on the way.
    OpenWithoutTls(SocketAddr),
    /// The port is open to others, or a proxy lets them in, and whoever gives no key may ask.
    OpenToAnybody(SocketAddr),
    /// Something that should be an address such as `https://broker.example` is none.
    NoAddress(String),
    /// `*` stands for no origin.
    AnyOrigin,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenWithoutKeys(at) => write!(
                f,
                "{at} can be reached by others and there is no key: make one, or listen on 127.0.0.1"
            ),
            Self::OpenWithoutTls(at) => write!(
                f,
                "{at} can be reached by others: set tls, or behind_proxy when a proxy has TLS, or listen on 127.0.0.1"
            ),
            Self::OpenToAnybody(at) => write!(
                f,
                "{at} can be reached by others: anonymous has to be \"refused\""
            ),
            Self::NoAddress(what) => write!(
                f,
                "`{what}` is no origin such as https://broker.example, without a path"
            ),
            Self::AnyOrigin => f.write_str("origins are listed one by one: `*` is not taken"),
        }
    }
}

impl std::error::Error for SettingsError {}

/// An origin as it is compared: scheme, host and port in small letters, without the usual port.
pub(super) fn origin(text: &str) -> Option<String> {
    let uri: Uri = text.trim_end_matches('/').parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let plain = matches!(scheme.as_str(), "http" | "https");
    if !plain || uri.path() != "/" || uri.query().is_some() {
        return None;
    }
    let authority = uri.authority()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let host = authority.host().to_ascii_lowercase();
    let usual = if scheme == "https" { 443 } else { 80 };
    Some(match authority.port_u16() {
        Some(port) if port != usual => format!("{scheme}://{host}:{port}"),
        _ => format!("{scheme}://{host}"),
    })
}

impl HttpSettings {
    /// On this machine, at a port; 0 takes any that is free.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            ..Self::default()
        }
    }

    /// Whether only programs on this machine can connect.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.listen.ip().is_loopback()
    }

    /// Whether whoever connects is on this machine for certain.
    pub(super) fn is_private(&self) -> bool {
        self.is_local() && !self.behind_proxy
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout.max(1).into())
    }

    /// Where the metadata of this server is, for clients that look for who gives tokens.
    #[cfg(feature = "oauth")]
    pub(crate) fn metadata_address(&self) -> Option<String> {
        let public = origin(self.public_address.as_deref()?)?;
        Some(format!("{public}/.well-known/oauth-protected-resource"))
    }

    /// Whether it is safe to listen so.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(&self, has_keys: bool) -> Result<(), SettingsError> {
        let addresses = self.origins.iter().chain(&self.cors);
        for address in addresses.chain(&self.public_address) {
            if address == "*" {
                return Err(SettingsError::AnyOrigin);
            }
            origin(address).ok_or_else(|| SettingsError::NoAddress(address.clone()))?;
        }
        let open = !self.is_private();
        if open && self.anonymous != Anonymous::Refused {
            return Err(SettingsError::OpenToAnybody(self.listen));
        }
        if open && !has_keys {
            return Err(SettingsError::OpenWithoutKeys(self.listen));
        }
        if !self.is_local() && self.tls.is_none() && !self.behind_proxy {
            return Err(SettingsError::OpenWithoutTls(self.listen));
        }
        Ok(())
    }
}
