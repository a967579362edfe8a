use core::fmt;
use std::borrow::Cow;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A decimal that callers may write as text or as a number; it is always answered as text.
///
/// Text has no exponent: `1e9` is more often a slip than an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The decimal that a text is, to the last digit. Marks between digits are no part of one: who means `1_000` and
/// who means `1,000` is not guessed.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-');
    let number = Decimal::from_str_exact(text).ok();
    number.filter(|_| text.bytes().all(plain))
}

/// Most digits of a decimal that every reader of JSON gives back as they were written.
const EXACT: usize = 15;

/// The digits that say something: without zeros that only fill up.
fn digits(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    digits.trim_end_matches('0').len()
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a number as text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                let number = decimal(text).map(Number);
                number.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(Decimal::from(number)))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(Decimal::from(number)))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
                // The shortest text that reads back as the same number is what the caller wrote, as long as
                // it is so short; a longer one may have been rounded before it came here.
                let text = number.to_string();
                if digits(&text) > EXACT {
                    let what = format!(
                        "`{text}` may not be what was written: write a number of so many digits as text"
                    );
                    return Err(E::custom(what));
                }
                self.visit_str(&text)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "number" }] })
    }
}
