//! The JSON form of exact decimals: always text, never a JSON number with a fraction.
//!
//! A JSON number passes through binary floating point in most programs, so `187.1` may arrive as
//! something else. Whole JSON numbers are exact and therefore accepted on the way in.

use core::fmt;

use rust_decimal::Decimal;
use serde::{Deserializer, Serialize, Serializer, de};

use super::ValueError;

/// What every decimal in text must look like.
pub(crate) const EXPECTED: &str = "a decimal number such as 187.50, at most 28 digits";

/// Reads a decimal exactly: digits, one point, an optional sign; no exponent, no `NaN`, no rounding.
pub(crate) fn parse(what: &'static str, text: &str) -> Result<Decimal, ValueError> {
    // `from_str_exact` takes underscores as digit separators; a price feed that has them is broken.
    if text.contains('_') {
        return Err(ValueError::new(what, text, EXPECTED));
    }
    Decimal::from_str_exact(text).map_err(|_| ValueError::new(what, text, EXPECTED))
}

/// Writes the decimal as text.
pub(crate) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Reads a decimal from text or from a whole JSON number.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    deserializer.deserialize_any(Visitor)
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number as text, such as \"187.50\"")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        parse("decimal", text).map_err(E::custom)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Decimal, E> {
        Err(E::custom(ValueError::new(
            "decimal",
            value,
            "text such as \"187.50\" (a JSON number with a fraction is not exact)",
        )))
    }
}

/// The same for values that may be absent.
pub(crate) mod option {
    use super::{Decimal, Deserializer, Serialize, Serializer};
    use serde::Deserialize;

    struct Text<'a>(&'a Decimal);
    impl Serialize for Text<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            super::serialize(self.0, serializer)
        }
    }

    struct Read(Decimal);
    impl<'de> Deserialize<'de> for Read {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            super::deserialize(deserializer).map(Self)
        }
    }

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Text).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        Ok(Option::<Read>::deserialize(deserializer)?.map(|read| read.0))
    }
}
