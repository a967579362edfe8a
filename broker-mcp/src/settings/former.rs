//! The accounts of the former MCP server for Tiger Brokers: `primary_account`, `additional_accounts` and
//! `settings`, from whatever form a file has.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use broker_core::SecretString;
use broker_runtime::config::SecretRef;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A file of that server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormerFile {
    /// The accounts, where they are in a table of their own.
    accounts: Option<FormerAccounts>,
    primary_account: Option<FormerAccount>,
    #[serde(default)]
    additional_accounts: Vec<FormerAccount>,
    #[serde(default)]
    pub(super) settings: FormerSettings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormerAccounts {
    primary_account: FormerAccount,
    #[serde(default)]
    additional_accounts: Vec<FormerAccount>,
}

/// An account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormerAccount {
    #[serde(deserialize_with = "text")]
    pub(super) account_id: String,
    /// The developer's number at Tiger.
    #[serde(deserialize_with = "text")]
    pub(super) client_id: String,
    pub(super) private_key: PrivateKey,
    pub(super) permissions: BTreeSet<FormerPermission>,
}

/// What may be done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FormerPermission {
    Read,
    Trade,
}

/// What holds for all of them.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FormerSettings {
    #[serde(deserialize_with = "some_text")]
    pub(super) default_account: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) trading_accounts: Option<Vec<String>>,
    pub(super) max_accounts: usize,
    pub(super) account_validation: bool,
}

impl Default for FormerSettings {
    fn default() -> Self {
        Self {
            default_account: None,
            trading_accounts: None,
            max_accounts: 10,
            account_validation: true,
        }
    }
}

/// A private key, or where it is.
#[derive(Debug, Clone)]
pub(super) enum PrivateKey {
    Here(SecretString),
    There(SecretRef),
}

impl FormerFile {
    /// Reads what a file has said.
    ///
    /// # Errors
    /// What is wrong with it; never a key.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        serde_path_to_error::deserialize(value).map_err(|error| match error.path().to_string() {
            path if path == "." => error.into_inner().to_string(),
            path => format!("{path}: {}", error.into_inner()),
        })
    }

    /// The accounts, that of all calls that name none first.
    ///
    /// # Errors
    /// When there is none, or they are in two places.
    pub(super) fn take_accounts(&mut self) -> Result<Vec<FormerAccount>, String> {
        let inner = self.accounts.take();
        let (primary, others) = match (inner, self.primary_account.take()) {
            (Some(inner), None) if self.additional_accounts.is_empty() => {
                (inner.primary_account, inner.additional_accounts)
            }
            (None, Some(primary)) => (primary, core::mem::take(&mut self.additional_accounts)),
            (None, None) => return Err("primary_account: it is not there".to_owned()),
            (Some(_), _) => {
                return Err(
                    "accounts: they are there twice, in `accounts` and beside it".to_owned(),
                );
            }
        };
        let mut all = vec![primary];
        all.extend(others);
        Ok(all)
    }
}

/// A text, also where it looks like a number.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(de::Error::custom("it should be a text")),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(plain) {
        let what = "it should be 1 to 64 letters, digits, `-` and `_`";
        return Err(de::Error::custom(what));
    }
    Ok(text)
}

/// A text as above.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer).map(Self)
    }
}

fn some_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<Text>::deserialize(deserializer)?;
    Ok(text.map(|text| text.0))
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    let texts = Option::<Vec<Text>>::deserialize(deserializer)?;
    Ok(texts.map(|texts| texts.into_iter().map(|text| text.0).collect()))
}

/// What a private key may be written as. What is none of it is not repeated: it may be a key.
const FORMS: &str = "it should be where the key is (`env:NAME`, `${NAME}`, `file:PATH`, `secret:ENTRY`, a path \
     that ends in .pem or .key, or a table such as { env = \"NAME\" }) or the key itself, as PEM or base64";

impl<'de> Deserialize<'de> for PrivateKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || de::Error::custom(FORMS);
        match Value::deserialize(deserializer)? {
            Value::String(text) => Self::of(text.trim()).ok_or_else(wrong),
            table @ Value::Object(_) => {
                let reference = SecretRef::deserialize(table).map_err(|_| wrong())?;
                Ok(Self::There(reference))
            }
            _ => Err(wrong()),
        }
    }
}

impl PrivateKey {
    fn of(text: &str) -> Option<Self> {
        let there = |reference| Some(Self::There(reference));
        let variable = text
            .strip_prefix("${")
            .and_then(|text| text.strip_suffix('}'))
            .or_else(|| text.strip_prefix("env:"));
        if let Some(name) = variable.filter(|name| !name.is_empty()) {
            return there(SecretRef::Env(name.to_owned()));
        }
        if let Some(entry) = text.strip_prefix("secret:").filter(|it| !it.is_empty()) {
            return there(SecretRef::Secret(entry.to_owned()));
        }
        if let Some(path) = text.strip_prefix("file:").filter(|it| !it.is_empty()) {
            return there(SecretRef::File(path.into()));
        }
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=\r\n ".contains(c);
        let bare = text.len() >= 200 && text.chars().all(is_base64);
        if bare || text.starts_with("-----BEGIN ") {
            return Some(Self::Here(SecretString::from(text.to_owned())));
        }
        let is_file = Path::new(text)
            .extension()
            .is_some_and(|end| end == "pem" || end == "key");
        (is_file && !text.contains('\n')).then(|| Self::There(SecretRef::File(text.into())))
    }

    /// The same; a path that is meant from `folder` is meant from everywhere.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        match self {
            Self::There(SecretRef::File(path)) => {
                Self::There(SecretRef::File(folder.join::<PathBuf>(path)))
            }
            other => other,
        }
    }
}
