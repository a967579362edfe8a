//! Portfolio margin: the worst loss over a range of prices of the underlying.

use rust_decimal::{Decimal, dec};

use super::margin::{Group, LegClass};
use super::{AccountError, exact};

/// Fractions of the largest move at which the group is valued.
const STEPS: [Decimal; 6] = [
    dec!(-1),
    dec!(-0.66),
    dec!(-0.33),
    dec!(0.33),
    dec!(0.66),
    dec!(1),
];

/// The worst loss of shares and options together, at least the minimum per option.
///
/// An option keeps its time value of now in every scenario and is never worth less than nothing;
/// implied volatility does not move. Futures, currencies, crypto and warrants are margined by
/// their own rates and take no part.
pub(super) fn worst_loss(group: &Group<'_>) -> Result<Decimal, AccountError> {
    let mut least = Decimal::ZERO;
    let mut any = false;
    for leg in group.legs {
        match leg.class {
            LegClass::Option(_) => {
                any = true;
                let units = leg.units()?.abs();
                let minimum = exact::mul(units, group.rates.portfolio_option_minimum)?;
                least = exact::add(least, minimum)?;
            }
            LegClass::Share => any = true,
            LegClass::Paid | LegClass::Future | LegClass::Forex => {}
        }
    }
    if !any {
        return Ok(Decimal::ZERO);
    }
    let now = group.underlying()?;
    let mut worst = least;
    for step in STEPS {
        let change = exact::mul(exact::mul(now, group.rates.portfolio_move)?, step)?;
        worst = worst.max(-profit(group, now, exact::add(now, change)?)?);
    }
    Ok(worst)
}

fn profit(group: &Group<'_>, now: Decimal, then: Decimal) -> Result<Decimal, AccountError> {
    let mut sum = Decimal::ZERO;
    for leg in group.legs {
        let change = match leg.class {
            LegClass::Share => exact::sub(then, now)?,
            LegClass::Option(option) => {
                let before = option.moneyness(now)?.max(Decimal::ZERO);
                let after = option.moneyness(then)?.max(Decimal::ZERO);
                // The intrinsic value moves; the price does not fall below zero.
                exact::sub(after, before)?.max(-leg.price)
            }
            LegClass::Paid | LegClass::Future | LegClass::Forex => continue,
        };
        sum = exact::add(sum, exact::mul(leg.units()?, change)?)?;
    }
    Ok(sum)
}
