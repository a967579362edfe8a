use core::time::Duration;
use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use broker_core::{Error, ErrorKind, Result, SecretString, TokenClaim, TokenStore};
use tokio::time::{Instant, sleep};

use super::{SecretError, SecretStore, disk, entries::check_name};

/// How often a claim that somebody holds is tried.
const CLAIM_PAUSE: Duration = Duration::from_millis(50);

/// The token of a login as one entry of a [`SecretStore`].
///
/// A claim keeps other processes away from this entry only: reading and writing, also of this entry, go
/// on meanwhile.
#[derive(Debug, Clone)]
pub struct StoredToken {
    store: Arc<SecretStore>,
    name: String,
    claim: PathBuf,
}

impl StoredToken {
    /// The token under this name, which need not be there yet.
    ///
    /// # Errors
    /// [`BadName`](SecretError::BadName).
    pub fn new(store: Arc<SecretStore>, name: impl Into<String>) -> Result<Self, SecretError> {
        let name = name.into();
        check_name(&name)?;
        Ok(Self {
            claim: disk::beside(store.path(), &format!(".{name}.claim")),
            store,
            name,
        })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SecretStore, &str) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T> {
        let (store, name) = (Arc::clone(&self.store), self.name.clone());
        let done = tokio::task::spawn_blocking(move || work(&store, &name)).await;
        let done = done.map_err(|error| {
            Error::new(ErrorKind::Internal, "a secret store was interrupted").with_source(error)
        })?;
        Ok(done?)
    }
}

#[async_trait]
impl TokenStore for StoredToken {
    async fn load(&self) -> Result<Option<SecretString>> {
        self.blocking(|store, name| match store.get(name) {
            Ok(token) => Ok(Some(token)),
            Err(SecretError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        })
        .await
    }

    async fn save(&self, token: &SecretString) -> Result<()> {
        let token = token.clone();
        self.blocking(move |store, name| store.put(name, &token))
            .await
    }

    async fn claim(&self, patience: Duration) -> Result<TokenClaim> {
        let until = Instant::now() + patience;
        let path = self.claim.clone();
        let file = self.blocking(move |_, _| disk::lock_file(&path)).await?;
        loop {
            if disk::try_lock(&self.claim, &file)? {
                return Ok(TokenClaim::new(file));
            }
            if Instant::now() >= until {
                let message = "another program has been renewing the token for too long";
                return Err(Error::new(ErrorKind::Timeout, message));
            }
            sleep(CLAIM_PAUSE).await;
        }
    }
}
