//! What a book remembers: who goes by which number, and which of them a name means.

use core::hash::Hash;
use std::{collections::HashMap, mem, sync::Arc};

use broker_core::model::Instrument;
use chrono::{DateTime, TimeDelta, Utc};

use super::Listing;

/// Listings that are kept, twice as many at most: of a chain there can be thousands.
const KEPT: usize = 4_096;
/// How long a listing answers for its instrument before it is asked for again: trading hours are told
/// for a week or less, and increments and symbols change overnight.
const FRESH: TimeDelta = TimeDelta::days(1);
/// How long an old one does when it could not be asked for again.
const AGAIN: TimeDelta = TimeDelta::minutes(5);

/// How it is known that a name means a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It merely goes by the name: another one may, too.
    Seen,
    /// It was the only one of the name among all that the gateway has.
    Found,
    /// Another one goes by the name, too: which of them is meant has to be asked.
    Contested,
    /// It was what the gateway had for the name itself.
    Chosen,
}

#[derive(Debug)]
struct Named {
    listing: Arc<Listing>,
    standing: Standing,
    fresh_until: DateTime<Utc>,
}

/// What is known about names and numbers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    by_name: Recent<Instrument, Named>,
    by_number: Recent<i32, Arc<Listing>>,
}

impl Memory {
    /// What goes by a name, be it alone or not.
    pub(super) fn seen(&mut self, name: &Instrument) -> Option<Arc<Listing>> {
        let named = self.by_name.get(name)?;
        Some(Arc::clone(&named.listing))
    }

    /// What a name means, and whether that is fresh.
    pub(super) fn meant(
        &mut self,
        name: &Instrument,
        now: DateTime<Utc>,
    ) -> Option<(Arc<Listing>, bool)> {
        let named = self.by_name.get(name)?;
        let known = match named.standing {
            Standing::Found | Standing::Chosen => true,
            Standing::Seen | Standing::Contested => false,
        };
        // A clock that was put back must not keep it for ever.
        let left = named.fresh_until - now;
        let fresh = left > TimeDelta::zero() && left <= FRESH;
        known.then(|| (Arc::clone(&named.listing), fresh))
    }

    /// What goes by a name, where it was seen in passing only and nothing else was.
    pub(super) fn only_seen(&mut self, name: &Instrument) -> Option<Arc<Listing>> {
        let named = self.by_name.get(name)?;
        (named.standing == Standing::Seen).then(|| Arc::clone(&named.listing))
    }

    pub(super) fn numbered(&mut self, number: i32) -> Option<Arc<Listing>> {
        self.by_number.get(&number).cloned()
    }

    pub(super) fn remember(
        &mut self,
        name: Instrument,
        listing: &Arc<Listing>,
        standing: Standing,
        now: DateTime<Utc>,
    ) {
        let number = listing.contract.contract_id;
        if number > 0 {
            self.by_number.insert(number, Arc::clone(listing));
        }
        let new = Named {
            listing: Arc::clone(listing),
            standing,
            fresh_until: now + FRESH,
        };
        let Some(known) = self.by_name.get(&name) else {
            self.by_name.insert(name, new);
            return;
        };
        let same = known.listing.contract.contract_id == number;
        match (known.standing, standing) {
            (_, Standing::Chosen) => *known = new,
            // Which of several is meant was decided by asking for the name: nothing that is seen in
            // passing changes that.
            (Standing::Chosen, _) if same => {
                *known = Named {
                    standing: Standing::Chosen,
                    ..new
                };
            }
            (Standing::Chosen | Standing::Contested, _) => {}
            (Standing::Seen, _) if same => *known = new,
            (Standing::Found, _) if same => {
                *known = Named {
                    standing: Standing::Found,
                    ..new
                };
            }
            // None of the two may be taken for the other unasked, whatever is seen from here on.
            (Standing::Seen | Standing::Found, _) => known.standing = Standing::Contested,
        }
    }

    /// What a name means could not be asked for again: it stays for a while.
    pub(super) fn keep(&mut self, name: &Instrument, now: DateTime<Utc>) {
        if let Some(named) = self.by_name.get(name) {
            named.fresh_until = now + AGAIN;
        }
    }
}

/// A map that forgets what nobody has asked for while so many others were.
#[derive(Debug)]
struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    fn get(&mut self, key: &K) -> Option<&mut V> {
        if let Some((key, value)) = self.old.remove_entry(key) {
            self.insert(key, value);
        }
        self.young.get_mut(key)
    }

    fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= KEPT && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }
}

#[cfg(test)]
impl Memory {
    pub(super) fn sizes(&self) -> (usize, usize) {
        (
            self.by_name.young.len() + self.by_name.old.len(),
            self.by_number.young.len() + self.by_number.old.len(),
        )
    }
}
