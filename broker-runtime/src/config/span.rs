use core::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A span of time with its unit: `250ms`, `10s`, `5m`, `1h`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(Duration);

/// Units, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest span: a year, so that no instant is out of reach.
const LONGEST_MS: u64 = 366 * 86_400_000;

const FORM: &str = "a time with its unit, such as \"250ms\", \"10s\", \"5m\", \"1h\" or \"2d\", \
                    at most a year";

impl Span {
    /// So many whole milliseconds.
    #[must_use]
    pub const fn millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    pub(super) const fn of(time: Duration) -> Self {
        Self(time)
    }

    /// The same as the standard library has it.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let millis = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, millis)| number.parse::<u64>().ok()?.checked_mul(*millis))
            .filter(|millis| *millis <= LONGEST_MS);
        millis.map(Self::millis).ok_or(FORM)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let mut units = UNITS.iter().map(|(name, unit)| (name, u128::from(*unit)));
        match units.find(|(_, unit)| millis > 0 && millis.is_multiple_of(*unit)) {
            Some((name, unit)) => write!(f, "{}{name}", millis / unit),
            None => f.write_str("0s"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads text, without repeating it in an error.
struct Text<T>(fn(&str) -> Result<T, &'static str>, &'static str);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(|_| E::custom(format_args!("it should be {}", self.1)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text(Self::from_str, FORM))
    }
}

/// How long answers are kept: a [`Span`], or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep(pub Option<Span>);

impl Keep {
    pub(super) fn of(time: Option<Duration>) -> Self {
        Self(time.map(Span))
    }

    /// The same as the cache has it.
    #[must_use]
    pub fn get(self) -> Option<Duration> {
        self.0.map(Span::get)
    }
}

impl Serialize for Keep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(span) => span.serialize(serializer),
            None => serializer.serialize_str("off"),
        }
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| match text {
            "off" => Ok(Self(None)),
            text => text.parse().map(|span| Self(Some(span))),
        };
        deserializer.deserialize_any(Text(
            read,
            "\"off\", or a time with its unit, such as \"10s\"",
        ))
    }
}
