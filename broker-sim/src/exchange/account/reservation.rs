use broker_core::model::{Currency, Money};
use rust_decimal::Decimal;

use super::{Account, AccountError, exact};
use crate::exchange::book::KeyMap;

/// Money set aside for open orders.
#[derive(Debug, Clone, Default)]
pub(super) struct Reservations {
    by_order: KeyMap<u64, Money>,
    /// Sums, one per currency that was ever used.
    totals: Vec<Money>,
}

impl Reservations {
    fn change(&mut self, currency: Currency, amount: Decimal) -> Result<(), AccountError> {
        if let Some(total) = self.totals.iter_mut().find(|t| t.currency == currency) {
            total.amount = exact::add(total.amount, amount)?;
        } else {
            self.totals.push(Money::new(amount, currency));
        }
        Ok(())
    }

    pub(super) fn totals(&self) -> &[Money] {
        &self.totals
    }

    pub(super) fn total(&self, currency: Currency) -> Decimal {
        let total = self.totals.iter().find(|t| t.currency == currency);
        total.map_or(Decimal::ZERO, |total| total.amount)
    }
}

impl Account {
    /// Sets money aside for an open order, instead of what was set aside for it before.
    ///
    /// [`can_afford`](Self::can_afford) tells how much; after a partial fill or a replacement
    /// reserve the new amount.
    ///
    /// # Errors
    /// [`AccountError::Overflow`] or [`AccountError::Precision`].
    pub fn reserve(&mut self, order_key: u64, money: Money) -> Result<(), AccountError> {
        let before = self.release(order_key)?;
        if let Err(error) = self.reservations.change(money.currency, money.amount) {
            if let Some(before) = before {
                self.reservations.change(before.currency, before.amount)?;
                self.reservations.by_order.insert(order_key, before);
            }
            return Err(error);
        }
        self.reservations.by_order.insert(order_key, money);
        Ok(())
    }

    /// Frees what is set aside for an order and tells how much that was; `None` when nothing.
    ///
    /// # Errors
    /// [`AccountError::Precision`], which a sum that was reserved before does not cause.
    pub fn release(&mut self, order_key: u64) -> Result<Option<Money>, AccountError> {
        let Some(money) = self.reservations.by_order.get(&order_key).copied() else {
            return Ok(None);
        };
        self.reservations.change(money.currency, -money.amount)?;
        self.reservations.by_order.remove(&order_key);
        Ok(Some(money))
    }

    /// What is set aside for all open orders in a currency.
    #[must_use]
    pub fn reserved(&self, currency: Currency) -> Decimal {
        self.reservations.total(currency)
    }
}
