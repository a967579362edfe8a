use core::{fmt, ops::Deref};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use broker_core::{
    Broker, Error, ErrorKind, Result,
    model::{AccountId, BrokerId},
};
use serde::{Deserialize, Serialize};

/// An account at a broker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeatKey {
    /// The connection.
    pub broker: BrokerId,
    /// The account as that broker names it.
    pub account: AccountId,
}

impl fmt::Display for SeatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.broker, self.account)
    }
}

/// What may be done with an account; each includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Questions.
    Read,
    /// Orders.
    Trade,
    /// Kill switches, limits, adding and removing.
    Admin,
}

impl Permission {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Admin => "admin",
        }
    }
}

/// An account that a call may use. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Seat(Arc<SeatParts>);

impl Deref for Seat {
    type Target = SeatParts;
    fn deref(&self) -> &SeatParts {
        &self.0
    }
}

/// What there is to know about a [`Seat`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SeatParts {
    /// Which one.
    pub key: SeatKey,
    /// The broker, with its layers.
    pub broker: Arc<dyn Broker>,
    /// What may be done.
    pub permission: Permission,
    /// Whether calls may use it.
    pub enabled: bool,
    /// Groups that it belongs to.
    pub groups: BTreeSet<String>,
    pub(super) in_flight: Arc<AtomicUsize>,
}

impl Seat {
    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.key.account
    }

    /// Calls that hold a [`Lease`](super::Lease) on it now.
    #[must_use]
    pub fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Whether the session takes commands.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.broker.session().borrow().accepts_commands()
    }

    /// The same seat if it may be used for this.
    pub(super) fn permitting(&self, need: Permission) -> Result<&Self> {
        let why = if !self.enabled {
            format!("account {} is disabled", self.key)
        } else if self.permission < need {
            let (has, need) = (self.permission.as_str(), need.as_str());
            format!("account {} is for {has}, and this needs {need}", self.key)
        } else {
            return Ok(self);
        };
        Err(Error::new(ErrorKind::PermissionDenied, why).at_field("account"))
    }
}

/// What the table holds; replaced as a whole, so that a reader never waits for a writer.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) seats: HashMap<AccountId, BTreeMap<BrokerId, Seat>>,
    pub(super) default: Option<SeatKey>,
}

impl Table {
    pub(super) fn get(&self, key: &SeatKey) -> Option<&Seat> {
        self.seats.get(&key.account)?.get(&key.broker)
    }
}

/// Many brokers, many accounts, one handle. Cheap to clone; all clones are the same.
///
/// Accounts are added, disabled and removed while the program runs; the streams of the others are not
/// touched.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    table: Arc<RwLock<Arc<Table>>>,
    pub(super) turn: Arc<AtomicUsize>,
}

