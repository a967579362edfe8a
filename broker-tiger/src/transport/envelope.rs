//! What came back: `{"code", "message", "timestamp", "data", "sign"}`, or something else.

use std::borrow::Cow;

use broker_core::{Error, ErrorKind, Result, UnconfirmedCause};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{Method, http::Reply};
use crate::{
    convert::{Rows, Text, Whole, from_millis},
    error::{self, Meaning},
    signing::{AnswerKey, AnswerPolicy, Proof},
};

/// The data of an answer with code 0: JSON text, `null` when there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data {
    json: String,
    told_at: Option<DateTime<Utc>>,
}

impl Data {
    /// The text.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// When it was told, by the broker's clock.
    pub(crate) const fn told_at(&self) -> Option<DateTime<Utc>> {
        self.told_at
    }

    /// Whether there is nothing.
    pub(crate) fn is_null(&self) -> bool {
        self.json == "null"
    }

    /// The data as a value.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when they have another form.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.json).map_err(|error| {
            Error::new(
                ErrorKind::Protocol,
                format!("Tiger's answer cannot be read: {error}"),
            )
        })
    }

    /// The data as a list, or as an object with a list in `items`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode); a single row that cannot be read is no error.
    pub(crate) fn rows<T: DeserializeOwned>(&self) -> Result<Rows<T>> {
        Rows::of(&self.json)
    }

    /// The same for a list whose emptiness is believed, as that of orders: without one it is an error.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`] when there is no list.
    pub(crate) fn list<T: DeserializeOwned>(&self) -> Result<Rows<T>> {
        Rows::whole(&self.json)
    }
}

/// Why a request brought no data.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Nothing was sent.
    Unsent(Error),
    /// The broker said no.
    Refused {
        /// Its code.
        code: i64,
        /// What that means to a caller.
        error: Error,
    },
    /// Nobody knows whether the broker got it and what it did.
    Unknown {
        /// Why not.
        cause: UnconfirmedCause,
        /// What that means to somebody who only asked.
        error: Error,
    },
}

impl Failure {
    /// Whether the broker looked at the token and no further: it said so in so many words. One document
    /// gives the same code to data about coins.
    pub(super) fn is_about_the_token(&self) -> bool {
        let Self::Refused { code, error } = self else {
            return false;
        };
        let words = error.broker().map_or("", |words| &*words.text);
        error::meaning(*code, words) == Meaning::Token
            && words.to_ascii_lowercase().contains("token")
    }

    pub(super) const fn error(&self) -> &Error {
        match self {
            Self::Unsent(error) | Self::Refused { error, .. } | Self::Unknown { error, .. } => {
                error
            }
        }
    }

    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Unsent(error) | Self::Refused { error, .. } | Self::Unknown { error, .. } => {
                error
            }
        }
    }
}

fn unreadable(message: impl Into<String>) -> Failure {
    Failure::Unknown {
        cause: UnconfirmedCause::UnreadableAnswer,
        error: Error::new(ErrorKind::Protocol, message),
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    code: Whole,
    #[serde(default)]
    message: Text,
    #[serde(default)]
    timestamp: Instant,
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
    #[serde(default, borrow)]
    sign: Option<Cow<'a, str>>,
}

/// An instant that is worth nothing when it cannot be read: it must not spoil the answer.
#[derive(Default)]
struct Instant(Option<i64>);

impl Instant {
    const fn get(&self) -> Option<i64> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(
            serde_json::from_str::<Whole>(raw.get())
                .ok()
                .and_then(Whole::get),
        ))
    }
}

#[derive(Deserialize)]
struct Inner {
    #[serde(default)]
    code: Whole,
    #[serde(default)]
    message: Text,
}

/// How answers are proven.
#[derive(Debug, Clone)]
pub(super) struct Proving {
    pub(super) key: AnswerKey,
    pub(super) policy: AnswerPolicy,
}

/// Status that means too many requests.
const TOO_MANY: u16 = 429;

