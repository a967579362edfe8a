//! Orders that wait for each other: parents and children, groups of which one cancels the others.
//!
//! An order that is not transmitted stays in TWS; a child that is transmitted takes its parent and
//! its siblings with it. A group of alternatives is no family: each of its orders is transmitted by
//! itself.

use std::sync::Arc;

use broker_core::model::{ListId, ListRole, NewOrder, OrderType};

use super::{place::refused, record::Record};
use crate::{
    exchange::{Instructions, Refusal, SimOrder},
    tws::gateway::turn::Turn,
};

impl Turn<'_> {
    /// Transmits an order with every held order above and below it; gives back those that exist.
    pub(super) fn transmit_family(&mut self, perm: i64) -> Vec<i64> {
        let root = self.held_root(perm);
        let mut working = Vec::new();
        let mut placed = Vec::new();
        self.transmit_tree(root, &mut placed, &mut working);
        // Nothing trades before everything that depends on it is there.
        for key in working {
            self.exchange.release(key);
        }
        placed
    }

    /// The topmost order above one that is held, too.
    fn held_root(&self, perm: i64) -> i64 {
        let records = &self.state.orders.records;
        let mut root = perm;
        while let Some(parent) = records.get(&root).and_then(|record| record.parent)
            && records.get(&parent).is_some_and(Record::is_held)
        {
            root = parent;
        }
        root
    }

    fn transmit_tree(&mut self, perm: i64, placed: &mut Vec<i64>, working: &mut Vec<u64>) {
        match self.transmit(perm, working) {
            Some(key) => {
                self.state.orders.transmitted(perm, key);
                placed.push(perm);
                for child in self.state.orders.held_children(perm) {
                    self.transmit_tree(child, placed, working);
                }
            }
            None => self.drop_children(perm),
        }
    }

    /// The orders that wait for one that was refused have nobody to wait for.
    fn drop_children(&mut self, perm: i64) {
        for child in self.state.orders.held_children(perm) {
            self.drop_children(child);
            if let Some(record) = self.state.orders.remove(child) {
                self.refuse_order(record.order_id, 10006, "Missing parent order.");
            }
        }
    }

    /// Sends one order to the exchange; `None` when it was refused, which has been told.
    fn transmit(&mut self, perm: i64, working: &mut Vec<u64>) -> Option<u64> {
        let record = self.state.orders.records.get(&perm)?;
        let (terms, id) = (Arc::clone(&record.terms), record.order_id);
        let instructions = record.instructions.clone();
        let alternative = self.alternative(record);
        let rule = record.group.as_ref().map(|(_, rule)| *rule);
        let parent = record
            .parent
            .and_then(|parent| self.state.orders.records.get(&parent))
            .and_then(|parent| Some((parent.key?, Arc::clone(&parent.terms))));
        let result = match parent {
            Some((key, parent)) => {
                let role = role(&terms, &parent);
                self.follow(terms, key, role, instructions)
            }
            None => {
                let held = self.exchange.place_held(terms, alternative, instructions);
                held.inspect(|key| working.push(*key))
            }
        };
        match result {
            Ok(key) => {
                if let (Some(beside), Some(rule)) = (alternative, rule) {
                    self.exchange.join_alternatives(key, beside, rule);
                }
                Some(key)
            }
            Err(refusal) => {
                let refused = refused(&refusal);
                self.refuse_order(id, refused.code, refused.text);
                self.state.orders.remove(perm);
                None
            }
        }
    }

    fn follow(
        &mut self,
        terms: Arc<NewOrder>,
        parent: u64,
        role: ListRole,
        instructions: Instructions,
    ) -> Result<u64, Refusal> {
        let name = format!("TWS-{parent}");
        let list = ListId::new(name).unwrap_or_else(|_| ListId::generate());
        self.exchange
            .place_follower(terms, parent, &list, role, instructions)
    }

    /// An open order of the same group.
    fn alternative(&self, record: &Record) -> Option<u64> {
        let (name, _) = record.group.as_ref()?;
        let records = self.state.orders.open();
        records
            .filter(|other| {
                other.perm_id != record.perm_id
                    && other.account() == record.account()
                    && other.group.as_ref().is_some_and(|(group, _)| group == name)
            })
            .filter_map(|other| other.key)
            .find(|key| self.exchange.order(*key).is_some_and(SimOrder::is_open))
    }

    /// The other orders that go when a client cancels one: those of its group, and for a child the
    /// other exits of its parent, which TWS makes a group of.
    pub(super) fn group_mates(&self, perm: i64) -> Vec<i64> {
        let Some(record) = self.state.orders.records.get(&perm) else {
            return Vec::new();
        };
        let parent = record.parent;
        let exits = parent
            .and_then(|parent| self.state.orders.records.get(&parent))
            .filter(|parent| role(&record.terms, &parent.terms) != ListRole::Triggered)
            .map(|parent| Arc::clone(&parent.terms));
        if record.group.is_none() && parent.is_none() {
            return Vec::new();
        }
        let records = self.state.orders.open();
        records
            .filter(|other| other.perm_id != perm && other.account() == record.account())
            .filter(|other| {
                let grouped = match (&record.group, &other.group) {
                    (Some((one, _)), Some((two, _))) => one == two,
                    _ => false,
                };
                let sibling = exits.as_ref().is_some_and(|parent_terms| {
                    other.parent == parent
                        && role(&other.terms, parent_terms) != ListRole::Triggered
                });
                grouped || sibling
            })
            .map(|other| other.perm_id)
            .collect()
    }
}

/// The part that a child plays: an order against its parent is one of its exits, anything else
/// begins when the parent is complete.
fn role(child: &NewOrder, parent: &NewOrder) -> ListRole {
    let exit =
        child.instrument == parent.instrument && child.side.is_sell() != parent.side.is_sell();
    match child.order_type {
        _ if !exit => ListRole::Triggered,
        OrderType::Stop { .. }
        | OrderType::StopLimit { .. }
        | OrderType::TrailingStop { .. }
        | OrderType::TrailingStopLimit { .. } => ListRole::StopLoss,
        _ => ListRole::TakeProfit,
    }
}