impl Registry {
    /// Nobody is there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Table) -> Result<T>) -> Result<T> {
        let mut here = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let mut table = (**here).clone();
        let done = change(&mut table)?;
        *here = Arc::new(table);
        Ok(done)
    }

    fn change_seat(&self, key: &SeatKey, change: impl FnOnce(&mut SeatParts)) -> Result<()> {
        self.change(|table| {
            let accounts = table.seats.get_mut(&key.account);
            let seat = accounts.and_then(|brokers| brokers.get_mut(&key.broker));
            change(Arc::make_mut(&mut seat.ok_or_else(|| unknown(key))?.0));
            Ok(())
        })
    }

    /// Adds an account of a broker. The first one is the default.
    ///
    /// # Errors
    /// [`Duplicate`](ErrorKind::Duplicate) when it is there already;
    /// [`NotFound`](ErrorKind::NotFound) when the broker does not have it.
    pub fn add(
        &self,
        broker: Arc<dyn Broker>,
        account: &AccountId,
        permission: Permission,
    ) -> Result<SeatKey> {
        broker.desk().ledger(account)?;
        let key = SeatKey {
            broker: broker.id().clone(),
            account: account.clone(),
        };
        self.change(|table| {
            if table.get(&key).is_some() {
                let message = format!("account {key} is there already");
                return Err(Error::new(ErrorKind::Duplicate, message).at_field("account"));
            }
            let seat = Seat(Arc::new(SeatParts {
                key: key.clone(),
                broker,
                permission,
                enabled: true,
                groups: BTreeSet::new(),
                in_flight: Arc::default(),
            }));
            let brokers = table.seats.entry(key.account.clone()).or_default();
            brokers.insert(key.broker.clone(), seat);
            table.default.get_or_insert_with(|| key.clone());
            Ok(key)
        })
    }

    /// Removes an account. Its broker's session is not closed: others may use it.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub fn remove(&self, key: &SeatKey) -> Result<Seat> {
        self.change(|table| {
            let brokers = table
                .seats
                .get_mut(&key.account)
                .ok_or_else(|| unknown(key))?;
            let seat = brokers.remove(&key.broker).ok_or_else(|| unknown(key))?;
            if brokers.is_empty() {
                table.seats.remove(&key.account);
            }
            if table.default.as_ref() == Some(key) {
                // Nobody else inherits orders that name no account.
                table.default = None;
            }
            Ok(seat)
        })
    }

    /// Puts a new session of a broker into the place of the old one, for all of its accounts or for none,
    /// and gives back the accounts. What may be done with them stays as it is, and the streams of other
    /// brokers are not touched. The old session is not closed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when the new session lacks one of the accounts;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when one moves real money and the other does not.
    pub fn replace(&self, broker: &Arc<dyn Broker>) -> Result<Vec<SeatKey>> {
        self.change(|table| {
            let mut replaced = Vec::new();
            for brokers in table.seats.values_mut() {
                let Some(seat) = brokers.get_mut(broker.id()) else {
                    continue;
                };
                broker.desk().ledger(seat.account())?;
                let (old, new) = (seat.broker.environment(), broker.environment());
                if old != new {
                    let message = format!("account {} is {old} and would be {new}", seat.key);
                    return Err(Error::invalid("broker", message));
                }
                Arc::make_mut(&mut seat.0).broker = Arc::clone(broker);
                replaced.push(seat.key.clone());
            }
            replaced.sort();
            Ok(replaced)
        })
    }

    /// Lets calls use an account, or not.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub fn set_enabled(&self, key: &SeatKey, enabled: bool) -> Result<()> {
        self.change_seat(key, |seat| seat.enabled = enabled)
    }

    /// Changes what may be done with an account.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub fn set_permission(&self, key: &SeatKey, permission: Permission) -> Result<()> {
        self.change_seat(key, |seat| seat.permission = permission)
    }

    /// Puts an account into a group, or takes it out.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub fn set_member(&self, key: &SeatKey, group: &str, member: bool) -> Result<()> {
        self.change_seat(key, |seat| {
            if member {
                seat.groups.insert(group.to_owned());
            } else {
                seat.groups.remove(group);
            }
        })
    }

    /// The account of calls that name none.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when it is not there.
    pub fn set_default(&self, key: &SeatKey) -> Result<()> {
        self.change(|table| {
            table.get(key).ok_or_else(|| unknown(key))?;
            table.default = Some(key.clone());
            Ok(())
        })
    }

    /// Calls that name no account are refused from now on.
    pub fn clear_default(&self) {
        let mut here = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let mut table = (**here).clone();
        table.default = None;
        *here = Arc::new(table);
    }

    /// One account, disabled or not.
    #[must_use]
    pub fn get(&self, key: &SeatKey) -> Option<Seat> {
        self.table().get(key).cloned()
    }

    /// Every account by name.
    #[must_use]
    pub fn seats(&self) -> Vec<Seat> {
        let table = self.table();
        let brokers = table.seats.values();
        let mut seats: Vec<Seat> = brokers.flat_map(BTreeMap::values).cloned().collect();
        let by_name = |seat: &Seat| (seat.key.account.clone(), seat.key.broker.clone());
        seats.sort_by_cached_key(by_name);
        seats
    }

    /// The enabled accounts of a group by name.
    #[must_use]
    pub fn group(&self, group: &str) -> Vec<Seat> {
        let mut seats = self.seats();
        seats.retain(|seat| seat.enabled && seat.groups.contains(group));
        seats
    }
}

pub(super) fn unknown(key: &SeatKey) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no account {key}")).at_field("account")
}
