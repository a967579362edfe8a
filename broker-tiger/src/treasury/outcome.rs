use broker_core::{Result, UnconfirmedCause, model::BrokerText};

use crate::transport::{Data, Written};

/// What is known after a command. `Err` instead of it is proof that nothing happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "an unconfirmed command may have had an effect: look it up, and never send it again"]
pub enum Outcome<T> {
    /// The broker has taken it and said this about it.
    Done(T),
    /// Nobody knows whether the broker has taken it. Sending it again may do it twice.
    Unconfirmed {
        /// Why it is not known.
        cause: UnconfirmedCause,
        /// The broker's words, if there were any.
        detail: Option<BrokerText>,
    },
}

impl<T> Outcome<T> {
    /// What the broker said, if it is known to have taken the command.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(told) => Some(told),
            Self::Unconfirmed { .. } => None,
        }
    }

    /// The outcome of a command. An answer that says yes and cannot be read leaves it open.
    pub(super) fn of(written: Written, read: impl FnOnce(&Data) -> Result<T>) -> Self {
        match written {
            Written::Done(data) => match read(&data) {
                Ok(told) => Self::Done(told),
                Err(error) => {
                    tracing::warn!(%error, "the answer to a command cannot be read");
                    Self::Unconfirmed {
                        cause: UnconfirmedCause::UnreadableAnswer,
                        detail: None,
                    }
                }
            },
            Written::Unconfirmed { cause, detail, .. } => Self::Unconfirmed { cause, detail },
        }
    }
}
