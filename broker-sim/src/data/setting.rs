//! A parameter outside its allowed range.

use std::fmt;

/// A parameter of a path or a process that is outside its allowed range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    name: &'static str,
    text: String,
    expected: &'static str,
}

impl SettingError {
    pub(super) fn new(
        name: &'static str,
        value: impl fmt::Display,
        expected: &'static str,
    ) -> Self {
        Self {
            name,
            text: value.to_string(),
            expected,
        }
    }

    /// The parameter's field name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The refused value.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The allowed values, in words.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} is {}; expected {}",
            self.name, self.text, self.expected
        )
    }
}

impl std::error::Error for SettingError {}
