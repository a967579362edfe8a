use serde_json::{Map, Value};

use crate::Fault;

/// What a caller wrote: in the path, in the query and in the body. What nobody asks for is left alone, as
/// those programs did.
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// A field that says something.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let said = |value: &&Value| !value.is_null() && value.as_str() != Some("");
        self.0.get(name).filter(said)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn need(&self, name: &str) -> Result<String, Fault> {
        let none = || Fault::invalid(name, "is needed");
        self.text(name).ok_or_else(none)
    }

    pub(super) fn whole(&self, name: &str) -> Result<Option<u64>, Fault> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        let wrong = || Fault::invalid(name, "is no whole number");
        number.map(Some).ok_or_else(wrong)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(it)) => *it,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "True" | "1"),
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => false,
        }
    }

    /// A part of it that is an object.
    pub(super) fn part(&self, name: &str) -> Option<Self> {
        match self.get(name)? {
            Value::Object(object) => Some(Self(object.clone())),
            _ => None,
        }
    }

    /// Arguments out of fields: each under the other name, where it says something.
    pub(super) fn as_named(&self, names: &[(&str, &str)]) -> Map<String, Value> {
        let said = names.iter().filter_map(|(theirs, ours)| {
            let value = self.get(theirs)?;
            Some(((*ours).to_owned(), value.clone()))
        });
        said.collect()
    }
}

/// One argument more.
pub(super) fn with(
    mut arguments: Map<String, Value>,
    name: &str,
    value: impl Into<Value>,
) -> Map<String, Value> {
    arguments.insert(name.to_owned(), value.into());
    arguments
}
