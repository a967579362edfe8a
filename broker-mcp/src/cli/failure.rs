use core::fmt;
use std::process::ExitCode;

/// Why a command has not done what it should, in words for a person.
#[derive(Debug)]
pub(super) struct Failure {
    what: String,
    code: u8,
}

impl Failure {
    /// Something went wrong.
    pub(super) fn new(what: impl fmt::Display) -> Self {
        let what = what.to_string();
        Self { what, code: 1 }
    }

    /// The command worked, and what it looked at is not as it should be.
    pub(super) fn found(what: impl fmt::Display) -> Self {
        let what = what.to_string();
        Self { what, code: 2 }
    }

    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}
