use std::borrow::Cow;

use broker_core::model::{Currency, OccSymbol, Right};
use chrono::{Datelike as _, NaiveDate};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use crate::value::{Number, RightWord, SecTypeWord, moment::read_date, twice};

/// An instrument as a caller names it: a short text or its parts.
///
/// The text is a ticker (`AAPL`), a ticker with its exchange (`AAPL.XNAS`, `00700.HK`), a currency pair
/// (`EUR.USD`), an OCC option symbol, or the `id` of an instrument in an answer. Parts may also be given
/// as JSON in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum InstrumentRef {
    /// A short text.
    Text(String),
    /// Its parts.
    Parts(Box<InstrumentParts>),
}

/// An instrument by its parts. Vendors' names of fields are read, too: `secType`, `conId`,
/// `lastTradeDateOrContractMonth`, `localSymbol`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct InstrumentParts {
    /// The short text of an answer; the other parts narrow it down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Ticker, product root or the first currency of a pair.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text")]
    pub symbol: Option<String>,
    /// Its class.
    #[serde(
        skip_serializing_if = "Option::is_none",
        alias = "secType",
        alias = "security_type"
    )]
    pub sec_type: Option<SecTypeWord>,
    /// Exchange code or a vendor's name for it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        alias = "primary_exchange",
        alias = "primaryExchange",
        alias = "primaryExch"
    )]
    pub exchange: Option<String>,
    /// Currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Last trading date, or the month of a future.
    #[serde(
        skip_serializing_if = "Option::is_none",
        alias = "expiration",
        alias = "lastTradeDateOrContractMonth",
        deserialize_with = "text"
    )]
    pub expiry: Option<String>,
    /// Strike of an option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strike: Option<Number>,
    /// Right of an option.
    #[serde(skip_serializing_if = "Option::is_none", alias = "put_call")]
    pub right: Option<RightWord>,
    /// Money per price point and unit; what the broker says has to agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Number>,
    /// Interactive Brokers' number of the contract.
    #[serde(
        skip_serializing_if = "Option::is_none",
        alias = "conId",
        alias = "conid",
        deserialize_with = "text"
    )]
    pub con_id: Option<String>,
    /// The exchange's symbol, such as an OCC option symbol.
    #[serde(skip_serializing_if = "Option::is_none", alias = "localSymbol")]
    pub local_symbol: Option<String>,
}

/// Numbers where text is expected: `700` is a ticker of Hong Kong, `265598` a contract.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => return Err(de::Error::custom("text is expected")),
    })
}

impl InstrumentRef {
    /// An instrument by its short text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What a caller recognises as what it asked for.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Text(text) => crate::value::Untrusted::line(text, 64),
            Self::Parts(parts) => parts.label(),
        }
    }
}

impl From<&str> for InstrumentRef {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl InstrumentParts {
    fn label(&self) -> String {
        let named = [&self.id, &self.symbol, &self.local_symbol];
        let label = named.into_iter().flatten().next().cloned();
        let label = label.or_else(|| self.con_id.as_ref().map(|id| format!("con_id {id}")));
        crate::value::Untrusted::line(&label.unwrap_or_default(), 64)
    }

    /// The OCC symbol that the parts make together, or what is missing.
    pub(super) fn occ(&self, root: &str) -> Result<OccSymbol, String> {
        let day = match self.expiry()? {
            Some(Expiry::Day(day)) => day,
            Some(Expiry::Month(..)) => return Err("expiry: an option needs the day".to_owned()),
            None => return Err("expiry: an option needs it".to_owned()),
        };
        let strike = self.strike.ok_or("strike: an option needs it")?;
        let right = self.right.ok_or("right: an option needs it: CALL or PUT")?;
        OccSymbol::new(root, day, Right::from(right), strike.0).map_err(|error| error.to_string())
    }

    pub(super) fn expiry(&self) -> Result<Option<Expiry>, String> {
        self.expiry.as_deref().map(Expiry::read).transpose()
    }

    pub(super) fn currency(&self) -> Result<Option<Currency>, String> {
        let currency = self
            .currency
            .as_deref()
            .map(|text| text.trim().to_ascii_uppercase());
        let read = currency.map(|text| text.parse().map_err(|error| format!("currency: {error}")));
        read.transpose()
    }
}

/// A last trading date, or only its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    Day(NaiveDate),
    Month(i32, u32),
}

impl Expiry {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(day) = read_date(text) {
            return Ok(Self::Day(day));
        }
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        let first = format!("{digits}01");
        if digits.len() == 6
            && let Ok(first) = NaiveDate::parse_from_str(&first, "%Y%m%d")
        {
            return Ok(Self::Month(first.year(), first.month()));
        }
        let text = crate::value::Untrusted::line(text, 40);
        Err(format!(
            "expiry: `{text}` is no date such as `2026-03-20` and no month such as `2026-03`"
        ))
    }

    pub(super) fn fits(self, date: NaiveDate) -> bool {
        match self {
            Self::Day(day) => day == date,
            Self::Month(year, month) => (date.year(), date.month()) == (year, month),
        }
    }
}

/// What vendors put into every contract and what says nothing.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

fn parts<E: de::Error>(mut object: Map<String, Value>) -> Result<InstrumentRef, E> {
    object.retain(|_, value| says_something(value));
    // Zero is how vendors say "none" here.
    for (field, none) in [("strike", 0), ("conId", 0), ("con_id", 0)] {
        if object.get(field).and_then(Value::as_f64) == Some(f64::from(none)) {
            object.remove(field);
        }
    }
    if object.is_empty() {
        return Err(E::custom("an instrument needs at least a symbol"));
    }
    // What an answer adds to the parts.
    for field in ["legs", "name"] {
        object.remove(field);
    }
    let parts = serde_json::from_value(Value::Object(object)).map_err(E::custom)?;
    Ok(InstrumentRef::Parts(Box::new(parts)))
}

impl<'de> Deserialize<'de> for InstrumentRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if text.trim_start().starts_with('{') => {
                parts(twice::read_text(&text).map_err(de::Error::custom)?)
            }
            Value::String(text) => {
                let text = text.trim();
                let fits = (1..=64).contains(&text.len()) && !text.chars().any(char::is_control);
                if fits {
                    Ok(Self::text(text))
                } else {
                    Err(de::Error::custom(
                        "an instrument is 1 to 64 characters such as `AAPL`",
                    ))
                }
            }
            Value::Object(object) => parts(object),
            _ => Err(de::Error::custom(
                "an instrument is text such as `AAPL`, or an object with a symbol",
            )),
        }
    }
}

impl JsonSchema for InstrumentRef {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "InstrumentRef".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Models know these words; to explain each of them in every tool would cost more than it helps.
        let text = || json_schema!({ "type": "string" });
        let number = || json_schema!({ "anyOf": [{ "type": "string" }, { "type": "number" }] });
        json_schema!({ "anyOf": [
            { "type": "string" },
            { "type": "object", "properties": {
                "symbol": text(), "sec_type": text(), "exchange": text(), "currency": text(),
                "expiry": text(), "strike": number(), "right": text(), "multiplier": number(),
                "con_id": number(), "local_symbol": text(),
            } },
        ] })
    }
}
