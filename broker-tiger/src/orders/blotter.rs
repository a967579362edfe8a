use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, ClientOrderId, NewOrder},
};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::register::{Entry, Key, Register};
use crate::{
    instrument::Book,
    session::{Link, Signal},
};

/// The orders of one connection.
#[derive(Debug)]
pub(crate) struct Blotter {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    accounts: Vec<AccountId>,
    register: Mutex<Register>,
    /// One reading of the lists at a time, so that what is told is never older than what was told.
    pub(super) reading: tokio::sync::Mutex<()>,
    /// Cleared once Tiger listed an order of this process without the mark that it was sent with.
    keeps_marks: AtomicBool,
    /// Until when everything has been read, by account.
    read_until: Mutex<HashMap<AccountId, DateTime<Utc>>>,
}

impl Blotter {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>, accounts: Vec<AccountId>) -> Arc<Self> {
        Arc::new(Self {
            link,
            book,
            accounts,
            register: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
            keeps_marks: AtomicBool::new(true),
            read_until: Mutex::default(),
        })
    }

    pub(crate) fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) for an account that this connection does not use.
    pub(crate) fn check_account(&self, account: &AccountId) -> Result<()> {
        if self.accounts.contains(account) {
            return Ok(());
        }
        let message = format!("this connection does not use the account {account}");
        Err(Error::new(ErrorKind::NotFound, message).at_field("account"))
    }

    /// Whether an order is thought to work, or to be on its way.
    pub(crate) fn has_open_orders(&self) -> bool {
        let register = self.register();
        let mut accounts = self.accounts.iter();
        accounts.any(|account| register.of(account).any(|entry| !entry.ended))
    }

    pub(super) fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether Tiger gives back the marks by which orders are found again, as far as is known.
    pub(crate) fn keeps_marks(&self) -> bool {
        self.keeps_marks.load(Ordering::Relaxed)
    }

    pub(super) fn marks_are_lost(&self) {
        if self.keeps_marks.swap(false, Ordering::Relaxed) {
            tracing::error!(
                "Tiger does not keep `user_mark`, by which orders are found again: ask the vendor to enable it \
                 for this developer; until then an order whose answer is lost stays unconfirmed"
            );
        }
    }

    /// Writes an order down that is about to be sent.
    pub(super) fn begin(self: &Arc<Self>, terms: &Arc<NewOrder>) -> Flight {
        let mut entry = Entry::new(Arc::clone(terms));
        entry.own = true;
        entry.in_flight = 1;
        let key = self.register().add(entry);
        Flight::new(Arc::clone(self), vec![key])
    }

    /// The order of a caller's name as it is remembered.
    pub(super) fn known(&self, account: &AccountId, id: &ClientOrderId) -> Option<Key> {
        self.register().by_id(account, id)
    }

    pub(super) fn read_until(&self, account: &AccountId) -> Option<DateTime<Utc>> {
        let read = self.read_until.lock();
        let read = read.unwrap_or_else(PoisonError::into_inner);
        read.get(account).copied()
    }

    pub(super) fn set_read_until(&self, account: &AccountId, at: DateTime<Utc>) {
        let read = self.read_until.lock();
        let mut read = read.unwrap_or_else(PoisonError::into_inner);
        read.insert(account.clone(), at);
    }

    /// Has the lists read soon.
    pub(super) fn touch(&self) {
        self.link.signal(Signal::Orders);
    }
}

/// Commands about orders that are on their way, until it is dropped.
#[derive(Debug)]
pub(super) struct Flight {
    blotter: Arc<Blotter>,
    pub(super) keys: Vec<Key>,
}

impl Flight {
    pub(super) fn new(blotter: Arc<Blotter>, keys: Vec<Key>) -> Self {
        Self { blotter, keys }
    }

    /// A command about an order that is there.
    pub(super) fn about(blotter: &Arc<Blotter>, key: Key) -> Self {
        if let Some(entry) = blotter.register().get_mut(key) {
            entry.in_flight += 1;
        }
        Self::new(Arc::clone(blotter), vec![key])
    }

    /// The orders were proven not to have been placed.
    pub(super) fn never_was(mut self) {
        let mut register = self.blotter.register();
        for key in std::mem::take(&mut self.keys) {
            register.remove(key);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let now = Instant::now();
        {
            let mut register = self.blotter.register();
            for key in &self.keys {
                if let Some(entry) = register.get_mut(*key) {
                    entry.in_flight = entry.in_flight.saturating_sub(1);
                    entry.sent_at = Some(now);
                }
            }
        }
        // Also for a caller that gave up: only the lists tell what became of it.
        if !self.keys.is_empty() {
            self.blotter.touch();
        }
    }
}
