//! Every order this connection knows, found by each of its names.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use broker_core::{
    Error, ErrorKind, Result,
    event::Notice,
    model::{AccountId, ClientOrderId, ExecutionReport},
};
use ibapi::contracts::Contract;
use tokio::sync::oneshot;

use super::{
    decode::Name,
    entry::{Change, Entry, Outcome, Purpose, Wait, Waiting},
    executions::Executions,
    family::Family,
};

/// What a message of TWS comes to.
#[derive(Debug)]
pub(crate) enum Said {
    /// Something happened to an order.
    Report(AccountId, Box<ExecutionReport>),
    /// TWS said something that changes no order.
    Notice(AccountId, Notice),
    /// It is about something unknown, or not all has been told: the lists have to be read.
    Strange(&'static str),
}

/// What a message calls an order by, beside its numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) account: &'a AccountId,
    /// From its reference, which anybody can have used.
    pub(crate) id: &'a ClientOrderId,
    pub(crate) contract: &'a Contract,
}

/// The place of an order in the register.
pub(crate) type Key = u64;

/// Every order this connection knows.
#[derive(Debug, Default)]
pub(crate) struct Register {
    next: Key,
    next_wait: u64,
    entries: HashMap<Key, Entry>,
    by_id: HashMap<(AccountId, ClientOrderId), Key>,
    by_wire: HashMap<(i32, i32), Key>,
    by_perm: HashMap<i64, Key>,
    /// Finished orders, the oldest first.
    pub(super) finished: VecDeque<Key>,
    pub(super) executions: Executions,
    /// Order ids that were used up by questions what an order would cost.
    pub(super) previews: HashSet<i32>,
    /// Order lists that are not known to be whole at TWS.
    pub(super) families: Vec<Family>,
    pub(super) last_family: u64,
    /// Readings of TWS's lists that have begun.
    pub(super) readings: u64,
}

impl Register {
    /// Finished orders that are kept.
    const KEPT: usize = 20_000;

    /// Puts an order in.
    pub(crate) fn add(&mut self, entry: Entry) -> Key {
        let key = self.next;
        self.next += 1;
        self.by_id
            .insert((entry.account.clone(), entry.id.clone()), key);
        if let Some(wire) = entry.wire {
            self.by_wire.insert(wire, key);
        }
        if entry.perm_id != 0 {
            self.by_perm.insert(entry.perm_id, key);
        }
        self.entries.insert(key, entry);
        key
    }

    /// Takes an order out that proved never to have existed.
    pub(crate) fn remove(&mut self, key: Key) {
        let Some(entry) = self.entries.remove(&key) else {
            return;
        };
        let same = |kept: Option<&Key>| kept == Some(&key);
        let name = (entry.account, entry.id);
        if same(self.by_id.get(&name)) {
            self.by_id.remove(&name);
            self.executions.forget_order(&name);
        }
        if let Some(wire) = entry.wire
            && same(self.by_wire.get(&wire))
        {
            self.by_wire.remove(&wire);
        }
        for perm_id in entry.later_perms.iter().chain([&entry.perm_id]) {
            if same(self.by_perm.get(perm_id)) {
                self.by_perm.remove(perm_id);
            }
        }
    }

