//! What reaches the accounts without an order: exercise, expiry, dividends, splits, transfers, the
//! end of a day.

use broker_core::model::{AccountId, Currency, Instrument, ListedOption, Price, Quantity, Side};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{
    Exchange, Refusal,
    account::{Delivery, Exercise},
    combos::LegFill,
    options::intrinsic,
};

impl Exchange {
    /// Units that an account holds.
    pub(super) fn held(&self, account: usize, instrument: &Instrument) -> Decimal {
        let account = self.accounts.get(account);
        let held = account.and_then(|account| account.holding(instrument));
        held.map_or(Decimal::ZERO, |held| held.quantity)
    }

    /// Exercises options of an account at an underlying price, and tells it; `false` when the account
    /// could not book it.
    pub(super) fn book_exercise(
        &mut self,
        account: usize,
        option: &ListedOption,
        contracts: Decimal,
        price: Decimal,
    ) -> bool {
        let instrument = Instrument::Option(option.clone());
        let (trade_date, settlement_date) = match self.by_instrument.get(&instrument) {
            Some(index) => self.dates(*index),
            None => return false,
        };
        let Some(underlying) = self
            .by_instrument
            .get(&instrument)
            .and_then(|index| self.markets.get(*index))
            .and_then(|market| market.listing.details.underlying.clone())
        else {
            return false;
        };
        let Ok(quantity) = Quantity::new(contracts) else {
            return false;
        };
        let delivery = if matches!(underlying, Instrument::Index(_)) {
            let value = intrinsic(option, price).max(Decimal::ZERO);
            Delivery::Cash { value }
        } else {
            Delivery::Physical {
                underlying: underlying.clone(),
                multiplier: Decimal::ONE,
            }
        };
        let exercise = Exercise {
            option: instrument.clone(),
            quantity,
            delivery,
            trade_date,
            settlement_date,
        };
        let done = self
            .accounts
            .get_mut(account)
            .is_some_and(|a| a.exercise(&exercise).is_ok());
        if done {
            self.price_revision += 1;
            self.tell_position(account, &instrument);
            self.tell_position(account, &underlying);
            self.tell_summary(account);
        }
        done
    }

    /// Settles what an account holds of an instrument that has stopped trading.
    pub(super) fn settle_expiry(
        &mut self,
        account: usize,
        instrument: &Instrument,
        price: Decimal,
    ) {
        let held = self.held(account, instrument);
        if held.is_zero() {
            return;
        }
        match instrument {
            Instrument::Option(option) => {
                let lapses =
                    held > Decimal::ZERO && self.lapsing.remove(&(account, instrument.clone()));
                if intrinsic(option, price) > Decimal::ZERO && !lapses {
                    self.book_exercise(account, option, held.abs(), price);
                } else {
                    self.settle_at(account, instrument, Decimal::ZERO);
                }
            }
            _ => self.settle_at(account, instrument, price),
        }
    }

    fn settle_at(&mut self, account: usize, instrument: &Instrument, price: Decimal) {
        let Some(index) = self.by_instrument.get(instrument).copied() else {
            return;
        };
        let (trade, settlement) = self.dates(index);
        let settled = self
            .accounts
            .get_mut(account)
            .is_some_and(|a| a.settle_at(instrument, price, trade, settlement).is_ok());
        if settled {
            self.price_revision += 1;
            self.tell_position(account, instrument);
            self.tell_summary(account);
        }
    }

    pub(super) fn pay_dividend(
        &mut self,
        instrument: &Instrument,
        amount: Decimal,
        _currency: Currency,
    ) {
        let Some(index) = self.by_instrument.get(instrument).copied() else {
            return;
        };
        let (ex, pay) = self.dates(index);
        for account in 0..self.accounts.len() {
            let paid = self
                .accounts
                .get_mut(account)
                .is_some_and(|a| matches!(a.dividend(instrument, amount, ex, pay), Ok(Some(_))));
            if paid {
                self.tell_summary(account);
            }
        }
    }

    pub(super) fn split_holdings(
        &mut self,
        instrument: &Instrument,
        from: u32,
        to: u32,
        price: Option<Decimal>,
    ) {
        let Some(index) = self.by_instrument.get(instrument).copied() else {
            return;
        };
        let (date, _) = self.dates(index);
        for account in 0..self.accounts.len() {
            if self.held(account, instrument).is_zero() {
                continue;
            }
            let split = self
                .accounts
                .get_mut(account)
                .is_some_and(|a| a.split(instrument, from, to, price, date).is_ok());
            if split {
                self.tell_position(account, instrument);
                self.tell_summary(account);
            }
        }
        self.price_revision += 1;
    }

    /// Ends the trading date for every account.
    pub(super) fn close_accounts(&mut self, date: Option<NaiveDate>, next: Option<NaiveDate>) {
        let Some(date) = date else { return };
        let next = next.unwrap_or(date);
        for index in 0..self.accounts.len() {
            let (accounts, marks) = self.accounts_and_marks();
            let Some(account) = accounts.get_mut(index) else {
                continue;
            };
            // A day that cannot be valued leaves the figures of the day before.
            let _ = account.close_of_day(date, &marks);
            account.start_of_day(next);
        }
        self.price_revision += 1;
    }

    /// Gives an account a position without an order, as a transfer from elsewhere does.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](broker_core::ErrorKind::NotFound) for an unknown account or
    /// instrument, [`ErrorKind::InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for figures
    /// that the account cannot book.
    pub fn endow(
        &mut self,
        account: &AccountId,
        instrument: &Instrument,
        quantity: Quantity,
        price: Price,
    ) -> Result<(), Refusal> {
        use broker_core::ErrorKind;
        self.find_or_list(instrument)?;
        let index = *self.account_index.get(account).ok_or_else(|| {
            Refusal::new(ErrorKind::NotFound, "A2", format!("no account {account}"))
        })?;
        let invalid = || {
            let text = "the account cannot book the position";
            Refusal::new(ErrorKind::InvalidRequest, "A3", text)
        };
        let execution_id = self.executions.next_id().ok_or_else(invalid)?;
        let market = self
            .by_instrument
            .get(instrument)
            .copied()
            .unwrap_or_default();
        let leg = LegFill {
            instrument: instrument.clone(),
            side: Side::Buy,
            price: price.get(),
            quantity: quantity.get(),
        };
        let dates = self.dates(market);
        self.book_leg(index, 0, execution_id, &leg, dates)
            .ok_or_else(invalid)?;
        self.tell_position(index, instrument);
        self.tell_summary(index);
        Ok(())
    }
}
