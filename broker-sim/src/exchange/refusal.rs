use broker_core::{Error, ErrorKind, model::BrokerText};

/// Why the exchange refuses a command. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// The exchange's code.
    pub code: &'static str,
    /// The exchange's words.
    pub text: String,
    /// The field of the request, where one is to blame.
    pub field: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(kind: ErrorKind, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            text: text.into(),
            field: None,
        }
    }

    pub(super) fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Code and words.
    #[must_use]
    pub fn broker_text(&self) -> BrokerText {
        BrokerText::new(self.code, self.text.as_str())
    }

    /// The refusal as an error of the model.
    #[must_use]
    pub fn to_error(&self) -> Error {
        let error = Error::new(self.kind, self.text.clone()).with_broker(self.broker_text());
        match self.field {
            Some(field) => error.at_field(field),
            None => error,
        }
    }
}
