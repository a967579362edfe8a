use broker_core::model::{AssetClass, Currency, Instrument, Mic};
use rust_decimal::{Decimal, RoundingStrategy, dec};

use super::{AccountError, exact};

/// What one order in one instrument costs, as a function of all that it has filled.
///
/// The broker's part is `per_unit` × quantity + `of_value` × value, at least `minimum` and then at
/// most `maximum_of_value` × value (the maximum wins). Fees come on top: `fee_per_unit` ×
/// quantity, and `duty_of_value` × value rounded up to a whole currency unit. The sum is rounded
/// half away from zero to the currency's minor digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommissionRule {
    /// Currency units per share or contract.
    pub per_unit: Decimal,
    /// Fraction of the trade value; 0.0018 is 0.18 %.
    pub of_value: Decimal,
    /// Least broker's part per order, in currency units.
    pub minimum: Decimal,
    /// Largest broker's part as a fraction of the trade value.
    pub maximum_of_value: Option<Decimal>,
    /// Exchange and clearing fee per share or contract.
    pub fee_per_unit: Decimal,
    /// Stamp duty as a fraction of the trade value, rounded up to a whole currency unit.
    pub duty_of_value: Decimal,
}

/// What an order has filled and what it has paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Charge {
    /// Filled quantity.
    pub quantity: Decimal,
    /// Sum of the magnitudes of price × quantity × multiplier.
    pub value: Decimal,
    /// Commission charged so far.
    pub charged: Decimal,
}

impl CommissionRule {
    /// The total due for one order that has filled `quantity` units worth `value`.
    ///
    /// # Errors
    /// [`AccountError::Overflow`] or [`AccountError::Precision`] on figures out of range.
    pub fn due(
        &self,
        quantity: Decimal,
        value: Decimal,
        currency: Currency,
    ) -> Result<Decimal, AccountError> {
        if quantity.is_zero() {
            return Ok(Decimal::ZERO);
        }
        let mut due = exact::add(
            exact::mul(quantity, self.per_unit)?,
            exact::mul(value, self.of_value)?,
        )?
        .max(self.minimum);
        if let Some(fraction) = self.maximum_of_value {
            due = due.min(exact::mul(value, fraction)?);
        }
        due = exact::add(due, exact::mul(quantity, self.fee_per_unit)?)?;
        if !self.duty_of_value.is_zero() {
            let duty = exact::mul(value, self.duty_of_value)?
                .round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity);
            due = exact::add(due, duty)?;
        }
        Ok(exact::to_minor(due, currency.minor_digits()))
    }

    /// The order after one more fill; the difference of `charged` is that fill's commission.
    ///
    /// Because the total is computed from all fills together, a minimum is paid once per order.
    ///
    /// # Errors
    /// As [`due`](Self::due).
    pub fn charge(
        &self,
        before: Charge,
        quantity: Decimal,
        value: Decimal,
        currency: Currency,
    ) -> Result<Charge, AccountError> {
        let quantity = exact::add(before.quantity, quantity)?;
        let value = exact::add(before.value, value)?;
        Ok(Charge {
            quantity,
            value,
            charged: self.due(quantity, value, currency)?,
        })
    }
}

/// Which instruments a rule is for; an absent part matches all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommissionEntry {
    /// The class.
    pub class: AssetClass,
    /// Only this currency.
    pub currency: Option<Currency>,
    /// Only this listing.
    pub market: Option<Mic>,
    /// The rule.
    pub rule: CommissionRule,
}

/// The commissions of one account: the first entry that matches an instrument holds; an
/// instrument without an entry trades free.
///
/// Minimums are in the instrument's currency, so a schedule for several currencies needs an entry
/// for each whose unit is of another order of magnitude, as the yen's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommissionSchedule {
    entries: Vec<CommissionEntry>,
}

impl Default for CommissionSchedule {
    /// Close to what a US retail broker charges, with Hong Kong shares and warrants.
    fn default() -> Self {
        let rule = CommissionRule::default();
        let hong_kong = CommissionRule {
            of_value: dec!(0.0008),
            minimum: dec!(18),
            duty_of_value: dec!(0.001),
            ..rule
        };
        let share = CommissionRule {
            per_unit: dec!(0.005),
            minimum: Decimal::ONE,
            maximum_of_value: Some(dec!(0.01)),
            ..rule
        };
        let option = CommissionRule {
            per_unit: dec!(0.65),
            minimum: Decimal::ONE,
            ..rule
        };
        let future = CommissionRule {
            per_unit: dec!(0.85),
            fee_per_unit: dec!(1.38),
            ..rule
        };
        let exchange = CommissionRule {
            of_value: dec!(0.00002),
            minimum: dec!(2),
            ..rule
        };
        let coin = CommissionRule {
            of_value: dec!(0.0018),
            ..rule
        };
        let yen = CommissionRule {
            of_value: dec!(0.0005),
            minimum: dec!(80),
            ..rule
        };
        let yen_exchange = CommissionRule {
            minimum: dec!(300),
            ..exchange
        };
        let bond = CommissionRule {
            of_value: dec!(0.001),
            minimum: Decimal::ONE,
            ..rule
        };
        let warrant = CommissionRule {
            duty_of_value: Decimal::ZERO,
            ..hong_kong
        };
        Self::free()
            .with(AssetClass::Equity, Some(Currency::HKD), None, hong_kong)
            .with(AssetClass::Equity, Some(Currency::JPY), None, yen)
            .with(AssetClass::Equity, None, None, share)
            .with(AssetClass::Option, None, None, option)
            .with(AssetClass::FutureOption, None, None, future)
            .with(AssetClass::Future, None, None, future)
            .with(AssetClass::Forex, Some(Currency::JPY), None, yen_exchange)
            .with(AssetClass::Forex, None, None, exchange)
            .with(AssetClass::Crypto, None, None, coin)
            .with(AssetClass::Warrant, Some(Currency::HKD), None, warrant)
            .with(AssetClass::Warrant, None, None, share)
            .with(AssetClass::Bond, None, None, bond)
    }
}

impl CommissionSchedule {
    /// Everything trades free.
    #[must_use]
    pub const fn free() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// The same schedule with one more entry after the others.
    #[must_use]
    pub fn with(
        mut self,
        class: AssetClass,
        currency: Option<Currency>,
        market: Option<Mic>,
        rule: CommissionRule,
    ) -> Self {
        self.entries.push(CommissionEntry {
            class,
            currency,
            market,
            rule,
        });
        self
    }

    /// The entries in the order in which they are tried.
    #[must_use]
    pub fn entries(&self) -> &[CommissionEntry] {
        &self.entries
    }

    /// The rule for an instrument.
    #[must_use]
    pub fn rule(&self, instrument: &Instrument) -> CommissionRule {
        let market = match instrument {
            Instrument::Equity(part) => Some(part.primary),
            Instrument::Future(part) => Some(part.exchange),
            Instrument::FutureOption(part) => Some(part.exchange),
            Instrument::Warrant(part) => Some(part.exchange),
            _ => None,
        };
        let (class, currency) = (instrument.asset_class(), instrument.currency());
        self.entries
            .iter()
            .find(|entry| {
                entry.class == class
                    && (entry.currency.is_none() || entry.currency == currency)
                    && (entry.market.is_none() || entry.market == market)
            })
            .map(|entry| entry.rule)
            .unwrap_or_default()
    }
}