    /// Takes an order out that TWS has never shown and proved not to have.
    pub(super) fn forget_unsent(&mut self, account: &AccountId, id: &ClientOrderId) {
        if let Some(key) = self.by_id(account, id)
            && self.get(key).is_some_and(|entry| !entry.live)
        {
            self.remove(key);
        }
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Entry> {
        self.entries.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Entry> {
        self.entries.get_mut(&key)
    }

    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.values_mut()
    }

    /// The orders of an account that have not ended.
    pub(crate) fn open_of(&self, account: &AccountId) -> Vec<Key> {
        let open = self.entries.iter().filter(|(_, entry)| {
            entry.account == *account && !entry.ended && entry.purpose == Purpose::Order
        });
        open.map(|(key, _)| *key).collect()
    }

    /// The order of a caller's name.
    pub(crate) fn by_id(&self, account: &AccountId, id: &ClientOrderId) -> Option<Key> {
        self.by_id.get(&(account.clone(), id.clone())).copied()
    }

    /// The order that a message is about: by permanent id, by order id, or by the caller's name if
    /// nothing says that it is another order.
    pub(crate) fn find(
        &self,
        wire: (i32, i32),
        perm_id: i64,
        called: Option<Called<'_>>,
    ) -> Option<Key> {
        let by_perm = || (perm_id != 0).then(|| self.by_perm.get(&perm_id)).flatten();
        // 0 is the order id of what people place by hand, −1 of what is finished.
        let by_wire = || (wire.1 > 0).then(|| self.by_wire.get(&wire)).flatten();
        let by_name = || {
            let Called {
                account,
                id,
                contract,
            } = called?;
            let key = self.by_id.get(&(account.clone(), id.clone()))?;
            let entry = self.entries.get(key)?;
            entry.may_be(wire, perm_id, contract).then_some(key)
        };
        by_perm().or_else(by_wire).or_else(by_name).copied()
    }

    /// The caller's name for an order that is not known: another order may have taken it.
    ///
    /// # Errors
    /// [`ErrorKind::Ambiguous`] for an order of a taken name that has no permanent id.
    pub(crate) fn free_name(&self, account: &AccountId, named: Name) -> Result<ClientOrderId> {
        if self.by_id(account, &named.id).is_none() {
            return Ok(named.id);
        }
        let outside = named.broker_order_id.as_ref();
        outside.map(ClientOrderId::outside).ok_or_else(|| {
            let message = format!("two orders have the reference {}", named.id);
            Error::new(ErrorKind::Ambiguous, message)
        })
    }

    /// Gives an order the names that a message has told.
    pub(crate) fn learn(&mut self, key: Key, wire: (i32, i32), perm_id: i64) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if perm_id != 0 && self.by_perm.insert(perm_id, key) != Some(key) {
            if entry.perm_id == 0 {
                entry.perm_id = perm_id;
            } else {
                entry.later_perms.push(perm_id);
            }
        }
        // Who placed an order never changes.
        if wire.1 > 0 && entry.wire.is_none() {
            entry.wire = Some(wire);
            self.by_wire.insert(wire, key);
        }
    }

    /// Makes a call wait for a word about an order.
    pub(crate) fn wait(
        &mut self,
        key: Key,
        what: Waiting,
    ) -> Option<(u64, oneshot::Receiver<Outcome>)> {
        let number = self.next_wait;
        self.next_wait += 1;
        let (tell, told) = oneshot::channel();
        let entry = self.entries.get_mut(&key)?;
        if let Waiting::Replace(next) = &what {
            let change = Change::new(&entry.terms, Arc::clone(next), self.readings);
            entry.change = Some(change);
        }
        entry.waits.push(Wait { number, what, tell });
        Some((number, told))
    }

    /// Ends a wait from the caller's side.
    pub(crate) fn stop_waiting(&mut self, key: Key, number: u64) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.waits.retain(|wait| wait.number != number);
        }
    }

    /// The change of an order was not written.
    pub(crate) fn never_changed(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.settle_change(&Outcome::Silent);
        }
    }

    /// The connection is gone: nobody will hear a word.
    pub(crate) fn lose(&mut self) {
        for entry in self.entries.values_mut() {
            entry.resolve(&Outcome::Lost, |_| true);
        }
        self.previews.clear();
    }

    /// Notes that an order has ended, and forgets the oldest ones.
    pub(crate) fn note_end(&mut self, key: Key) {
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

    /// Whether a command about an order of the name is on its way.
    pub(crate) fn is_in_flight(&self, account: &AccountId, id: &ClientOrderId) -> bool {
        let entry = self
            .by_id(account, id)
            .and_then(|key| self.entries.get(&key));
        entry.is_some_and(|entry| entry.awaits(|what| *what == Waiting::Submit))
    }
}
