//! What is wanted, and the answers: 112 for what is taken, 113 for what is let go, 200 for what is
//! refused, 111 for the list.

use std::collections::BTreeSet;

use broker_core::model::AccountId;
use serde_json::{Map, Value, json};

use super::ClientId;
use crate::tiger::{
    gateway::turn::Turn,
    push::{Command, DataType, PushData, RequestSubscribe, Response},
};

/// Which accounts' affairs are wanted, by kind.
#[derive(Debug, Default)]
pub(super) struct Private {
    orders: Accounts,
    transactions: Accounts,
    positions: Accounts,
    assets: Accounts,
}

/// Accounts that are wanted.
#[derive(Debug, Default)]
struct Accounts {
    all: bool,
    named: BTreeSet<AccountId>,
}

impl Accounts {
    fn add(&mut self, account: Option<AccountId>) {
        match account {
            Some(account) => drop(self.named.insert(account)),
            None => self.all = true,
        }
    }

    /// Without an account, none is wanted any more.
    fn remove(&mut self, account: Option<&AccountId>) {
        match account {
            Some(account) => drop(self.named.remove(account)),
            None => *self = Self::default(),
        }
    }

    fn wants(&self, account: &AccountId) -> bool {
        self.all || self.named.contains(account)
    }
}

impl Private {
    fn of(&mut self, kind: DataType) -> Option<&mut Accounts> {
        match kind {
            DataType::OrderStatus => Some(&mut self.orders),
            DataType::OrderTransaction => Some(&mut self.transactions),
            DataType::Position => Some(&mut self.positions),
            DataType::Asset => Some(&mut self.assets),
            DataType::Unknown
            | DataType::Quote
            | DataType::Option
            | DataType::Future
            | DataType::QuoteDepth
            | DataType::TradeTick
            | DataType::StockTop
            | DataType::OptionTop
            | DataType::Kline
            | DataType::Cc => None,
        }
    }

    pub(super) fn wants_orders(&self, account: &AccountId) -> bool {
        self.orders.wants(account)
    }

    pub(super) fn wants_transactions(&self, account: &AccountId) -> bool {
        self.transactions.wants(account)
    }

    pub(super) fn wants_positions(&self, account: &AccountId) -> bool {
        self.positions.wants(account)
    }

    pub(super) fn wants_assets(&self, account: &AccountId) -> bool {
        self.assets.wants(account)
    }
}

impl Turn<'_> {
    pub(super) fn subscribe(
        &mut self,
        client: ClientId,
        id: u32,
        wanted: &RequestSubscribe,
        on: bool,
    ) {
        let kind = DataType::try_from(wanted.data_type).unwrap_or(DataType::Unknown);
        let (code, msg) = match self.change_subscription(kind, wanted, on) {
            Ok(msg) => (if on { 112 } else { 113 }, msg.to_string()),
            Err(text) => (200, text),
        };
        let response = Response {
            command: Command::Message.into(),
            id: Some(id),
            code: Some(code),
            msg: Some(msg),
            body: Some(PushData {
                data_type: wanted.data_type,
                payload: None,
            }),
        };
        self.state.push.respond(client, &response);
    }

    fn change_subscription(
        &mut self,
        kind: DataType,
        wanted: &RequestSubscribe,
        on: bool,
    ) -> Result<Value, String> {
        if let Some(accounts) = self.state.push.private.of(kind) {
            let named = wanted.account.as_deref().filter(|name| !name.is_empty());
            let account = match named {
                None => None,
                Some(name) => {
                    let mut linked = self.developer.accounts.iter();
                    let found = linked.find(|account| account.as_str() == name);
                    Some(found.ok_or_else(|| format!("account '{name}' is not linked"))?)
                }
            };
            if on {
                accounts.add(account.cloned());
            } else {
                accounts.remove(account);
            }
            return Ok(json!({"success": named.unwrap_or_default()}));
        }
        if kind == DataType::Unknown {
            return Err(format!("data type {} is not supported", wanted.data_type));
        }
        if on {
            self.subscribe_market(kind, wanted)
        } else {
            self.unsubscribe_market(kind, wanted)
        }
    }

    pub(super) fn list_subscriptions(&self, client: ClientId, id: u32) {
        let mut list = Map::new();
        self.state.list_market(&mut list);
        let response = Response {
            command: Command::Message.into(),
            id: Some(id),
            code: Some(111),
            msg: Some(Value::Object(list).to_string()),
            body: None,
        };
        self.state.push.respond(client, &response);
    }
}
