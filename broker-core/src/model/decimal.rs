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

/// The decimal that a binary number stands for: the one with the shortest text that reads back as the same
/// number. `187.1` is kept as the nearest binary fraction and becomes `187.1` again, never
/// `187.09999999999999`.
///
/// For adapters of brokers that send prices in binary. `None` for infinities, for what is no number, and
/// for one with more than 28 digits.
///
/// ```
/// use broker_core::{dec, model::decimal_from_f64};
///
/// assert_eq!(decimal_from_f64(187.1), Some(dec!(187.1)));
/// assert_eq!(decimal_from_f64(f64::NAN), None);
/// ```
#[must_use]
#[inline]
pub fn decimal_from_f64(value: f64) -> Option<Decimal> {
    short(value).or_else(|| Decimal::from_str_exact(&value.to_string()).ok())
}

/// Numbers of at most 15 digits with at most 8 after the point, which is what prices are, without
/// the detour through text.
///
/// `whole / power` is rounded once, so when it gives the number back, the text `whole × 10^-scale`
/// reads as the number too; and no two texts of at most 15 digits read as the same one.
fn short(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    for (scale, power) in [(2, 1e2), (4, 1e4), (8, 1e8)] {
        let scaled = value * power;
        if scaled.abs() >= 1e15 {
            return None;
        }
        // The nearest whole number without a call into the mathematics library.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number below 10^15 fits; what stands after its point is to go"
        )]
        let whole = (scaled + 0.5_f64.copysign(scaled)) as i64;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a whole number up to 10^15 is exact"
        )]
        let back = whole as f64 / power;
        if back == value {
            return Some(trimmed(whole, scale));
        }
    }
    None
}

/// Without zeros at the end, as the shortest text has none.
fn trimmed(mut whole: i64, mut scale: u32) -> Decimal {
    while scale > 0 && whole % 10 == 0 {
        whole /= 10;
        scale -= 1;
    }
    Decimal::new(whole, scale)
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
