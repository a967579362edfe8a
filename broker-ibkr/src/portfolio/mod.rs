//! Balances, positions, profit and loss: asked for, and kept current by three streams per account.
//!
//! `figures` reads TWS's names for figures, `questions` asks, `streams` keeps the ledgers current,
//! `gather` says when.

mod figures;
mod gather;
mod questions;
mod streams;

#[cfg(test)]
mod figures_tests;
#[cfg(test)]
mod gather_tests;
#[cfg(test)]
mod streams_tests;

use std::sync::Arc;

use async_trait::async_trait;
use broker_core::{
    Covered, Portfolio, Result,
    model::{AccountId, AccountSummary, Position, ProfitAndLoss},
};

use crate::{instrument::Book, orders::Blotter, session::Link};

/// The money side of one connection.
#[derive(Debug)]
pub(crate) struct Money {
    link: Arc<Link>,
    book: Arc<Book>,
    blotter: Arc<Blotter>,
    summaries: tokio::sync::Mutex<()>,
}

impl Money {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>, blotter: Arc<Blotter>) -> Arc<Self> {
        Arc::new(Self {
            link,
            book,
            blotter,
            summaries: tokio::sync::Mutex::default(),
        })
    }
}

#[async_trait]
impl Portfolio for Money {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        self.blotter.check_account(account)?;
        self.ask_summary(account).await
    }

    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        self.blotter.check_account(account)?;
        Ok(self.ask_positions(account).await.0)
    }

    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.blotter.check_account(account)?;
        self.ask_profit_and_loss(account).await
    }
}
