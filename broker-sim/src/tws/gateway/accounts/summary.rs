//! Account summaries: chosen tags of all accounts.

use std::collections::HashMap;

use broker_core::model::AccountId;

use super::{
    figures::{self, TAGS, Value},
    watches::SummaryWatch,
};
use crate::{
    exchange::Exchange,
    tws::{
        gateway::turn::Turn,
        message::{
            AccountSummary, AccountSummaryEnd, AccountSummaryRequest, CancelAccountSummary, Reply,
        },
    },
};

/// Summaries that one client may have open.
const SUMMARIES: usize = 2;

impl Turn<'_> {
    pub(in crate::tws::gateway) fn account_summary(&mut self, request: &AccountSummaryRequest) {
        let id = request.req_id.unwrap_or_default();
        let key = (self.from, id);
        let own = self.state.watches.summaries.keys();
        let open = own.filter(|(who, _)| *who == self.from).count();
        if open >= SUMMARIES && !self.state.watches.summaries.contains_key(&key) {
            let text = "Error processing request.-'cw' : cause - Maximum number of account summary requests exceeded";
            return self.error(id, 322, text);
        }
        let group = request.group.as_deref().unwrap_or_default();
        let Some(accounts) = self.state.accounts_named(Some(group)) else {
            let text = format!("Error validating request.-'cw' : cause - Unknown group '{group}'");
            return self.error(id, 321, text);
        };
        let tags = request.tags.as_deref().unwrap_or_default();
        let tags: Vec<String> = tags
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect();
        if tags.is_empty() {
            let text = "Error validating request.-'cw' : cause - No tags were requested";
            return self.error(id, 321, text);
        }
        let unknown = tags.iter().find(|tag| {
            !TAGS.contains(&tag.as_str()) && *tag != "$LEDGER" && !tag.starts_with("$LEDGER:")
        });
        if let Some(unknown) = unknown {
            let text = format!("Error validating request.-'cw' : cause - Unknown tag '{unknown}'");
            return self.error(id, 321, text);
        }
        let mut watch = SummaryWatch {
            accounts,
            tags,
            told: HashMap::new(),
        };
        for reply in watch.news(id, self.exchange, None) {
            self.reply(&reply);
        }
        self.reply(&Reply::AccountSummaryEnd(AccountSummaryEnd {
            req_id: Some(id),
        }));
        self.state.watches.summaries.insert(key, watch);
        self.state.schedule_figures(self.exchange.now());
    }

    pub(in crate::tws::gateway) fn cancel_account_summary(
        &mut self,
        request: &CancelAccountSummary,
    ) {
        let id = request.req_id.unwrap_or_default();
        self.state.watches.summaries.remove(&(self.from, id));
    }
}

impl SummaryWatch {
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
            let values = chosen(exchange, account, &self.tags);
            let told = self.told.entry(account.clone()).or_default();
            for value in told.changed(values) {
                replies.push(Reply::AccountSummary(AccountSummary {
                    req_id: Some(id),
                    account: Some(account.to_string()),
                    tag: Some(value.key.into()),
                    value: Some(value.value),
                    currency: Some(value.currency),
                }));
            }
        }
        replies
    }
}

fn chosen(exchange: &Exchange, account: &AccountId, tags: &[String]) -> Vec<Value> {
    let mut values = figures::totals(exchange, account);
    values.retain(|value| tags.iter().any(|tag| tag == value.key));
    let ledger: Vec<&str> = tags
        .iter()
        .filter_map(|tag| match tag.as_str() {
            "$LEDGER" => Some("BASE"),
            other => other.strip_prefix("$LEDGER:"),
        })
        .collect();
    if !ledger.is_empty() {
        for (currency, line) in figures::ledger(exchange, account) {
            if ledger.contains(&"ALL") || ledger.contains(&currency.as_str()) {
                values.extend(line);
            }
        }
    }
    values
}
