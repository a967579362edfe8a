//! What the vendor means by a code.
//!
//! Codes 1, 4 and 1000 are overloaded and the text decides, so every classification takes both
//! (protocol notes, section 5.1).

use core::time::Duration;

use broker_core::{Error, ErrorKind, Retry, model::BrokerText};

/// What the vendor means by a code and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Too many requests.
    RateLimited,
    /// The developer, the signature or the device is not recognised; asking again does not help.
    Unrecognised,
    /// The token is missing, wrong or has lapsed (2400).
    Token,
    /// A permission is lacking.
    Permission,
    /// Shut out: the address is not listed, or the developer is blacklisted.
    Forbidden,
    /// An order, or a change of one, is refused (1100, 1200, 1300).
    OrderRefused,
    /// The order number has been used (1100).
    DuplicateOrder,
    /// The request is wrong in itself.
    BadRequest,
    /// There are no such data, or they cannot be had (2000 to 2300).
    Data,
    /// A subscription is refused (3000 to 3008).
    Subscription,
    /// A newer connection of the same developer took the place (4001).
    KickedOut,
    /// Something went wrong on the way; a command may or may not have had an effect (1, 2, 3).
    ServerTrouble,
    /// A code that is not in the table.
    Other,
}

/// The code of requests that come too fast.
pub(crate) const RATE_LIMIT: i64 = 5;
/// The code of a subscription that is refused.
const LINE_REFUSED: i64 = 200;
/// The code of trouble with the token.
pub(crate) const TOKEN: i64 = 2400;

/// Classifies a code with its text.
pub(crate) fn meaning(code: i64, text: &str) -> Meaning {
    let lower = text.trim_start().to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match code {
        RATE_LIMIT => Meaning::RateLimited,
        4 if lower.starts_with("rate limit") => Meaning::RateLimited,
        4 if lower.starts_with("4000:") || says(&["permission"]) => Meaning::Permission,
        4 => Meaning::Forbidden,
        1..=3 => Meaning::ServerTrouble,
        1000 if says(&["signature", "developer information", "device information"]) => {
            Meaning::Unrecognised
        }
        1000 | 1010 => Meaning::BadRequest,
        1100 if says(&["duplicate order id"]) => Meaning::DuplicateOrder,
        1100 | 1200 | 1300 => Meaning::OrderRefused,
        2000 | 2100 | 2200 | 2300 => Meaning::Data,
        TOKEN => Meaning::Token,
        3000..=3008 => Meaning::Subscription,
        4000 => Meaning::Permission,
        4001 => Meaning::KickedOut,
        _ => Meaning::Other,
    }
}

impl Meaning {
    /// Whether a command that was answered so has had no effect for certain (promise P1).
    pub(crate) const fn proves_no_effect(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Unrecognised
            | Self::Token
            | Self::Permission
            | Self::Forbidden
            | Self::OrderRefused
            | Self::BadRequest
            | Self::Data
            | Self::Subscription => true,
            // An order is there under the number: this one, if its request was repeated on the way.
            Self::DuplicateOrder | Self::KickedOut | Self::ServerTrouble | Self::Other => false,
        }
    }

    /// Whether a question that was answered so may be asked again at once.
    pub(crate) const fn is_passing(self) -> bool {
        matches!(self, Self::ServerTrouble)
    }
}

/// The kind of error for a code and its text.
pub(crate) fn kind(code: i64, text: &str) -> ErrorKind {
    match meaning(code, text) {
        Meaning::RateLimited => ErrorKind::RateLimited,
        Meaning::Unrecognised => ErrorKind::Authentication,
        Meaning::Token => ErrorKind::TokenExpired,
        Meaning::Permission | Meaning::Forbidden => ErrorKind::PermissionDenied,
        Meaning::OrderRefused => refusal_kind(text),
        Meaning::DuplicateOrder => ErrorKind::Duplicate,
        Meaning::BadRequest => ErrorKind::InvalidRequest,
        Meaning::KickedOut => ErrorKind::SessionConflict,
        Meaning::ServerTrouble if code == 2 => ErrorKind::Timeout,
        Meaning::Data | Meaning::Subscription | Meaning::ServerTrouble | Meaning::Other => {
            ErrorKind::Rejected
        }
    }
}

/// The kind of error for an order, or a change of one, that is refused with these words.
pub(crate) fn refusal_kind(text: &str) -> ErrorKind {
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // "Insufficient position" is about shares, not about money.
    let short_of = says(&["insufficient", "not enough"]) && !says(&["position", "holding"]);
    if short_of || says(&["buying power", "available funds"]) {
        ErrorKind::InsufficientFunds
    } else if says(&[
        "market is closed",
        "market closed",
        "not in trading hours",
        "non-trading",
    ]) {
        ErrorKind::MarketClosed
    } else if says(&[
        "not permitted",
        "no permission",
        "permission denied",
        "not allowed to trade",
    ]) {
        ErrorKind::PermissionDenied
    } else if says(&["order not found", "order does not exist", "order not exist"]) {
        ErrorKind::NotFound
    } else if says(&[
        "already filled",
        "already cancel",
        "has been filled",
        "has been cancel",
    ]) {
        ErrorKind::TooLate
    } else {
        ErrorKind::Rejected
    }
}

/// The error for a market data line that was refused with these words, for which there is one code.
pub(crate) fn line_refusal(text: &str) -> Error {
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let kind = if says(&["only subscribe", "limit", "quota"]) {
        ErrorKind::RateLimited
    } else if says(&["permission", "not authorized", "no right"]) {
        ErrorKind::PermissionDenied
    } else if says(&["does not exist", "not exist", "not found", "unknown symbol"]) {
        ErrorKind::NotFound
    } else if says(&["not support", "unsupported"]) {
        ErrorKind::Unsupported
    } else {
        ErrorKind::Rejected
    };
    // Room comes by letting something go, not by waiting.
    Error::new(kind, "the subscription was refused by Tiger")
        .with_retry(Retry::Never)
        .with_broker(broker_text(LINE_REFUSED, text))
}

/// A code and text as core carries them.
pub(crate) fn broker_text(code: i64, text: &str) -> BrokerText {
    BrokerText::new(code.to_string(), text)
}

/// The error for an answer with this code and text.
pub(crate) fn from_code(code: i64, text: &str) -> Error {
    // Its words are shown behind the message.
    let error =
        Error::new(kind(code, text), "refused by Tiger").with_broker(broker_text(code, text));
    match meaning(code, text) {
        // The windows are a minute long and nothing is said about what is left of this one; the
        // vendor's own advice begins at one second.
        Meaning::RateLimited => error.with_retry(Retry::Safe {
            after: Duration::from_secs(1),
        }),
        Meaning::ServerTrouble => error.with_retry(Retry::Safe {
            after: Duration::ZERO,
        }),
        _ => error,
    }
}

/// The limit in `up to N times per minute`.
pub(crate) fn stated_limit(text: &str) -> Option<u32> {
    let rest = text.split("up to ").nth(1)?;
    rest.split(' ').next()?.parse().ok()
}
