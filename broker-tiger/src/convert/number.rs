//! Exact decimals out of the text of JSON numbers, and back. No binary fraction is ever made.

use broker_core::model::MAX_SCALE;
use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// Numbers beyond this are the vendor's (Java's) largest ones and mean "no value".
const BEYOND: f64 = 7.9e28;

/// What the text of a number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// This, exactly.
    Is(Decimal),
    /// A largest number, an infinity, not a number, or nothing.
    Unset,
}

/// Reads the text of a number; `None` for a text that is none.
pub(super) fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    if let Ok(exact) = Decimal::from_str_exact(text) {
        return Some(Reading::Is(exact));
    }
    if text.is_empty() || text == "--" {
        return Some(Reading::Unset);
    }
    // Exponents, more than 28 digits, and the words for "no value".
    let value: f64 = text.parse().ok()?;
    if !value.is_finite() || value.abs() >= BEYOND {
        return Some(Reading::Unset);
    }
    let decimal = match Decimal::from_scientific(text) {
        Ok(decimal) => decimal,
        Err(_) if text.contains(['e', 'E']) => value.to_string().parse().ok()?,
        Err(_) => text.parse().ok()?,
    };
    Some(Reading::Is(decimal))
}

/// A computed figure without the noise of binary arithmetic, which is beyond the twelfth digit.
pub(super) fn without_noise(value: Decimal) -> Decimal {
    if value.scale() <= MAX_SCALE {
        return value;
    }
    value.round_dp(MAX_SCALE).normalize()
}

/// A number for the wire: as many digits as it has, no zeros at the end.
///
/// # Errors
/// Never in practice: the text of a decimal is a JSON number.
pub(crate) fn json_number(value: Decimal) -> serde_json::Result<Box<RawValue>> {
    RawValue::from_string(value.normalize().to_string())
}
