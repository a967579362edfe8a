use core::{fmt, ops, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ValueError, decimal};

/// Largest magnitude of a price or a quantity: 10^12.
///
/// Large enough for every market, small enough that price × quantity × multiplier stays exact.
pub const MAX_MAGNITUDE: Decimal = rust_decimal::dec!(1_000_000_000_000);

/// The same as the digits of a decimal, without its point.
const SMALL: u128 = 1_000_000_000_000;

/// Most decimal places of a price or a quantity.
pub const MAX_SCALE: u32 = 12;

#[inline]
pub(super) fn in_range(value: Decimal) -> bool {
    // Nearly every number has so few digits that it is in range wherever its point is.
    if value.scale() <= MAX_SCALE && value.mantissa().unsigned_abs() <= SMALL {
        return true;
    }
    // Trailing zeros do not count, but only long values need to be searched for them.
    let short = value.scale() <= MAX_SCALE || value.normalize().scale() <= MAX_SCALE;
    short && value.abs() <= MAX_MAGNITUDE
}

macro_rules! decimal_newtype {
    ($(#[$meta:meta])* $name:ident, $expected:literal, $accept:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Decimal);

        impl $name {
            /// Takes the decimal as it is.
            ///
            /// # Errors
            /// [`ValueError`] when the value is outside the range of the type.
            #[inline]
            pub fn new(value: Decimal) -> Result<Self, ValueError> {
                let accept: fn(Decimal) -> bool = $accept;
                if in_range(value) && accept(value) {
                    Ok(Self(value))
                } else {
                    Err(ValueError::new(stringify!($name), value, $expected))
                }
            }

            /// The value as a decimal.
            #[must_use]
            pub const fn get(self) -> Decimal {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::new(decimal::parse(stringify!($name), text)?)
            }
        }
        impl TryFrom<Decimal> for $name {
            type Error = ValueError;
            fn try_from(value: Decimal) -> Result<Self, ValueError> {
                Self::new(value)
            }
        }
        impl TryFrom<i64> for $name {
            type Error = ValueError;
            fn try_from(value: i64) -> Result<Self, ValueError> {
                Self::new(Decimal::from(value))
            }
        }
        impl TryFrom<i32> for $name {
            type Error = ValueError;
            fn try_from(value: i32) -> Result<Self, ValueError> {
                Self::new(Decimal::from(value))
            }
        }
        impl TryFrom<&str> for $name {
            type Error = ValueError;
            fn try_from(text: &str) -> Result<Self, ValueError> {
                text.parse()
            }
        }
        impl From<$name> for Decimal {
            fn from(value: $name) -> Decimal {
                value.0
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                decimal::serialize(&self.0, serializer)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(decimal::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
                    "description": $expected
                })
            }
        }
    };
}

decimal_newtype! {
    /// A price per unit in the instrument's currency (FIX 44, 99, 31, 6).
    ///
    /// May be zero or negative: spreads and some futures trade there. At most 10^12 in magnitude
    /// with at most 12 decimal places; exact.
    ///
    /// ```
    /// use broker_core::model::Price;
    /// let limit: Price = "187.50".parse()?;
    /// assert_eq!(limit.to_string(), "187.50");
    /// assert!("NaN".parse::<Price>().is_err());
    /// # Ok::<(), broker_core::model::ValueError>(())
    /// ```
    Price, "a price of at most 10^12 in magnitude with at most 12 decimal places", |_| true
}

decimal_newtype! {
    /// An order or fill quantity in units of the instrument (FIX 38, 32): always above zero.
    ///
    /// ```
    /// use broker_core::model::Quantity;
    /// assert!(Quantity::try_from(100).is_ok());
    /// assert!(Quantity::try_from(0).is_err());
    /// ```
    Quantity, "a quantity above 0 and at most 10^12 with at most 12 decimal places",
    |value| value.is_sign_positive() && !value.is_zero()
}

decimal_newtype! {
    /// A quantity with a direction: positive is long, negative short, zero flat (FIX 704, 705).
    SignedQuantity, "a quantity between -10^12 and 10^12 with at most 12 decimal places", |_| true
}

impl Price {
    /// The price zero.
    pub const ZERO: Self = Self(Decimal::ZERO);
}

impl SignedQuantity {
    /// No position.
    pub const FLAT: Self = Self(Decimal::ZERO);

    /// Whether the position is neither long nor short.
    #[must_use]
    pub fn is_flat(self) -> bool {
        self.0.is_zero()
    }
}

impl From<Quantity> for SignedQuantity {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.0)
    }
}

impl ops::Neg for SignedQuantity {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
