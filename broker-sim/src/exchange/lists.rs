//! Orders that depend on each other: brackets, one-cancels-other, one-triggers-other.

use std::{collections::HashMap, sync::Arc};

use broker_core::model::{BrokerText, ExecutionKind, ListId, ListLink, ListRole, OrderList};
use rust_decimal::Decimal;

use super::{
    Exchange, Refusal, SimOrder,
    order::{End, Place},
};

/// The members of every list that has an open order.
#[derive(Debug, Default)]
pub(super) struct Lists {
    members: HashMap<ListId, Vec<u64>>,
    list_of: HashMap<u64, ListId>,
}

impl Lists {
    fn add(&mut self, list: &ListId, key: u64) {
        self.members.entry(list.clone()).or_default().push(key);
        self.list_of.insert(key, list.clone());
    }

    /// The other members of an order's list.
    fn siblings(&self, key: u64) -> Vec<u64> {
        let list = self
            .list_of
            .get(&key)
            .and_then(|list| self.members.get(list));
        list.into_iter()
            .flatten()
            .copied()
            .filter(|other| *other != key)
            .collect()
    }

    pub(super) fn forget(&mut self, key: u64) {
        if let Some(list) = self.list_of.remove(&key)
            && let Some(members) = self.members.get_mut(&list)
        {
            members.retain(|member| *member != key);
            if members.is_empty() {
                self.members.remove(&list);
            }
        }
    }
}

impl Exchange {
    /// Takes a list of orders, all or none; the numbers are in the list's order.
    ///
    /// # Errors
    /// The [`Refusal`] of the first order that is refused; none of them exists then.
    pub fn place_list(&mut self, list: &OrderList) -> Result<Vec<u64>, Refusal> {
        // Whatever can be refused is refused before the first order is told.
        let mut trial = Vec::new();
        for (order, _) in list.orders() {
            trial.push(self.would_refuse(order, list));
        }
        if let Some(refusal) = trial.into_iter().flatten().next() {
            return Err(refusal);
        }
        let mut keys = Vec::new();
        let mut linked: Vec<_> = list.orders().collect();
        // Exits first, so that they are there when the entry fills at once.
        linked.sort_by_key(|(_, role)| u8::from(*role == ListRole::Entry));
        for (order, role) in linked {
            let link = ListLink {
                list: list.id().clone(),
                role,
            };
            let key = self.next_key;
            self.lists.add(list.id(), key);
            match self.place_linked(Arc::new(order.clone()), Some(link), false) {
                Ok(key) => keys.push((order.client_order_id.clone(), key)),
                Err(refusal) => {
                    self.lists.forget(key);
                    for (_, placed) in keys {
                        self.cancel_because(placed, "another order of the list was refused");
                    }
                    return Err(refusal);
                }
            }
        }
        // They begin together, so that the first fill finds the others.
        for (_, key) in &keys {
            let begins = self
                .orders
                .get(key)
                .is_some_and(|o| o.is_open() && !o.is_waiting());
            if begins {
                self.begin(*key);
            }
        }
        let key_of = |id| {
            keys.iter()
                .find(|(known, _)| known == id)
                .map(|(_, key)| *key)
        };
        Ok(list
            .orders()
            .filter_map(|(order, _)| key_of(&order.client_order_id))
            .collect())
    }

