//! The always-on part of every broker: checks before sending, one ledger per account, one line per
//! subscription.
//!
//! An adapter owns one [`Desk`] and hands it out through [`Broker::desk`](crate::Broker::desk).
//! Callers reach it through [`BrokerExt`](crate::BrokerExt).

mod admission;
mod admitted;
mod contract_check;
mod resolver;

#[cfg(test)]
mod admission_tests;
#[cfg(test)]
mod change_tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

pub(crate) use admission::no_service;
pub use admitted::Admitted;
pub use resolver::Resolver;

use crate::{Clock, Error, ErrorKind, Result, event::Ledger, feed::FeedHub, model::AccountId};

/// The always-on part of one broker connection.
#[derive(Debug)]
pub struct Desk {
    clock: Arc<dyn Clock>,
    capacity: usize,
    ledgers: RwLock<BTreeMap<AccountId, Arc<Ledger>>>,
    resolver: Resolver,
    feeds: FeedHub,
}

impl Desk {
    /// A desk without accounts.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::with_capacity(clock, Ledger::DEFAULT_CAPACITY)
    }

    /// A desk whose readers may be `capacity` events behind before they are placed anew.
    #[must_use]
    pub fn with_capacity(clock: Arc<dyn Clock>, capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            resolver: Resolver::new(Arc::clone(&clock)),
            feeds: FeedHub::default(),
            clock,
            capacity,
            ledgers: RwLock::default(),
        })
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What is known about instruments.
    #[must_use]
    pub fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    /// The market data lines.
    #[must_use]
    pub fn feeds(&self) -> &FeedHub {
        &self.feeds
    }

    /// Adds an account, for the adapter; an account that is there already is given back.
    pub fn open_account(&self, account: &AccountId) -> Arc<Ledger> {
        let mut ledgers = self.ledgers.write().unwrap_or_else(PoisonError::into_inner);
        let ledger = ledgers.entry(account.clone()).or_insert_with(|| {
            Ledger::new(account.clone(), Arc::clone(&self.clock), self.capacity)
        });
        Arc::clone(ledger)
    }

    /// The ledger of an account.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an account that this connection does not have.
    pub fn ledger(&self, account: &AccountId) -> Result<Arc<Ledger>> {
        let ledgers = self.ledgers.read().unwrap_or_else(PoisonError::into_inner);
        ledgers.get(account).cloned().ok_or_else(|| {
            let message = format!("there is no account {account} at this broker");
            Error::new(ErrorKind::NotFound, message).at_field("account")
        })
    }

    /// All ledgers by account.
    #[must_use]
    pub fn ledgers(&self) -> Vec<Arc<Ledger>> {
        let ledgers = self.ledgers.read().unwrap_or_else(PoisonError::into_inner);
        ledgers.values().cloned().collect()
    }
}
