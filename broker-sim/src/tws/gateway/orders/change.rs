//! Changing an order: its client sends the whole order again under the same id.

use std::sync::Arc;

use broker_core::model::{NewOrder, OrderType, OrderTypeKind, ReplaceOrder};

use super::{
    place::refused,
    record::Record,
    terms::{self, Refused},
    written::Moment,
};
use crate::{
    exchange::{End, Instructions, Place},
    tws::{
        gateway::turn::Turn,
        message::{Contract, Order},
    },
};

fn mismatch() -> Refused {
    Refused::new(105, "Order being modified does not match original order.")
}

impl Turn<'_> {
    pub(super) fn change(&mut self, perm: i64, contract: &Contract, wire: Order) {
        let Some(record) = self.state.orders.records.get(&perm).cloned() else {
            return;
        };
        if let Err(refused) = self.try_change(&record, contract, wire) {
            self.refuse_order(record.order_id, refused.code, refused.text);
        }
    }

    fn try_change(
        &mut self,
        record: &Record,
        contract: &Contract,
        wire: Order,
    ) -> Result<(), Refused> {
        self.check_changeable(record)?;
        let instrument = self.instrument(contract)?;
        let account = self.account_of(&wire)?;
        let name = record.terms.client_order_id.clone();
        let (new, _) = terms::read(&wire, &account, &instrument, name)?;
        let instructions = self.instructions_of_change(record, &wire, &new)?;
        if self.parent_id_of(record) != parent_id(&wire) {
            return Err(mismatch());
        }
        match record.key {
            None => self.change_held(record, (new, instructions), wire),
            Some(key) => {
                if instructions != record.instructions {
                    let instructed = self.exchange.instruct(key, instructions.clone());
                    instructed.map_err(|refusal| refused(&refusal))?;
                    if let Some(record) = self.state.orders.records.get_mut(&record.perm_id) {
                        record.instructions = instructions;
                    }
                }
                self.change_working(record, key, &new, wire)
            }
        }
    }

    /// The instructions of an order's new version. A client repeats them, and an instant that has
    /// passed meanwhile, or a stop that has been adjusted, is no change.
    fn instructions_of_change(
        &mut self,
        record: &Record,
        wire: &Order,
        new: &NewOrder,
    ) -> Result<Instructions, Refused> {
        let adjusted = record.instructions.adjustment.is_some()
            && record.terms.order_type.kind() != OrderTypeKind::Stop;
        if adjusted {
            return Ok(record.instructions.clone());
        }
        self.instructions(wire, new)
    }

    /// Orders that have ended cannot be changed, and their ids not be used again.
    fn check_changeable(&self, record: &Record) -> Result<(), Refused> {
        let place = record
            .key
            .and_then(|key| self.exchange.order(key))
            .map(|order| order.place);
        match place {
            Some(Place::Ended(End::Filled)) => {
                Err(Refused::new(104, "Cannot modify a filled order."))
            }
            Some(Place::Ended(_)) => Err(Refused::new(103, "Duplicate order id")),
            Some(_) => Ok(()),
            None if record.is_held() => Ok(()),
            None => Err(Refused::new(103, "Duplicate order id")),
        }
    }

    fn parent_id_of(&self, record: &Record) -> i32 {
        self.state.parent_id(record)
    }

    /// An order that has not been transmitted may become another one.
    fn change_held(
        &mut self,
        record: &Record,
        (terms, instructions): (NewOrder, Instructions),
        wire: Order,
    ) -> Result<(), Refused> {
        if terms.instrument != record.terms.instrument || terms.account != record.terms.account {
            return Err(mismatch());
        }
        self.check_held(&terms, &instructions)?;
        let transmit = wire.transmit == Some(true);
        if let Some(held) = self.state.orders.records.get_mut(&record.perm_id) {
            held.terms = Arc::new(terms);
            held.instructions = instructions;
            held.wire = wire;
        }
        if transmit {
            let perms = self.transmit_family(record.perm_id);
            self.warn_about_session(&perms);
        }
        Ok(())
    }

    fn change_working(
        &mut self,
        record: &Record,
        key: u64,
        new: &NewOrder,
        wire: Order,
    ) -> Result<(), Refused> {
        let trigger = self
            .exchange
            .order(key)
            .and_then(crate::exchange::SimOrder::trigger_price);
        let change = difference(&record.terms, new, trigger)?;
        if change.fields().next().is_none() {
            self.keep_wire(record.perm_id, wire);
            return self.repeat(record.perm_id, key);
        }
        self.exchange
            .replace(key, &change)
            .map_err(|refusal| refused(&refusal))?;
        self.keep_wire(record.perm_id, wire);
        Ok(())
    }

    /// The new words of an order count; who owns it, and its place among others, stay.
    fn keep_wire(&mut self, perm: i64, wire: Order) {
        if let Some(record) = self.state.orders.records.get_mut(&perm) {
            record.wire = wire;
        }
    }

    /// A change that changes nothing is answered with the order as it is.
    fn repeat(&mut self, perm: i64, key: u64) -> Result<(), Refused> {
        if let Some(order) = self.exchange.order(key) {
            let moment = Moment::now(order);
            let replies = self.state.pair(perm, &moment, self.exchange);
            if !self.state.orders.silent {
                let bundle = self.state.for_audience(perm, &replies);
                self.state.tell(bundle, self.exchange);
            }
        }
        Ok(())
    }
}

