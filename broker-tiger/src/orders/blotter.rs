use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use broker_core::{
    Error, ErrorKind, Result,
    model::{AccountId, ClientOrderId, NewOrder},
};
use chrono::TimeDelta;
use tokio::time::Instant;

use super::{
    journal::{Former, OrderJournal},
    progress::Progress,
    register::{Entry, Key, Register},
    row::Numbered,
};
use crate::{
    instrument::Book,
    session::{Link, Signal},
    transport::{Call, Method, Parameters},
};

/// How orders are named before they are sent.
#[derive(Debug, Clone)]
pub(crate) struct Naming {
    pub(crate) journal: Arc<dyn OrderJournal>,
    /// Whether a number is reserved for every order.
    pub(crate) reserves: bool,
}

/// Whether Tiger gives back the marks that orders are sent with, by which they are found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Marks {
    /// None of this process's orders has been listed yet: that a list lacks a mark proves nothing.
    #[default]
    Unknown,
    /// An order of this process was listed with its mark.
    Kept,
    /// An order of this process was listed without.
    Lost,
}

/// The orders of one connection.
#[derive(Debug)]
pub(crate) struct Blotter {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    accounts: Vec<AccountId>,
    register: Mutex<Register>,
    naming: Naming,
    former: Mutex<Former>,
    /// Since when there is this connection: what a former process sent was sent before.
    since: Instant,
    /// One reading of the lists at a time, so that what is told is never older than what was told.
    pub(super) reading: tokio::sync::Mutex<()>,
    marks: Mutex<Marks>,
    pub(super) progress: Progress,
}

impl Blotter {
    /// A blotter that knows what the journal says.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn new(
        link: Arc<Link>,
        book: Arc<Book>,
        accounts: Vec<AccountId>,
        naming: Naming,
    ) -> Result<Arc<Self>> {
        let mut former = Former::default();
        for account in &accounts {
            let mut orders = naming.journal.read(account).await?;
            orders.sort_by_key(|order| order.at);
            orders.into_iter().for_each(|order| former.add(order));
        }
        Ok(Arc::new(Self {
            link,
            book,
            accounts,
            register: Mutex::default(),
            naming,
            former: Mutex::new(former),
            since: Instant::now(),
            reading: tokio::sync::Mutex::default(),
            marks: Mutex::default(),
            progress: Progress::default(),
        }))
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

    pub(super) fn former(&self) -> MutexGuard<'_, Former> {
        self.former.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn journal(&self) -> &dyn OrderJournal {
        &*self.naming.journal
    }

    /// Whether a new process finds its orders again by the caller's own names, as far as is known.
    pub(crate) fn finds_names(&self) -> bool {
        self.marks() == Marks::Kept || (self.naming.reserves && self.naming.journal.is_durable())
    }

    /// Reserves a number of the account's for an order; `None` when numbers are not wanted.
    ///
    /// # Errors
    /// Why there is none; nothing has been sent.
    pub(super) async fn reserve(&self, account: &AccountId) -> Result<Option<i64>> {
        if !self.naming.reserves {
            return Ok(None);
        }
        let call = Call::new(Method::ORDER_NO, Parameters::default()).of(account);
        let answer: Numbered = self.link.commander()?.ask(&call).await?.decode()?;
        let number = answer.order_id.get().filter(|number| *number > 0);
        let number = number.ok_or_else(|| {
            Error::new(
                ErrorKind::Protocol,
                "Tiger reserved no number for the order",
            )
        })?;
        Ok(Some(number))
    }

    /// Whether Tiger keeps marks, as far as its lists have shown.
    pub(super) fn marks(&self) -> Marks {
        *self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An order of this process, or one that a former one wrote down, is listed with its mark or without. One
    /// that lacks it counts for good.
    pub(super) fn saw_mark(&self, kept: bool) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        match (*marks, kept) {
            (Marks::Unknown, true) => *marks = Marks::Kept,
            (Marks::Unknown | Marks::Kept, false) => {
                *marks = Marks::Lost;
                tracing::error!(
                    reserves = self.naming.reserves,
                    durable = self.naming.journal.is_durable(),
                    "Tiger does not keep `user_mark`, by which orders are found again: ask the vendor to \
                     enable it for this developer; until then they are found by reserved numbers only, as \
                     far as the journal reaches"
                );
            }
            (Marks::Kept, true) | (Marks::Lost, _) => {}
        }
    }

    /// Writes an order down that is about to be sent.
    pub(super) fn begin(self: &Arc<Self>, terms: &Arc<NewOrder>, reserved: Option<i64>) -> Flight {
        let mut entry = Entry::new(Arc::clone(terms));
        entry.reserved = reserved;
        entry.own = true;
        entry.in_flight = 1;
        entry.sent_after = self.progress.read_until(&terms.account);
        let key = self.register().add(entry);
        Flight::new(Arc::clone(self), vec![key])
    }

    /// The order of a caller's name as it is remembered.
    pub(super) fn known(&self, account: &AccountId, id: &ClientOrderId) -> Option<Key> {
        self.register().by_id(account, id)
    }

    /// Whether whatever was sent under this name is listed by now if it arrived.
    pub(super) fn is_settled(&self, account: &AccountId, id: &ClientOrderId) -> bool {
        let deadlines = self.link.deadlines();
        let sent_at = {
            let register = self.register();
            let entry = register
                .by_id(account, id)
                .and_then(|key| register.get(key));
            entry.and_then(|entry| entry.sent_at)
        };
        if sent_at.unwrap_or(self.since).elapsed() >= deadlines.absence {
            return true;
        }
        // A former process wrote it down long ago; it may have waited for the budget before it sent it.
        let written = self.former().written_at(account, id);
        let longest = TimeDelta::from_std(deadlines.command * 2 + deadlines.absence);
        sent_at.is_none()
            && written
                .is_some_and(|at| longest.is_ok_and(|longest| self.link.now() - at >= longest))
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
