use broker_core::model::{Instrument, Quantity, Right};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::ledger::{Event, Trade};
use super::margin::OptionTerms;
use super::{Account, AccountError, FillEffect, Marks, exact};

/// What the holder of an option receives, and its writer delivers, on exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The underlying against the strike.
    Physical {
        /// What is delivered.
        underlying: Instrument,
        /// Units per share or contract of the underlying: 1 for shares.
        multiplier: Decimal,
    },
    /// Money, as for index options.
    Cash {
        /// What the option is worth per unit, not below zero; times its multiplier is paid.
        value: Decimal,
    },
}

/// An exercise of a long option, or the assignment of a short one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// The option.
    pub option: Instrument,
    /// Contracts, at most what is held or written.
    pub quantity: Quantity,
    /// What changes hands.
    pub delivery: Delivery,
    /// The trading date.
    pub trade_date: NaiveDate,
    /// When money and underlying change hands.
    pub settlement_date: NaiveDate,
}

/// What an exercise or assignment did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExerciseEffect {
    /// The option's removal; its premium is realised.
    pub option: FillEffect,
    /// The delivery; `None` when settled in cash.
    pub underlying: Option<FillEffect>,
}

impl Account {
    /// Exercises a long option position, or has a short one assigned.
    ///
    /// The option goes at a price of zero, so that its premium is realised, and the underlying is
    /// traded at the strike; or the option goes at its cash value. No commission is charged.
    ///
    /// # Errors
    /// [`AccountError::NotDeliverable`] when the instrument is no option or the cash value is
    /// below zero; [`NotEnough`](AccountError::NotEnough); those of a fill.
    pub fn exercise(&mut self, exercise: &Exercise) -> Result<ExerciseEffect, AccountError> {
        let name = &exercise.option;
        let option =
            OptionTerms::of(name).ok_or_else(|| AccountError::NotDeliverable(name.clone()))?;
        let (held, multiplier) = self.position(name)?;
        let contracts = exercise.quantity.get();
        if contracts > held.abs() {
            return Err(AccountError::NotEnough(name.clone()));
        }
        let contracts = if held.is_sign_negative() {
            -contracts
        } else {
            contracts
        };
        let trade = |quantity, price| Trade {
            execution: None,
            quantity,
            price,
            trade_date: exercise.trade_date,
            settles: exercise.settlement_date,
        };
        let (price, underlying) = match &exercise.delivery {
            Delivery::Cash { value } if value.is_sign_negative() => {
                return Err(AccountError::NotDeliverable(name.clone()));
            }
            Delivery::Cash { value } => (*value, None),
            Delivery::Physical {
                underlying,
                multiplier: unit,
            } => {
                let units = exact::mul(contracts, multiplier)?;
                let units = units
                    .checked_div(*unit)
                    .ok_or_else(|| AccountError::Multiplier(underlying.clone()))?;
                let units = match option.right {
                    Right::Call => units,
                    _ => -units,
                };
                let delivery = trade(units, option.strike);
                let effect = self.book(underlying, *unit, None, delivery)?;
                (Decimal::ZERO, Some((underlying, effect)))
            }
        };
        let removal = Event::Trade(trade(-contracts, price));
        match self.happen(name, removal) {
            Ok(option) => Ok(ExerciseEffect {
                option,
                underlying: underlying.map(|(_, effect)| effect),
            }),
            Err(error) => {
                if let Some((underlying, _)) = underlying {
                    self.rewrite(underlying, |events| {
                        events.pop();
                    })?;
                }
                Err(error)
            }
        }
    }

    /// Removes an expired position at a price of zero: a long one loses its premium, a short one
    /// keeps it. For futures give the settlement price to [`settle_at`](Self::settle_at).
    ///
    /// # Errors
    /// [`AccountError::NotEnough`] when there is no position.
    pub fn expire_worthless(
        &mut self,
        instrument: &Instrument,
        date: NaiveDate,
    ) -> Result<FillEffect, AccountError> {
        self.settle_at(instrument, Decimal::ZERO, date, date)
    }

    /// Closes a whole position at a settlement price without commission.
    ///
    /// # Errors
    /// [`AccountError::NotEnough`] when there is no position.
    pub fn settle_at(
        &mut self,
        instrument: &Instrument,
        price: Decimal,
        trade_date: NaiveDate,
        settlement_date: NaiveDate,
    ) -> Result<FillEffect, AccountError> {
        let (held, _) = self.position(instrument)?;
        let trade = Trade {
            execution: None,
            quantity: -held,
            price,
            trade_date,
            settles: settlement_date,
        };
        self.happen(instrument, Event::Trade(trade))
    }

    /// Pays a dividend of `per_share` in the instrument's currency; a short position pays it.
    ///
    /// Rounded half away from zero to the currency's minor digits; settles on `pay_date`. Not
    /// realised profit. Returns without effect when nothing is held.
    ///
    /// # Errors
    /// [`AccountError::Overflow`] or [`AccountError::Precision`].
    pub fn dividend(
        &mut self,
        instrument: &Instrument,
        per_share: Decimal,
        ex_date: NaiveDate,
        pay_date: NaiveDate,
    ) -> Result<Option<FillEffect>, AccountError> {
        if !self.holdings.contains_key(instrument) {
            return Ok(None);
        }
        let event = Event::Dividend {
            per_unit: per_share,
            ex_date,
            pay_date,
        };
        self.happen(instrument, event).map(Some)
    }

