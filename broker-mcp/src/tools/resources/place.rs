use core::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What an address means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Status,
    Accounts,
    Limits,
    /// Of an account.
    Positions(String),
    /// Of an account: those that work.
    Orders(String),
    /// Of an instrument.
    Quotes(String),
}

const SCHEME: &str = "broker://";

/// Longest address that is looked at.
const LONGEST: usize = 512;

impl Place {
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix(SCHEME)?;
        if uri.len() > LONGEST {
            return None;
        }
        let (kind, of) = match path.split_once('/') {
            Some((kind, of)) => (kind, Some(decoded(of)?)),
            None => (path, None),
        };
        let of = of.filter(|of| !of.is_empty());
        match (kind, of) {
            ("status", None) if path == kind => Some(Self::Status),
            ("accounts", None) if path == kind => Some(Self::Accounts),
            ("limits", None) if path == kind => Some(Self::Limits),
            ("positions", Some(account)) => Some(Self::Positions(account)),
            ("orders", Some(account)) => Some(Self::Orders(account)),
            ("quotes", Some(symbol)) => Some(Self::Quotes(symbol)),
            _ => None,
        }
    }

    pub(crate) fn uri(&self) -> String {
        let (kind, of) = match self {
            Self::Status => ("status", None),
            Self::Accounts => ("accounts", None),
            Self::Limits => ("limits", None),
            Self::Positions(account) => ("positions", Some(account)),
            Self::Orders(account) => ("orders", Some(account)),
            Self::Quotes(symbol) => ("quotes", Some(symbol)),
        };
        let mut uri = format!("{SCHEME}{kind}");
        if let Some(of) = of {
            uri.push('/');
            encode(of, &mut uri);
        }
        uri
    }

    /// The operation that answers, with its arguments. Limits are no operation.
    pub(crate) fn question(&self) -> Option<(&'static str, Map<String, Value>)> {
        let (operation, arguments) = match self {
            Self::Status => ("get_status", json!({})),
            Self::Accounts => ("list_accounts", json!({})),
            Self::Limits => return None,
            Self::Positions(account) => ("get_positions", json!({ "account": account })),
            Self::Orders(account) => (
                "get_orders",
                json!({ "account": account, "open_only": true }),
            ),
            Self::Quotes(symbol) => ("get_quotes", json!({ "symbols": [symbol] })),
        };
        match arguments {
            Value::Object(arguments) => Some((operation, arguments)),
            _ => None,
        }
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(char::is_control)).then_some(text)
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                into.push(char::from(byte));
            }
            other => {
                // Writing into a text cannot fail.
                let _ = write!(into, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod place_tests;
