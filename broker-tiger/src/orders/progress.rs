//! How far an account has been read.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use broker_core::model::AccountId;
use chrono::{DateTime, Utc};

#[derive(Debug, Default)]
struct Account {
    /// Until when changes have been read, by Tiger's clock.
    read_until: Option<DateTime<Utc>>,
    /// Whole readings so far.
    rounds: u64,
    /// Why orders cannot be read that Tiger lists, by their numbers.
    unreadable: BTreeMap<i64, String>,
}

/// How far each account has been read.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<HashMap<AccountId, Account>>);

impl Progress {
    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountId, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when changes have been read, by Tiger's clock: ours may differ.
    pub(super) fn read_until(&self, account: &AccountId) -> Option<DateTime<Utc>> {
        self.accounts().get(account)?.read_until
    }

    /// Changes have been read up to the newest one.
    pub(super) fn has_read(&self, account: &AccountId, newest: Option<DateTime<Utc>>) {
        let mut accounts = self.accounts();
        let known = accounts.entry(account.clone()).or_default();
        known.read_until = known.read_until.max(newest);
    }

    /// The number of the reading of everything that is under way; never 0.
    pub(super) fn round(&self, account: &AccountId) -> u64 {
        let accounts = self.accounts();
        accounts.get(account).map_or(0, |known| known.rounds) + 1
    }

    /// Everything has been read.
    pub(super) fn end_round(&self, account: &AccountId) {
        self.accounts().entry(account.clone()).or_default().rounds += 1;
    }

    /// An order could be read, or could not, and will not be by asking again.
    pub(super) fn note(&self, account: &AccountId, number: i64, unreadable: Option<String>) {
        let mut accounts = self.accounts();
        let known = accounts.entry(account.clone()).or_default();
        match unreadable {
            Some(why) => drop(known.unreadable.insert(number, why)),
            None => drop(known.unreadable.remove(&number)),
        }
    }

    /// Why orders cannot be read, but those that `told` has told about.
    pub(super) fn unreadable(
        &self,
        account: &AccountId,
        told: impl Fn(i64) -> bool,
    ) -> Vec<String> {
        let accounts = self.accounts();
        let Some(known) = accounts.get(account) else {
            return Vec::new();
        };
        let others = known
            .unreadable
            .iter()
            .filter(|(number, _)| !told(**number));
        others.map(|(_, why)| why.clone()).collect()
    }
}
