//! Every order that this connection knows, by each of its names.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use broker_core::{
    Decimal,
    model::{AccountId, ClientOrderId, ExecutionReport, Fill, ListLink, ListRole, NewOrder},
};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::row::Words;

/// The place of an order in the register.
pub(super) type Key = u64;

/// One order.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) id: ClientOrderId,
    pub(super) account: AccountId,
    /// Tiger's number, once it is known.
    pub(super) number: Option<i64>,
    /// The number of the account's that was reserved for it.
    pub(super) reserved: Option<i64>,
    pub(super) terms: Arc<NewOrder>,
    pub(super) list: Option<ListLink>,
    /// Whose exit it is.
    pub(super) parent: Option<Key>,
    /// Whether this process sent it.
    pub(super) own: bool,
    /// Commands about it that are on their way.
    pub(super) in_flight: u32,
    /// When the last of them left.
    pub(super) sent_at: Option<Instant>,
    /// When, by Tiger's clock, the newest change was that had been read when it was sent.
    pub(super) sent_after: Option<DateTime<Utc>>,
    /// Whether Tiger said that there is an order under its number already.
    pub(super) taken: bool,
    /// Whether one of Tiger's lists has shown it.
    pub(super) shown: bool,
    pub(super) ended: bool,
    /// What the last row said, to know a repetition.
    pub(super) told: Option<Words>,
    /// The words about the last change and the last cancel.
    pub(super) replace_status: Option<String>,
    pub(super) cancel_status: Option<String>,
    /// The reading of everything in which its executions were last asked for; 0 for none.
    pub(super) verified: u64,
    /// The average price of its executions, as Tiger last listed it.
    pub(super) average: Option<Decimal>,
    /// How it stands, as it was last listed.
    pub(super) standing: Option<ExecutionReport>,
    /// How often something was taken back that had been stated and never listed as an execution.
    pub(super) taken_back: u32,
    /// Its executions by Tiger's number.
    pub(super) fills: BTreeMap<i64, Arc<Fill>>,
}

impl Entry {
    pub(super) fn new(terms: Arc<NewOrder>) -> Self {
        Self {
            id: terms.client_order_id.clone(),
            account: terms.account.clone(),
            number: None,
            reserved: None,
            terms,
            list: None,
            parent: None,
            own: false,
            in_flight: 0,
            sent_at: None,
            sent_after: None,
            taken: false,
            shown: false,
            ended: false,
            told: None,
            replace_status: None,
            cancel_status: None,
            verified: 0,
            average: None,
            standing: None,
            taken_back: 0,
            fills: BTreeMap::new(),
        }
    }

    /// What its executions add up to.
    pub(super) fn filled(&self) -> Decimal {
        self.fills.values().map(|fill| fill.quantity.get()).sum()
    }

    pub(super) fn role(&self) -> Option<ListRole> {
        self.list.as_ref().map(|link| link.role)
    }
}

/// Every order of every account.
#[derive(Debug, Default)]
pub(crate) struct Register {
    next: Key,
    entries: HashMap<Key, Entry>,
    by_id: HashMap<(AccountId, ClientOrderId), Key>,
    by_number: HashMap<i64, Key>,
    finished: VecDeque<Key>,
}

impl Register {
    /// Finished orders that are kept.
    const KEPT: usize = 20_000;

    pub(super) fn add(&mut self, entry: Entry) -> Key {
        let key = self.next;
        self.next += 1;
        let name = (entry.account.clone(), entry.id.clone());
        self.by_id.insert(name, key);
        if let Some(number) = entry.number {
            self.by_number.insert(number, key);
        }
        self.entries.insert(key, entry);
        key
    }

    /// Takes an order out that proved never to have existed.
    pub(super) fn remove(&mut self, key: Key) {
        let Some(entry) = self.entries.remove(&key) else {
            return;
        };
        let name = (entry.account, entry.id);
        if self.by_id.get(&name) == Some(&key) {
            self.by_id.remove(&name);
        }
        if let Some(number) = entry.number
            && self.by_number.get(&number) == Some(&key)
        {
            self.by_number.remove(&number);
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Entry> {
        self.entries.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Entry> {
        self.entries.get_mut(&key)
    }

    pub(super) fn by_id(&self, account: &AccountId, id: &ClientOrderId) -> Option<Key> {
        self.by_id.get(&(account.clone(), id.clone())).copied()
    }

    pub(super) fn by_number(&self, number: i64) -> Option<Key> {
        self.by_number.get(&number).copied()
    }

    /// Gives an order Tiger's number, unless it has one: no order has two.
    pub(super) fn learn(&mut self, key: Key, number: i64) {
        if let Some(entry) = self.entries.get_mut(&key)
            && *entry.number.get_or_insert(number) == number
        {
            self.by_number.insert(number, key);
        }
    }

    /// The exit of an order that plays a part and has no number yet.
    pub(super) fn exit(&self, parent: Key, role: ListRole) -> Option<Key> {
        let mut entries = self.entries.iter();
        entries
            .find(|(_, entry)| {
                entry.parent == Some(parent) && entry.role() == Some(role) && entry.number.is_none()
            })
            .map(|(key, _)| *key)
    }

    /// The orders of an account.
    pub(super) fn of<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a Entry> {
        let entries = self.entries.values();
        entries.filter(move |entry| entry.account == *account)
    }

    /// Notes that an order has ended, and forgets the oldest ones.
    pub(super) fn note_end(&mut self, key: Key) {
        self.finished.push_back(key);
        while self.finished.len() > Self::KEPT {
            let Some(oldest) = self.finished.pop_front() else {
                return;
            };
            if self.entries.get(&oldest).is_some_and(|entry| entry.ended) {
                self.remove(oldest);
            }
        }
    }

    /// Whether a command about the order is on its way.
    pub(super) fn is_in_flight(&self, account: &AccountId, id: &ClientOrderId) -> bool {
        let entry = self.by_id(account, id).and_then(|key| self.get(key));
        entry.is_some_and(|entry| entry.in_flight > 0)
    }
}