fn parent_id(wire: &Order) -> i32 {
    wire.parent_id.filter(|id| *id != i32::MAX).unwrap_or(0)
}

/// What a client's new version of an order changes: price, quantity, lifetime, distance, nothing
/// else (dossier §3.7, 16).
fn difference(
    old: &NewOrder,
    new: &NewOrder,
    trigger_now: Option<broker_core::model::Price>,
) -> Result<ReplaceOrder, Refused> {
    let same = old.instrument == new.instrument
        && old.account == new.account
        && old.side == new.side
        && old.order_type.kind() == new.order_type.kind()
        && old.session == new.session
        && old.display_quantity == new.display_quantity
        && (old.quantity().is_some() == new.quantity().is_some())
        && (new.quantity().is_some() || old.amount == new.amount)
        && same_inside(&old.order_type, &new.order_type);
    if !same {
        return Err(mismatch());
    }
    let mut change = ReplaceOrder::new(old.account.clone(), old.client_order_id.clone());
    if old.quantity() != new.quantity() {
        change.quantity = new.quantity();
    }
    let (was, is) = (&old.order_type, &new.order_type);
    if was.limit_price() != is.limit_price() {
        change.limit_price = is.limit_price();
    }
    // A trailing trigger has moved: clients repeat the first one, or the one that they were told.
    if was.trigger_price() != is.trigger_price()
        && (was.trailing_offset().is_none() || is.trigger_price() != trigger_now)
    {
        change.trigger_price = is.trigger_price();
    }
    if was.trailing_offset() != is.trailing_offset() {
        change.trailing_offset = is.trailing_offset();
    }
    if old.time_in_force != new.time_in_force {
        change.time_in_force = Some(new.time_in_force);
    }
    Ok(change)
}

/// Whether what cannot be changed about a type is the same.
fn same_inside(old: &OrderType, new: &OrderType) -> bool {
    match (old, new) {
        (
            OrderType::TrailingStopLimit {
                limit_offset: was, ..
            },
            OrderType::TrailingStopLimit {
                limit_offset: is, ..
            },
        ) => was == is,
        (OrderType::Algo(was), OrderType::Algo(is)) => {
            was.strategy == is.strategy
                && was.start == is.start
                && was.end == is.end
                && was.participation == is.participation
                && was.price.is_some() == is.price.is_some()
        }
        _ => true,
    }
}
