//! Secrets do not belong into arguments: they are found, refused, and never repeated.

use serde_json::{Map, Value};

use crate::{Fault, FaultCode, value::Untrusted};

/// Names of arguments whose values are secrets wherever they stand.
const NAMES: [&str; 14] = [
    "apikey",
    "secret",
    "secretkey",
    "password",
    "passwd",
    "passphrase",
    "privatekey",
    "privatekeypk1",
    "privatekeypk8",
    "token",
    "accesstoken",
    "refreshtoken",
    "authorization",
    "bearer",
];

fn names_a_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    NAMES.contains(&plain.as_str())
}

/// Whether one of this server's own keys stands somewhere in a text.
fn holds_a_key(text: &str) -> bool {
    text.split("bk_").skip(1).any(|rest| {
        let (prefix, secret) = rest.split_at_checked(16).unwrap_or_default();
        prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) && secret.starts_with('_')
    })
}

/// Whether a text is a key, a token or the like: long, in one piece, and of mixed characters.
fn looks_secret(text: &str) -> bool {
    let text = text.trim();
    if text.contains("-----BEGIN") || text.contains("PRIVATE KEY") || holds_a_key(text) {
        return true;
    }
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(&byte);
    let dense = text.len() >= 32 && text.bytes().all(alphabet);
    // The name of a stored secret is made of words; its parts are short.
    let longest = text.split(['-', '_', '.', '/']).map(str::len).max();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    dense && longest >= Some(20) && digits >= 4
}

fn find(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && (names_a_secret(name) || looks_secret(text)) => {
            Some(name.to_owned())
        }
        Value::Array(values) => values.iter().find_map(|value| find(name, value)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| find(name, value)),
        _ => None,
    }
}

/// Refuses arguments in which a secret stands.
///
/// # Errors
/// [`InvalidRequest`](FaultCode::InvalidRequest) that names the argument and not the secret.
pub(crate) fn refuse(arguments: &Map<String, Value>) -> Result<(), Fault> {
    let found = arguments.iter().find_map(|(name, value)| find(name, value));
    let Some(name) = found else {
        return Ok(());
    };
    let message = format!(
        "{name}: this looks like a secret, and secrets are never taken in arguments. A person stores it \
         with `broker-mcp secret put NAME`; then give `credentials_ref` that name. Whoever has read this \
         conversation has read the secret: it should be replaced."
    );
    Err(Fault::new(FaultCode::InvalidRequest, message))
}

/// Arguments as the trail may keep them.
pub(crate) fn redacted(
    arguments: &Map<String, Value>,
    mask: impl Fn(&str) -> Option<String> + Copy,
) -> Value {
    fn shown(name: &str, value: &Value, mask: impl Fn(&str) -> Option<String> + Copy) -> Value {
        const LONGEST: usize = 200;
        match value {
            Value::String(text) if names_a_secret(name) || looks_secret(text) => {
                Value::String("***".to_owned())
            }
            Value::String(text) => {
                let text = mask(text).unwrap_or_else(|| Untrusted::line(text, LONGEST));
                Value::String(text)
            }
            Value::Array(values) => {
                let shown = values.iter().take(50).map(|value| shown(name, value, mask));
                Value::Array(shown.collect())
            }
            Value::Object(fields) => {
                let shown = fields.iter().take(50).map(|(name, value)| {
                    let value = shown(name, value, mask);
                    (Untrusted::line(name, LONGEST), value)
                });
                Value::Object(shown.collect())
            }
            // A number may be a secret under the name of one.
            _ if names_a_secret(name) => Value::String("***".to_owned()),
            other => other.clone(),
        }
    }
    shown("", &Value::Object(arguments.clone()), mask)
}
