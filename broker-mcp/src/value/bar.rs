use core::str::FromStr;
use std::borrow::Cow;

use broker_core::model::{BarInterval, BarSource};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::word::words;

/// The length of a bar: `1m` to `30m`, `1h`, `2h`, `4h`, `1d`, `1w`, `1M` (a month), `1y`.
///
/// Also read: `day`, `1min`, `60min`, `1 day`, `5 mins`, `1 hour`, `week`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BarWord(pub BarInterval);

const WORDS: [(&str, BarInterval); 14] = [
    ("5s", BarInterval::Second5),
    ("1m", BarInterval::Minute1),
    ("2m", BarInterval::Minute2),
    ("3m", BarInterval::Minute3),
    ("5m", BarInterval::Minute5),
    ("15m", BarInterval::Minute15),
    ("30m", BarInterval::Minute30),
    ("1h", BarInterval::Hour1),
    ("2h", BarInterval::Hour2),
    ("4h", BarInterval::Hour4),
    ("1d", BarInterval::Day1),
    ("1w", BarInterval::Week1),
    ("1M", BarInterval::Month1),
    ("1y", BarInterval::Year1),
];

impl BarWord {
    /// The word as it is answered.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let known = WORDS.iter().find(|(_, interval)| *interval == self.0);
        known.map_or(self.0.as_str(), |(word, _)| *word)
    }
}

impl FromStr for BarWord {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
        let count: u32 = if count.is_empty() {
            1
        } else {
            count.parse().unwrap_or(0)
        };
        let unit = unit.trim();
        let lower = unit.to_ascii_lowercase();
        // Only a month is told from a minute by the size of its letter.
        let (count, unit) = match (unit, lower.trim_end_matches('s')) {
            ("M", _) | (_, "mo" | "mon" | "month") => (count, 'M'),
            (_, "m" | "min" | "minute") if count > 0 && count.is_multiple_of(60) => {
                (count / 60, 'h')
            }
            (_, "m" | "min" | "minute") => (count, 'm'),
            (_, "h" | "hour") => (count, 'h'),
            (_, "d" | "day" | "daily") => (count, 'd'),
            (_, "w" | "week" | "weekly") => (count, 'w'),
            (_, "y" | "year") => (count, 'y'),
            (_, "sec" | "second") => (count, 's'),
            _ if lower == "s" => (count, 's'),
            _ => (0, ' '),
        };
        let wanted = format!("{count}{unit}");
        let known = WORDS.iter().find(|(word, _)| *word == wanted);
        known.map(|(_, interval)| Self(*interval)).ok_or_else(|| {
            let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            let text = super::Untrusted::line(text, 40);
            format!("`{text}` is none of {}", words.join(", "))
        })
    }
}

impl Serialize for BarWord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for BarWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for BarWord {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "BarWord".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

words! {
    /// What bars are made of.
    pub enum BarSourceWord {
        /// Trades.
        Trades = "trades" | "trade" | "last" | "adjusted_last",
        /// The middle between bid and ask.
        Midpoint = "midpoint" | "mid",
        /// Bids.
        Bid = "bid",
        /// Asks.
        Ask = "ask",
    }
}

impl From<BarSourceWord> for BarSource {
    fn from(word: BarSourceWord) -> Self {
        match word {
            BarSourceWord::Trades => Self::Trades,
            BarSourceWord::Midpoint => Self::Midpoint,
            BarSourceWord::Bid => Self::Bid,
            BarSourceWord::Ask => Self::Ask,
        }
    }
}
