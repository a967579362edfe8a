use serde_json::{Map, Value};

use crate::tiger::gateway::Complaint;

/// A request as it came: the members that every request has, not yet believed.
#[derive(Clone, PartialEq)]
pub(in crate::tiger) struct Call {
    members: Map<String, Value>,
}

impl Call {
    /// Reads a body.
    ///
    /// # Errors
    /// The vendor's answer to a body that is no request.
    pub(in crate::tiger) fn read(body: &[u8]) -> Result<Self, Complaint> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self { members }),
            Ok(_) | Err(_) => Err(Complaint::common(
                "the request body must be a JSON object of strings",
            )),
        }
    }

    /// A member that is there and is text.
    pub(in crate::tiger) fn member(&self, name: &str) -> Option<&str> {
        self.members
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A member that every request must have.
    ///
    /// # Errors
    /// The vendor's answer to a member that is missing or is no text.
    pub(in crate::tiger) fn required(&self, name: &str) -> Result<&str, Complaint> {
        self.member(name)
            .ok_or_else(|| Complaint::common(format!("field '{name}' cannot be empty")))
    }

    /// What the signature is over: all members but the signature, sorted, joined, as they are.
    pub(in crate::tiger) fn signed_text(&self) -> String {
        let mut members: Vec<(&String, &Value)> = self.members.iter().collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        let mut text = String::new();
        for (name, value) in members.into_iter().filter(|(name, _)| *name != "sign") {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            match value {
                Value::String(value) => text.push_str(value),
                other => text.push_str(&other.to_string()),
            }
        }
        text
    }

    /// What the request asks with; nothing when a method has no parameters.
    ///
    /// # Errors
    /// The vendor's answer to parameters that are no JSON.
    pub(in crate::tiger) fn parameters(&self) -> Result<Value, Complaint> {
        match self.member("biz_content") {
            None => Ok(Value::Object(Map::new())),
            Some(text) => serde_json::from_str(text)
                .map_err(|_| Complaint::business("biz_content is not valid JSON")),
        }
    }
}

impl core::fmt::Debug for Call {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.member("method"))
            .finish_non_exhaustive()
    }
}
