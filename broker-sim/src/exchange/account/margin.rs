use broker_core::model::{Instrument, Right};
use chrono::NaiveDate;
use rust_decimal::{Decimal, dec};

use super::{AccountError, exact, option_margin, portfolio_margin};

/// A pair of fractions of the position's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarginRate {
    /// Needed to open.
    pub initial: Decimal,
    /// Needed to keep.
    pub maintenance: Decimal,
}

impl MarginRate {
    /// A pair of fractions; 0.5 is 50 %.
    #[must_use]
    pub const fn new(initial: Decimal, maintenance: Decimal) -> Self {
        Self {
            initial,
            maintenance,
        }
    }
}

/// The fractions by which margin is computed.
///
/// Crypto and warrants are always paid in full, and so are long options outside portfolio margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarginRates {
    /// Long shares, funds and bonds.
    pub long_equity: MarginRate,
    /// Short shares, on top of the proceeds.
    pub short_equity: MarginRate,
    /// Futures, of the notional.
    pub future: MarginRate,
    /// Currency pairs, of the notional.
    pub forex: MarginRate,
    /// Short options: of the underlying's value, before the out-of-the-money amount.
    pub short_option: Decimal,
    /// Short options: least, of the underlying's value for calls and of the strike for puts.
    pub short_option_minimum: Decimal,
    /// Portfolio margin: the largest move of the underlying that is looked at, up and down.
    pub portfolio_move: Decimal,
    /// Portfolio margin: least per unit of the underlying of every option, in currency units.
    pub portfolio_option_minimum: Decimal,
    /// Portfolio margin: initial per unit of maintenance.
    pub portfolio_initial: Decimal,
}

impl Default for MarginRates {
    fn default() -> Self {
        Self {
            long_equity: MarginRate::new(dec!(0.5), dec!(0.25)),
            short_equity: MarginRate::new(dec!(0.5), dec!(0.3)),
            future: MarginRate::new(dec!(0.05), dec!(0.04)),
            forex: MarginRate::new(dec!(0.03), dec!(0.02)),
            short_option: dec!(0.2),
            short_option_minimum: dec!(0.1),
            portfolio_move: dec!(0.15),
            portfolio_option_minimum: dec!(0.375),
            portfolio_initial: dec!(1.1),
        }
    }
}

/// Margin that positions need, and what they lend.
///
/// The loan value is what positions add to cash as security: all of the value of shares (negative
/// when short), the open profit of futures, nothing for options (under portfolio margin their
/// value), nothing for currency pairs, whose value is cash. Funds available are cash + loan value
/// − initial margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requirement {
    /// Needed to open the positions.
    pub initial: Decimal,
    /// Needed to keep them.
    pub maintenance: Decimal,
    /// What they add to cash as security.
    pub loan_value: Decimal,
}

impl Requirement {
    pub(super) fn plus(self, other: Self) -> Result<Self, AccountError> {
        Ok(Self {
            initial: exact::add(self.initial, other.initial)?,
            maintenance: exact::add(self.maintenance, other.maintenance)?,
            loan_value: exact::add(self.loan_value, other.loan_value)?,
        })
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, AccountError> {
        Ok(Self {
            initial: exact::sub(self.initial, other.initial)?,
            maintenance: exact::sub(self.maintenance, other.maintenance)?,
            loan_value: exact::sub(self.loan_value, other.loan_value)?,
        })
    }

    pub(super) fn converted(self, rate: Decimal) -> Result<Self, AccountError> {
        Ok(Self {
            initial: exact::convert(self.initial, rate)?,
            maintenance: exact::convert(self.maintenance, rate)?,
            loan_value: exact::convert(self.loan_value, rate)?,
        })
    }

    /// Adds `value` × `rate` to both margins.
    fn charge(&mut self, value: Decimal, rate: MarginRate) -> Result<(), AccountError> {
        self.initial = exact::add(self.initial, exact::mul(value, rate.initial)?)?;
        self.maintenance = exact::add(self.maintenance, exact::mul(value, rate.maintenance)?)?;
        Ok(())
    }

    fn lend(&mut self, value: Decimal) -> Result<(), AccountError> {
        self.loan_value = exact::add(self.loan_value, value)?;
        Ok(())
    }
}

/// How a position is margined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LegClass {
    Share,
    /// Paid in full, never short.
    Paid,
    Option(OptionTerms),
    Future,
    Forex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OptionTerms {
    pub(super) right: Right,
    pub(super) strike: Decimal,
    pub(super) expiry: NaiveDate,
}

impl OptionTerms {
    pub(super) fn of(instrument: &Instrument) -> Option<Self> {
        match instrument {
            Instrument::Option(part) => Some(Self {
                right: part.symbol.right(),
                strike: part.symbol.strike(),
                expiry: part.symbol.expiry(),
            }),
            Instrument::FutureOption(part) => Some(Self {
                right: part.right,
                strike: part.strike,
                expiry: part.expiry,
            }),
            _ => None,
        }
    }

