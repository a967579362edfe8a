use core::{fmt, str::FromStr};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ValueError;

/// An ISO 10383 market identifier code: four upper-case letters or digits (FIX 207, 30, 100).
///
/// ```
/// use broker_core::model::Mic;
/// assert_eq!("XNAS".parse::<Mic>()?, Mic::XNAS);
/// assert!("Nasdaq".parse::<Mic>().is_err());
/// # Ok::<(), broker_core::model::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mic([u8; 4]);

impl Mic {
    /// Nasdaq.
    pub const XNAS: Self = Self(*b"XNAS");
    /// New York Stock Exchange.
    pub const XNYS: Self = Self(*b"XNYS");
    /// NYSE Arca.
    pub const ARCX: Self = Self(*b"ARCX");
    /// Cboe Options Exchange, home of the S&P indices.
    pub const XCBO: Self = Self(*b"XCBO");
    /// Chicago Mercantile Exchange.
    pub const XCME: Self = Self(*b"XCME");
    /// Hong Kong Exchanges.
    pub const XHKG: Self = Self(*b"XHKG");
    /// Off-exchange or not known.
    pub const XXXX: Self = Self(*b"XXXX");

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Mic {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || ValueError::new("Mic", text, "an ISO 10383 code such as XNAS");
        let code: [u8; 4] = text.as_bytes().try_into().map_err(|_| wrong())?;
        if code
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        {
            Ok(Self(code))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Debug for Mic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Display for Mic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl Serialize for Mic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Mic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Mic {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mic".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z0-9]{4}$" })
    }
}

/// A ticker symbol, such as `AAPL`, `BRK.B` or `00700` (FIX 55).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

impl Symbol {
    /// Takes the symbol as it is.
    ///
    /// # Errors
    /// [`ValueError`] unless the text is 1 to 24 printable ASCII characters without spaces at the
    /// ends and without lower-case letters.
    pub fn new(text: impl AsRef<str>) -> Result<Self, ValueError> {
        let text = text.as_ref();
        let fits = (1..=24).contains(&text.len())
            && text.trim() == text
            && text
                .bytes()
                .all(|b| (0x20..0x7f).contains(&b) && !b.is_ascii_lowercase());
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(ValueError::new(
                "Symbol",
                text,
                "1 to 24 upper-case characters such as AAPL",
            ))
        }
    }

    /// The symbol.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Symbol {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::new(text)
    }
}
impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Symbol {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Symbol".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": 24 })
    }
}
