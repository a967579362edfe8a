//! What an error means for a line.

use std::time::Duration;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::market_data) enum Fate {
    /// The connection is gone: the line is opened again with the next one.
    AwaitConnection,
    /// Opened again after a while.
    Reopen(Duration),
    /// There is no room for another line of this kind.
    NoRoom,
    /// Over for a line that never worked. One that did is tried again a few times: right after its
    /// nightly restart TWS knows neither contracts nor permissions, and counts the lines of before.
    Refused,
    /// Over for good; every reader is told why.
    End,
}

/// Another session of the same login has the market data; the gateway does not say when it ends.
const OTHER_SESSION: Duration = Duration::from_secs(30);
/// A line that was lost.
const LOST: Duration = Duration::from_secs(1);

/// What an error means for a line.
pub(in crate::market_data) fn fate(error: &ibapi::Error) -> Fate {
    match error {
        ibapi::Error::Notice(notice) => match notice.code {
            // 1101 and 10182: the subscription was lost; 10225: the bar stream was switched off
            // after a bust; 316 and 317: the book was halted or reset; 2119 and its like never end.
            1_100 | 1_101 | 10_182 | 10_225 | 316 | 317 => Fate::Reopen(LOST),
            10_197 => Fate::Reopen(OTHER_SESSION),
            10_190 => Fate::NoRoom,
            101 | 200 | 354 | 430 | 10_089..=10_091 | 10_168 | 10_186 | 10_187 | 10_189 => {
                Fate::Refused
            }
            _ => Fate::End,
        },
        ibapi::Error::Timeout | ibapi::Error::EndOfStream | ibapi::Error::UnexpectedEndOfStream => {
            Fate::Reopen(LOST)
        }
        ibapi::Error::Io(_)
        | ibapi::Error::ConnectionReset
        | ibapi::Error::ConnectionFailed
        | ibapi::Error::Cancelled
        | ibapi::Error::Shutdown => Fate::AwaitConnection,
        // What cannot be read will not be read better next time.
        _ => Fate::End,
    }
}
