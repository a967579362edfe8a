use core::fmt;

use chrono::{DateTime, Utc};

use crate::tws::dialect::Dialect;

/// The first thing that a client says: which versions it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tws) struct Greeting {
    /// The lowest version it speaks.
    pub(in crate::tws) least: u32,
    /// The highest version it speaks.
    pub(in crate::tws) most: u32,
    /// What follows the versions, such as `+PACEAPI`.
    pub(in crate::tws) options: String,
}

/// Why a client's first bytes are no greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tws) enum GreetingError {
    /// They do not begin with `API` and NUL.
    NoMagic,
    /// The length is impossible.
    Length(u32),
    /// The versions cannot be read.
    Versions(String),
}

impl fmt::Display for GreetingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMagic => f.write_str("the first bytes are not those of an API client"),
            Self::Length(length) => write!(f, "a greeting of {length} bytes is impossible"),
            Self::Versions(text) => write!(f, "{text:?} is no range of versions"),
        }
    }
}

impl Greeting {
    const MAGIC: [u8; 4] = *b"API\0";
    /// The longest text that is taken for a greeting.
    const LIMIT: u32 = 1_024;

    /// Reads a greeting and gives back how many bytes it had; `None` until it is whole.
    ///
    /// # Errors
    /// [`GreetingError`] as soon as the bytes cannot become a greeting.
    pub(in crate::tws) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, GreetingError> {
        let known = bytes.iter().zip(Self::MAGIC);
        if known.clone().any(|(byte, wanted)| *byte != wanted) {
            return Err(GreetingError::NoMagic);
        }
        let Some((length, rest)) = bytes.get(4..).and_then(<[u8]>::split_first_chunk::<4>) else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length);
        if length == 0 || length > Self::LIMIT {
            return Err(GreetingError::Length(length));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(text) = rest.get(..length) else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(text);
        let greeting = Self::parse(&text).ok_or_else(|| GreetingError::Versions(text.into()))?;
        Ok(Some((greeting, 8 + length)))
    }

    /// `v157..178`, or one version alone, with options after a space.
    fn parse(text: &str) -> Option<Self> {
        let (versions, options) = text.split_once(' ').unwrap_or((text, ""));
        let versions = versions.strip_prefix('v')?;
        let (least, most) = versions.split_once("..").unwrap_or((versions, versions));
        let (least, most) = (least.parse().ok()?, most.parse().ok()?);
        (least <= most).then(|| Self {
            least,
            most,
            options: options.to_owned(),
        })
    }
}

/// The server's answer: its version and its time, text in either dialect.
pub(in crate::tws) fn answer(dialect: Dialect, now: DateTime<Utc>) -> Vec<u8> {
    let time = now
        .with_timezone(&chrono_tz::America::New_York)
        .format("%Y%m%d %H:%M:%S %Z");
    let body = format!("{}\0{time}\0", dialect.version());
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(body.as_bytes());
    bytes
}
