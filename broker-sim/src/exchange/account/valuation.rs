//! Which holdings are margined together, and the figures kept between orders.

use std::collections::BTreeMap;

use broker_core::model::Instrument;

use super::margin::Requirement;

/// Holdings on one underlying.
#[derive(Debug, Clone, Default)]
pub(super) struct Margined {
    /// Sorted, each once.
    pub(super) members: Vec<Instrument>,
    /// In the base currency; absent when it must be computed again.
    pub(super) figures: Option<Requirement>,
    /// Whether the group waits in the list of stale ones.
    pub(super) waiting: bool,
}

/// Kept figures of all groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Valuation {
    pub(super) groups: BTreeMap<Instrument, Margined>,
    /// Sum of all figures that are present.
    pub(super) total: Requirement,
    /// Groups without figures, each once, and perhaps some that have gone.
    pub(super) stale: Vec<Instrument>,
    /// The marks that the figures belong to.
    pub(super) revision: Option<u64>,
}

impl Valuation {
    pub(super) fn join(&mut self, group: &Instrument, member: &Instrument) {
        let members = &mut self.groups.entry(group.clone()).or_default().members;
        if let Err(at) = members.binary_search(member) {
            members.insert(at, member.clone());
        }
        self.touch(group);
    }

    pub(super) fn leave(&mut self, group: &Instrument, member: &Instrument) {
        self.touch(group);
        if let Some(margined) = self.groups.get_mut(group) {
            margined.members.retain(|other| other != member);
            if margined.members.is_empty() {
                self.groups.remove(group);
            }
        }
    }

    /// A holding of the group changed.
    pub(super) fn touch(&mut self, group: &Instrument) {
        let Some(margined) = self.groups.get_mut(group) else {
            return;
        };
        if let Some(figures) = margined.figures.take() {
            match self.total.minus(figures) {
                Ok(total) => self.total = total,
                // Without a revision everything is computed again.
                Err(_) => self.revision = None,
            }
        }
        if !margined.waiting {
            margined.waiting = true;
            self.stale.push(group.clone());
        }
    }
}
