use broker_core::model::{AccountId, AccountKind};
use serde_json::{Value, json};

use crate::{
    exchange::account::Account,
    tiger::{
        developer::AccountType,
        gateway::{Answer, parameters::Parameters, turn::Turn},
    },
};

impl Turn<'_> {
    /// The developer's accounts, or one of them.
    pub(in crate::tiger::gateway) fn accounts(&mut self, asked: Parameters<'_>) -> Answer {
        let accounts = match asked.get("account") {
            Some(_) => vec![self.account(asked)?],
            None => self.developer.accounts.clone(),
        };
        let items: Vec<Value> = accounts
            .iter()
            .map(|account| {
                json!({
                    "account": account.as_str(),
                    "capability": self.capability(account),
                    "status": "Funded",
                    "accountType": AccountType::of(account).word(),
                })
            })
            .collect();
        Ok(json!({"items": items}))
    }

    /// What an account may do, in the vendor's words.
    pub(super) fn capability(&self, account: &AccountId) -> &'static str {
        let kind = self.exchange.account(account).map(Account::kind);
        match kind {
            Some(AccountKind::Cash) => "CASH",
            Some(AccountKind::PortfolioMargin) => "PMGRN",
            _ if AccountType::of(account) == AccountType::Global => "MRGN",
            _ => "RegTMargin",
        }
    }
}
