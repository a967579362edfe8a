//! Accounts that were taken out while the server ran. They stay out over its restarts, and out of every process
//! that has the same file.

use broker_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Utc};
use tokio::sync::OwnedMutexGuard;

use crate::{BrokerService, Fault, service::NamedAccount};

impl BrokerService {
    /// Lets calls reach the accounts that no administrator has taken out, and no other. To be called before
    /// anybody is served, and now and then: another process may have taken one out, or put it back.
    ///
    /// # Errors
    /// When the server's file cannot be read. Before anybody is served this is a reason not to: an account
    /// may have been taken out. Later, what was known counts.
    pub async fn follow_withdrawn(&self) -> Result<()> {
        let _turn = self.withdrawing().await;
        let store = self
            .store()
            .map_err(|fault| Error::new(ErrorKind::Io, fault.message))?;
        let out = store.withdrawn().await?;
        for account in self.accounts.values() {
            let serves = !out.contains(&account.name);
            let seat = self.registry.get(&account.key);
            if seat.is_some_and(|seat| seat.enabled != serves) {
                self.registry.set_enabled(&account.key, serves)?;
                let what = if serves { "added again" } else { "taken out" };
                tracing::info!(account = %account.name, "{what} by an administrator");
            }
        }
        Ok(())
    }

    /// Lets nothing reach an account any more. First it is written down, so that it stays so whatever becomes
    /// of this process.
    pub(super) async fn withdraw(
        &self,
        account: &NamedAccount,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let _turn = self.withdrawing().await;
        self.store()?.withdraw(&account.name, by, now).await?;
        Ok(self.registry.set_enabled(&account.key, false)?)
    }

    /// Lets calls reach an account again that was taken out.
    pub(super) async fn take_back(&self, account: &NamedAccount) -> Result<(), Fault> {
        let _turn = self.withdrawing().await;
        self.store()?.take_back(&account.name).await?;
        Ok(self.registry.set_enabled(&account.key, true)?)
    }

    /// The file and the table of accounts are changed one after the other.
    async fn withdrawing(&self) -> OwnedMutexGuard<()> {
        self.house.claims.claim("", "withdrawn").await
    }
}
