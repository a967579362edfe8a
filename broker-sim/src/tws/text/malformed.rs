use std::fmt;

/// Why a text request could not be read, and which request or order it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The request's or order's number, once it has been read; the answer goes to it.
    pub(crate) id: Option<i32>,
    /// The place of the field in the message, the message's own number being 0.
    pub(crate) index: usize,
    /// The field's name.
    pub(crate) field: &'static str,
    /// What is wrong with it.
    pub(crate) reason: Reason,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The message ends before the field.
    Missing,
    /// This many fields follow the last one that the message has.
    Trailing(usize),
    /// The last field has no NUL after it.
    Unterminated,
    /// The bytes are not UTF-8.
    NotText,
    /// The text is not a number of the field's kind, or does not fit.
    NotANumber(String),
    /// The text is a number or a word outside the field's list.
    NotAllowed(String),
    /// No message has this number at this version.
    UnknownMessage(u32),
    /// The field is set, and is no longer supported.
    NoLongerSupported {
        /// The protocol's code for it.
        code: i32,
    },
}

impl Malformed {
    /// The protocol's error code: 320 "error reading request" unless the field has its own.
    pub(crate) const fn code(&self) -> i32 {
        match self.reason {
            Reason::NoLongerSupported { code } => code,
            Reason::NotAllowed(_) => 321,
            Reason::Missing
            | Reason::Trailing(_)
            | Reason::Unterminated
            | Reason::NotText
            | Reason::NotANumber(_)
            | Reason::UnknownMessage(_) => 320,
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            field,
            reason,
            ..
        } = self;
        match reason {
            Reason::Missing => write!(f, "field {index} ({field}) is missing"),
            Reason::Trailing(count) => {
                write!(
                    f,
                    "{count} unexpected fields from field {index} on, after {field}"
                )
            }
            Reason::Unterminated => write!(f, "field {index} ({field}) does not end"),
            Reason::NotText => write!(f, "field {index} ({field}) is not UTF-8 text"),
            Reason::NotANumber(text) => {
                write!(f, "field {index} ({field}) is not a number: {text:?}")
            }
            Reason::NotAllowed(text) => {
                write!(f, "field {index} ({field}) does not allow {text:?}")
            }
            Reason::UnknownMessage(id) => write!(f, "unknown message {id}"),
            Reason::NoLongerSupported { .. } => {
                write!(f, "field {index} ({field}) is set and no longer supported")
            }
        }
    }
}

impl std::error::Error for Malformed {}
