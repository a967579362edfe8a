use core::{fmt::Debug, time::Duration};
use std::net::IpAddr;

/// Something that a person should know of at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alert {
    /// Somebody tries keys.
    WrongKeys {
        /// From where; the network of it where addresses are cheap.
        peer: IpAddr,
        /// How often in a row.
        failures: u32,
        /// How long it is not listened to.
        wait: Duration,
    },
    /// The file of keys cannot be read any more; the keys that were read last are still in force.
    KeysUnreadable {
        /// Why.
        why: String,
    },
    /// Somebody used a session that another key has opened.
    ForeignSession {
        /// Who.
        principal: String,
    },
    /// The kill switch is engaged: nothing new is sent.
    Stopped {
        /// Why.
        reason: String,
    },
}

/// Who is told. It is called in the way of requests, so it hands the message on and returns.
pub trait Alarm: Send + Sync + Debug {
    /// Tells them.
    fn raise(&self, alert: &Alert);
}

/// The log is told, as a warning.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogAlarm;

impl Alarm for LogAlarm {
    fn raise(&self, alert: &Alert) {
        tracing::warn!(?alert, "security alert");
    }
}