/// Reads an answer to a request with this time stamp.
pub(super) fn read(
    reply: &Reply,
    method: Method,
    proving: &Proving,
    stamp: &str,
) -> core::result::Result<Data, Failure> {
    let status = reply.status;
    let parsed = core::str::from_utf8(&reply.body)
        .ok()
        .and_then(|text| serde_json::from_str::<Envelope<'_>>(text).ok());
    let envelope = parsed.and_then(|envelope| Some((envelope.code.get()?, envelope)));
    let Some((code, envelope)) = envelope else {
        return Err(no_envelope(status));
    };
    let message = envelope.message.get().unwrap_or_default();
    match proving
        .key
        .check(proving.policy, stamp, envelope.sign.as_deref())
    {
        Proof::Good | Proof::NotAsked => {}
        Proof::Missing if status == TOO_MANY => {}
        Proof::Missing => return Err(unreadable("the answer is not signed, and has to be")),
        Proof::Bad => {
            return Err(unreadable(
                "the answer's signature is wrong: it does not come from Tiger, or it answers another \
                 request",
            ));
        }
    }
    if status == TOO_MANY && code == 0 {
        return Err(too_many());
    }
    if code != 0 {
        return Err(refused(status, code, message));
    }
    if !(200..300).contains(&status) {
        return Err(unreadable(format!(
            "Tiger answered with HTTP status {status} and code 0"
        )));
    }
    let data = Data {
        json: unwrapped(envelope.data),
        told_at: envelope.timestamp.get().and_then(from_millis),
    };
    if method.inner_code
        && let Ok(inner) = serde_json::from_str::<Inner>(data.json())
        && let Some(code) = inner.code.get().filter(|code| *code != 0)
    {
        return Err(refused(
            status,
            code,
            inner.message.get().unwrap_or(message),
        ));
    }
    Ok(data)
}

/// The data, which may be a text with JSON in it.
fn unwrapped(data: Option<&RawValue>) -> String {
    let Some(raw) = data else {
        return "null".to_owned();
    };
    let text = raw.get();
    if !text.starts_with('"') {
        return text.to_owned();
    }
    match serde_json::from_str::<String>(text) {
        Ok(inner) if inner.trim().is_empty() => "null".to_owned(),
        Ok(inner) if serde_json::from_str::<&RawValue>(&inner).is_ok() => inner,
        // A text that is meant to be one.
        Ok(_) | Err(_) => text.to_owned(),
    }
}

fn refused(status: u16, code: i64, message: &str) -> Failure {
    let error = error::from_code(code, message);
    // A server that breaks may have broken after it did what was asked, whatever it says.
    if status < 500 && (status == TOO_MANY || error::meaning(code, message).proves_no_effect()) {
        Failure::Refused { code, error }
    } else {
        let cause = if code == 2 {
            UnconfirmedCause::Timeout
        } else {
            UnconfirmedCause::UnreadableAnswer
        };
        // Below, a code that nobody knows is still a "no" of the broker's own; here it is not.
        let error = if status >= 500 && error.kind() == ErrorKind::Rejected {
            let text = format!("Tiger's server is in trouble: HTTP status {status}");
            Error::new(ErrorKind::Disconnected, text).with_broker(error::broker_text(code, message))
        } else {
            error
        };
        Failure::Unknown { cause, error }
    }
}

fn too_many() -> Failure {
    Failure::Refused {
        code: error::RATE_LIMIT,
        error: error::from_code(error::RATE_LIMIT, "HTTP status 429"),
    }
}

/// A page, half an answer, or nothing.
fn no_envelope(status: u16) -> Failure {
    match status {
        TOO_MANY => too_many(),
        500.. => Failure::Unknown {
            cause: UnconfirmedCause::UnreadableAnswer,
            error: Error::new(
                ErrorKind::Disconnected,
                format!("Tiger's server is in trouble: HTTP status {status}"),
            ),
        },
        _ => unreadable(format!(
            "what came back is no answer of Tiger's (HTTP status {status}): a proxy or a wrong address?"
        )),
    }
}

/// Reads a body as the answer of a question and as that of an order; the data where there are some.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_any(status: u16, body: &[u8]) -> Vec<Data> {
    // Whoever bends a body cannot sign it.
    let body = String::from_utf8_lossy(body).replace("\"sign\"", "\"unsigned\"");
    let reply = Reply {
        status,
        body: body.into_bytes(),
    };
    let key = AnswerKey::standard(crate::config::Stage::default());
    let Ok(key) = AnswerKey::from_text(key) else {
        return Vec::new();
    };
    let proving = Proving {
        key,
        policy: AnswerPolicy::WhenPresent,
    };
    let methods = [Method::ORDERS, Method::PLACE_ORDER].into_iter();
    methods
        .filter_map(|method| read(&reply, method, &proving, "").ok())
        .collect()
}
