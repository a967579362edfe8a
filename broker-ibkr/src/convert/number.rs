//! Exact decimals from the client's floating-point numbers, and back.
//!
//! A number is what its shortest text says that reads back as the same number: `187.1` arrives as
//! the nearest binary fraction and becomes `187.1` again, never `187.09999999999999`.

use broker_core::{
    Error, ErrorKind, Result,
    model::{MAX_SCALE, Price, decimal_from_f64},
};
use rust_decimal::Decimal;

/// Whether the number is one of those that mean "no value": the largest `f64`, `i32` or `i64`, the
/// smallest `i64`, an infinity, not a number.
pub(crate) fn is_unset(value: f64) -> bool {
    const INT: f64 = i32::MAX as f64;
    // Both ends of `i64` and everything beyond; no price or quantity is anywhere near.
    const BEYOND: f64 = 9.2e18;
    !value.is_finite() || value.abs() >= BEYOND || value == INT
}

/// The number as a decimal, exactly.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) when it means "no value" or has more than 28 digits.
pub(crate) fn decimal(value: f64) -> Result<Decimal> {
    optional(value).ok_or_else(|| {
        let message = format!("{value} is not a number that means something");
        Error::new(ErrorKind::Protocol, message)
    })
}

/// The number as a decimal, exactly; `None` when it means "no value".
pub(crate) fn optional(value: f64) -> Option<Decimal> {
    if is_unset(value) {
        return None;
    }
    decimal_from_f64(value)
}

/// A computed figure, such as a Greek: at most 12 digits after the point.
pub(crate) fn figure(value: f64) -> Option<Decimal> {
    if is_unset(value) {
        return None;
    }
    // A short one has few digits and no zeros at its end already.
    decimal_from_f64(value)
        .filter(|exact| exact.scale() <= MAX_SCALE)
        .or_else(|| {
            let long = value.to_string().parse::<Decimal>().ok()?;
            Some(long.round_dp(MAX_SCALE).normalize())
        })
}

/// A price; `None` when it means "no value" or is outside the range of prices.
///
/// Averages that the gateway computes carry the noise of its binary arithmetic; it is beyond the
/// twelfth digit after the point, and a price ends there.
pub(crate) fn price(value: f64) -> Option<Price> {
    figure(value).and_then(|value| Price::new(value).ok())
}

/// A price with the quantity that is quoted at it.
///
/// The gateway writes "nobody quotes" as −1 or 0 with no quantity. A combination may really trade at
/// −1 or 0; then there is a quantity.
pub(crate) fn quote_price(value: f64, size: Option<f64>) -> Option<Price> {
    let quoted = size.is_some_and(|size| size > 0.0);
    if !quoted && (value == -1.0 || value == 0.0) {
        return None;
    }
    price(value)
}

/// A quantity, from zero; the gateway's −1 and its largest numbers are "no value".
pub(crate) fn size(value: f64) -> Option<Decimal> {
    optional(value).filter(|value| !value.is_sign_negative() || value.is_zero())
}

/// A number that the gateway writes as text; `None` when it is empty, malformed or "no value".
pub(crate) fn text(text: &str) -> Option<Decimal> {
    let value: f64 = text.trim().parse().ok()?;
    if is_unset(value) {
        return None;
    }
    Decimal::from_str_exact(text.trim())
        .ok()
        .or_else(|| optional(value))
}

/// The floating-point number nearest to the decimal, for the wire.
///
/// # Errors
/// [`InvalidRequest`](ErrorKind::InvalidRequest) when it does not read back as the same decimal.
pub(crate) fn to_wire(value: Decimal) -> Result<f64> {
    // The decimal's own conversion rounds twice; text is rounded once.
    let wire = value.to_string().parse::<f64>().ok();
    wire.filter(|wire| optional(*wire) == Some(value))
        .ok_or_else(|| {
            let message = format!("{value} has more digits than the gateway can be told");
            Error::new(ErrorKind::InvalidRequest, message)
        })
}
