use core::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Covered, Result,
    model::{AccountId, AccountSummary, Position, ProfitAndLoss},
};

/// Balances, positions, profit and loss. Their changes come as events.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Portfolio: Send + Sync + Debug {
    /// The account's figures now.
    ///
    /// # Errors
    /// When the account is not known or the broker cannot be asked.
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary>;

    /// Every position that is not flat.
    ///
    /// # Errors
    /// When the account is not known. What could not be asked is `Unavailable`.
    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>>;

    /// Profit and loss now.
    ///
    /// # Errors
    /// When the account is not known or the broker cannot be asked.
    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss>;
}
