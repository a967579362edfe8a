//! Where exact decimals become floats and back.

use rust_decimal::Decimal;

use super::error::PricingError;

/// Decimal places of a price that leaves the model.
const PLACES: usize = 8;

/// The float nearest to the decimal.
pub(super) fn to_float(value: Decimal, field: &'static str) -> Result<f64, PricingError> {
    // Parsing the digits is correctly rounded; an arithmetic conversion need not be.
    value
        .to_string()
        .parse()
        .map_err(|_| PricingError::NotFinite(field))
}

/// The decimal nearest to the float at eight places, ties to even, without trailing zeros.
pub(super) fn to_decimal(value: f64, result: &'static str) -> Result<Decimal, PricingError> {
    // Formatting rounds the float's exact value, so no digit depends on the platform.
    format!("{value:.PLACES$}")
        .parse::<Decimal>()
        .map(|decimal| decimal.normalize())
        .map_err(|_| PricingError::Overflow(result))
}

/// Passes a finite input.
pub(super) fn finite(value: f64, field: &'static str) -> Result<f64, PricingError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(PricingError::NotFinite(field))
    }
}

/// Passes a finite result.
pub(super) fn finite_result(value: f64, result: &'static str) -> Result<f64, PricingError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(PricingError::Overflow(result))
    }
}

/// The float nearest to a decimal that must be greater than zero.
pub(super) fn positive(value: Decimal, field: &'static str) -> Result<f64, PricingError> {
    if value > Decimal::ZERO {
        to_float(value, field)
    } else {
        Err(PricingError::NotPositive(field))
    }
}
