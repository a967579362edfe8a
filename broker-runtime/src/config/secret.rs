use core::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use broker_core::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::secrets::{MasterKey, SecretError, SecretStore};

/// Where a secret is; a configuration never has it itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SecretRef {
    /// In a variable of the environment: `{ env = "NAME" }`.
    Env(String),
    /// In a file that only its owner may read: `{ file = "path" }`.
    File(PathBuf),
    /// In the encrypted store: `{ secret = "entry" }`.
    Secret(String),
}

/// Where the key of the encrypted store is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyRef {
    /// In a variable of the environment: `{ env = "NAME" }`.
    Env(String),
    /// In a file that only its owner may read: `{ file = "path" }`.
    File(PathBuf),
    /// In the keyring of the operating system: `{ keyring = "service/user" }`.
    Keyring(String),
}

/// Reads a table of one reference. Whatever else stands there is not repeated: it may be the secret.
struct Reference(&'static [&'static str], &'static str);

impl<'de> de::Visitor<'de> for Reference {
    type Value = (&'static str, String);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Err(E::custom(format_args!(
            "a secret never stands in a configuration: it should be {}",
            self.1
        )))
    }
    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        use de::Error as _;
        let wrong = || A::Error::custom(format_args!("it should be {}", self.1));
        let word = map.next_key::<String>()?.ok_or_else(wrong)?;
        let known = self.0.iter().find(|known| **known == word);
        let known = *known.ok_or_else(|| A::Error::unknown_field(&word, self.0))?;
        let name = map.next_value::<String>()?;
        if name.is_empty() || map.next_key::<String>()?.is_some() {
            return Err(wrong());
        }
        Ok((known, name))
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FORM: &str = "{ env = \"NAME\" }, { file = \"path\" } or { secret = \"entry\" }";
        let read = deserializer.deserialize_any(Reference(&["env", "file", "secret"], FORM))?;
        Ok(match read {
            ("env", name) => Self::Env(name),
            ("file", path) => Self::File(path.into()),
            (_, entry) => Self::Secret(entry),
        })
    }
}

impl<'de> Deserialize<'de> for KeyRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FORM: &str =
            "{ env = \"NAME\" }, { file = \"path\" } or { keyring = \"service/user\" }";
        let read = deserializer.deserialize_any(Reference(&["env", "file", "keyring"], FORM))?;
        Ok(match read {
            ("env", name) => Self::Env(name),
            ("file", path) => Self::File(path.into()),
            (_, entry) => Self::Keyring(entry),
        })
    }
}

impl KeyRef {
    pub(super) fn key(&self, folder: &Path) -> Result<MasterKey, SecretError> {
        match self {
            Self::Env(name) => Ok(MasterKey::environment(name)),
            Self::File(path) => Ok(MasterKey::file(folder.join(path))),
            #[cfg(feature = "keyring")]
            Self::Keyring(entry) => {
                let (service, user) = entry.split_once('/').unwrap_or((entry, ""));
                Ok(MasterKey::keyring(service, user))
            }
            #[cfg(not(feature = "keyring"))]
            Self::Keyring(entry) => Err(SecretError::NoKey {
                at: format!("the keyring, {entry}"),
                why: "this program was built without the feature `keyring`".to_owned(),
            }),
        }
    }
}

/// What finds secrets: the environment, files, and the store if there is one.
#[derive(Debug, Clone)]
pub struct Secrets {
    pub(super) folder: PathBuf,
    pub(super) store: Option<Arc<SecretStore>>,
}

impl Secrets {
    /// The encrypted store, if one is configured.
    #[must_use]
    pub const fn store(&self) -> Option<&Arc<SecretStore>> {
        self.store.as_ref()
    }

    /// The secret that is referred to. Blocks on files.
    ///
    /// # Errors
    /// What [`SecretStore::get`] and [`MasterKey`] say; [`NoKey`](SecretError::NoKey) when it is not
    /// where it should be.
    pub fn resolve(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        match reference {
            SecretRef::Env(name) => MasterKey::environment(name).read_any(),
            SecretRef::File(path) => MasterKey::file(self.folder.join(path)).read_any(),
            SecretRef::Secret(entry) => match &self.store {
                Some(store) => store.get(entry),
                None => Err(SecretError::NoKey {
                    at: format!("the entry {entry}"),
                    why: "no store is configured in [secrets]".to_owned(),
                }),
            },
        }
    }
}
