use core::fmt;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::model::{AccountId, BrokerId, Environment};
use figment::value::{Dict, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap as _};

use super::{
    ConfigError, KeyRef, LayersConfig, Loader, Problem, RateLimitConfig, Secrets, SupervisorConfig,
    source::Origins,
};
use crate::{
    registry::Permission,
    risk::{Limits, RiskLimits},
    secrets::{MasterKey, SecretError, SecretStore},
};

/// Everything that is configured. `Debug` and the serialised form show where secrets are, and of a
/// broker's own settings the names only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Connections by identifier.
    pub brokers: BTreeMap<String, BrokerConfig>,
    /// Accounts by a name of your own.
    pub accounts: BTreeMap<String, AccountConfig>,
    /// The account of calls that name none; the only one that is enabled when absent.
    pub default_account: Option<String>,
    /// The layers around every broker.
    pub layers: LayersConfig,
    /// How sessions are watched.
    pub supervisor: SupervisorConfig,
    /// The encrypted store.
    pub secrets: Option<SecretsConfig>,
    /// The tables that the program has declared.
    #[serde(skip)]
    pub(super) sections: BTreeMap<String, Settings>,
    /// Paths are meant from here: the folder of the file.
    #[serde(skip)]
    pub(super) folder: PathBuf,
    #[serde(skip)]
    pub(super) origins: Arc<Origins>,
}

const fn yes() -> bool {
    true
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BrokerConfig {
    /// Which adapter, by the name under which the program has it in its [`Kinds`](super::Kinds).
    pub kind: String,
    /// Whether it is connected.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The budget of this login.
    #[serde(default)]
    pub rate_limit: RateLimitConfig,
    /// What only the adapter understands.
    #[serde(default)]
    pub settings: Settings,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountConfig {
    /// The connection that it is at.
    pub broker: String,
    /// The account as that broker names it.
    #[serde(deserialize_with = "account_id")]
    pub account: AccountId,
    /// What the broker has to prove it to be.
    pub environment: Environment,
    /// The second word that real money takes; it counts in the file only.
    #[serde(default)]
    pub allow_live: bool,
    /// What may be done with it.
    pub permission: Permission,
    /// Whether calls may use it.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Groups that it belongs to.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Its limits, instead of those of each.
    #[serde(default)]
    pub limits: Option<Limits>,
}

/// The encrypted store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SecretsConfig {
    /// Its file.
    pub store: PathBuf,
    /// Where its key is.
    pub key: KeyRef,
}

/// An account may look like a number.
fn account_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountId, D::Error> {
    struct Text;
    impl de::Visitor<'_> for Text {
        type Value = AccountId;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the account as the broker names it")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<AccountId, E> {
            AccountId::new(text).map_err(E::custom)
        }
        fn visit_u64<E: de::Error>(self, number: u64) -> Result<AccountId, E> {
            self.visit_str(&number.to_string())
        }
        fn visit_i64<E: de::Error>(self, number: i64) -> Result<AccountId, E> {
            self.visit_str(&number.to_string())
        }
    }
    deserializer.deserialize_any(Text)
}

/// What only an adapter understands, as it stands in the file. `Debug` shows names, not values.
#[derive(Clone, Default, PartialEq)]
pub struct Settings(Dict);

impl Settings {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn of(settings: Dict) -> Self {
        Self(settings)
    }

    pub(super) fn read<T: de::DeserializeOwned>(
        &self,
        path: &str,
        origins: &Origins,
    ) -> Result<T, ConfigError> {
        Value::from(self.0.clone())
            .deserialize()
            .map_err(|error| ConfigError::of(error, path, origins))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for key in self.0.keys() {
            map.serialize_entry(key, "***")?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Dict::deserialize(deserializer).map(Self)
    }
}

impl Config {
    /// The configuration in a file, TOML or [YAML](Loader::file), under the variables of the environment
    /// that begin with `BROKER__`: `BROKER__LAYERS__TIMEOUT__READS=5s` is `layers.timeout.reads`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        Self::loader().file(path).environment().load()
    }

    /// A configuration from parts, such as overrides of a command line.
    pub fn loader() -> Loader {
        Loader::default()
    }

    /// A table that was declared with [`Loader::section`]; all of it is absent when it is not there. Give
    /// the type `deny_unknown_fields`.
    ///
    /// # Errors
    /// What is wrong with it, with the place in the file.
    pub fn section<T: de::DeserializeOwned>(&self, name: &str) -> Result<T, ConfigError> {
        let settings = self.sections.get(name).cloned().unwrap_or_default();
        settings.read(name, &self.origins)
    }

    /// The settings of a broker that only its adapter understands, for a program that needs some of them
    /// before the adapter is made.
    ///
    /// # Errors
    /// What is wrong with them, with the place in the file.
    pub fn settings_of<T: de::DeserializeOwned>(&self, broker: &str) -> Result<T, ConfigError> {
        let path = format!("brokers.{broker}.settings");
        let known = self.brokers.get(broker);
        let settings = known.map(|broker| broker.settings.clone());
        settings.unwrap_or_default().read(&path, &self.origins)
    }

