use core::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ValueError, decimal};

/// An ISO 4217 currency code, or a crypto asset's three to eight letter code (FIX 15).
///
/// ```
/// use broker_core::model::Currency;
/// assert_eq!("USD".parse::<Currency>()?, Currency::USD);
/// assert!("usd".parse::<Currency>().is_err());
/// # Ok::<(), broker_core::model::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 8]);

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD\0\0\0\0\0");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR\0\0\0\0\0");
    /// Pound sterling.
    pub const GBP: Self = Self(*b"GBP\0\0\0\0\0");
    /// Japanese yen.
    pub const JPY: Self = Self(*b"JPY\0\0\0\0\0");
    /// Hong Kong dollar.
    pub const HKD: Self = Self(*b"HKD\0\0\0\0\0");
    /// Singapore dollar.
    pub const SGD: Self = Self(*b"SGD\0\0\0\0\0");
    /// Chinese renminbi traded offshore.
    pub const CNH: Self = Self(*b"CNH\0\0\0\0\0");
    /// Bitcoin.
    pub const BTC: Self = Self(*b"BTC\0\0\0\0\0");

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let len = self
            .0
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(self.0.len());
        self.0
            .get(..len)
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// Decimal places in which amounts are usually shown: 0 for JPY and KRW, 8 for crypto codes
    /// known to the model, otherwise 2.
    #[must_use]
    pub fn minor_digits(&self) -> u32 {
        match self.as_str() {
            "JPY" | "KRW" | "VND" | "CLP" => 0,
            "KWD" | "BHD" | "JOD" | "OMR" => 3,
            "BTC" | "ETH" => 8,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || ValueError::new("Currency", text, "3 to 8 upper-case letters such as USD");
        if !(3..=8).contains(&text.len())
            || !text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        {
            return Err(wrong());
        }
        let mut code = [0; 8];
        code.get_mut(..text.len())
            .ok_or_else(wrong)?
            .copy_from_slice(text.as_bytes());
        Ok(Self(code))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z0-9]{3,8}$" })
    }
}

/// An amount in one currency. Amounts in different currencies do not add up.
///
/// ```
/// use broker_core::{dec, model::{Currency, Money}};
/// let dollars = Money::new(dec!(10.50), Currency::USD);
/// assert_eq!(dollars.checked_add(dollars), Some(Money::new(dec!(21.00), Currency::USD)));
/// assert_eq!(dollars.checked_add(Money::new(dec!(1), Currency::EUR)), None);
/// assert_eq!(dollars.to_string(), "10.50 USD");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount in major units (dollars, not cents); may be negative.
    #[serde(with = "decimal")]
    #[cfg_attr(feature = "schemars", schemars(with = "String"))]
    pub amount: Decimal,
    /// The currency of the amount.
    pub currency: Currency,
}

impl Money {
    /// An amount in a currency.
    #[must_use]
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self {
            amount: Decimal::ZERO,
            currency,
        }
    }

    /// The sum, or `None` when the currencies differ or the sum overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self {
            amount: self.amount.checked_add(other.amount)?,
            ..self
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}
impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({self})")
    }
}
