//! The orders that the broker knows, by its own numbers.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use broker_core::model::{
    AccountId, ClientOrderId, NewOrder, OrderAmount, OrderType, Price, TrailingOffset,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{status::Status, words::Words};
use crate::exchange::Exchange;

/// One order as the broker keeps it beside what the exchange knows of it.
#[derive(Debug, Clone)]
pub(in crate::tiger::gateway) struct Record {
    pub(in crate::tiger::gateway) id: i64,
    /// The account's number for it; 0 when it has none.
    pub(super) order_id: i64,
    pub(super) external_id: String,
    /// The exchange's number, once it is there.
    pub(super) key: Option<u64>,
    pub(super) desk: Desk,
    /// Its terms as they are now.
    pub(in crate::tiger::gateway) terms: Arc<NewOrder>,
    pub(in crate::tiger::gateway) words: Words,
    pub(in crate::tiger::gateway) user_mark: Option<String>,
    pub(in crate::tiger::gateway) source: &'static str,
    pub(super) parent: Option<i64>,
    /// The part that an attached order plays, by which the truth names it.
    pub(super) part: Option<&'static str>,
    /// A pair of currencies: money that is exchanged, not an investment.
    pub(super) remark: Option<String>,
    pub(in crate::tiger::gateway) replace_status: ReplaceStatus,
    pub(in crate::tiger::gateway) cancel_status: CancelStatus,
    pub(in crate::tiger::gateway) opened_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    /// The status that was told last.
    pub(super) told: Option<Status>,
    /// Whether its acknowledgement waits for its first fill.
    pub(super) late_acknowledgement: bool,
}

/// Where an order is on its way to the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Desk {
    /// It is on its way.
    Waiting,
    /// The exchange has taken it.
    Passed,
    /// The exchange has refused it.
    Refused,
    /// It was canceled on its way.
    Dropped,
}

/// What has become of the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tiger::gateway) enum ReplaceStatus {
    None,
    Received,
    Replaced,
    Failed,
}

impl ReplaceStatus {
    pub(in crate::tiger::gateway) const fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Received => "RECEIVED",
            Self::Replaced => "REPLACED",
            Self::Failed => "FAILED",
        }
    }
}

/// What has become of the last cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tiger::gateway) enum CancelStatus {
    None,
    Received,
    Failed,
}

impl CancelStatus {
    pub(in crate::tiger::gateway) const fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Received => "RECEIVED",
            Self::Failed => "FAILED",
        }
    }
}

impl Record {
    pub(in crate::tiger::gateway) fn action(&self) -> &'static str {
        if self.terms.side.is_sell() {
            "SELL"
        } else {
            "BUY"
        }
    }

    pub(in crate::tiger::gateway) fn limit_price(&self) -> Option<Decimal> {
        self.terms.order_type.limit_price().map(Price::get)
    }

    /// The trigger, or the amount at which a trail follows.
    pub(in crate::tiger::gateway) fn aux_price(&self) -> Option<Decimal> {
        match &self.terms.order_type {
            OrderType::TrailingStop { offset, .. } => match offset {
                TrailingOffset::Amount(amount) => Some(*amount),
                _ => None,
            },
            other => other.trigger_price().map(Price::get),
        }
    }

    pub(super) fn trailing_percent(&self) -> Option<Decimal> {
        match self.terms.order_type.trailing_offset()? {
            TrailingOffset::Percent(percent) => Some(percent),
            _ => None,
        }
    }

    pub(in crate::tiger::gateway) fn cash_amount(&self) -> Option<Decimal> {
        match self.terms.amount {
            OrderAmount::Cash(money) => Some(money.amount),
            _ => None,
        }
    }
}

/// What this room keeps.
#[derive(Debug)]
pub(in crate::tiger::gateway) struct Orders {
    pub(super) records: BTreeMap<i64, Record>,
    by_key: HashMap<u64, i64>,
    by_number: HashMap<(AccountId, i64), i64>,
    by_internal: HashMap<ClientOrderId, i64>,
    /// The highest number that each account has used.
    numbers: HashMap<AccountId, i64>,
    last_id: i64,
    /// Orders that were told to be waiting and may have begun to work.
    pub(super) waiting: BTreeSet<i64>,
    /// Ended orders, oldest first.
    ended: VecDeque<i64>,
    /// Whether the orders that were there before the broker have been taken on.
    pub(super) took_stock: bool,
    /// The words with which the order of this command is warned about.
    pub(in crate::tiger::gateway) warning: Option<String>,
    /// Whether the order of this command is acknowledged after its fills.
    pub(in crate::tiger::gateway) fills_first: bool,
}

