use serde_json::{Map, Value};

/// A field of another server's answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// What it is called there.
    to: &'static str,
    /// Where it is in ours: a path with dots.
    from: &'static str,
    number: bool,
}

/// A field that stays as it is.
pub(super) const fn same(to: &'static str, from: &'static str) -> Field {
    Field {
        to,
        from,
        number: false,
    }
}

/// A decimal that is a number there.
pub(super) const fn num(to: &'static str, from: &'static str) -> Field {
    Field {
        to,
        from,
        number: true,
    }
}

/// What is at a path; null when there is nothing.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.')
        .try_fold(value, |value, step| value.get(step))
        .unwrap_or(&Value::Null)
}

/// An object of these fields; what is not known is null, because clients of other servers look for it.
pub(super) fn pick(from: &Value, fields: &[Field]) -> Value {
    let picked = fields.iter().map(|field| {
        let value = at(from, field.from);
        let value = if field.number {
            number(value)
        } else {
            value.clone()
        };
        (field.to.to_owned(), value)
    });
    Value::Object(picked.collect::<Map<_, _>>())
}

/// Such an object for each element of a list.
pub(super) fn each(list: &Value, fields: &[Field]) -> Value {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    Value::Array(list.iter().map(|one| pick(one, fields)).collect())
}

/// A decimal in text as a number; everything else as it is.
pub(super) fn number(value: &Value) -> Value {
    let text = value.as_str().map(str::trim);
    let number = text.and_then(|text| serde_json::from_str::<serde_json::Number>(text).ok());
    number.map_or_else(|| value.clone(), Value::Number)
}

/// The data of an answer, account by account: one, or those of `account: "all"`.
pub(super) fn accounts(answer: &Value) -> Vec<(Value, &Value)> {
    if let Some(several) = answer.get("accounts").and_then(Value::as_array) {
        let answered = several.iter().filter(|one| one.get("data").is_some());
        return answered
            .map(|one| (one["account"].clone(), &one["data"]))
            .collect();
    }
    vec![(at(answer, "meta.account").clone(), at(answer, "data"))]
}

/// Sets a field of an object.
pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// The accounts that did not answer, and why.
pub(super) fn failures(answer: &Value) -> Option<Value> {
    let several = answer.get("accounts").and_then(Value::as_array)?;
    let failed = several.iter().filter(|one| one.get("error").is_some());
    let failed: Vec<Value> = failed.cloned().collect();
    (!failed.is_empty()).then_some(Value::Array(failed))
}
