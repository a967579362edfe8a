use std::error::Error;
use std::fmt;

/// Why an option cannot be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PricingError {
    /// The named input is NaN or infinite.
    NotFinite(&'static str),
    /// The named input must be greater than zero.
    NotPositive(&'static str),
    /// The named input lies outside its documented range.
    OutOfRange(&'static str),
    /// The inputs are finite, but the named result is too large to represent.
    Overflow(&'static str),
}

impl fmt::Display for PricingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(field) => write!(f, "{field} is not a finite number"),
            Self::NotPositive(field) => write!(f, "{field} must be greater than zero"),
            Self::OutOfRange(field) => write!(f, "{field} is outside its range"),
            Self::Overflow(result) => write!(f, "{result} is too large to represent"),
        }
    }
}

impl Error for PricingError {}
