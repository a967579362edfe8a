use async_trait::async_trait;
use broker_core::{
    Covered, Error, ErrorKind, Portfolio, Result,
    model::{AccountId, AccountSummary, Position, ProfitAndLoss},
};

use super::PaperBroker;

fn no_figures(account: &AccountId) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("there is no account {account}"),
    )
}

#[async_trait]
impl Portfolio for PaperBroker {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        self.check_account(account)?;
        self.link.check_up()?;
        self.world
            .read(|exchange| exchange.summary(account))
            .ok_or_else(|| no_figures(account))
    }

    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        self.check_account(account)?;
        Ok(match self.link.check_up() {
            Ok(()) => Covered::Complete(self.world.read(|exchange| exchange.positions(account))),
            Err(error) => Covered::Unavailable(error.to_string().into()),
        })
    }

    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.check_account(account)?;
        self.link.check_up()?;
        let figures = self
            .world
            .read(|exchange| exchange.profit_and_loss(account));
        figures.ok_or_else(|| no_figures(account))
    }
}
