//! Decimal arithmetic that refuses to lose a digit.
//!
//! `Decimal`'s checked operations report overflow, but silently round a result that needs more
//! than 28 digits; these report both.

use rust_decimal::{Decimal, RoundingStrategy};

use super::AccountError;

/// Decimal places to which a share of a position's cost is rounded; what the rounding leaves over
/// stays with the rest of the position, so nothing is lost.
pub(super) const COST_PLACES: u32 = 12;

/// Decimal places of amounts converted between currencies.
pub(super) const CONVERTED_PLACES: u32 = 8;

pub(super) fn add(left: Decimal, right: Decimal) -> Result<Decimal, AccountError> {
    if left.is_zero() {
        return Ok(right);
    }
    if right.is_zero() {
        return Ok(left);
    }
    let sum = left.checked_add(right).ok_or(AccountError::Overflow)?;
    if sum.scale() == left.scale().max(right.scale()) {
        return Ok(sum);
    }
    let (left, right) = (left.normalize(), right.normalize());
    let sum = left.checked_add(right).ok_or(AccountError::Overflow)?;
    if sum.scale() == left.scale().max(right.scale()) {
        Ok(sum)
    } else {
        Err(AccountError::Precision)
    }
}

pub(super) fn sub(left: Decimal, right: Decimal) -> Result<Decimal, AccountError> {
    add(left, -right)
}

pub(super) fn mul(left: Decimal, right: Decimal) -> Result<Decimal, AccountError> {
    if left.is_zero() || right.is_zero() {
        return Ok(Decimal::ZERO);
    }
    // Most contracts have a multiplier of one.
    if right == Decimal::ONE {
        return Ok(left);
    }
    let product = left.checked_mul(right).ok_or(AccountError::Overflow)?;
    if product.scale() == left.scale() + right.scale() {
        return Ok(product);
    }
    let (left, right) = (left.normalize(), right.normalize());
    let product = left.checked_mul(right).ok_or(AccountError::Overflow)?;
    if product.scale() == left.scale() + right.scale() {
        Ok(product)
    } else {
        Err(AccountError::Precision)
    }
}

/// `amount` × `numerator` ÷ `denominator`, rounded half to even to `places`.
pub(super) fn share(
    amount: Decimal,
    numerator: Decimal,
    denominator: Decimal,
    places: u32,
) -> Result<Decimal, AccountError> {
    let product = amount
        .checked_mul(numerator)
        .ok_or(AccountError::Overflow)?;
    let share = product
        .checked_div(denominator)
        .ok_or(AccountError::Overflow)?;
    Ok(share.round_dp(places))
}

/// `amount` in another currency, rounded half to even to eight places.
pub(super) fn convert(amount: Decimal, rate: Decimal) -> Result<Decimal, AccountError> {
    let amount = if rate == Decimal::ONE {
        amount
    } else {
        amount.checked_mul(rate).ok_or(AccountError::Overflow)?
    };
    Ok(if amount.scale() > CONVERTED_PLACES {
        amount.round_dp(CONVERTED_PLACES)
    } else {
        amount
    })
}

/// An amount of money in units that are charged: half away from zero.
pub(super) fn to_minor(amount: Decimal, digits: u32) -> Decimal {
    if amount.scale() <= digits {
        return amount;
    }
    amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// The one form in which an amount is shown: no trailing zeros beyond the currency's digits.
pub(super) fn shown(amount: Decimal, digits: u32) -> Decimal {
    let mut shown = amount.normalize();
    if shown.scale() < digits {
        shown.rescale(digits);
    }
    shown
}
