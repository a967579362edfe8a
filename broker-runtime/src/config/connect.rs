use core::future::Future;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{
    Broker, Error, ErrorKind, Result, SecretString,
    model::{AccountId, BrokerId, Environment},
};
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;

use super::{BrokerConfig, Config, ConfigError, SecretRef, Secrets, source::meant};
use crate::{
    journal::JournalStore,
    layer::{Audit, Budgets, RateLimit, Risk, Stack, Standard, Standing},
    registry::{Registry, SeatKey},
    risk::KillSwitch,
    secrets::StoredToken,
};

type Factory =
    Arc<dyn Fn(BrokerSetup) -> BoxFuture<'static, Result<Arc<dyn Broker>>> + Send + Sync>;

/// The adapters that a program has, by the name that a configuration calls them.
#[derive(Clone, Default)]
pub struct Kinds(BTreeMap<String, Factory>);

impl core::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Kinds {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Brokers of this kind are made like this.
    #[must_use]
    pub fn with<M, F>(mut self, kind: impl Into<String>, make: M) -> Self
    where
        M: Fn(BrokerSetup) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Arc<dyn Broker>>> + Send + 'static,
    {
        let factory: Factory = Arc::new(move |setup| Box::pin(make(setup)));
        self.0.insert(kind.into(), factory);
        self
    }
}

/// What an adapter is made with.
#[derive(Debug, Clone)]
pub struct BrokerSetup {
    id: BrokerId,
    config: BrokerConfig,
    accounts: Vec<AccountId>,
    environment: Option<Environment>,
    secrets: Secrets,
    whole: Arc<Config>,
}

impl BrokerSetup {
    /// The identifier that the broker has to have.
    #[must_use]
    pub const fn id(&self) -> &BrokerId {
        &self.id
    }

    /// Its enabled accounts, as the broker names them.
    #[must_use]
    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    /// What its accounts are said to be, which the adapter has to prove; `None` without accounts.
    #[must_use]
    pub const fn environment(&self) -> Option<Environment> {
        self.environment
    }

    /// Its own settings. Give the type `deny_unknown_fields`, and [`SecretRef`] where a secret is
    /// meant.
    ///
    /// # Errors
    /// What is wrong with them, with the place in the file.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let path = format!("brokers.{}.settings", self.id);
        self.config.settings.read(&path, &self.whole.origins)
    }

    /// A path as it is meant.
    #[must_use]
    pub fn at(&self, path: &Path) -> PathBuf {
        self.whole.at(path)
    }

    /// A secret that the settings refer to.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) or [`NotFound`](ErrorKind::NotFound) when it cannot be had.
    pub async fn secret(&self, reference: &SecretRef) -> Result<SecretString> {
        let (secrets, reference) = (self.secrets.clone(), reference.clone());
        blocking(move || Ok(secrets.resolve(&reference)?)).await
    }

    /// An entry of the encrypted store in which the adapter keeps a token.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when no store is configured.
    pub fn token(&self, entry: &str) -> Result<StoredToken> {
        let store = self.secrets.store.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidRequest,
                "no store is configured in [secrets]",
            )
        })?;
        Ok(StoredToken::new(Arc::clone(store), entry)?)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(ErrorKind::Internal, "interrupted").with_source(error))?
}

/// Brokers with their layers, and their accounts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Connected {
    /// The accounts.
    pub registry: Registry,
    /// The brokers by identifier.
    pub brokers: BTreeMap<BrokerId, Standing>,
    /// The limits and the kill switch of all of them.
    pub risk: Arc<Risk>,
    /// The trail of all of them, if there is one.
    pub audit: Option<Arc<Audit>>,
    /// What finds secrets.
    pub secrets: Secrets,
    /// What each login may still ask, whatever becomes of its sessions.
    budgets: BTreeMap<String, Budgets>,
}

