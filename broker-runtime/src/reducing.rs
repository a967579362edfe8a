//! Orders that can only lessen a position, judged without looking at prices.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use broker_core::{
    Decimal,
    event::Ledger,
    model::{AccountId, ClientOrderId, Instrument, NewOrder, OrderAmount},
};

use crate::layer::Command;

/// Lets reducing orders pass while nothing else may, however many come at once.
#[derive(Debug, Default)]
pub(crate) struct ReducingGate {
    /// What was let through and may not be in the ledger yet.
    passed: Mutex<HashMap<(AccountId, ClientOrderId), (Instrument, Decimal)>>,
}

impl ReducingGate {
    /// Whether a command can add no exposure: a cancel, or an order against the position that, with all
    /// others on its side, is not larger than the position.
    pub(crate) fn admits(&self, ledger: &Ledger, command: Command<'_>) -> bool {
        match command {
            Command::Cancel(_) | Command::CancelAll(_) => true,
            Command::Submit(order) => self.admits_order(ledger, order),
            Command::SubmitList(_) | Command::Replace(_) | Command::Exercise(_) => false,
        }
    }

    fn admits_order(&self, ledger: &Ledger, order: &NewOrder) -> bool {
        let OrderAmount::Quantity(quantity) = order.amount else {
            return false;
        };
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.retain(|(account, id), _| account != ledger.account() || ledger.order(id).is_none());
        let snapshot = ledger.snapshot();
        // A position that is not known cannot be lessened for certain.
        let broker_core::Covered::Complete(positions) = &snapshot.positions else {
            return false;
        };
        let held = positions
            .iter()
            .find(|position| position.instrument == order.instrument)
            .map_or(Decimal::ZERO, |position| position.quantity.get());
        let against = if order.side.is_sell() { held } else { -held };
        let open = snapshot.orders.value().into_iter().flatten();
        let working: Decimal = open
            .filter(|open| {
                open.status.is_open()
                    && *open.instrument() == order.instrument
                    && open.terms.side.is_sell() == order.side.is_sell()
            })
            .map(|open| open.leaves_quantity.unwrap_or(Decimal::MAX))
            .fold(Decimal::ZERO, Decimal::saturating_add);
        let on_their_way: Decimal = passed
            .iter()
            .filter(|((account, _), (instrument, signed))| {
                account == ledger.account()
                    && *instrument == order.instrument
                    && signed.is_sign_negative() == order.side.is_sell()
            })
            .map(|(_, (_, signed))| signed.abs())
            .fold(Decimal::ZERO, Decimal::saturating_add);
        let total = working
            .saturating_add(on_their_way)
            .saturating_add(quantity.get());
        if total > against {
            return false;
        }
        let signed = if order.side.is_sell() {
            -quantity.get()
        } else {
            quantity.get()
        };
        let key = (order.account.clone(), order.client_order_id.clone());
        passed.insert(key, (order.instrument.clone(), signed));
        true
    }

    /// An order that was let through does not exist after all.
    pub(crate) fn forget(&self, account: &AccountId, id: Option<&ClientOrderId>) {
        if let Some(id) = id {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            passed.remove(&(account.clone(), id.clone()));
        }
    }
}
