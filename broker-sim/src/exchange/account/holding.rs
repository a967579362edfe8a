use broker_core::model::{Currency, Instrument};
use rust_decimal::Decimal;

use super::{AccountError, CommissionRule, CommissionSchedule, exact};

/// How a trade in the instrument moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    /// The value is paid against the instrument.
    Full,
    /// Only profit and loss are paid, when they are realised.
    Variation,
    /// One currency is paid against another.
    Exchange {
        /// The currency bought.
        base: Currency,
    },
}

/// What does not change about a holding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) currency: Currency,
    pub(super) multiplier: Decimal,
    pub(super) payment: Payment,
    pub(super) rule: CommissionRule,
    /// What is margined together: the underlying, or the instrument itself.
    pub(super) group: Instrument,
}

impl Terms {
    pub(super) fn new(
        instrument: &Instrument,
        multiplier: Decimal,
        underlying: Option<&Instrument>,
        schedule: &CommissionSchedule,
    ) -> Result<Self, AccountError> {
        if multiplier <= Decimal::ZERO {
            return Err(AccountError::Multiplier(instrument.clone()));
        }
        let payment = payment(instrument)?;
        let currency = instrument
            .currency()
            .ok_or_else(|| AccountError::NotHeld(instrument.clone()))?;
        Ok(Self {
            currency,
            multiplier,
            payment,
            rule: schedule.rule(instrument),
            group: group(instrument, underlying).clone(),
        })
    }
}

/// What an instrument is margined with. An option in another currency than its underlying, or
/// whose underlying is not known, stands alone.
pub(super) fn group<'a>(
    instrument: &'a Instrument,
    underlying: Option<&'a Instrument>,
) -> &'a Instrument {
    underlying
        .filter(|underlying| underlying.currency() == instrument.currency())
        .unwrap_or(instrument)
}

pub(super) fn payment(instrument: &Instrument) -> Result<Payment, AccountError> {
    match instrument {
        Instrument::Equity(_)
        | Instrument::Option(_)
        | Instrument::FutureOption(_)
        | Instrument::Crypto(_)
        | Instrument::Fund(_)
        | Instrument::Warrant(_)
        | Instrument::Bond(_) => Ok(Payment::Full),
        Instrument::Future(_) => Ok(Payment::Variation),
        Instrument::Forex(part) => Ok(Payment::Exchange { base: part.base }),
        _ => Err(AccountError::NotHeld(instrument.clone())),
    }
}

/// Quantity, cost and today's profit or loss, by the average cost method.
///
/// Cost is kept instead of an average price: sums are exact, an average often is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lot {
    /// Negative is short.
    pub(super) quantity: Decimal,
    /// Sum of quantity × price of what is held, in the price's unit (without multiplier).
    pub(super) cost: Decimal,
    /// Money, with multiplier.
    pub(super) realized_today: Decimal,
    /// Commissions that were paid to open what is held.
    pub(super) charges: Decimal,
    /// Commissions of both sides of what was closed today.
    pub(super) charges_today: Decimal,
}

impl Lot {
    /// The lot after a trade and the profit or loss it realised, if it closed anything.
    ///
    /// A trade through zero closes the old position and opens the rest at its own price. A partial
    /// close takes its share of the cost, rounded to 12 places; the rest keeps the remainder, so
    /// that all parts of a position realise exactly what it made.
    pub(super) fn trade(
        self,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
    ) -> Result<(Self, Option<Decimal>), AccountError> {
        let opens = self.quantity.is_zero()
            || self.quantity.is_sign_negative() == quantity.is_sign_negative();
        if opens {
            return Ok((
                Self {
                    quantity: exact::add(self.quantity, quantity)?,
                    cost: exact::add(self.cost, exact::mul(quantity, price)?)?,
                    ..self
                },
                None,
            ));
        }
        let rest = exact::add(self.quantity, quantity)?;
        let crosses = rest.is_zero() || rest.is_sign_negative() != self.quantity.is_sign_negative();
        let (closed_at, removed, cost) = if crosses {
            let closed_at = exact::mul(self.quantity, price)?;
            (closed_at, self.cost, exact::mul(rest, price)?)
        } else {
            let removed = exact::share(self.cost, -quantity, self.quantity, exact::COST_PLACES)?;
            let closed_at = exact::mul(-quantity, price)?;
            (closed_at, removed, exact::sub(self.cost, removed)?)
        };
        let realized = exact::mul(exact::sub(closed_at, removed)?, multiplier)?;
        Ok((
            Self {
                quantity: rest,
                cost,
                realized_today: exact::add(self.realized_today, realized)?,
                ..self
            },
            Some(realized),
        ))
    }

    /// The commissions of a trade: what it opens keeps its share until it is closed. Gives back those
    /// of both sides of what it closed.
    pub(super) fn charge(
        &mut self,
        before: &Self,
        traded: Decimal,
        commission: Decimal,
    ) -> Result<Decimal, AccountError> {
        let opens = before.quantity.is_zero()
            || before.quantity.is_sign_negative() == traded.is_sign_negative();
        if opens || traded.is_zero() {
            self.charges = exact::add(before.charges, commission)?;
            return Ok(Decimal::ZERO);
        }
        let closed = traded.abs().min(before.quantity.abs());
        let of_close = exact::share(commission, closed, traded.abs(), exact::COST_PLACES)?;
        let of_open = exact::share(
            before.charges,
            closed,
            before.quantity.abs(),
            exact::COST_PLACES,
        )?;
        let kept = exact::sub(before.charges, of_open)?;
        self.charges = exact::add(kept, exact::sub(commission, of_close)?)?;
        let both = exact::add(of_close, of_open)?;
        self.charges_today = exact::add(before.charges_today, both)?;
        Ok(both)
    }

    /// The lot after `from` units became `to`, and the money for the fraction of a unit that is
    /// paid out at `cash_price` per new unit (`None`: fractions stay, cut after eight places).
    pub(super) fn split(
        self,
        from: u32,
        to: u32,
        cash_price: Option<Decimal>,
        multiplier: Decimal,
        digits: u32,
    ) -> Result<(Self, Decimal), AccountError> {
        if from == 0 || to == 0 {
            return Err(AccountError::InvalidRatio);
        }
        let (from, to) = (Decimal::from(from), Decimal::from(to));
        let total = exact::mul(self.quantity, to)?;
        let quotient = total.checked_div(from).ok_or(AccountError::Overflow)?;
        let Some(cash_price) = cash_price else {
            let quantity = quotient.trunc_with_scale(8).normalize();
            return Ok((Self { quantity, ..self }, Decimal::ZERO));
        };
        let quantity = quotient.trunc();
        // `from` times the fraction: exact where the fraction itself may not be.
        let over = exact::sub(total, exact::mul(quantity, from)?)?;
        if over.is_zero() {
            return Ok((Self { quantity, ..self }, Decimal::ZERO));
        }
        let worth = exact::mul(exact::mul(over, cash_price)?, multiplier)?;
        let paid = worth.checked_div(from).ok_or(AccountError::Overflow)?;
        let paid = exact::to_minor(paid, digits);
        let removed = if quantity.is_zero() {
            self.cost
        } else {
            exact::share(self.cost, over, total, exact::COST_PLACES)?
        };
        let realized = exact::sub(paid, exact::mul(removed, multiplier)?)?;
        Ok((
            Self {
                quantity,
                cost: exact::sub(self.cost, removed)?,
                realized_today: exact::add(self.realized_today, realized)?,
                ..self
            },
            paid,
        ))
    }
}
