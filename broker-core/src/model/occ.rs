use core::{fmt, str::FromStr};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ValueError, words::word_enum};

word_enum! {
    /// The right an option gives (FIX 201).
    pub enum Right {
        /// To buy the underlying at the strike.
        Call = "call",
        /// To sell the underlying at the strike.
        Put = "put",
    }
}

const EXPECTED: &str = "an OCC symbol such as `AAPL  260116C00200000`";

/// The 21 characters by which the Options Clearing Corporation names a listed option: root (6,
/// padded), expiry (yymmdd), right (C or P), strike × 1000 (8 digits).
///
/// ```
/// use broker_core::{dec, model::{OccSymbol, Right}};
/// let occ: OccSymbol = "AAPL  260116C00187500".parse()?;
/// assert_eq!(occ.root(), "AAPL");
/// assert_eq!(occ.right(), Right::Call);
/// assert_eq!(occ.strike(), dec!(187.5));
/// assert_eq!("AAPL260116C00187500".parse::<OccSymbol>()?, occ); // padding may be left out
/// assert_eq!(occ.to_string(), "AAPL  260116C00187500");
/// # Ok::<(), broker_core::model::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccSymbol {
    root: [u8; 6],
    expiry: NaiveDate,
    right: Right,
    strike_milli: u32,
}

impl OccSymbol {
    /// Puts the four parts together.
    ///
    /// # Errors
    /// [`ValueError`] when the root is not 1 to 6 upper-case letters or digits, the year is outside
    /// 2000 to 2099, or the strike is not between 0.001 and 99999.999 in steps of 0.001.
    pub fn new(
        root: &str,
        expiry: NaiveDate,
        right: Right,
        strike: Decimal,
    ) -> Result<Self, ValueError> {
        use chrono::Datelike as _;
        if root.is_empty()
            || root.len() > 6
            || !root
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        {
            return Err(ValueError::new(
                "OccSymbol",
                root,
                "a root of 1 to 6 letters or digits",
            ));
        }
        if !(2000..=2099).contains(&expiry.year()) {
            return Err(ValueError::new(
                "OccSymbol",
                expiry,
                "an expiry between 2000 and 2099",
            ));
        }
        let strike_milli = strike
            .checked_mul(Decimal::ONE_THOUSAND)
            .map(|milli| milli.normalize())
            .filter(|milli| milli.scale() == 0)
            .and_then(|milli| u32::try_from(milli).ok())
            .filter(|milli| (1..=99_999_999).contains(milli))
            .ok_or_else(|| {
                ValueError::new("OccSymbol", strike, "a strike from 0.001 to 99999.999")
            })?;
        let mut padded = [b' '; 6];
        for (slot, byte) in padded.iter_mut().zip(root.bytes()) {
            *slot = byte;
        }
        Ok(Self {
            root: padded,
            expiry,
            right,
            strike_milli,
        })
    }

    /// The option root, usually the underlying's symbol.
    #[must_use]
    pub fn root(&self) -> &str {
        str::from_utf8(&self.root).unwrap_or_default().trim_end()
    }

    /// The expiry date at the exchange.
    #[must_use]
    pub fn expiry(&self) -> NaiveDate {
        self.expiry
    }

    /// Call or put.
    #[must_use]
    pub fn right(&self) -> Right {
        self.right
    }

    /// The strike price.
    #[must_use]
    pub fn strike(&self) -> Decimal {
        Decimal::new(i64::from(self.strike_milli), 3).normalize()
    }
}

impl FromStr for OccSymbol {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || ValueError::new("OccSymbol", text, EXPECTED);
        if !text.is_ascii() || text.len() < 16 {
            return Err(wrong());
        }
        let (root, rest) = text.split_at_checked(text.len() - 15).ok_or_else(wrong)?;
        let (date, rest) = rest.split_at_checked(6).ok_or_else(wrong)?;
        let (right, strike) = rest.split_at_checked(1).ok_or_else(wrong)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(date) || !digits(strike) {
            return Err(wrong());
        }
        let expiry =
            NaiveDate::parse_from_str(&format!("20{date}"), "%Y%m%d").map_err(|_| wrong())?;
        let right = match right {
            "C" => Right::Call,
            "P" => Right::Put,
            _ => return Err(wrong()),
        };
        let milli: i64 = strike.parse().map_err(|_| wrong())?;
        Self::new(root.trim_end(), expiry, right, Decimal::new(milli, 3)).map_err(|_| wrong())
    }
}

impl fmt::Display for OccSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = match self.right {
            Right::Call => 'C',
            Right::Put => 'P',
        };
        let root = str::from_utf8(&self.root).unwrap_or_default();
        write!(
            f,
            "{root}{}{right}{:08}",
            self.expiry.format("%y%m%d"),
            self.strike_milli
        )
    }
}
impl fmt::Debug for OccSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl Serialize for OccSymbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for OccSymbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for OccSymbol {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OccSymbol".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": EXPECTED })
    }
}
