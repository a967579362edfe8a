//! What the operations do. Each toolset is a room, each operation a file in it.
//!
//! `call.rs` is who calls and how, `corridor.rs` the way of every call, `seats.rs` finds accounts. For
//! commands: `house.rs` is what they need beyond the accounts, `agree.rs` has a person agree,
//! `renewal.rs` looks again at who asks, `approvals.rs` and `search.rs` are for that person, `trail.rs` writes
//! down who asked, `secrecy.rs` keeps secrets out. For questions: `reading.rs` asks one account or all.

pub mod admin;
mod agree;
mod approvals;
mod call;
mod corridor;
pub mod extra;
mod house;
pub mod info;
pub mod market;
pub mod portfolio;
pub(crate) mod reading;
mod renewal;
mod search;
mod seats;
pub(crate) mod secrecy;
pub mod system;
pub mod trading;
pub(crate) mod trail;

#[cfg(test)]
mod approvals_tests;
#[cfg(test)]
mod corridor_tests;
#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod search_tests;

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Clock, SystemClock,
    model::{BrokerId, Environment},
};
use broker_runtime::{
    config::Connected,
    layer::Standing,
    registry::{Registry, SeatKey},
};

pub use call::{Call, Progress, Silent};
pub use house::Patience;
pub use search::{TrailRow, TrailRows};
pub use seats::{AccountName, Scope};

use crate::operation::Table;

/// An account that callers may name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedAccount {
    /// What callers call it; unique.
    pub name: String,
    /// Where it is.
    pub key: SeatKey,
    /// Whether the operator has allowed real money here.
    pub allow_live: bool,
    /// What its money was when it was set up; nothing is sent while the session says otherwise.
    pub environment: Option<Environment>,
}

impl NamedAccount {
    /// An account that may not move real money.
    #[must_use]
    pub fn new(name: impl Into<String>, key: SeatKey) -> Self {
        Self {
            name: name.into(),
            key,
            allow_live: false,
            environment: None,
        }
    }

    /// The same account with what its money is.
    #[must_use]
    pub const fn in_environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// The same account with the operator's word for real money.
    #[must_use]
    pub const fn allowing_live(mut self) -> Self {
        self.allow_live = true;
        self
    }
}

/// Typed requests over brokers: every face calls this, and nothing goes past it.
#[derive(Debug)]
pub struct BrokerService {
    pub(crate) registry: Registry,
    pub(crate) standings: BTreeMap<BrokerId, Standing>,
    pub(crate) accounts: BTreeMap<String, NamedAccount>,
    pub(crate) table: Arc<Table>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) house: house::House,
    tokens: Option<Arc<dyn system::Tokens>>,
    rates: corridor::Rates,
}

impl BrokerService {
    /// A service over accounts, each called by the name that the broker gives it, at `broker/account`
    /// where several brokers have one of that name.
    #[must_use]
    pub fn over(registry: Registry) -> Self {
        let accounts = seats::named(&registry);
        Self {
            registry,
            standings: BTreeMap::new(),
            accounts,
            table: Table::standard(),
            clock: Arc::new(SystemClock),
            house: house::House::default(),
            tokens: None,
            rates: corridor::Rates::default(),
        }
    }

    /// A service over what a configuration has connected.
    #[must_use]
    pub fn of(connected: Connected) -> Self {
        let mut service = Self::over(connected.registry);
        service.standings = connected.brokers;
        service.house.risk = connected.risk;
        service.house.audit = connected.audit;
        service
    }

    /// The same service with accounts by names of the operator's own.
    #[must_use]
    pub fn naming(mut self, accounts: impl IntoIterator<Item = NamedAccount>) -> Self {
        let named = accounts.into_iter();
        self.accounts = named.map(|one| (one.name.clone(), one)).collect();
        self
    }

    /// The same service with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same service with other operations.
    #[must_use]
    pub fn offering(mut self, table: Table) -> Self {
        self.table = Arc::new(table);
        self
    }

    /// The same service with somebody who knows of the tokens of logins.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn system::Tokens>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// How the token of an account's login stands, by the account's name here.
    pub(crate) fn token_of(&self, account: &NamedAccount) -> Option<system::TokenView> {
        let mut token = self.tokens.as_ref()?.token_of(&account.key)?;
        token.account.clone_from(&account.name);
        Some(token)
    }

    /// Everything that can be done.
    #[must_use]
    pub fn operations(&self) -> &Arc<Table> {
        &self.table
    }
}
