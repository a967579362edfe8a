use broker_core::model::{
    AccountSummary, Balance, Currency, Instrument, Money, Position, Price, ProfitAndLoss,
    SignedQuantity,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::book_keeping::Financing;
use super::holding::Payment;
use super::ledger::Holding;
use super::margin::Requirement;
use super::{Account, AccountError, Marks, exact};

/// Sums over all holdings, in the base currency.
#[derive(Debug, Clone, Copy, Default)]
struct Values {
    /// What holdings add to cash: value, or open profit of futures; nothing for currency pairs.
    held: Decimal,
    /// Magnitudes of quantity × price × multiplier.
    gross: Decimal,
    unrealized: Decimal,
}

fn unrealized(holding: &Holding, value: Decimal) -> Result<Decimal, AccountError> {
    let cost = exact::mul(holding.state.lot.cost, holding.terms.multiplier)?;
    exact::sub(value, cost)
}

fn value(holding: &Holding, price: Decimal) -> Result<Decimal, AccountError> {
    let units = exact::mul(holding.state.lot.quantity, holding.terms.multiplier)?;
    exact::mul(units, price)
}

impl Account {
    fn shown(&self, amount: Result<Decimal, AccountError>) -> Option<Money> {
        Some(money(amount.ok()?, self.base))
    }

    /// Cash plus the value of all holdings, in the base currency.
    ///
    /// # Errors
    /// [`AccountError::NoMark`] or [`AccountError::NoRate`] when a figure is missing.
    pub fn equity(&self, marks: &dyn Marks) -> Result<Decimal, AccountError> {
        exact::add(self.cash_in_base(marks)?, self.values(marks)?.held)
    }

    fn values(&self, marks: &dyn Marks) -> Result<Values, AccountError> {
        let mut sum = Values::default();
        for (instrument, holding) in &self.holdings {
            if holding.state.lot.quantity.is_zero() {
                continue;
            }
            let price = marks.price(instrument);
            let price = price.ok_or_else(|| AccountError::NoMark(instrument.clone()))?;
            let value = value(holding, price)?;
            let open = unrealized(holding, value)?;
            let currency = holding.terms.currency;
            let held = match holding.terms.payment {
                Payment::Full => value,
                Payment::Variation => open,
                Payment::Exchange { .. } => Decimal::ZERO,
            };
            let gross = self.in_base(value.abs(), currency, marks)?;
            sum.gross = exact::add(sum.gross, gross)?;
            sum.held = exact::add(sum.held, self.in_base(held, currency, marks)?)?;
            let open = self.in_base(open, currency, marks)?;
            sum.unrealized = exact::add(sum.unrealized, open)?;
        }
        Ok(sum)
    }

    fn realized(&self, marks: &dyn Marks) -> Result<Decimal, AccountError> {
        let mut sum = Decimal::ZERO;
        for holding in self.holdings.values() {
            let realized = holding.state.lot.realized_today;
            if !realized.is_zero() {
                let realized = self.in_base(realized, holding.terms.currency, marks)?;
                sum = exact::add(sum, realized)?;
            }
        }
        Ok(sum)
    }

    /// The totals in the base currency, and the cash by currency.
    ///
    /// A total that needs a price or rate that is missing is absent. Amounts converted between
    /// currencies are rounded half to even to eight places. A cash account has no margin figures;
    /// its buying power is the settled cash that no open order has reserved. The buying power of
    /// other accounts is what could be spent on shares: funds available ÷ the initial rate.
    #[must_use]
    pub fn summary(&self, marks: &dyn Marks, as_of: DateTime<Utc>) -> AccountSummary {
        let mut summary = AccountSummary::new(self.id.clone(), self.base, as_of);
        let cash = self.cash_in_base(marks);
        let values = self.values(marks);
        summary.cash = self.shown(cash.clone());
        if let Ok(values) = &values {
            summary.gross_position_value = Some(money(values.gross, self.base));
            summary.unrealized_pnl = Some(money(values.unrealized, self.base));
            let equity = cash.clone().and_then(|cash| exact::add(cash, values.held));
            summary.net_liquidation = self.shown(equity);
        }
        summary.realized_pnl = self.shown(self.realized(marks));
        match self.financing {
            Financing::Cash => {
                let free = self.free_cash(marks);
                summary.buying_power = self.shown(free.clone());
                summary.excess_liquidity = self.shown(free);
            }
            Financing::Margin | Financing::Portfolio => {
                if let (Ok(cash), Ok(need)) = (cash, self.requirement_with(None, marks)) {
                    self.margin_figures(&mut summary, cash, need, marks);
                }
            }
        }
        summary.balances = self.balances(marks);
        summary
    }

    fn margin_figures(
        &self,
        summary: &mut AccountSummary,
        cash: Decimal,
        need: Requirement,
        marks: &dyn Marks,
    ) {
        summary.initial_margin = Some(money(need.initial, self.base));
        summary.maintenance_margin = Some(money(need.maintenance, self.base));
        let security = exact::add(cash, need.loan_value);
        let excess = security
            .clone()
            .and_then(|security| exact::sub(security, need.maintenance));
        summary.excess_liquidity = self.shown(excess);
        let rate = match self.financing {
            Financing::Portfolio => {
                exact::mul(self.rates.portfolio_move, self.rates.portfolio_initial)
            }
            Financing::Cash | Financing::Margin => Ok(self.rates.long_equity.initial),
        };
        let power = || {
            let free = exact::sub(security?, need.initial)?;
            let free = exact::sub(free, self.reserved_in_base(marks)?)?;
            exact::share(free, Decimal::ONE, rate?, exact::CONVERTED_PLACES)
        };
        summary.buying_power = self.shown(power().map(|power| power.max(Decimal::ZERO)));
    }

    fn free_cash(&self, marks: &dyn Marks) -> Result<Decimal, AccountError> {
        let mut sum = Decimal::ZERO;
        for line in self.cash.lines() {
            let spendable = self.in_base(line.spendable()?, line.currency, marks)?;
            sum = exact::add(sum, spendable)?;
        }
        exact::sub(sum, self.reserved_in_base(marks)?)
    }

    /// Cash by currency, in the order of the codes.
    #[must_use]
    pub fn balances(&self, marks: &dyn Marks) -> Vec<Balance> {
        let lines = self.cash.lines().iter().map(|line| {
            let digits = line.currency.minor_digits();
            let mut balance = Balance::new(line.currency, exact::shown(line.total, digits));
            let settled = line.settled().ok();
            balance.settled_cash = settled.map(|amount| exact::shown(amount, digits));
            balance.exchange_rate = if line.currency == self.base {
                Some(Decimal::ONE)
            } else {
                marks.rate(line.currency, self.base)
            };
            balance
        });
        lines.collect()
    }

    /// All positions in the order of their instruments, with those closed today.
    ///
    /// Average prices are rounded to eight places. Values are in the instrument's currency; one
    /// that needs a missing price is absent.
    #[must_use]
    pub fn positions(&self, marks: &dyn Marks, as_of: DateTime<Utc>) -> Vec<Position> {
        let shown = self
            .holdings
            .iter()
            .filter(|(_, holding)| is_shown(holding));
        shown
            .map(|(instrument, holding)| self.position_of(instrument, holding, marks, as_of))
            .collect()
    }

    /// One of [`positions`](Self::positions); `None` when it is flat and was not closed today.
    #[must_use]
    pub fn position_in(
        &self,
        instrument: &Instrument,
        marks: &dyn Marks,
        as_of: DateTime<Utc>,
    ) -> Option<Position> {
        let held = self.holdings.get(instrument);
        let holding = held.filter(|holding| is_shown(holding))?;
        Some(self.position_of(instrument, holding, marks, as_of))
    }

    fn position_of(
        &self,
        instrument: &Instrument,
        holding: &Holding,
        marks: &dyn Marks,
        as_of: DateTime<Utc>,
    ) -> Position {
        let snapshot = holding.snapshot();
        let currency = holding.terms.currency;
        // The ledger holds no more digits than fills brought in.
        let quantity = SignedQuantity::new(snapshot.quantity.normalize());
        let quantity = quantity.unwrap_or(SignedQuantity::FLAT);
        let mut position = Position::new(self.id.clone(), instrument.clone(), quantity, as_of);
        let average = snapshot.average_price();
        position.average_price = average.and_then(|price| Price::new(price).ok());
        let price = marks.price(instrument);
        position.market_price = price.and_then(|price| Price::new(price).ok());
        if let Some(value) = price.and_then(|price| value(holding, price).ok()) {
            position.market_value = Some(money(value, currency));
            let open = unrealized(holding, value).ok();
            position.unrealized_pnl = open.map(|open| money(open, currency));
        }
        position.realized_pnl = Some(money(snapshot.realized_today.amount, currency));
        position
    }

    /// Daily, open and realised profit or loss in the base currency.
    ///
    /// Daily is the change of equity since the last close (or since the account was opened),
    /// deposits not counted; it includes commissions, dividends and what rates did to cash.
    #[must_use]
    pub fn profit_and_loss(&self, marks: &dyn Marks, as_of: DateTime<Utc>) -> ProfitAndLoss {
        let mut figures = ProfitAndLoss::new(self.id.clone(), as_of);
        let values = self.values(marks);
        figures.unrealized = self.shown(values.map(|values| values.unrealized));
        figures.realized = self.shown(self.realized(marks));
        if let Some(previous) = self.previous_equity {
            let daily = || {
                let mut change = exact::sub(self.equity(marks)?, previous)?;
                for line in self.deposits_today.lines() {
                    let deposit = self.in_base(line.total, line.currency, marks)?;
                    change = exact::sub(change, deposit)?;
                }
                Ok(change)
            };
            figures.daily = self.shown(daily());
        }
        figures
    }
}

fn is_shown(holding: &Holding) -> bool {
    let lot = &holding.state.lot;
    !lot.quantity.is_zero() || !lot.realized_today.is_zero()
}

fn money(amount: Decimal, currency: Currency) -> Money {
    Money::new(exact::shown(amount, currency.minor_digits()), currency)
}

impl Account {
    /// The commission that an order would cost if all of it were filled at its price.
    ///
    /// # Errors
    /// [`AccountError::Overflow`] or [`AccountError::Precision`] on figures out of range;
    /// [`AccountError::UnknownKind`] for an instrument without a currency.
    pub fn commission_for(&self, order: &super::Proposed) -> Result<Money, AccountError> {
        let currency = order
            .instrument
            .currency()
            .ok_or(AccountError::UnknownKind)?;
        let units = order.quantity.get();
        let value = exact::mul(
            exact::mul(order.price.get().abs(), units)?,
            order.multiplier,
        )?;
        let due = self
            .schedule
            .rule(&order.instrument)
            .due(units, value, currency)?;
        Ok(Money::new(due, currency))
    }
}