    /// A fill of one member moves the others.
    pub(super) fn list_member_filled(&mut self, key: u64, quantity: Decimal) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let Some(role) = order.list.as_ref().map(|link| link.role) else {
            return;
        };
        let complete = order.leaves().is_zero();
        match role {
            ListRole::Entry => self.release_followers(key, quantity, complete),
            ListRole::TakeProfit | ListRole::StopLoss | ListRole::Alternative => {
                for sibling in self.siblings_in_play(key, role) {
                    self.shrink(sibling, quantity, complete);
                }
            }
            _ => {}
        }
    }

    /// The members that one fill makes superfluous: the other exit, or the other alternatives.
    fn siblings_in_play(&self, key: u64, role: ListRole) -> Vec<u64> {
        let mut siblings = self.lists.siblings(key);
        siblings.retain(|sibling| {
            self.orders.get(sibling).is_some_and(|order| {
                let other = order.list.as_ref().map(|link| link.role);
                let exit = matches!(other, Some(ListRole::TakeProfit | ListRole::StopLoss));
                order.is_open() && (role == ListRole::Alternative || exit)
            })
        });
        siblings
    }

    /// The entry of a bracket releases its exits by what it fills; a first order releases the others
    /// when it is complete.
    fn release_followers(&mut self, entry: u64, quantity: Decimal, complete: bool) {
        for sibling in self.lists.siblings(entry) {
            let Some(order) = self.orders.get_mut(&sibling) else {
                continue;
            };
            let Some(role) = order.list.as_ref().map(|link| link.role) else {
                continue;
            };
            match role {
                ListRole::TakeProfit | ListRole::StopLoss => order.released += quantity,
                ListRole::Triggered if complete => order.released = order.quantity,
                _ => continue,
            }
            match order.place {
                Place::Waiting => self.activate(sibling),
                // More has been released: the order in the book grows.
                Place::Book => self.resend(sibling),
                _ => {}
            }
        }
    }

    /// Takes an order out of the book and sends it again with what it may trade now.
    pub(super) fn resend(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        if let Some(market) = self.markets.get_mut(order.market) {
            market.book.cancel(super::book::OrderKey(key));
            market.leave(key);
        }
        self.activate(key);
    }

    /// Takes a quantity off an order because its sibling traded it.
    fn shrink(&mut self, key: u64, quantity: Decimal, complete: bool) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        if complete || order.leaves() <= quantity {
            return self.cancel_because(key, "the other order of the list was filled");
        }
        let Ok(left) = broker_core::model::Quantity::new(order.quantity - quantity) else {
            return self.cancel_because(key, "the other order of the list was filled");
        };
        order.quantity = left.get();
        order.released = (order.released - quantity).max(order.filled);
        let mut terms = broker_core::model::NewOrder::clone(&order.terms);
        terms.amount = broker_core::model::OrderAmount::Quantity(left);
        order.terms = Arc::new(terms);
        let terms = Arc::clone(&order.terms);
        let reason = BrokerText::text("reduced by a fill of another order of the list");
        let in_book = order.place == Place::Book;
        self.tell_because(key, ExecutionKind::Restated { terms }, Some(reason));
        if in_book {
            self.resend(key);
        }
    }

    /// The end of one member without a complete fill ends those that depend on it.
    pub(super) fn list_member_ended(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let Some(role) = order.list.as_ref().map(|link| link.role) else {
            return;
        };
        if order.place == Place::Ended(End::Filled) || role != ListRole::Entry {
            return;
        }
        let nothing_filled = order.filled.is_zero();
        for sibling in self.lists.siblings(key) {
            let Some(other) = self.orders.get(&sibling).filter(|other| other.is_open()) else {
                continue;
            };
            let waits = other.place == Place::Waiting;
            if nothing_filled || waits {
                self.cancel_because(sibling, "the first order of the list ended");
            } else {
                self.limit_to_released(sibling);
            }
        }
    }

    /// An exit of a bracket whose entry will fill no more is for what was filled.
    fn limit_to_released(&mut self, key: u64) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        let Ok(left) = broker_core::model::Quantity::new(order.released) else {
            return;
        };
        if order.quantity == left.get() {
            return;
        }
        order.quantity = left.get();
        let mut terms = broker_core::model::NewOrder::clone(&order.terms);
        terms.amount = broker_core::model::OrderAmount::Quantity(left);
        order.terms = Arc::new(terms);
        let terms = Arc::clone(&order.terms);
        let reason = BrokerText::text("the entry was filled in part");
        self.tell_because(key, ExecutionKind::Restated { terms }, Some(reason));
    }

    fn would_refuse(
        &mut self,
        order: &broker_core::model::NewOrder,
        list: &OrderList,
    ) -> Option<Refusal> {
        let waits = list.orders().any(|(other, role)| {
            other.client_order_id == order.client_order_id
                && matches!(
                    role,
                    ListRole::TakeProfit | ListRole::StopLoss | ListRole::Triggered
                )
        });
        self.preview(order, waits).err()
    }
}

impl SimOrder {
    /// Whether the order waits for another one of its list.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.place == Place::Waiting
    }
}
