//! What the gateway says went wrong, in core's words.

use broker_core::{Error, ErrorKind, model::BrokerText};

/// The core error of an error of the client.
pub(crate) fn from_ibapi(operation: &'static str, error: &ibapi::Error) -> Error {
    let kind = match error {
        ibapi::Error::Notice(notice) => match notice.code {
            200 => ErrorKind::NotFound,
            354 | 430 | 10168 | 10186 | 10187 | 10189 | 10197 => ErrorKind::PermissionDenied,
            100 | 101 | 309 | 420 | 10190 => ErrorKind::RateLimited,
            320 | 321 => ErrorKind::InvalidRequest,
            _ => ErrorKind::Rejected,
        },
        ibapi::Error::Timeout => ErrorKind::Timeout,
        error if error.is_connection_lost() => ErrorKind::Disconnected,
        _ => ErrorKind::Protocol,
    };
    let mapped = Error::new(kind, error.to_string()).in_operation(operation);
    match error {
        ibapi::Error::Notice(notice) => {
            let text = BrokerText::new(notice.code.to_string(), notice.message.as_str());
            mapped.with_broker(text)
        }
        _ => mapped,
    }
}