/// Ended orders that are remembered, as many as the exchange keeps by default.
const KEEP_ENDED: usize = 10_000;

impl Orders {
    pub(in crate::tiger::gateway) fn new(now: DateTime<Utc>) -> Self {
        Self {
            records: BTreeMap::new(),
            by_key: HashMap::new(),
            by_number: HashMap::new(),
            by_internal: HashMap::new(),
            numbers: HashMap::new(),
            // Above 4·10^16, and rising from one server to the next over the same world.
            last_id: 40_000_000_000_000_000 + now.timestamp_millis() * 1000,
            waiting: BTreeSet::new(),
            ended: VecDeque::new(),
            took_stock: false,
            warning: None,
            fills_first: false,
        }
    }

    /// A number that no order of an account has had.
    pub(super) fn next_number(&mut self, account: &AccountId) -> i64 {
        let number = self.numbers.entry(account.clone()).or_default();
        *number += 1;
        *number
    }

    /// Uses up a number that a client has chosen.
    pub(super) fn burn(&mut self, account: &AccountId, number: i64) {
        let highest = self.numbers.entry(account.clone()).or_default();
        *highest = (*highest).max(number);
    }

    /// An id that no order has had, and the name under which the exchange gets the order.
    pub(super) fn next_id(
        &mut self,
        account: &AccountId,
        exchange: &Exchange,
    ) -> Option<(i64, ClientOrderId)> {
        loop {
            self.last_id += 1;
            let name = ClientOrderId::new(format!("TIGER-{}", self.last_id)).ok()?;
            if exchange.key_of(account, &name).is_none() {
                return Some((self.last_id, name));
            }
        }
    }

    pub(super) fn insert(&mut self, record: Record) {
        if record.order_id != 0 {
            let number = (record.terms.account.clone(), record.order_id);
            self.by_number.insert(number, record.id);
        }
        if let Some(key) = record.key {
            self.by_key.insert(key, record.id);
        }
        let name = record.terms.client_order_id.clone();
        self.by_internal.insert(name, record.id);
        self.records.insert(record.id, record);
    }

    /// Forgets an order.
    pub(super) fn remove(&mut self, id: i64) {
        let Some(record) = self.records.remove(&id) else {
            return;
        };
        let number = (record.terms.account.clone(), record.order_id);
        if self.by_number.get(&number) == Some(&id) {
            self.by_number.remove(&number);
        }
        if let Some(key) = record.key {
            self.by_key.remove(&key);
        }
        self.by_internal.remove(&record.terms.client_order_id);
        self.waiting.remove(&id);
    }

    /// The exchange has taken an order.
    pub(super) fn passed(&mut self, id: i64, key: u64) {
        if let Some(record) = self.records.get_mut(&id) {
            record.key = Some(key);
            record.desk = Desk::Passed;
            self.by_key.insert(key, id);
        }
    }

    pub(super) fn by_key(&self, key: u64) -> Option<i64> {
        self.by_key.get(&key).copied()
    }

    pub(super) fn by_internal(&self, name: &ClientOrderId) -> Option<&Record> {
        self.records.get(self.by_internal.get(name)?)
    }

    /// An account's order by the account's number.
    pub(super) fn by_number(&self, account: &AccountId, number: i64) -> Option<i64> {
        self.by_number.get(&(account.clone(), number)).copied()
    }

    /// The orders that are attached to another one.
    pub(super) fn attached(&self, parent: i64) -> Vec<i64> {
        let after = self.records.range(parent..);
        after
            .filter(|(_, record)| record.parent == Some(parent))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Notes that an order has ended; the oldest ended ones are forgotten when there are many.
    pub(super) fn note_ended(&mut self, id: i64) {
        self.waiting.remove(&id);
        self.ended.push_back(id);
        while self.ended.len() > KEEP_ENDED {
            if let Some(old) = self.ended.pop_front() {
                self.remove(old);
            }
        }
    }
}
