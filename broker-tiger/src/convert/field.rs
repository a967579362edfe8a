//! Fields that may be absent, null, a number or a text.
//!
//! The vendor's answers are uneven: a number may come as a text and a text as a number, and any field
//! may be missing (protocol notes, section 4.1). One odd field must not make a list of orders
//! unreadable, and nothing that is missing may read as zero.

use broker_core::{Error, ErrorKind, Result, model::Price};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::{
    number::{self, Reading},
    time,
};

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("the answer lacks `{name}`"))
}

/// The text inside a value that may be null, a text or a bare word.
fn content<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> core::result::Result<Option<String>, D::Error> {
    let raw = <Box<RawValue>>::deserialize(deserializer)?;
    let raw = raw.get();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw)
            .map(Some)
            .map_err(D::Error::custom),
        Some(b'n') => Ok(None),
        Some(b'{' | b'[') | None => Err(D::Error::custom(
            "a list or object where a value was expected",
        )),
        Some(_) => Ok(Some(raw.to_owned())),
    }
}

/// An exact number; `None` when it is absent, null, empty, not a number or one of the largest numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Figure(pub(crate) Option<Decimal>);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        match content(deserializer)? {
            None => Ok(Self(None)),
            Some(text) => match number::read(&text) {
                Some(Reading::Is(value)) => Ok(Self(Some(value))),
                Some(Reading::Unset) => Ok(Self(None)),
                None => Err(D::Error::custom(format!("{text:?} is not a number"))),
            },
        }
    }
}

impl Figure {
    /// The number, with every digit that was sent.
    pub(crate) const fn get(self) -> Option<Decimal> {
        self.0
    }

    /// The number without the noise of binary arithmetic, for what the vendor computes.
    pub(crate) fn computed(self) -> Option<Decimal> {
        self.0.map(number::without_noise)
    }

    /// A price; `None` when it is outside the range of prices.
    pub(crate) fn price(self) -> Option<Price> {
        self.computed().and_then(|value| Price::new(value).ok())
    }

    /// The number.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when it is missing.
    pub(crate) fn required(self, name: &str) -> Result<Decimal> {
        self.0.ok_or_else(|| missing(name))
    }

    /// A whole number with its separate scale, such as 125 with scale 2, which is 1.25.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] for a scale that no number has.
    pub(crate) fn scaled(self, scale: Whole) -> Result<Option<Decimal>> {
        let scale = scale.get().unwrap_or(0);
        let wrong = || {
            Error::new(
                ErrorKind::Protocol,
                format!("{scale} is no scale of a quantity"),
            )
        };
        let digits = u32::try_from(scale).ok().filter(|digits| *digits <= 28);
        let divisor = Decimal::try_new(1, digits.ok_or_else(wrong)?).map_err(|_| wrong())?;
        let scaled = self
            .0
            .map(|value| value.checked_mul(divisor).ok_or_else(wrong));
        Ok(scaled.transpose()?.map(|value| value.normalize()))
    }
}

/// A whole number, such as an order's id; `None` when it is absent, null or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Whole(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let Some(text) = content(deserializer)? else {
            return Ok(Self(None));
        };
        if let Ok(whole) = text.trim().parse() {
            return Ok(Self(Some(whole)));
        }
        match number::read(&text) {
            Some(Reading::Unset) => Ok(Self(None)),
            Some(Reading::Is(value)) if value.fract().is_zero() => {
                let whole = i64::try_from(value);
                let whole = whole.map_err(|_| D::Error::custom("a whole number is too large"))?;
                Ok(Self(Some(whole)))
            }
            _ => Err(D::Error::custom(format!("{text:?} is not a whole number"))),
        }
    }
}

impl Whole {
    /// The number.
    pub(crate) const fn get(self) -> Option<i64> {
        self.0
    }

    /// The number.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when it is missing.
    pub(crate) fn required(self, name: &str) -> Result<i64> {
        self.0.ok_or_else(|| missing(name))
    }

    /// Milliseconds since 1970 as an instant; `None` for 0 and below, which mean "none".
    pub(crate) fn instant(self) -> Option<DateTime<Utc>> {
        self.0.and_then(time::from_millis)
    }
}

/// A text; `None` when it is absent, null or empty. A number is its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        Ok(Self(content(deserializer)?.filter(|text| !text.is_empty())))
    }
}

impl Text {
    /// The text.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when it is missing.
    pub(crate) fn required(&self, name: &str) -> Result<&str> {
        self.get().ok_or_else(|| missing(name))
    }
}

/// Yes or no; `None` when it is absent or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let text = content(deserializer)?.map(|text| text.to_ascii_lowercase());
        match text.as_deref() {
            None | Some("") => Ok(Self(None)),
            Some("true" | "1") => Ok(Self(Some(true))),
            Some("false" | "0") => Ok(Self(Some(false))),
            Some(other) => Err(D::Error::custom(format!(
                "{other:?} is neither true nor false"
            ))),
        }
    }
}

impl Flag {
    /// The answer.
    pub(crate) const fn get(self) -> Option<bool> {
        self.0
    }
}