impl Config {
    /// Makes every enabled broker, proves that its accounts are what the configuration says, puts the
    /// standard layers around it and registers its accounts.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for a kind that is not known and for settings that
    /// the adapter refuses; [`PermissionDenied`](ErrorKind::PermissionDenied) when a broker is another
    /// environment than its accounts are said to be, such as live instead of paper;
    /// [`NotFound`](ErrorKind::NotFound) when it does not have an account; what the adapter, the journal,
    /// the trail and the secrets say. What was connected before is closed again.
    pub async fn connect(&self, kinds: &Kinds) -> Result<Connected> {
        let this = self.clone();
        let (secrets, risk, audit) = blocking(move || {
            let switch = this.layers.risk.kill_switch.as_ref();
            let switch =
                switch.map_or_else(KillSwitch::in_memory, |path| KillSwitch::at(this.at(path)));
            let risk = Risk::with_switch(this.risk_limits(), switch);
            Ok((this.secrets()?, risk, this.audit()?))
        })
        .await?;
        let mut connected = Connected {
            registry: Registry::new(),
            brokers: BTreeMap::new(),
            risk,
            audit,
            secrets,
            budgets: self
                .brokers
                .keys()
                .map(|id| (id.clone(), Budgets::new()))
                .collect(),
        };
        match self.connect_all(kinds, &mut connected).await {
            Ok(()) => Ok(connected),
            Err(error) => {
                for standing in connected.brokers.values() {
                    close(&*standing.broker).await;
                }
                Err(error)
            }
        }
    }

    async fn connect_all(&self, kinds: &Kinds, connected: &mut Connected) -> Result<()> {
        for (id, _) in self.brokers.iter().filter(|(_, broker)| broker.enabled) {
            let id = BrokerId::new(id).map_err(|error| {
                Error::new(ErrorKind::InvalidRequest, "not a broker's name").with_source(error)
            })?;
            let standing = self.connect_one(&id, kinds, connected, None).await?;
            connected.brokers.insert(id, standing);
        }
        self.register(connected)
    }

