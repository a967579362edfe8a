//! Values of one account or of all, by request.

use std::collections::HashMap;

use broker_core::model::AccountId;

use super::{
    data::values,
    figures::{self, Value},
    watches::MultiWatch,
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::turn::Turn,
        message::{
            AccountUpdateMulti, AccountUpdateMultiEnd, AccountUpdatesMultiRequest,
            CancelAccountUpdatesMulti, Reply,
        },
    },
};

impl Turn<'_> {
    pub(in crate::tws::gateway) fn account_updates_multi(
        &mut self,
        request: &AccountUpdatesMultiRequest,
    ) {
        let id = request.req_id.unwrap_or_default();
        let name = request.account.as_deref();
        let Some(accounts) = self.state.accounts_named(name) else {
            return self.no_account(id, name.unwrap_or_default());
        };
        let mut watch = MultiWatch {
            accounts,
            model: request.model_code.clone(),
            ledger_only: request.ledger_and_nlv == Some(true),
            told: HashMap::new(),
        };
        for reply in watch.news(id, self.exchange, None) {
            self.reply(&reply);
        }
        self.reply(&Reply::AccountUpdateMultiEnd(AccountUpdateMultiEnd {
            req_id: Some(id),
        }));
        self.state.watches.multi.insert((self.from, id), watch);
        self.state.schedule_figures(self.exchange.now());
    }

    pub(in crate::tws::gateway) fn cancel_account_updates_multi(
        &mut self,
        request: &CancelAccountUpdatesMulti,
    ) {
        let id = request.req_id.unwrap_or_default();
        self.state.watches.multi.remove(&(self.from, id));
    }
}

impl MultiWatch {
    /// What has changed since it was told last, of all accounts or of one.
    pub(super) fn news(
        &mut self,
        id: i32,
        exchange: &Exchange,
        only: Option<&AccountId>,
    ) -> Vec<Reply> {
        let mut replies = Vec::new();
        for account in &self.accounts {
            if only.is_some_and(|only| only != account) {
                continue;
            }
            let now = if self.ledger_only {
                ledger_and_value(exchange, account)
            } else {
                values(exchange, account)
            };
            let told = self.told.entry(account.clone()).or_default();
            for value in told.changed(now) {
                replies.push(Reply::AccountUpdateMulti(AccountUpdateMulti {
                    req_id: Some(id),
                    account: Some(account.to_string()),
                    model_code: Some(self.model.clone().unwrap_or_default()),
                    key: Some(value.key.into()),
                    value: Some(value.value),
                    currency: Some(value.currency),
                }));
            }
        }
        replies
    }
}

/// The ledger and the net liquidation value alone.
fn ledger_and_value(exchange: &Exchange, account: &AccountId) -> Vec<Value> {
    let mut values = figures::totals(exchange, account);
    values.retain(|value| value.key == "NetLiquidation");
    for (_, line) in figures::ledger(exchange, account) {
        values.extend(line);
    }
    values
}
