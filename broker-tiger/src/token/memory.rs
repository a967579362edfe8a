use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{Error, ErrorKind, Result, SecretString, TokenClaim, TokenStore, async_trait};
use tokio::time::timeout;

/// A token that is kept as long as the program runs; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryTokenStore {
    token: Arc<Mutex<Option<SecretString>>>,
    claimed: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryTokenStore {
    /// A store with this token.
    #[must_use]
    pub fn with(token: SecretString) -> Self {
        let store = Self::default();
        *store.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        store
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self) -> Result<Option<SecretString>> {
        Ok(self
            .token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    async fn save(&self, token: &SecretString) -> Result<()> {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }

    async fn claim(&self, patience: Duration) -> Result<TokenClaim> {
        let claimed = timeout(patience, Arc::clone(&self.claimed).lock_owned()).await;
        claimed
            .map(TokenClaim::new)
            .map_err(|_| Error::new(ErrorKind::Timeout, "somebody else renews the token"))
    }
}