    /// Makes one broker of those that are connected anew, after it was closed: with the same limits, kill
    /// switch, trail, journal and secrets, and what is left of its budgets. What it is to replace is not
    /// changed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for a broker that is not connected, otherwise as
    /// [`connect`](Self::connect).
    pub async fn connect_again(
        &self,
        kinds: &Kinds,
        id: &BrokerId,
        connected: &Connected,
    ) -> Result<Standing> {
        let Some(before) = connected.brokers.get(id) else {
            let message = format!("broker `{id}` is not connected");
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        // One holder at a time has a journal open.
        let journal = before.journal.as_ref();
        let journal = journal.map(|journal| Arc::clone(journal.store()));
        self.connect_one(id, kinds, connected, journal).await
    }

    /// Makes a broker and puts the layers around it, with a journal that is open already or its own.
    pub(super) async fn connect_one(
        &self,
        id: &BrokerId,
        kinds: &Kinds,
        connected: &Connected,
        journal: Option<Arc<dyn JournalStore>>,
    ) -> Result<Standing> {
        let unknown = || {
            let message = format!("no broker `{id}` is configured");
            Error::new(ErrorKind::NotFound, message)
        };
        let broker = self.brokers.get(id.as_str()).ok_or_else(unknown)?;
        let Some(factory) = kinds.0.get(&broker.kind) else {
            let path = format!("brokers.{id}.kind");
            let what = format!("this program has no broker of the kind `{}`", broker.kind);
            return Err(ConfigError::all(vec![super::Problem {
                origin: self.origins.of(&path),
                path,
                what,
                suggestion: meant(&broker.kind, kinds.0.keys().map(String::as_str)),
            }])
            .into());
        };
        let own = self
            .accounts
            .values()
            .filter(|account| account.enabled && account.broker == id.as_str());
        let setup = BrokerSetup {
            accounts: own.map(|account| account.account.clone()).collect(),
            environment: self.said_to_be(id),
            id: id.clone(),
            config: broker.clone(),
            secrets: connected.secrets.clone(),
            whole: Arc::new(self.clone()),
        };
        let made = factory(setup).await?;
        let stand = async {
            self.prove(id, &*made)?;
            let standard = self.standard(id, connected)?;
            let standard = match journal {
                Some(store) => standard.journal(store),
                None => self.with_journal(id, standard).await?,
            };
            standard.over(Arc::clone(&made)).await
        };
        match stand.await {
            Ok(standing) => Ok(standing),
            Err(error) => {
                close(&*made).await;
                Err(error)
            }
        }
    }

    /// What the accounts of a broker are said to be, if there is any.
    fn said_to_be(&self, id: &BrokerId) -> Option<Environment> {
        let mut own = self
            .accounts
            .values()
            .filter(|account| account.broker == id.as_str());
        own.next().map(|account| account.environment)
    }

    /// Nothing is sent to an account that is not what it is said to be.
    fn prove(&self, id: &BrokerId, broker: &dyn Broker) -> Result<()> {
        if broker.id() != id {
            let message = format!("broker `{id}` was made with the name `{}`", broker.id());
            return Err(Error::new(ErrorKind::Internal, message));
        }
        let proven = broker.environment();
        for (name, account) in &self.accounts {
            if account.broker == id.as_str() && account.environment != proven {
                let message = format!(
                    "account `{name}` is configured as {}, and broker `{id}` is {proven}",
                    account.environment
                );
                return Err(Error::new(ErrorKind::PermissionDenied, message).at_field("account"));
            }
        }
        Ok(())
    }

    /// The standard layers around a broker.
    fn standard(&self, id: &BrokerId, connected: &Connected) -> Result<Standard> {
        let layers = &self.layers;
        let mut standard = Stack::standard()
            .timeout(layers.timeout.layer())
            .breaker(layers.breaker.layer())
            .retry(layers.retry.layer())
            .cache(layers.cache.layer())
            .risk(Arc::clone(&connected.risk));
        if let Some(broker) = self.brokers.get(id.as_str()) {
            let shared = connected.budgets.get(id.as_str());
            let shared = shared.cloned().unwrap_or_default();
            let mut rate_limit = RateLimit::none();
            for budget in &broker.rate_limit.budgets {
                let scope = budget.scope.scope();
                let permits = shared.budget(scope, budget.permits, budget.period.get())?;
                rate_limit = rate_limit.with_budget(scope, permits);
            }
            if !broker.rate_limit.budgets.is_empty() {
                standard = standard.rate_limit(rate_limit);
            }
            standard = standard.budgets(shared);
            standard = standard.waiting_at_most(broker.rate_limit.longest_wait.get());
        }
        if let Some(audit) = &connected.audit {
            standard = standard.audit(Arc::clone(audit));
        }
        Ok(standard)
    }

    #[cfg(feature = "sqlite")]
    async fn with_journal(&self, id: &BrokerId, standard: Standard) -> Result<Standard> {
        let Some(journal) = &self.layers.journal else {
            return Ok(standard);
        };
        let (folder, file) = (self.at(&journal.folder), format!("{id}.sqlite"));
        let store = blocking(move || {
            std::fs::create_dir_all(&folder).map_err(|error| {
                let message = format!("the journal's folder cannot be made: {error}");
                Error::new(ErrorKind::Io, message).with_source(error)
            })?;
            crate::journal::SqliteStore::open(folder.join(file))
        });
        Ok(standard.journal(store.await?))
    }

    #[cfg(not(feature = "sqlite"))]
    async fn with_journal(&self, _: &BrokerId, standard: Standard) -> Result<Standard> {
        // Checked when the configuration was read.
        Ok(standard)
    }

    fn audit(&self) -> Result<Option<Arc<Audit>>> {
        let Some(audit) = &self.layers.audit else {
            return Ok(None);
        };
        let mut builder = Audit::in_folder(self.at(&audit.folder)).rotate_at(audit.rotate_at_bytes);
        if audit.queries {
            builder = builder.with_queries();
        }
        builder.open().map(Some)
    }

    fn register(&self, connected: &Connected) -> Result<()> {
        let registry = &connected.registry;
        let mut seats: BTreeMap<&str, SeatKey> = BTreeMap::new();
        for (name, account) in &self.accounts {
            let id = account.broker.as_str();
            let standing = connected.brokers.iter().find(|(key, _)| key.as_str() == id);
            let Some((_, standing)) = standing.filter(|_| account.enabled) else {
                continue;
            };
            let broker = Arc::clone(&standing.broker);
            let key = registry.add(broker, &account.account, account.permission)?;
            for group in &account.groups {
                registry.set_member(&key, group, true)?;
            }
            seats.insert(name, key);
        }
        match &self.default_account {
            Some(default) => match seats.get(default.as_str()) {
                Some(key) => registry.set_default(key),
                None => Err(Error::new(
                    ErrorKind::NotFound,
                    "the default account is not there",
                )),
            },
            None if seats.len() > 1 => {
                registry.clear_default();
                Ok(())
            }
            None => Ok(()),
        }
    }
}

async fn close(broker: &dyn Broker) {
    if let Err(error) = broker.close().await {
        tracing::warn!(%error, broker = %broker.id(), "a session could not be closed");
    }
}
