//! Which orders belong to whom, for bulk cancels.

use super::keys::KeyMap;
use super::list::{ByOwner, List};
use super::resting::Resting;
use super::slab::{Slab, SlotId};

/// One list of orders per owner that has any.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners {
    lists: KeyMap<u32, List<ByOwner>>,
}

impl Owners {
    pub(super) fn front(&self, owner: u32) -> SlotId {
        self.lists.get(&owner).map_or(SlotId::NONE, List::front)
    }

    pub(super) fn add(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(order) = orders.get(id) else { return };
        self.lists
            .entry(order.owner)
            .or_insert(List::EMPTY)
            .push_back(orders, id);
    }

    pub(super) fn remove(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(&Resting { owner, .. }) = orders.get(id) else {
            return;
        };
        let Some(list) = self.lists.get_mut(&owner) else {
            return;
        };
        list.unlink(orders, id);
        if list.is_empty() {
            self.lists.remove(&owner);
        }
    }
}
