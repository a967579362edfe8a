//! Executions that are taken back or corrected after the fact.

use broker_core::model::{AccountId, BrokerText, ExecutionId, ExecutionKind, Price};
use rust_decimal::Decimal;

use super::{Exchange, account::Correction, order::End};

impl Exchange {
    /// Busts the newest execution of an account; `false` when there is none.
    pub fn bust_newest(&mut self, account: &AccountId) -> bool {
        let Some((key, id)) = self.executions.newest.remove(account) else {
            return false;
        };
        let Some(index) = self.account_index.get(account).copied() else {
            return false;
        };
        let Some(fills) = self.executions.by_order.get_mut(&key) else {
            return false;
        };
        let Some(position) = fills.iter().position(|fill| fill.execution_id == id) else {
            return false;
        };
        if self
            .accounts
            .get_mut(index)
            .is_none_or(|a| a.reverse_fill(&id).is_err())
        {
            return false;
        }
        let gone = fills.remove(position);
        self.price_revision += 1;
        let mut reopened = false;
        if let Some(order) = self.orders.get_mut(&key) {
            order.filled -= gone.quantity.get();
            order.notional -= gone.price.get() * gone.quantity.get();
            // An order that works trades the busted quantity again; one that was filled ends.
            reopened = order.place == super::order::Place::Ended(End::Filled);
            if reopened {
                order.place = super::order::Place::Ended(End::Canceled);
            }
        }
        self.tell(key, ExecutionKind::TradeCancel { execution_id: id });
        self.resized.push(key);
        self.settle_resized();
        if reopened {
            let reason = BrokerText::text("the rest is canceled after a bust");
            self.tell_because(key, ExecutionKind::Canceled, Some(reason));
        }
        self.tell_position(index, &gone.instrument);
        self.tell_summary(index);
        true
    }

    /// Corrects the newest execution of an account by one increment; `false` when there is none.
    pub fn correct_newest(&mut self, account: &AccountId) -> bool {
        let Some((key, id)) = self.executions.newest.remove(account) else {
            return false;
        };
        let Some(index) = self.account_index.get(account).copied() else {
            return false;
        };
        let Some(fill) = self
            .executions
            .by_order
            .get_mut(&key)
            .and_then(|fills| fills.iter_mut().find(|fill| fill.execution_id == id))
        else {
            return false;
        };
        let increment = self
            .by_instrument
            .get(&fill.instrument)
            .and_then(|market| self.markets.get(*market))
            .map_or(Decimal::ONE, |market| {
                market.listing.details.ticks.increment(fill.price)
            });
        let Ok(price) = Price::new(fill.price.get() + increment) else {
            return false;
        };
        let Some(new_id) = next_revision(&id) else {
            return false;
        };
        let correction = Correction {
            execution_id: Some(new_id.clone()),
            price,
            quantity: fill.quantity,
        };
        let corrected = self
            .accounts
            .get_mut(index)
            .and_then(|account| account.correct_fill(&id, &correction).ok());
        let Some(effect) = corrected else {
            return false;
        };
        // The effect is what the correction changed.
        fill.commission = match fill.commission {
            Some(before) => before.checked_add(effect.commission).or(Some(before)),
            None => Some(effect.commission),
        };
        fill.realized_pnl = match (fill.realized_pnl, effect.realized_net) {
            (Some(before), Some(more)) => before.checked_add(more).or(Some(before)),
            (one, other) => one.or(other),
        };
        let old = fill.price.get();
        fill.price = price;
        fill.execution_id = new_id.clone();
        let corrected = fill.clone();
        self.price_revision += 1;
        if let Some(order) = self.orders.get_mut(&key) {
            order.notional += (price.get() - old) * corrected.quantity.get();
        }
        self.executions
            .newest
            .insert(account.clone(), (key, new_id));
        let instrument = corrected.instrument.clone();
        let fill = std::sync::Arc::new(corrected);
        self.tell(key, ExecutionKind::TradeCorrect { replaces: id, fill });
        self.tell_position(index, &instrument);
        self.tell_summary(index);
        true
    }
}

/// The name of an execution's next version: `X7.01`, `X7.02`.
fn next_revision(id: &ExecutionId) -> Option<ExecutionId> {
    let (name, revision) = id.as_str().rsplit_once('.')?;
    let next = revision.parse::<u32>().ok()?.checked_add(1)?;
    ExecutionId::new(format!("{name}.{next:02}")).ok()
}
