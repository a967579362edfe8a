//! How a connection is put together.

use core::fmt;
use std::{collections::BTreeSet, sync::Arc};

use broker_core::{
    Result,
    model::{AccountId, Environment},
};

use crate::{
    TigerBroker, TigerConfig,
    orders::{MemoryOrderJournal, Naming, OrderJournal},
};

/// Which accounts of the developer are used.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountFilter {
    /// Every account of the environment.
    #[default]
    All,
    /// These accounts; connecting fails when the developer lacks one of them.
    Only(BTreeSet<AccountId>),
}

impl AccountFilter {
    /// These accounts.
    pub fn only(accounts: impl IntoIterator<Item = AccountId>) -> Self {
        Self::Only(accounts.into_iter().collect())
    }
}

impl fmt::Debug for AccountFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            // Account numbers are nobody's business in a log.
            Self::Only(accounts) => write!(f, "Only({} accounts)", accounts.len()),
        }
    }
}

/// Puts a connection together.
///
/// Unless told otherwise it uses the paper accounts only.
#[derive(Debug)]
#[must_use = "a builder does nothing until it connects"]
pub struct TigerBuilder {
    pub(crate) config: TigerConfig,
    pub(crate) id: String,
    pub(crate) accounts: AccountFilter,
    pub(crate) environment: Environment,
    pub(crate) push: bool,
    pub(crate) naming: Naming,
}

impl TigerBuilder {
    pub(crate) fn new(config: TigerConfig) -> Self {
        Self {
            config,
            id: "tiger".to_owned(),
            accounts: AccountFilter::All,
            environment: Environment::Paper,
            push: true,
            naming: Naming {
                journal: Arc::new(MemoryOrderJournal::default()),
                reserves: true,
            },
        }
    }

    /// The name of the connection; `tiger` unless said otherwise.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The accounts to use; all of the environment unless said otherwise.
    pub fn accounts(mut self, accounts: AccountFilter) -> Self {
        self.accounts = accounts;
        self
    }

    /// Whether orders may move real money. The accounts' numbers have to prove it.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Without the push service: changes are found by reading the lists again and again, every
    /// [`Deadlines::poll`](crate::Deadlines::poll) while orders work. A developer can have one push
    /// connection only; a second program takes it away from the first.
    pub fn without_push(mut self) -> Self {
        self.push = false;
        self
    }

    /// Where orders are written down before they are sent; in memory unless said otherwise. With a
    /// [`FileOrderJournal`](crate::FileOrderJournal) a new process knows its orders, and their attached
    /// exits, by their own names.
    pub fn journal(mut self, journal: Arc<dyn OrderJournal>) -> Self {
        self.naming.journal = journal;
        self
    }

    /// Without reserving a number before each order, which saves a request per order. An order whose
    /// answer is lost is found by its mark only then; the vendor has to have enabled marks for the
    /// developer.
    pub fn without_order_numbers(mut self) -> Self {
        self.naming.reserves = false;
        self
    }

    /// Connects, and comes back when the session is ready or known to be not.
    ///
    /// # Errors
    /// One kind and one sentence per way in which it goes wrong:
    /// [`Authentication`](broker_core::ErrorKind::Authentication) and [`TokenExpired`](broker_core::ErrorKind::TokenExpired) for
    /// keys and tokens, [`NotFound`](broker_core::ErrorKind::NotFound) and
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for accounts that are not there or of the other
    /// environment, connection errors.
    pub async fn connect(self) -> Result<Arc<TigerBroker>> {
        TigerBroker::open(self)
            .await
            .map_err(|error| error.in_operation("connect"))
    }
}