    /// What exercise would be worth per unit, negative when out of the money.
    pub(super) fn moneyness(&self, underlying: Decimal) -> Result<Decimal, AccountError> {
        match self.right {
            Right::Call => exact::sub(underlying, self.strike),
            // The only other right there is.
            _ => exact::sub(self.strike, underlying),
        }
    }
}

/// A position as margin sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) class: LegClass,
    pub(super) quantity: Decimal,
    pub(super) price: Decimal,
    /// Quantity × average price.
    pub(super) cost: Decimal,
    pub(super) multiplier: Decimal,
}

impl Leg {
    pub(super) fn class_of(instrument: &Instrument) -> LegClass {
        match instrument {
            Instrument::Equity(_) | Instrument::Fund(_) | Instrument::Bond(_) => LegClass::Share,
            Instrument::Future(_) => LegClass::Future,
            Instrument::Forex(_) => LegClass::Forex,
            other => OptionTerms::of(other).map_or(LegClass::Paid, LegClass::Option),
        }
    }

    pub(super) fn value(&self) -> Result<Decimal, AccountError> {
        exact::mul(exact::mul(self.quantity, self.price)?, self.multiplier)
    }

    /// Units of the underlying.
    pub(super) fn units(&self) -> Result<Decimal, AccountError> {
        exact::mul(self.quantity, self.multiplier)
    }
}

/// What positions on one underlying need.
pub(super) struct Group<'a> {
    pub(super) name: &'a Instrument,
    /// Price of the underlying, where it is known.
    pub(super) underlying: Option<Decimal>,
    pub(super) legs: &'a [Leg],
    pub(super) rates: &'a MarginRates,
}

impl Group<'_> {
    pub(super) fn underlying(&self) -> Result<Decimal, AccountError> {
        self.underlying
            .ok_or_else(|| AccountError::NoMark(self.name.clone()))
    }

    /// The requirement in the group's currency.
    pub(super) fn requirement(&self, portfolio: bool) -> Result<Requirement, AccountError> {
        let mut sum = Requirement::default();
        let mut options = false;
        for leg in self.legs {
            let value = leg.value()?;
            match leg.class {
                LegClass::Share => {
                    sum.lend(value)?;
                    if portfolio {
                        continue;
                    }
                    let rate = if value.is_sign_negative() {
                        self.rates.short_equity
                    } else {
                        self.rates.long_equity
                    };
                    sum.charge(value.abs(), rate)?;
                }
                LegClass::Paid => {
                    sum.lend(value)?;
                    sum.charge(value.abs(), MarginRate::new(Decimal::ONE, Decimal::ONE))?;
                }
                LegClass::Option(_) => {
                    options |= !leg.quantity.is_zero();
                    if portfolio {
                        sum.lend(value)?;
                    }
                }
                LegClass::Future => {
                    sum.lend(exact::sub(value, exact::mul(leg.cost, leg.multiplier)?)?)?;
                    sum.charge(value.abs(), self.rates.future)?;
                }
                LegClass::Forex => sum.charge(value.abs(), self.rates.forex)?,
            }
        }
        if portfolio {
            let loss = portfolio_margin::worst_loss(self)?;
            sum.charge(
                loss,
                MarginRate::new(self.rates.portfolio_initial, Decimal::ONE),
            )?;
        } else if options {
            let short = option_margin::short_options(self)?;
            sum.charge(short, MarginRate::new(Decimal::ONE, Decimal::ONE))?;
        }
        Ok(sum)
    }
}
