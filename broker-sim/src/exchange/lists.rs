//! Orders that depend on each other: brackets, one-cancels-other, one-triggers-other.

use std::{collections::HashMap, sync::Arc};

use broker_core::model::{BrokerText, ExecutionKind, ListLink, ListRole, NewOrder, OrderList};
use rust_decimal::Decimal;

use super::{
    Exchange, Refusal, SimOrder,
    order::{End, Place},
};

/// The members of every list that has an open order.
///
/// An order is a member of at most one list, may lead another one, and may be one of several
/// alternatives besides: an exit of a bracket can have exits of its own, and the entries of two
/// brackets can cancel each other.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// By a number of our own: a client may use a list's name twice.
    pub(super) members: HashMap<u64, Vec<u64>>,
    pub(super) list_of: HashMap<u64, u64>,
    /// The list that an order leads.
    pub(super) led_by: HashMap<u64, u64>,
    /// Alternatives that were joined one by one.
    pub(super) groups: HashMap<u64, Group>,
    pub(super) group_of: HashMap<u64, u64>,
    last: u64,
}

/// Orders that were joined one by one, of which a fill moves the others.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) rule: AlternativeRule,
    pub(super) members: Vec<u64>,
}

/// What a fill in part does to the alternatives of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlternativeRule {
    /// They are canceled.
    Cancel,
    /// They are reduced by what was filled.
    Reduce,
}

impl Lists {
    /// A number that no list has had.
    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn add(&mut self, list: u64, key: u64) {
        self.members.entry(list).or_default().push(key);
        self.list_of.insert(key, list);
    }

