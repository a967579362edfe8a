use broker_core::model::{AssetClass, Money};
use rust_decimal::Decimal;

use super::book_keeping::Financing;
use super::booking::signed;
use super::ledger::Trade;
use super::{Account, AccountError, Marks, Proposed, Refusal, Shortfall, exact};

impl Account {
    /// Whether orders that trade together, such as the legs of a combination, can be afforded, and
    /// the money to reserve for them.
    ///
    /// A margin account needs what all of them together take from its free funds: a short leg that
    /// a long one covers is not paid for as if it stood alone. A cash account pays for every leg.
    ///
    /// # Errors
    /// [`Refusal`], which says why.
    pub fn can_afford_together(
        &mut self,
        orders: &[Proposed],
        marks: &dyn Marks,
    ) -> Result<Money, Refusal> {
        if let [order] = orders {
            return self.can_afford(order, marks);
        }
        let mut needed = Money::new(Decimal::ZERO, self.base);
        if self.financing == Financing::Cash {
            for order in orders {
                let money = self.can_afford(order, marks)?;
                if money.currency == needed.currency || needed.amount.is_zero() {
                    needed = Money::new(exact::add(needed.amount, money.amount)?, money.currency);
                }
            }
            return Ok(needed);
        }
        let mut after = self.clone();
        for order in orders {
            after.try_out(order)?;
        }
        let before = self.free_funds(marks)?;
        needed.amount = exact::sub(before, after.free_funds(marks)?)?;
        if needed.amount > Decimal::ZERO && needed.amount > before {
            return Err(Refusal::Funds(Shortfall {
                needed,
                available: Money::new(before, self.base),
            }));
        }
        needed.amount = needed.amount.max(Decimal::ZERO);
        Ok(needed)
    }

    /// Books an order as if it had been filled at its price, with its commission.
    fn try_out(&mut self, order: &Proposed) -> Result<(), Refusal> {
        let coins = matches!(
            order.instrument.asset_class(),
            AssetClass::Crypto | AssetClass::Fund | AssetClass::Warrant | AssetClass::Bond
        );
        if coins && order.side.is_sell() {
            return Err(Refusal::ShortSale(order.instrument.clone()));
        }
        let commission = self.commission_for(order)?;
        let day = chrono::NaiveDate::MIN;
        let trade = Trade {
            execution: None,
            quantity: signed(order.side, order.quantity),
            price: order.price.get(),
            trade_date: day,
            settles: day,
        };
        let underlying = order.underlying.as_ref();
        self.book(&order.instrument, order.multiplier, underlying, trade)?;
        self.deposit(Money::new(-commission.amount, commission.currency))?;
        Ok(())
    }

    /// Cash and loan value less initial margin and reservations, in the base currency.
    fn free_funds(&self, marks: &dyn Marks) -> Result<Decimal, AccountError> {
        let need = self.requirement_with(None, marks)?;
        let security = exact::add(self.cash_in_base(marks)?, need.loan_value)?;
        let free = exact::sub(security, need.initial)?;
        exact::sub(free, self.reserved_in_base(marks)?)
    }
}
