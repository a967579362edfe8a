use std::collections::BTreeMap;

use broker_core::model::Instrument;

use crate::tiger::push::DataType;

/// One symbol that is wanted, and what was told of it last.
#[derive(Debug)]
pub(super) struct Line<T> {
    pub(super) listing: usize,
    pub(super) instrument: Instrument,
    /// What its quotes are pushed as.
    pub(super) kind: DataType,
    pub(super) told: T,
}

/// The symbols that are wanted of one kind.
#[derive(Debug)]
pub(super) struct Lines<T>(BTreeMap<String, Line<T>>);

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Default> Lines<T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn symbols(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    pub(super) fn listings(&self) -> impl Iterator<Item = usize> {
        self.0.values().map(|line| line.listing)
    }

    pub(super) fn contains(&self, symbol: &str) -> bool {
        self.0.contains_key(symbol)
    }

    pub(super) fn put(
        &mut self,
        symbol: &str,
        (listing, instrument): (usize, Instrument),
        kind: DataType,
    ) {
        let line = Line {
            listing,
            instrument,
            kind,
            told: T::default(),
        };
        self.0.insert(symbol.to_owned(), line);
    }

    /// Takes lines away: the named ones, or without names those of some kinds. Gives back their
    /// listings.
    pub(super) fn take(&mut self, symbols: &[&str], kinds: &[DataType]) -> Vec<usize> {
        let gone = |symbol: &str, kind: DataType| {
            if symbols.is_empty() {
                kinds.contains(&kind)
            } else {
                symbols.contains(&symbol)
            }
        };
        let mut listings = Vec::new();
        self.0.retain(|symbol, line| {
            let gone = gone(symbol, line.kind);
            if gone {
                listings.push(line.listing);
            }
            !gone
        });
        listings
    }

    pub(super) fn get_mut(&mut self, symbol: &str) -> Option<&mut Line<T>> {
        self.0.get_mut(symbol)
    }

    /// The lines of a listing.
    pub(super) fn of(&mut self, listing: usize) -> impl Iterator<Item = (&str, &mut Line<T>)> {
        let all = self.0.iter_mut();
        all.filter(move |(_, line)| line.listing == listing)
            .map(|(symbol, line)| (symbol.as_str(), line))
    }
}
