//! What TWS means by a code, and what an error of the wire library means to a caller.
//!
//! The same code can mean different things: 321 is a bad parameter or the read-only mode, 162 is an
//! empty answer, a missing permission or too many requests, 202 is a cancel or a refusal. The text
//! decides, so every classification takes both.

use core::time::Duration;

use broker_core::{Error, ErrorKind, Retry, model::BrokerText};

/// What TWS means by a code and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// For the log. Never changes an order, never ends a request.
    Notice,
    /// A remark about market data, such as that it is delayed. The line goes on.
    DataAdvisory,
    /// The link between TWS and the broker's servers is gone (1100, 2110).
    LinkLost,
    /// The link is back and every market data line is gone (1101).
    LinkBackWithoutData,
    /// The link is back and nothing else is known to be gone (1102).
    LinkBack,
    /// The port of the API changes and the connection is about to be closed (1300).
    PortChanged,
    /// A server farm cannot be reached, usually for a moment.
    FarmBroken,
    /// A server farm works.
    FarmOk,
    /// A server farm rests until it is needed, which is no harm (2107, 2108).
    FarmIdle,
    /// The login lacks a market data permission.
    DataPermission,
    /// Another session of the same login takes the market data.
    CompetingSession,
    /// A line was lost and has to be asked for again (10182).
    SubscriptionLost,
    /// A trade was busted; real-time bars of the instrument have ended (10225).
    TradeBusted,
    /// No such instrument.
    UnknownInstrument,
    /// Several instruments fit, or something in the request is wrong.
    Invalid,
    /// TWS takes no orders from this API: it is in read-only mode.
    ReadOnly,
    /// There is nothing of the kind; an empty answer, not an error.
    NoData,
    /// A cancel of a request that has ended.
    AlreadyGone,
    /// Too many requests, lines or messages.
    Pacing,
    /// The order id has been used (103).
    DuplicateId,
    /// An order, or a change of one, is refused.
    OrderRefused,
    /// The order is finished and cannot be changed (104).
    TooLateToChange,
    /// The order is held but alive (404).
    Held,
    /// A cancel took effect (202).
    CancelAcknowledged,
    /// There is no such order to cancel.
    CancelUnknown,
    /// The order is in no state to be canceled.
    CancelTooLate,
    /// The client id is taken (326).
    ClientIdInUse,
    /// A code that is not in the table.
    Other,
}

/// Classifies a code with its text (protocol notes, section 3.5).
pub(crate) fn meaning(code: i32, text: &str) -> Meaning {
    let text = text.to_ascii_lowercase();
    let says = |words: &str| text.contains(words);
    match code {
        1100 | 2110 => Meaning::LinkLost,
        1101 => Meaning::LinkBackWithoutData,
        1102 => Meaning::LinkBack,
        1300 => Meaning::PortChanged,
        2103 | 2105 | 2157 => Meaning::FarmBroken,
        2104 | 2106 | 2158 => Meaning::FarmOk,
        2107 | 2108 => Meaning::FarmIdle,
        317 | 2188 | 10_089 | 10_090 | 10_091 | 10_167 => Meaning::DataAdvisory,
        10_182 => Meaning::SubscriptionLost,
        10_197 => Meaning::CompetingSession,
        10_225 => Meaning::TradeBusted,
        354 | 430 | 10_168 | 10_186 | 10_187 | 10_189 => Meaning::DataPermission,
        // Several endings of one code: which of them is in the text only.
        162 if says("pacing") => Meaning::Pacing,
        162 if says("no data") || says("no items") => Meaning::NoData,
        162 if says("permission") || says("subscription") => Meaning::DataPermission,
        162 if says("different ip") => Meaning::CompetingSession,
        165 if says("no items") => Meaning::NoData,
        322 if says("max number") || says("maximum number") => Meaning::Pacing,
        321 if says("read-only") || says("read only") => Meaning::ReadOnly,
        300 | 366 => Meaning::AlreadyGone,
        100 | 101 | 309 | 420 | 10_190 => Meaning::Pacing,
        103 => Meaning::DuplicateId,
        104 => Meaning::TooLateToChange,
        202 if says("reject") => Meaning::OrderRefused,
        202 => Meaning::CancelAcknowledged,
        404 => Meaning::Held,
        135 => Meaning::CancelUnknown,
        136 | 161 | 10_148 => Meaning::CancelTooLate,
        10_147 if says("not found") => Meaning::CancelUnknown,
        200 => Meaning::UnknownInstrument,
        326 => Meaning::ClientIdInUse,
        162 | 320..=322 => Meaning::Invalid,
        0 | 165 | 399 | 10_349 | 2100..=2199 => Meaning::Notice,
        105 | 110 | 201 | 203 | 10_000..=19_999 => Meaning::OrderRefused,
        _ => Meaning::Other,
    }
}