    /// The orders that wait for an order, or work since it was filled.
    fn followers(&self, entry: u64) -> Vec<u64> {
        let list = self.led_by.get(&entry);
        let members = list.and_then(|list| self.members.get(list));
        members
            .into_iter()
            .flatten()
            .copied()
            .filter(|other| *other != entry)
            .collect()
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

    /// The number of an order's list.
    pub(super) fn of(&self, key: u64) -> Option<u64> {
        self.list_of.get(&key).copied()
    }

    /// The alternatives of an order that were joined one by one, and their rule.
    fn alternatives(&self, key: u64) -> (AlternativeRule, Vec<u64>) {
        let group = self.group_of.get(&key);
        let Some(group) = group.and_then(|group| self.groups.get(group)) else {
            return (AlternativeRule::Reduce, Vec::new());
        };
        let others = group.members.iter().copied();
        (group.rule, others.filter(|other| *other != key).collect())
    }

    /// Whether two orders are alternatives that were joined one by one.
    pub(super) fn are_alternatives(&self, one: u64, other: u64) -> bool {
        let group = self.group_of.get(&one);
        one == other || (group.is_some() && group == self.group_of.get(&other))
    }

    /// The list of an order of which a fill cancels the others.
    pub(super) fn exclusive(&self, order: &SimOrder) -> Option<u64> {
        let role = order.list.as_ref().map(|link| link.role);
        let exclusive = matches!(
            role,
            Some(ListRole::Alternative | ListRole::TakeProfit | ListRole::StopLoss)
        );
        let list = self.of(order.key).filter(|_| exclusive);
        list.or_else(|| self.group_of.get(&order.key).copied())
    }

    pub(super) fn forget(&mut self, key: u64) {
        self.led_by.remove(&key);
        if let Some(group) = self.group_of.remove(&key)
            && let Some(alternatives) = self.groups.get_mut(&group)
        {
            alternatives.members.retain(|member| *member != key);
            if alternatives.members.is_empty() {
                self.groups.remove(&group);
            }
        }
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
        for (order, role) in list.orders() {
            trial.push(self.would_take(order, role));
        }
        let places: Vec<(usize, usize, Decimal)> = trial.into_iter().collect::<Result<_, _>>()?;
        // All of them are there before the first one trades.
        let mut keys = Vec::new();
        let number = self.lists.next();
        for ((order, role), (account, market, quantity)) in list.orders().zip(places) {
            let link = ListLink {
                list: list.id().clone(),
                role,
            };
            let terms = Arc::new(order.clone());
            let key = self.accept(terms, Some(link), account, market, quantity, true);
            self.lists.add(number, key);
            if role == ListRole::Entry {
                self.lists.led_by.insert(key, number);
            }
            keys.push((key, role));
        }
        for (key, role) in &keys {
            if !waits(*role) {
                self.release_whole(*key);
            }
        }
        Ok(keys.into_iter().map(|(key, _)| key).collect())
    }

    /// Lets an order of a list work that waits for nobody, or no longer.
    pub(super) fn release_whole(&mut self, key: u64) {
        let Some(order) = self.orders.get_mut(&key) else {
            return;
        };
        if order.place != Place::Waiting {
            return;
        }
        order.released = order.quantity;
        self.hold_money(key);
        self.activate(key);
    }

    /// A fill of one member moves the others.
    pub(super) fn list_member_filled(&mut self, key: u64, quantity: Decimal) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let role = order.list.as_ref().map(|link| link.role);
        let complete = order.leaves().is_zero();
        if self.lists.led_by.contains_key(&key) {
            self.release_followers(key, quantity, complete);
        }
        let mut moved = Vec::new();
        if let Some(role @ (ListRole::TakeProfit | ListRole::StopLoss | ListRole::Alternative)) =
            role
        {
            moved = self.siblings_in_play(key, role);
            for sibling in &moved {
                self.shrink(*sibling, quantity, complete);
            }
        }
        let (rule, alternatives) = self.lists.alternatives(key);
        for other in alternatives.into_iter().filter(|o| !moved.contains(o)) {
            if self.orders.get(&other).is_some_and(SimOrder::is_open) {
                self.shrink(other, quantity, complete || rule == AlternativeRule::Cancel);
            }
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
        for sibling in self.lists.followers(entry) {
            let Some(order) = self.orders.get_mut(&sibling) else {
                continue;
            };
            let Some(role) = order.list.as_ref().map(|link| link.role) else {
                continue;
            };
            match role {
                ListRole::TakeProfit | ListRole::StopLoss => {
                    order.released = (order.released + quantity).min(order.quantity);
                    if complete {
                        // An exit that is for more than its entry waits for nobody any more.
                        order.released = order.quantity;
                    }
                    if order.place == Place::Waiting {
                        self.activate(sibling);
                    } else {
                        self.resized.push(sibling);
                    }
                }
                ListRole::Triggered if complete && order.place == Place::Waiting => {
                    self.trigger_follower(sibling);
                }
                _ => {}
            }
        }
        if self.settling == 0 {
            self.settle_resized();
        }
    }

    /// The first order is complete: an order that waited for it must now be paid for.
    fn trigger_follower(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        let (account, market) = (order.account_index, order.market);
        let (terms, quantity) = (Arc::clone(&order.terms), order.quantity);
        match self.afford(account, market, &terms, quantity, Some(key)) {
            Ok(()) => self.release_whole(key),
            Err(why) => self.cancel_because(key, &why),
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
        let mut terms = NewOrder::clone(&order.terms);
        terms.amount = broker_core::model::OrderAmount::Quantity(left);
        order.terms = Arc::new(terms);
        let terms = Arc::clone(&order.terms);
        let reason = BrokerText::text("reduced by a fill of another order of the list");
        self.tell_because(key, ExecutionKind::Restated { terms }, Some(reason));
        if !self.orders.get(&key).is_some_and(SimOrder::is_waiting) {
            self.hold_money(key);
        }
        self.resized.push(key);
        if self.settling == 0 {
            self.settle_resized();
        }
    }

    /// The end of one member without a complete fill ends those that depend on it.
    pub(super) fn list_member_ended(&mut self, key: u64) {
        let Some(order) = self.orders.get(&key) else {
            return;
        };
        if order.place == Place::Ended(End::Filled) {
            return;
        }
        let nothing_filled = order.filled.is_zero();
        for sibling in self.lists.followers(key) {
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
            return self.cancel_because(key, "the other order of the list was filled");
        };
        if order.quantity == left.get() {
            return;
        }
        order.quantity = left.get();
        let complete = order.leaves() <= Decimal::ZERO;
        let mut terms = NewOrder::clone(&order.terms);
        terms.amount = broker_core::model::OrderAmount::Quantity(left);
        order.terms = Arc::new(terms);
        let terms = Arc::clone(&order.terms);
        let reason = BrokerText::text("the entry was filled in part");
        if complete {
            self.end(key, End::Filled);
        }
        self.tell_because(key, ExecutionKind::Restated { terms }, Some(reason));
    }

    /// Account, market and units of an order that would be taken.
    fn would_take(
        &mut self,
        order: &NewOrder,
        role: ListRole,
    ) -> Result<(usize, usize, Decimal), Refusal> {
        let (account, market) = self.examine(order)?;
        let quantity = self.quantity_of(order, market)?;
        if !waits(role) {
            self.check_session(order, market)?;
            self.check_funds(order, account, market, quantity)?;
        }
        Ok((account, market, quantity))
    }
}

/// Whether an order waits for the first one of its list.
const fn waits(role: ListRole) -> bool {
    matches!(
        role,
        ListRole::TakeProfit | ListRole::StopLoss | ListRole::Triggered
    )
}

impl SimOrder {
    /// Whether the order waits for another one of its list.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.place == Place::Waiting
    }
}