    /// Turns every `from` units into `to`, at an unchanged total cost.
    ///
    /// With `cash_in_lieu`, the price of one new unit, what is not a whole unit is paid in cash
    /// (rounded half away from zero to the currency's minor digits) and its share of the cost is
    /// realised; a short position pays. Without it fractions stay, cut after eight places. Returns
    /// without effect when nothing is held. Options on the instrument are not touched: see
    /// [`adjust_option`](Self::adjust_option).
    ///
    /// # Errors
    /// [`AccountError::InvalidRatio`] when a number is zero.
    pub fn split(
        &mut self,
        instrument: &Instrument,
        from: u32,
        to: u32,
        cash_in_lieu: Option<Decimal>,
        date: NaiveDate,
    ) -> Result<Option<FillEffect>, AccountError> {
        if from == 0 || to == 0 {
            return Err(AccountError::InvalidRatio);
        }
        if !self.holdings.contains_key(instrument) {
            return Ok(None);
        }
        let event = Event::Split {
            from,
            to,
            cash_price: cash_in_lieu,
            date,
        };
        self.happen(instrument, event).map(Some)
    }

    /// Replaces an option by the one that a split of its underlying makes of it.
    ///
    /// For whole splits (1 to n) the clearing house multiplies the contracts and divides the
    /// strike; the multiplier stays. Other ratios change what is delivered, which the model has no
    /// word for; they are refused unless the contracts stay whole. Earlier executions can still be
    /// reversed. Returns without effect when nothing is held.
    ///
    /// # Errors
    /// [`AccountError::InvalidRatio`], or [`AccountError::NameTaken`] when the new option is held.
    pub fn adjust_option(
        &mut self,
        option: &Instrument,
        adjusted: &Instrument,
        from: u32,
        to: u32,
        date: NaiveDate,
    ) -> Result<Option<FillEffect>, AccountError> {
        let Some(holding) = self.holdings.get(option) else {
            return Ok(None);
        };
        if self.holdings.contains_key(adjusted) {
            return Err(AccountError::NameTaken(adjusted.clone()));
        }
        if OptionTerms::of(option).is_none()
            || OptionTerms::of(adjusted).is_none()
            || option.currency() != adjusted.currency()
        {
            return Err(AccountError::NotDeliverable(adjusted.clone()));
        }
        let total = exact::mul(holding.state.lot.quantity, Decimal::from(to))?;
        let rest = total.checked_rem(Decimal::from(from));
        if to == 0 || rest.is_none_or(|rest| !rest.is_zero()) {
            return Err(AccountError::InvalidRatio);
        }
        let event = Event::Split {
            from,
            to,
            cash_price: None,
            date,
        };
        let effect = self.happen(option, event)?;
        if let Some(mut holding) = self.holdings.remove(option) {
            let alone = holding.terms.group == *option;
            self.valuation.leave(&holding.terms.group, option);
            if alone {
                holding.terms.group = adjusted.clone();
            }
            self.valuation.join(&holding.terms.group, adjusted);
            self.holdings.insert(adjusted.clone(), holding);
        }
        Ok(Some(effect))
    }

    /// Settles all money that is due on or before a date; the start of a trading day.
    pub fn start_of_day(&mut self, date: NaiveDate) {
        self.cash.settle_through(date);
    }

    /// Ends a trading day: today's realised profit starts again from zero, the equity is kept for
    /// the daily profit or loss, and what was executed before `date` becomes final.
    ///
    /// Executions of `date` itself can still be reversed until the next close. When the account
    /// cannot be valued, there is no daily profit or loss until the close after.
    ///
    /// # Errors
    /// [`AccountError::Overflow`] or [`AccountError::Precision`], which figures that were booked
    /// before do not cause.
    pub fn close_of_day(&mut self, date: NaiveDate, marks: &dyn Marks) -> Result<(), AccountError> {
        self.previous_equity = self.equity(marks).ok();
        self.deposits_today = super::cash::Cash::default();
        let mut done = Vec::new();
        for (instrument, holding) in &mut self.holdings {
            let event = Event::DayClosed { date };
            let step = holding.plan(&event)?;
            holding.commit(event, &step);
            let executions = &mut self.executions;
            holding.fold_before(date, |id| {
                executions.remove(id);
            })?;
            if holding.is_empty() {
                done.push((instrument.clone(), holding.terms.group.clone()));
            }
        }
        for (instrument, group) in done {
            self.holdings.remove(&instrument);
            self.valuation.leave(&group, &instrument);
        }
        self.cash.settle_through(date);
        Ok(())
    }

    /// Signed quantity and multiplier of a position that is not flat.
    fn position(&self, instrument: &Instrument) -> Result<(Decimal, Decimal), AccountError> {
        self.holdings
            .get(instrument)
            .map(|holding| (holding.state.lot.quantity, holding.terms.multiplier))
            .filter(|(quantity, _)| !quantity.is_zero())
            .ok_or_else(|| AccountError::NotEnough(instrument.clone()))
    }
}
