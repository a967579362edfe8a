use core::{fmt, ops::Deref};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use arc_swap::{ArcSwap, Guard};
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

/// Accounts of one name, by the name of their broker: nearly always one, which is found without a step
/// further. Never none.
#[derive(Debug, Clone)]
pub(super) enum Namesakes {
    One(Seat),
    Several(Vec<Seat>),
}

impl Namesakes {
    pub(super) fn as_slice(&self) -> &[Seat] {
        match self {
            Self::One(seat) => core::slice::from_ref(seat),
            Self::Several(seats) => seats,
        }
    }

    fn at(&mut self, broker: &BrokerId) -> Option<&mut Seat> {
        let seats = match self {
            Self::One(seat) => core::slice::from_mut(seat),
            Self::Several(seats) => seats.as_mut_slice(),
        };
        seats.iter_mut().find(|seat| seat.key.broker == *broker)
    }

    fn of(mut seats: Vec<Seat>) -> Option<Self> {
        if seats.len() > 1 {
            seats.sort_by(|one, other| one.key.broker.cmp(&other.key.broker));
            return Some(Self::Several(seats));
        }
        seats.pop().map(Self::One)
    }
}

/// What the table holds; replaced as a whole, so that a reader never waits for a writer.
///
/// Names are the operator's and his brokers', so nobody chooses them to collide.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) seats: HashMap<AccountId, Namesakes, foldhash::fast::RandomState>,
    pub(super) default: Option<SeatKey>,
}

impl Table {
    pub(super) fn get(&self, key: &SeatKey) -> Option<&Seat> {
        let seats = self.seats.get(&key.account)?.as_slice();
        seats.iter().find(|seat| seat.key.broker == key.broker)
    }

    /// Adds a seat that is not there yet.
    fn insert(&mut self, seat: Seat) {
        let account = seat.key.account.clone();
        let before = self.seats.remove(&account);
        let mut seats = before.map_or_else(Vec::new, |seats| seats.as_slice().to_vec());
        seats.push(seat);
        self.seats
            .extend(Namesakes::of(seats).map(|seats| (account, seats)));
    }

    fn remove(&mut self, key: &SeatKey) -> Option<Seat> {
        let seat = self.get(key)?.clone();
        let before = self.seats.remove(&key.account)?;
        let others = before.as_slice().iter();
        let others = others.filter(|seat| seat.key != *key).cloned().collect();
        self.seats
            .extend(Namesakes::of(others).map(|seats| (key.account.clone(), seats)));
        Some(seat)
    }
}

/// Many brokers, many accounts, one handle. Cheap to clone; all clones are the same.
///
/// Accounts are added, disabled and removed while the program runs; the streams of the others are not
/// touched.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    table: Arc<ArcSwap<Table>>,
    /// Held by whoever makes the next table out of this one.
    changing: Arc<Mutex<()>>,
    pub(super) turn: Arc<AtomicUsize>,
}

impl Registry {
    /// Nobody is there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The table of now; nothing is waited for.
    pub(super) fn table(&self) -> Guard<Arc<Table>> {
        self.table.load()
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Table) -> Result<T>) -> Result<T> {
        let _alone = self.alone();
        let mut table = Table::clone(&self.table.load());
        let done = change(&mut table)?;
        self.table.store(Arc::new(table));
        Ok(done)
    }

    fn change_seat(&self, key: &SeatKey, change: impl FnOnce(&mut SeatParts)) -> Result<()> {
        self.change(|table| {
            let seats = table.seats.get_mut(&key.account);
            let seat = seats.and_then(|seats| seats.at(&key.broker));
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
            table.insert(Seat(Arc::new(SeatParts {
                key: key.clone(),
                broker,
                permission,
                enabled: true,
                groups: BTreeSet::new(),
                in_flight: Arc::default(),
            })));
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
            let seat = table.remove(key).ok_or_else(|| unknown(key))?;
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
            for seats in table.seats.values_mut() {
                let Some(seat) = seats.at(broker.id()) else {
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
        let _alone = self.alone();
        let mut table = Table::clone(&self.table.load());
        table.default = None;
        self.table.store(Arc::new(table));
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
        let all = table.seats.values().flat_map(Namesakes::as_slice);
        let mut seats: Vec<Seat> = all.cloned().collect();
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
