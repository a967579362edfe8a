use core::{fmt, str::FromStr};

use reqwest::Url;

use super::{License, Stage};

/// Where the push service listens; always over TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushAddress {
    /// The host, which the certificate has to be for.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl fmt::Display for PushAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ssl,{},{}", self.host, self.port)
    }
}

impl FromStr for PushAddress {
    type Err = &'static str;

    /// Reads the vendor's form `ssl,host,port`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = "must be `ssl,HOST,PORT`";
        let mut parts = text.split(',').map(str::trim);
        let (protocol, host, port) = (parts.next(), parts.next(), parts.next());
        let (Some(protocol), Some(host), Some(port), None) = (protocol, host, port, parts.next())
        else {
            return Err(form);
        };
        if !protocol.eq_ignore_ascii_case("ssl") {
            return Err("must begin with `ssl`: pushes are taken over TLS only");
        }
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(form)?;
        if host.is_empty() {
            return Err(form);
        }
        let host = host.to_owned();
        Ok(Self { host, port })
    }
}

/// The gateway's address when nobody says another one.
pub(super) fn gateway(stage: Stage, license: Option<License>) -> Option<&'static str> {
    match (stage, license) {
        (Stage::Production, Some(License::Tbus)) => Some("https://openapi.tradeup.com/gateway"),
        (Stage::Production, _) => Some("https://openapi.tigerfintech.com/gateway"),
        (Stage::Sandbox, _) => Some("https://openapi-sandbox.tigerfintech.com/gateway"),
        (Stage::Test, _) => None,
    }
}

/// The push service's address when nobody says another one.
pub(super) fn push(stage: Stage, license: Option<License>) -> Option<PushAddress> {
    let (host, port) = match (stage, license) {
        (Stage::Production, Some(License::Tbus)) => ("openapi.tradeup.com", 9983),
        (Stage::Production, _) => ("openapi.tigerfintech.com", 9883),
        (Stage::Sandbox, _) => ("openapi-sandbox.tigerfintech.com", 9885),
        (Stage::Test, _) => return None,
    };
    let host = host.to_owned();
    Some(PushAddress { host, port })
}

/// An address that requests may be sent to: `https`, or `http` on this machine.
pub(super) fn checked_url(text: &str, plain_allowed: bool) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("is not an address: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or a password".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url.into()),
        "http" if plain_allowed || is_here(&url) => Ok(url.into()),
        "http" => Err(
            "must begin with https: without TLS, answers could come from anyone and the token \
             would be readable"
                .to_owned(),
        ),
        _ => Err("must begin with https".to_owned()),
    }
}

fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let ip = host.parse::<std::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
