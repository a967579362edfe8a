use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::tiger::gateway::{Answer, Complaint};

/// How answers are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Form {
    /// Answers carry the broker's signature of the request's time stamp.
    pub signed: bool,
    /// The signature is over something else.
    pub badly_signed: bool,
    /// `data` is a text with JSON in it.
    pub data_as_text: bool,
    /// Refusals of order methods are told inside `data` of an answer with code 0.
    pub inner_codes: bool,
}

/// Writes an answer; `sign` signs a text with the broker's key.
pub(super) fn write(
    answer: Answer,
    form: Form,
    inner: bool,
    now_ms: i64,
    stamp: &str,
    sign: impl FnOnce(&str) -> String,
) -> Vec<u8> {
    let (code, message, data) = match answer {
        Ok(data) => (0, "success".to_owned(), data),
        Err(Complaint { code, message }) if inner && form.inner_codes => {
            let data = json!({"code": code.to_string(), "message": message});
            (0, "success".to_owned(), data)
        }
        Err(Complaint { code, message }) => (code, message, Value::Null),
    };
    let mut envelope = Map::new();
    envelope.insert("code".into(), code.into());
    envelope.insert("message".into(), message.into());
    envelope.insert("timestamp".into(), now_ms.into());
    match data {
        Value::Null => {}
        data if form.data_as_text => {
            envelope.insert("data".into(), data.to_string().into());
        }
        data => {
            envelope.insert("data".into(), data);
        }
    }
    if form.badly_signed {
        envelope.insert("sign".into(), sign("something else").into());
    } else if form.signed {
        envelope.insert("sign".into(), sign(stamp).into());
    }
    Value::Object(envelope).to_string().into_bytes()
}