/// The kind of error for an order, or a change of one, that TWS refuses with these words.
pub(crate) fn refusal_kind(code: i32, text: &str) -> ErrorKind {
    let lower = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match meaning(code, text) {
        Meaning::UnknownInstrument | Meaning::CancelUnknown => ErrorKind::NotFound,
        Meaning::TooLateToChange | Meaning::CancelTooLate => ErrorKind::TooLate,
        Meaning::ReadOnly | Meaning::DataPermission => ErrorKind::PermissionDenied,
        Meaning::Pacing => ErrorKind::RateLimited,
        Meaning::DuplicateId => ErrorKind::Duplicate,
        Meaning::Invalid => ErrorKind::InvalidRequest,
        Meaning::OrderRefused if code == 110 || code == 105 => ErrorKind::InvalidRequest,
        _ if says(&[
            "insufficient",
            "available funds",
            "equity with loan",
            "buying power",
            "margin requirement",
        ]) =>
        {
            ErrorKind::InsufficientFunds
        }
        _ if says(&[
            "exchange is closed",
            "market is closed",
            "outside of regular trading",
            "after the close",
        ]) =>
        {
            ErrorKind::MarketClosed
        }
        _ if says(&[
            "no trading permission",
            "not permitted",
            "permissions",
            "not allowed to trade",
        ]) =>
        {
            ErrorKind::PermissionDenied
        }
        _ => ErrorKind::Rejected,
    }
}

/// A code and text as core carries them.
pub(crate) fn broker_text(code: i32, text: &str) -> BrokerText {
    BrokerText::new(code.to_string(), text)
}

/// The error for an order, or a change of one, that TWS refused.
pub(crate) fn refusal(operation: &'static str, code: i32, text: &str) -> Error {
    Error::new(refusal_kind(code, text), format!("refused by TWS: {text}"))
        .in_operation(operation)
        .with_broker(broker_text(code, text))
}

/// The error for a question that TWS did not answer because of a code.
fn from_notice(code: i32, text: &str) -> Error {
    let kind = match meaning(code, text) {
        // The wire library's own word for items that were dropped because nobody read them in time.
        _ if code == ibapi::SUBSCRIPTION_LAG_CODE => ErrorKind::Incomplete,
        Meaning::UnknownInstrument | Meaning::NoData | Meaning::AlreadyGone => ErrorKind::NotFound,
        Meaning::Invalid => ErrorKind::InvalidRequest,
        Meaning::ReadOnly | Meaning::DataPermission => ErrorKind::PermissionDenied,
        Meaning::CompetingSession | Meaning::ClientIdInUse => ErrorKind::SessionConflict,
        Meaning::Pacing => ErrorKind::RateLimited,
        Meaning::LinkLost
        | Meaning::LinkBackWithoutData
        | Meaning::LinkBack
        | Meaning::PortChanged
        | Meaning::FarmBroken
        | Meaning::FarmOk
        | Meaning::FarmIdle
        | Meaning::SubscriptionLost => ErrorKind::Disconnected,
        Meaning::TooLateToChange | Meaning::CancelTooLate => ErrorKind::TooLate,
        Meaning::DuplicateId => ErrorKind::Duplicate,
        Meaning::Notice
        | Meaning::DataAdvisory
        | Meaning::TradeBusted
        | Meaning::OrderRefused
        | Meaning::Held
        | Meaning::CancelAcknowledged
        | Meaning::CancelUnknown
        | Meaning::Other => ErrorKind::Rejected,
    };
    let error = Error::new(kind, text).with_broker(broker_text(code, text));
    if kind == ErrorKind::RateLimited {
        // TWS says neither how long nor how much: its shortest window for repeated requests.
        error.with_retry(Retry::Safe {
            after: Duration::from_secs(15),
        })
    } else {
        error
    }
}

/// What an error of the wire library means to a caller.
pub(crate) fn from_ibapi(operation: &'static str, error: &ibapi::Error) -> Error {
    use ibapi::Error as E;
    let made = match error {
        E::Notice(notice) => {
            return from_notice(notice.code, &notice.message).in_operation(operation);
        }
        E::Timeout => Error::new(ErrorKind::Timeout, "TWS did not answer in time"),
        E::ConnectionReset
        | E::ConnectionFailed
        | E::Shutdown
        | E::InvalidFrame(_)
        | E::UnexpectedEndOfStream => {
            Error::new(ErrorKind::Disconnected, "the connection to TWS was lost")
        }
        E::ConnectionRejected(why) => Error::new(
            ErrorKind::Disconnected,
            format!("TWS closed the connection: {why}"),
        ),
        E::Io(error) => Error::new(
            ErrorKind::Disconnected,
            format!("the connection to TWS failed: {error}"),
        ),
        E::ClientIdInUse { client_id } => Error::new(
            ErrorKind::SessionConflict,
            format!("client id {client_id} is in use by another connection"),
        ),
        E::InvalidArgument(why) => Error::new(ErrorKind::InvalidRequest, why.clone()),
        E::ServerVersion(required, actual, feature) => Error::unsupported(format!(
            "{feature} needs protocol level {required}, this TWS speaks {actual}"
        )),
        E::OrderIdInRequestRange { order_id } => Error::new(
            ErrorKind::InvalidRequest,
            format!("order id {order_id} is in the range of request ids"),
        ),
        E::BufferLimitExceeded { limit } => Error::new(
            ErrorKind::Incomplete,
            format!("more than {limit} items were waiting to be read"),
        ),
        E::AlreadySubscribed
        | E::AccountUpdatesInUse { .. }
        | E::Cancelled
        | E::NotImplemented
        | E::Poison(_) => Error::new(ErrorKind::Internal, error.to_string()),
        // Parsing and frames that are not what they should be; and what later versions add.
        _ => Error::new(
            ErrorKind::Protocol,
            format!("TWS sent something unreadable: {error}"),
        ),
    };
    made.in_operation(operation).with_source(error.clone())
}