    /// The same with one connection and its accounts only, such as to try it. The default account is none,
    /// and nothing is written down: no journal and no trail, which another process may have open.
    #[must_use]
    pub fn only(&self, broker: &str) -> Self {
        let mut one = self.clone();
        one.brokers.retain(|id, _| id == broker);
        one.accounts.retain(|_, account| account.broker == broker);
        one.default_account = None;
        one.layers.journal = None;
        one.layers.audit = None;
        one
    }

    /// The same with one account more, for questions and without real money: what a program remembers
    /// beside the file, such as an account that was added while it ran. Calls that name no account go on
    /// to mean the one that they meant.
    ///
    /// # Errors
    /// A name that is there already; what the file could not say either.
    pub fn with_account(
        &self,
        name: &str,
        broker: &BrokerId,
        account: &AccountId,
        environment: Environment,
    ) -> Result<Self, ConfigError> {
        let mut more = self.clone();
        let path = format!("accounts.{name}");
        if more.accounts.contains_key(name) {
            let what = "there is an account of this name";
            return Err(ConfigError::all(vec![self.problem(path, what)]));
        }
        if more.default_account.is_none() {
            let mut usable = self.accounts.iter().filter(|(_, account)| account.enabled);
            if let (Some((only, _)), None) = (usable.next(), usable.next()) {
                more.default_account = Some(only.clone());
            }
        }
        let account = AccountConfig {
            broker: broker.to_string(),
            account: account.clone(),
            environment,
            allow_live: false,
            permission: Permission::Read,
            enabled: true,
            groups: BTreeSet::new(),
            limits: None,
        };
        more.accounts.insert(name.to_owned(), account);
        ConfigError::unless_none(more.problems())?;
        Ok(more)
    }

    /// Something that is wrong with a setting of a program's own table, with the place where it is set.
    #[must_use]
    pub fn problem(&self, path: impl Into<String>, what: impl Into<String>) -> Problem {
        let path = path.into();
        Problem {
            origin: self.origins.of(&path),
            path,
            what: what.into(),
            suggestion: None,
        }
    }

    /// Whether the file says it, and neither a variable nor an override does.
    #[must_use]
    pub fn is_from_file(&self, path: &str) -> bool {
        self.origins.is_from_file(path)
    }

    /// A path as it is meant: from the folder of the file, unless it says where.
    #[must_use]
    pub fn at(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// Opens the encrypted store, if there is one, and finds secrets. Blocks.
    ///
    /// # Errors
    /// What [`SecretStore::open`] says.
    pub fn secrets(&self) -> Result<Secrets, SecretError> {
        let open = |secrets: &SecretsConfig| {
            let key = secrets.key.key(&self.folder)?;
            SecretStore::open(self.at(&secrets.store), key).map(Arc::new)
        };
        Ok(Secrets {
            folder: self.folder.clone(),
            store: self.secrets.as_ref().map(open).transpose()?,
        })
    }

    /// Makes the encrypted store that the configuration names, and its key where that is to be in a file
    /// that is not there yet. Blocks.
    ///
    /// # Errors
    /// What [`SecretStore::create`] says, such as that there is one;
    /// [`NoKey`](SecretError::NoKey) when no store is configured.
    pub fn begin_secrets(&self) -> Result<Secrets, SecretError> {
        let Some(secrets) = &self.secrets else {
            return Err(SecretError::NoKey {
                at: "the configuration".to_owned(),
                why: "no store is configured in [secrets]".to_owned(),
            });
        };
        if let KeyRef::File(path) = &secrets.key
            && !self.at(path).exists()
        {
            MasterKey::generate_file(self.at(path))?;
        }
        let key = secrets.key.key(&self.folder)?;
        let store = SecretStore::create(self.at(&secrets.store), key)?;
        Ok(Secrets {
            folder: self.folder.clone(),
            store: Some(Arc::new(store)),
        })
    }

    /// The limits of an account; one that is disabled or only read refuses every command.
    pub(super) fn limits_of(&self, account: &AccountConfig) -> Limits {
        let mut limits = account
            .limits
            .clone()
            .unwrap_or_else(|| self.layers.risk.each.clone());
        limits.read_only |= !account.enabled || account.permission < Permission::Trade;
        limits
    }

    /// The limits of all accounts. One that the configuration does not name refuses every command: a
    /// login may have more accounts than those.
    #[must_use]
    pub fn risk_limits(&self) -> RiskLimits {
        let risk = &self.layers.risk;
        let mut limits = RiskLimits::each(risk.each.clone());
        limits.each.read_only = true;
        limits.total = risk.total.clone();
        limits.rates = risk
            .rates
            .iter()
            .map(|(of, rate)| (*of, rate.get()))
            .collect();
        for account in self.accounts.values() {
            let own = self.limits_of(account);
            limits.accounts.insert(account.account.clone(), own);
        }
        limits
    }
}
