use core::fmt;

/// A value that cannot be what it is said to be: which kind of value, the text, what was expected.
///
/// Constructors and parsers of the model return it. It turns into an
/// [`Error`](crate::Error) of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest) with `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    what: &'static str,
    text: String,
    expected: &'static str,
}

/// Longest piece of the offending text that is kept.
const MAX_TEXT: usize = 48;

impl ValueError {
    /// Describes `text`, which was given for a `what` and should have been `expected`.
    ///
    /// Only the first 48 characters of the text are kept, so that an error stays readable.
    #[must_use]
    pub fn new(what: &'static str, text: impl fmt::Display, expected: &'static str) -> Self {
        let text = text.to_string();
        let text = match text.char_indices().nth(MAX_TEXT) {
            Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
            None => text,
        };
        Self {
            what,
            text,
            expected,
        }
    }

    /// The kind of value, such as `Price`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The text that was given, shortened.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What would have been right.
    #[must_use]
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a valid {}: expected {}",
            self.text, self.what, self.expected
        )
    }
}

impl std::error::Error for ValueError {}
