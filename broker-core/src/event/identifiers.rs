//! Which identifiers are taken: what the desk asks a ledger before and after it sends.

use std::sync::Arc;

use super::{Ledger, state::Reservation};
use crate::model::{ClientOrderId, ListLink, NewOrder};

impl Ledger {
    /// Takes the identifier for an order that is about to be sent; `false` if it was ever used.
    pub(crate) fn reserve(&self, terms: Arc<NewOrder>, list: Option<ListLink>) -> bool {
        let mut state = self.lock();
        let id = &terms.client_order_id;
        if state.knows(id) {
            return false;
        }
        state
            .reserved
            .insert(id.clone(), Reservation { terms, list });
        true
    }

    /// Gives an identifier back after proof that nothing was sent. An order that the broker has
    /// reported keeps it.
    pub(crate) fn release(&self, id: &ClientOrderId) {
        self.lock().reserved.remove(id);
    }

    /// Whether it is known which orders exist.
    pub(crate) fn knows_all_orders(&self) -> bool {
        self.lock().coverage.orders.is_complete()
    }

    /// Whether the identifier is taken.
    pub(crate) fn knows(&self, id: &ClientOrderId) -> bool {
        self.lock().knows(id)
    }

    /// Takes the identifier for a request to exercise; `false` if it was ever used.
    pub(crate) fn reserve_exercise(&self, id: &ClientOrderId) -> bool {
        let mut state = self.lock();
        !state.knows(id) && state.exercises.insert(id.clone())
    }

    /// Gives the identifier of a request to exercise back after proof that nothing was sent.
    pub(crate) fn release_exercise(&self, id: &ClientOrderId) {
        self.lock().exercises.remove(id);
    }
}
