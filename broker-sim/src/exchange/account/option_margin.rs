//! Short options by strategy: covered by shares, hedged by a vertical spread, or naked.

use broker_core::model::Right;
use rust_decimal::Decimal;

use super::margin::{Group, Leg, LegClass, OptionTerms};
use super::{AccountError, exact};

/// Units of the underlying that can still hedge.
struct Hedge {
    option: OptionTerms,
    units: Decimal,
}

/// What all short options of the group need, initial and maintenance alike.
///
/// Short options are taken one after the other, those with the dearest strike first; each is
/// covered by shares, then by the long options that limit its loss best, and what is left is
/// naked. That is the usual assignment, not always the cheapest one.
pub(super) fn short_options(group: &Group<'_>) -> Result<Decimal, AccountError> {
    let (mut long_shares, mut short_shares) = (Decimal::ZERO, Decimal::ZERO);
    let mut hedges = Vec::new();
    let mut shorts: Vec<(OptionTerms, &Leg)> = Vec::new();
    for leg in group.legs {
        match leg.class {
            LegClass::Share if leg.quantity.is_sign_negative() => {
                short_shares = exact::add(short_shares, leg.quantity.abs())?;
            }
            LegClass::Share => long_shares = exact::add(long_shares, leg.quantity)?,
            LegClass::Option(option) if leg.quantity.is_sign_negative() => {
                shorts.push((option, leg));
            }
            LegClass::Option(option) => hedges.push(Hedge {
                option,
                units: leg.units()?,
            }),
            LegClass::Paid | LegClass::Future | LegClass::Forex => {}
        }
    }
    // The same order whatever the order of the fills was.
    shorts.sort_by(|(left, _), (right, _)| {
        let by_strike = left.strike.cmp(&right.strike);
        let dearest = match left.right {
            Right::Call => by_strike,
            _ => by_strike.reverse(),
        };
        (left.right, left.expiry)
            .cmp(&(right.right, right.expiry))
            .then(dearest)
    });
    hedges.sort_by_key(|hedge| (hedge.option.expiry, hedge.option.strike));

    let mut sum = Decimal::ZERO;
    for (option, leg) in shorts {
        let shares = match option.right {
            Right::Call => &mut long_shares,
            _ => &mut short_shares,
        };
        sum = exact::add(sum, short_option(group, &option, leg, shares, &mut hedges)?)?;
    }
    Ok(sum)
}

fn short_option(
    group: &Group<'_>,
    option: &OptionTerms,
    leg: &Leg,
    shares: &mut Decimal,
    hedges: &mut [Hedge],
) -> Result<Decimal, AccountError> {
    let underlying = group.underlying()?;
    let moneyness = option.moneyness(underlying)?;
    let naked = naked(group, option, leg.price, underlying, moneyness)?;
    let mut open = leg.units()?.abs();
    let mut sum = Decimal::ZERO;

    // Covered: the shares are delivered, so they count no higher than the strike.
    let covered = open.min(*shares);
    *shares = exact::sub(*shares, covered)?;
    open = exact::sub(open, covered)?;
    sum = exact::add(sum, exact::mul(covered, moneyness.max(Decimal::ZERO))?)?;

    while open > Decimal::ZERO {
        let mut best: Option<(Decimal, &mut Hedge)> = None;
        for hedge in hedges.iter_mut() {
            let suits = hedge.units > Decimal::ZERO
                && hedge.option.right == option.right
                && hedge.option.expiry >= option.expiry;
            if !suits {
                continue;
            }
            let width = match option.right {
                Right::Call => exact::sub(hedge.option.strike, option.strike)?,
                _ => exact::sub(option.strike, hedge.option.strike)?,
            }
            .max(Decimal::ZERO);
            if width < naked && best.as_ref().is_none_or(|(least, _)| width < *least) {
                best = Some((width, hedge));
            }
        }
        let Some((width, hedge)) = best else { break };
        let taken = open.min(hedge.units);
        hedge.units = exact::sub(hedge.units, taken)?;
        open = exact::sub(open, taken)?;
        sum = exact::add(sum, exact::mul(taken, width)?)?;
    }
    exact::add(sum, exact::mul(open, naked)?)
}

/// Per unit: premium + the larger of 20 % of the underlying less what it is out of the money, and
/// 10 % of the underlying (calls) or of the strike (puts).
fn naked(
    group: &Group<'_>,
    option: &OptionTerms,
    premium: Decimal,
    underlying: Decimal,
    moneyness: Decimal,
) -> Result<Decimal, AccountError> {
    let rates = group.rates;
    let out_of_the_money = (-moneyness).max(Decimal::ZERO);
    let standard = exact::sub(
        exact::mul(underlying, rates.short_option)?,
        out_of_the_money,
    )?;
    let least_of = match option.right {
        Right::Call => underlying,
        _ => option.strike,
    };
    let least = exact::mul(least_of, rates.short_option_minimum)?;
    exact::add(premium, standard.max(least))
}
