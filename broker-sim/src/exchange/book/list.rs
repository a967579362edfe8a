//! Doubly linked lists threaded through the orders themselves.
//!
//! An order is in two at a time: the queue of its price and the list of its owner. Leaving either
//! costs the same wherever the order stands, which is what makes cancels cheap.

use std::marker::PhantomData;

use super::resting::Resting;
use super::slab::{Slab, SlotId};

/// The neighbours of an order in one list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links {
    pub(super) previous: SlotId,
    pub(super) next: SlotId,
}

impl Links {
    pub(super) const ALONE: Self = Self {
        previous: SlotId::NONE,
        next: SlotId::NONE,
    };
}

/// Which of an order's links a list uses.
pub(super) trait Thread {
    fn links(order: &Resting) -> Links;
    fn links_mut(order: &mut Resting) -> &mut Links;
}

/// The queue of a price.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByPrice;

impl Thread for ByPrice {
    fn links(order: &Resting) -> Links {
        order.in_queue
    }

    fn links_mut(order: &mut Resting) -> &mut Links {
        &mut order.in_queue
    }
}

/// The orders of an owner.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByOwner;

impl Thread for ByOwner {
    fn links(order: &Resting) -> Links {
        order.of_owner
    }

    fn links_mut(order: &mut Resting) -> &mut Links {
        &mut order.of_owner
    }
}

/// The two ends of a list, oldest order first.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<T> {
    front: SlotId,
    back: SlotId,
    thread: PhantomData<T>,
}

impl<T: Thread> List<T> {
    pub(super) const EMPTY: Self = Self {
        front: SlotId::NONE,
        back: SlotId::NONE,
        thread: PhantomData,
    };

    pub(super) fn front(&self) -> SlotId {
        self.front
    }

    pub(super) fn is_empty(&self) -> bool {
        self.front.is_none()
    }

    pub(super) fn push_back(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(order) = orders.get_mut(id) else {
            return;
        };
        *T::links_mut(order) = Links {
            previous: self.back,
            next: SlotId::NONE,
        };
        match orders.get_mut(self.back) {
            Some(last) => T::links_mut(last).next = id,
            None => self.front = id,
        }
        self.back = id;
    }

    pub(super) fn unlink(&mut self, orders: &mut Slab<Resting>, id: SlotId) {
        let Some(order) = orders.get_mut(id) else {
            return;
        };
        let Links { previous, next } = std::mem::replace(T::links_mut(order), Links::ALONE);
        match orders.get_mut(previous) {
            Some(order) => T::links_mut(order).next = next,
            None => self.front = next,
        }
        match orders.get_mut(next) {
            Some(order) => T::links_mut(order).previous = previous,
            None => self.back = previous,
        }
    }

    /// The orders from front to back.
    pub(super) fn iter<'a>(
        &self,
        orders: &'a Slab<Resting>,
    ) -> impl Iterator<Item = &'a Resting> + use<'a, T> {
        let mut next = self.front;
        std::iter::from_fn(move || {
            let order = orders.get(next)?;
            next = T::links(order).next;
            Some(order)
        })
    }
}
