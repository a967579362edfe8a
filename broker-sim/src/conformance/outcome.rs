use core::fmt;

use broker_core::{Error, model::ValueError};

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The adapter keeps the promise.
    Passed,
    /// The check could not be made; the reason says what was missing.
    Skipped(String),
    /// The adapter breaks the promise; the message says how it was seen.
    Failed(String),
}

impl Outcome {
    /// Whether the promise was seen to be broken.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Failed(message) => write!(f, "FAILED: {message}"),
        }
    }
}

/// Why a check ends early.
#[derive(Debug)]
pub enum Stop {
    /// Something that it needs is not there.
    Skip(String),
    /// A promise is broken.
    Fail(String),
}

/// What a step of a check gives.
pub(super) type Verdict<T = ()> = Result<T, Stop>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fail(format!("unexpected error: {error}"))
    }
}

impl From<ValueError> for Stop {
    fn from(error: ValueError) -> Self {
        Self::Fail(format!("unexpected value: {error}"))
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Ok(()) => Self::Passed,
            Err(Stop::Skip(reason)) => Self::Skipped(reason),
            Err(Stop::Fail(message)) => Self::Failed(message),
        }
    }
}

/// Ends a check as failed.
macro_rules! fail {
    ($($message:tt)+) => {
        return Err($crate::conformance::outcome::Stop::Fail(format!($($message)+)))
    };
}

/// Ends a check as skipped.
macro_rules! skip {
    ($($message:tt)+) => {
        return Err($crate::conformance::outcome::Stop::Skip(format!($($message)+)))
    };
}

/// Ends a check as failed unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            $crate::conformance::outcome::fail!($($message)+)
        }
    };
}

pub(super) use {ensure, fail, skip};
