use std::collections::BTreeMap;

use crate::tws::gateway::ConnectionId;

/// Open lines of one kind: by the client's request, and by the listings that they follow.
#[derive(Debug)]
pub(in crate::tws::gateway) struct Shelf<L> {
    lines: BTreeMap<u64, Kept<L>>,
    numbers: BTreeMap<(ConnectionId, i32), u64>,
    /// The lines that follow each listing.
    by_listing: Vec<Vec<u64>>,
}

/// A line with whose it is.
#[derive(Debug)]
pub(in crate::tws::gateway) struct Kept<L> {
    pub(in crate::tws::gateway) connection: ConnectionId,
    pub(in crate::tws::gateway) req_id: i32,
    listings: Vec<usize>,
    pub(in crate::tws::gateway) line: L,
}

impl<L> Default for Shelf<L> {
    fn default() -> Self {
        Self {
            lines: BTreeMap::new(),
            numbers: BTreeMap::new(),
            by_listing: Vec::new(),
        }
    }
}

impl<L> Shelf<L> {
    pub(in crate::tws::gateway) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(in crate::tws::gateway) fn contains(&self, connection: ConnectionId, req_id: i32) -> bool {
        self.numbers.contains_key(&(connection, req_id))
    }

    /// Puts a line under a number that has not been used.
    pub(in crate::tws::gateway) fn put(
        &mut self,
        number: u64,
        (connection, req_id): (ConnectionId, i32),
        listings: Vec<usize>,
        line: L,
    ) {
        for listing in &listings {
            if self.by_listing.len() <= *listing {
                self.by_listing.resize_with(listing + 1, Vec::new);
            }
            if let Some(followers) = self.by_listing.get_mut(*listing) {
                followers.push(number);
            }
        }
        self.numbers.insert((connection, req_id), number);
        let kept = Kept {
            connection,
            req_id,
            listings,
            line,
        };
        self.lines.insert(number, kept);
    }

    /// Takes a line away; gives back the listings that it followed.
    pub(in crate::tws::gateway) fn take(
        &mut self,
        connection: ConnectionId,
        req_id: i32,
    ) -> Option<Vec<usize>> {
        let number = self.numbers.remove(&(connection, req_id))?;
        let kept = self.lines.remove(&number)?;
        for listing in &kept.listings {
            if let Some(followers) = self.by_listing.get_mut(*listing) {
                followers.retain(|follower| *follower != number);
            }
        }
        Some(kept.listings)
    }

    /// Takes every line of a client away; gives back the listings, one per line and listing.
    pub(in crate::tws::gateway) fn take_all(&mut self, connection: ConnectionId) -> Vec<usize> {
        let own: Vec<i32> = self
            .numbers
            .range((connection, i32::MIN)..=(connection, i32::MAX))
            .map(|((_, req_id), _)| *req_id)
            .collect();
        let taken = own.into_iter().filter_map(|id| self.take(connection, id));
        taken.flatten().collect()
    }

    /// Whether any line follows a listing.
    pub(in crate::tws::gateway) fn follows(&self, listing: usize) -> bool {
        self.at(listing, 0).is_some()
    }

    /// The line that follows a listing in the given place.
    pub(in crate::tws::gateway) fn at(&self, listing: usize, place: usize) -> Option<u64> {
        self.by_listing.get(listing)?.get(place).copied()
    }

    pub(in crate::tws::gateway) fn get_mut(&mut self, number: u64) -> Option<&mut Kept<L>> {
        self.lines.get_mut(&number)
    }

    /// Every listing that is followed.
    pub(in crate::tws::gateway) fn followed(&self) -> Vec<usize> {
        let all = self.by_listing.iter().enumerate();
        let followed = all.filter(|(_, followers)| !followers.is_empty());
        followed.map(|(listing, _)| listing).collect()
    }

    pub(in crate::tws::gateway) fn iter(&self) -> impl Iterator<Item = &Kept<L>> {
        self.lines.values()
    }

    pub(in crate::tws::gateway) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Kept<L>> {
        self.lines.values_mut()
    }
}
